"""Carries the ladder out: takes alerts in, decides about each that is due, writes who is told.

All of its memory is in the store: a collector that was away for an hour goes on where it stood.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import episodes
from tutelage_collector.escalation.plan import Case, Plan, plan
from tutelage_collector.rota import keeping
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_escalation import Step, Told

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.rota import Rota
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_alerting import Episode

_LOG = logging.getLogger(__name__)
_BACK = timedelta(seconds=30)
"""A clock that goes back by less is only being set right."""
_LADDER = frozenset({Handling.LADDER, Handling.DIGEST})


class Watch:
    """Decides who is told. Not for two threads at once."""

    def __init__(self, store: Store) -> None:
        """Watch over all schools of a store."""
        self._store = store
        self._last: datetime | None = None

    def tick(self, now: datetime) -> int:
        """Look at all that is due; return of how many episodes somebody is told now.

        Raises:
            StoreError: the store cannot do this now; nothing is lost, the next tick goes on.
        """
        episodes.take_in(self._store)
        if self._last is None or now < self._last - _BACK:
            if self._last is not None:
                _LOG.warning("the clock went back: who is told next is counted from now")
            self._store.look_again(now)
        self._last = now
        rotas: dict[str, Rota] = {}
        told = []
        for episode in self._store.to_look_at(now):
            if episode.school not in rotas:
                rotas[episode.school] = keeping.load(self._store, episode.school)
            told.append(self._decide(episode, rotas[episode.school], now))
        if told:
            self._store.tell(told, now)
        count = sum(1 for one in told if one.steps)
        if count:
            _LOG.debug("somebody is told of %d episodes", count)
        return count

    def _decide(self, episode: Episode, rota: Rota, now: datetime) -> Told:
        if episode.handling not in _LADDER:
            return Told(episode.id, (), (), episode.school, None, episode.says)
        case = Case(
            episode.grade, episode.opened_at, episode.any_hour,
            acknowledged=episode.acknowledged_at is not None,
        )  # fmt: skip
        steps = self._store.steps(episode.id)
        found = plan(case, rota, steps, now)
        if found.order is None:
            return _told(episode, found)
        order = found.order
        step = Step(
            len(steps) + 1, order.person.id, order.person.duty.value, order.cycle, episode.grade,
            order.reason, now,
        )  # fmt: skip
        after = plan(case, rota, [*steps, step], now)
        ways = tuple(str(one) for one in order.person.ways)
        return replace(_told(episode, after), steps=(step,), ways=ways)


def _told(episode: Episode, found: Plan) -> Told:
    return Told(episode.id, (), (), episode.school, found.look_at, found.says)
