"""How values are said to people: words, moments, counts. No logic."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tutelage_collector.store.records_alerting import Standing
from tutelage_wire.events import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, tzinfo

_FEW = 5
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

_SEEN_IN = {
    "file": "a document",
    "file_name": "the name of a file",
    "download": "a download",
    "search": "a web search",
    "title": "the title of a web page",
    "url": "a web address",
    "window": "the title of a window",
    "report": "a report",
}
_WITHIN = {
    5: "look within 5 minutes",
    4: "look within 30 minutes",
    3: "look today",
    2: "for the digest",
    1: "for the trends",
}
_WAY = {"console": "Console", "email": "E-mail", "webhook": "Webhook", "other": "Chat"}
_NOTICE = {
    "waiting": "waits",
    "sending": "on its way",
    "delivered": "delivered",
    "dead": "given up",
    "withdrawn": "not needed any more",
}
_REASON = {
    "first": "first in line",
    "no_answer": "nobody had answered",
    "not_reached": "who came before could not be reached",
    "new_cycle": "the whole line was told and nobody answered: again",
    "last_resort": "last in line",
    "digest": "in the digest",
    "reminder": "reminded",
}
_REACH = {"waiting": "on its way", "delivered": "delivered", "failed": "did not get through"}
_GRADE_WORD = {5: "Urgent", 4: "High", 3: "Today", 2: "Digest", 1: "Trend"}
_STANDING = {
    Standing.NEW: "new",
    Standing.ACKNOWLEDGED: "somebody has looked",
    Standing.CONCERN: "part of a concern",
    Standing.CLOSED: "closed",
}
_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: later ones also name earlier ones' signs."""
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_SHORT = {"self_harm": "Self-harm", "csam": "Illegal images", "vpn": "VPN"}
_STATUS = {
    Status.PASS: "Pass",
    Status.FAIL: "Fail",
    Status.UNKNOWN: "Unknown",
    Status.EXEMPT: "Exempt",
    Status.NOT_APPLICABLE: "Does not apply",
    Status.ERROR: "Check failed",
}


@cache
def _zone() -> tzinfo:
    try:
        return ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError:  # Windows without the tzdata package
        return UTC


def moment(value: datetime | None) -> str:
    """Return a moment in UK time: ``Thu 26 Nov, 09:31``."""
    if value is None:
        return "never"
    local = value.astimezone(_zone())
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def ago(value: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, in one unit."""
    if value is None:
        return "never"
    seconds = int((now - value).total_seconds())
    if seconds < _MINUTE:
        return "just now"
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"


def machine_time(value: datetime) -> str:
    """Return a moment for the ``datetime`` attribute."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def words(value: str) -> str:
    """Return an identifier as words: ``self_harm`` -> ``Self-harm``."""
    return _SHORT.get(value) or value.replace("_", " ").replace(".", ": ").capitalize()


def seen_in(value: str) -> str:
    """Return a channel in words."""
    return _SEEN_IN.get(value, value)


def within(grade: int) -> str:
    """Return how soon somebody must look."""
    return _WITHIN.get(grade, "")


def day(value: date) -> str:
    """Return a day: ``18 December 2026``."""
    return f"{value.day} {value:%B %Y}"


def way(value: str) -> str:
    """Return how a message travels, in a word."""
    return _WAY.get(value, value)


def notice_state(value: str) -> str:
    """Return how far a message is."""
    return _NOTICE.get(value, value)


def reason(value: str) -> str:
    """Return why somebody was told."""
    return _REASON.get(value, value)


def reach(value: str) -> str:
    """Return whether somebody was reached."""
    return _REACH.get(value, value)


def grade_word(grade: int) -> str:
    """Return a grade as one word: colour alone says nothing to many."""
    return _GRADE_WORD.get(grade, "")


def standing(value: Standing) -> str:
    """Return in words how far people are with an alert."""
    return _STANDING[value]


def status(value: Status) -> str:
    """Return a standing in words."""
    return _STATUS[value]


def count(number: int, one: str, many: str = "") -> str:
    """Return ``1 device``, ``2 devices``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def few(number: int) -> str:
    """Return a count of people's alerts without pointing to one of them: ``fewer than 5``."""
    return f"fewer than {_FEW}" if 0 < number < _FEW else f"{number:,}"


def browser(said: str) -> str:
    """Return what a browser calls itself, as people call it: ``Edge on Windows``."""
    name = next((word for sign, word in _BROWSERS if sign in said), "A browser")
    system = next((word for sign, word in _SYSTEMS if sign in said), "")
    return f"{name} on {system}" if system else name


FILTERS: dict[str, Callable[..., str]] = {
    "moment": moment,
    "ago": ago,
    "machine_time": machine_time,
    "words": words,
    "seen_in": seen_in,
    "within": within,
    "grade_word": grade_word,
    "day": day,
    "way": way,
    "notice_state": notice_state,
    "reason": reason,
    "reach": reach,
    "standing": standing,
    "status": status,
    "count": count,
    "few": few,
    "browser": browser,
}
