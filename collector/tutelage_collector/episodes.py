"""Alerts -> episodes: one account at one device within a window is one thing to look at.

A pupil who types the same despair twenty times is one child and one message to one person, with a
count. Whoever shows or tells anything calls ``take_in`` first: it is idempotent, and any process
may do it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import patterns
from tutelage_collector.alerts import who
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_alerting import Episode, Handling, Placed
from tutelage_wire.events import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_collector.patterns import Weighed
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert

WINDOW = timedelta(minutes=30)
"""An alert within so long of the last one belongs to the same episode ..."""
LONGEST = timedelta(hours=4)
"""... until the episode is so long: then it is a new one, and somebody is told again."""
_AT_ONCE = 200

SAYS = {
    Handling.LADDER: "Somebody is about to be told.",
    Handling.DIGEST: "It waits for the daily digest.",
    Handling.TREND: "Counted for the trends; nobody is told of a single one of this grade.",
    Handling.MACHINES: "It is about a machine: it stands on the ICT manager's page, and nobody "
    "is woken for it.",
    Handling.SELF_TEST: "A self-test: nobody wrote it, so nobody is told.",
    Handling.BEFORE: "It came before this collector could tell people; it is shown here only.",
}
"""Nothing is silently left out: what is not told says why."""


def take_in(store: Store) -> int:
    """Put all alerts that are in no episode yet into one; return how many there were."""
    taken = 0
    while True:
        before = store.taken_in()
        if before > store.last_alert():
            before = _again(store, before)
        after, found = store.alerts_after(before, _AT_ONCE)
        if not found:
            return taken
        if store.take_in(before, after, place(store, found)):
            taken += len(found)


def place(store: Store, found: Iterable[Alert]) -> list[Placed]:
    """Return where new alerts belong, and how urgent they are, in order."""
    placed: list[Placed] = []
    opened: dict[tuple[object, ...], Episode] = {}
    for alert in found:
        weighed = _weigh(store, alert)
        handling = _handling(alert, weighed.grade)
        # The digest's small things do not make an urgent episode longer, nor machines a pupil's.
        family = Handling.LADDER if handling in _ABOUT_PEOPLE else handling
        key = (alert.device_id, alert.account, family)
        present = opened.get(key) or _open(store, alert, family)
        if present is None or not _fits(present, alert):
            episode = _new(alert, weighed.grade, handling)
        else:
            episode = _joined(present, alert, weighed.grade, handling)
        opened[key] = episode
        placed.append(Placed(alert.event_id, episode, weighed.grade, weighed.raised))
    return placed


def _weigh(store: Store, alert: Alert) -> Weighed:
    received, of_account, of_kind = alert.received_at, [], []
    if alert.account:
        of_account = store.alike(received - patterns.REMEMBERED, account=alert.account)
    if alert.subcategory in patterns.BULLYING:
        of_kind = store.alike(
            received - patterns.DAY, school=alert.school, subcategory=alert.subcategory
        )
    known = store.standing(alert.account) if alert.account else None
    return patterns.weigh(alert, of_account, of_kind, known)


_ABOUT_PEOPLE = frozenset({Handling.LADDER, Handling.DIGEST, Handling.TREND})
_URGENCY = (Handling.TREND, Handling.DIGEST, Handling.LADDER)


def _handling(alert: Alert, grade: int) -> Handling:
    if alert.canary:
        return Handling.SELF_TEST
    if who(alert) is Role.ICT:
        return Handling.MACHINES
    if grade >= Grade.SAME_DAY:
        return Handling.LADDER
    return Handling.DIGEST if grade == Grade.DIGEST else Handling.TREND


def _open(store: Store, alert: Alert, family: Handling) -> Episode | None:
    since = alert.received_at - WINDOW
    for one in store.open_episode(alert.device_id, alert.account, since):
        kind = Handling.LADDER if one.handling in _ABOUT_PEOPLE else one.handling
        if kind is family and one.school == alert.school:
            return one
    return None


def _fits(episode: Episode, alert: Alert) -> bool:
    return (
        episode.latest_at + WINDOW >= alert.received_at
        and episode.opened_at + LONGEST >= alert.received_at
    )


def _new(alert: Alert, grade: int, handling: Handling) -> Episode:
    told = handling in {Handling.LADDER, Handling.DIGEST}
    return Episode(
        id=alert.event_id,
        school=alert.school,
        device_id=alert.device_id,
        account=alert.account,
        handling=handling,
        grade=grade,
        any_hour=patterns.at_any_hour(alert, grade),
        alerts=1,
        opened_at=alert.received_at,
        latest_at=alert.received_at,
        look_at=alert.received_at if told else None,
        says=SAYS[handling],
    )


def _joined(present: Episode, alert: Alert, grade: int, handling: Handling) -> Episode:
    joined = replace(
        present,
        alerts=present.alerts + 1,
        latest_at=max(present.latest_at, alert.received_at),
        any_hour=present.any_hour or patterns.at_any_hour(alert, grade),
    )
    if present.handling not in _ABOUT_PEOPLE or grade <= present.grade:
        return joined
    # More urgent than what people were told of: escalation looks at it anew.
    return replace(
        joined,
        grade=grade,
        handling=max(present.handling, handling, key=_URGENCY.index),
        look_at=alert.received_at,
        says=SAYS[Handling.LADDER],
    )


def _again(store: Store, before: int) -> int:
    """Begin from the first alert: the projections were made anew, or a backup was restored."""
    store.take_in(before, 0, [])
    return store.taken_in()
