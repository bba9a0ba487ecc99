"""Self-tests (canaries): a reserved phrase that proves that a channel is seen, and is no concern.

Anybody may use the phrase ("tutelage self test 4k7m"): typing it into a search engine is how a
person tests a device. So nothing is secret here. What matters is the other direction: the phrase
hides nothing. It is cut out, and what is left of the text is judged as if it had never been there.
"""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tutelage_policy.model import Pack
    from tutelage_policy.result import Match, Result
    from tutelage_wire.events import Channel

_log = logging.getLogger(__name__)

SUBCATEGORY = "self_test"
"""Of the pack's rules that hold the reserved phrase."""
UNNAMED = "unnamed"
"""The code of a self-test whose writer gave none."""
SEEN_FILE = "selftest.seen"
MOST_KEPT = 40
MOST_A_MINUTE = 30
"""A page full of the phrase is not a flood of events."""
_MINUTE = timedelta(minutes=1)
_PLAIN = re.compile(r"tutelage[^A-Za-z0-9]{0,3}self[^A-Za-z0-9]{0,3}test", re.IGNORECASE)
_CODE = re.compile(r"[^A-Za-z0-9]{0,3}((?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,12})(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Found:
    """One self-test in a text: where it stands, and its code, in lower case."""

    rule: str
    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A self-test that was seen; ``at`` is ISO 8601 in UTC."""

    code: str
    channel: str
    at: str


class Canaries:
    """Knows a pack's reserved phrase, and remembers which self-tests were seen."""

    def __init__(self, pack: Pack, folder: Path) -> None:
        """Know the phrase of ``pack``; what was seen is kept in ``folder``."""
        self._rules = frozenset(rule.id for rule in pack.rules if rule.subcategory == SUBCATEGORY)
        self._file = folder / SEEN_FILE
        self._told: dict[tuple[str, Channel], datetime] = {}
        self._moments: deque[datetime] = deque(maxlen=MOST_A_MINUTE)

    def find(self, text: str, result: Result) -> list[Found]:
        """Return the self-tests among what the engine found in ``text``, in their order."""
        spans = [one for one in result.matches if one.rule in self._rules]
        return [_found(text, one) for one in sorted(spans, key=lambda one: one.start)]

    def decides(self, result: Result) -> bool:
        """Tell whether a result is a self-test's and no concern."""
        return result.rule in self._rules

    def is_due(self, found: Found, channel: Channel, now: datetime) -> bool:
        """Tell whether to report it: once a minute, code and channel, and so many in all."""
        before = self._told.get((found.code, channel))
        if before is not None and timedelta() <= now - before < _MINUTE:
            return False
        full = len(self._moments) == MOST_A_MINUTE
        return not (full and timedelta() <= now - self._moments[0] < _MINUTE)

    def reported(self, found: Found, channel: Channel, now: datetime) -> None:
        """Remember it, only now that it is durable."""
        self._told.pop((found.code, channel), None)
        self._told[found.code, channel] = now
        while len(self._told) > MOST_KEPT:
            del self._told[next(iter(self._told))]
        self._moments.append(now)
        seen = [
            Seen(code, channel.value, times.text(at)) for (code, channel), at in self._told.items()
        ]
        try:
            write_private(self._file, json.dumps([asdict(one) for one in seen]).encode())
        except OSError as error:  # it was reported; only who waits at this device is not told
            _log.warning("self-tests seen were not written: %s", error.strerror)


def without(text: str, found: list[Found]) -> str:
    """Return ``text`` with the self-tests blanked out, every other character in its place.

    The engine reads a phrase only so often in one text; written plainly, all of them go at once.
    """
    for one in found:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return _PLAIN.sub(lambda met: " " * len(met[0]), text)


def read_seen(folder: Path) -> list[Seen]:
    """Return which self-tests the agent saw, oldest first; none where it saw none.

    Raises:
        PermissionError: the folder is not this account's to read.
    """
    try:
        rows = json.loads((folder / SEEN_FILE).read_text(encoding="utf-8"))
        return [Seen(str(row["code"]), str(row["channel"]), str(row["at"])) for row in rows]
    except PermissionError:
        raise
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _found(text: str, match: Match) -> Found:
    code = _CODE.match(text, match.end)
    if code is None:
        return Found(match.rule, UNNAMED, match.start, match.end)
    return Found(match.rule, code[1].lower(), match.start, code.end(1))
