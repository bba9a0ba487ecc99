"""How messages get through, in sentences for pages and commands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.notify.outbox import WORDS
from tutelage_collector.rota.model import WayKind
from tutelage_collector.store.records_escalation import NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store

_SLOW = timedelta(minutes=2)
_MOST = 2_000
_RECENT = timedelta(days=7)


def troubles(store: Store, school: str | None, now: datetime) -> list[str]:
    """Return what a person should know about messages; empty = all get through."""
    said = []
    waiting = [
        one for one in store.notices(school, state=NoticeState.WAITING, limit=_MOST)
        if one.attempts or now - one.created_at > _SLOW
    ]  # fmt: skip
    for kind in WayKind:
        stuck = [one for one in waiting if one.way.partition(":")[0] == kind.value]
        if stuck:
            oldest = min(stuck, key=lambda one: one.created_at)
            why = f": {oldest.error}" if oldest.error else ""
            many = "1 message waits" if len(stuck) == 1 else f"{len(stuck)} messages wait"
            said.append(
                f"{WORDS[kind]} does not get through{why}. {many}; nothing is lost, and it is "
                "tried again by itself."
            )
    dead = [
        one for one in store.notices(school, state=NoticeState.DEAD, limit=_MOST)
        if now - (one.ended_at or one.created_at) < _RECENT
    ]  # fmt: skip
    if dead:
        many = "1 message was" if len(dead) == 1 else f"{len(dead)} messages were"
        said.append(f"{many} given up: {dead[0].error}. The next in line is told instead.")
    return said
