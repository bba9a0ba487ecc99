"""Carries it out: looks every few seconds who is quiet, and queues who is told.

All of its memory but one moment is in the store. That moment is since when this collector has been
listening: devices are not blamed for what it did not hear while it was stopped or asleep.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from tutelage_collector import policy_files
from tutelage_collector.quiet import decide
from tutelage_collector.quiet.hours import SchoolHours
from tutelage_collector.rota import keeping
from tutelage_collector.store.records_quiet import Audience, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.config import Quiet
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_quiet import Sign, Spell

_LOG = logging.getLogger(__name__)
EVERY_SECONDS = 5.0
BREAK = timedelta(seconds=60)
"""Between two looks: more, and the collector itself did not run."""
_ID_BYTES = 8


class QuietWatch:
    """Not for two threads at once."""

    def __init__(self, store: Store, settings: Quiet) -> None:
        """Watch over all schools of a store."""
        self._store, self._settings = store, settings
        self._since: datetime | None = None
        self._last: datetime | None = None

    def tick(self, now: datetime) -> bool:
        """Look once; tell whether anything changed.

        Raises:
            CollectorError: the store cannot do this now; the next look goes on.
        """
        if self._last is None or not timedelta() <= now - self._last < BREAK:
            self._since = now
        self._last = now
        signs, spells = self._store.signs(now), self._store.spells(open_only=True)
        hours = self._hours({one.school for one in signs} | {one.school for one in spells})
        found = decide.changes(
            signs,
            spells,
            lambda sign, moment: hours[sign.school].open_at(sign, moment),
            self._since or now,
            now,
            timedelta(seconds=self._settings.after_seconds),
            lambda: secrets.token_hex(_ID_BYTES),
        )
        if found.begun or found.ended:
            self._store.change_quiet(found.begun, found.ended, now)
            _LOG.info("%d devices went quiet, %d are back", len(found.begun), len(found.ended))
            spells = self._store.spells(open_only=True)
        told = [self._tell(school, hours[school], signs, spells, now) for school in hours]
        return bool(found.begun or found.ended or any(told))

    def _hours(self, schools: set[str]) -> dict[str, SchoolHours]:
        policy = policy_files.published_policy(self._store)
        return {
            school: SchoolHours(policy, keeping.load(self._store, school)) for school in schools
        }

    def _tell(
        self,
        name: str,
        hours: SchoolHours,
        signs: Sequence[Sign],
        spells: Sequence[Spell],
        now: datetime,
    ) -> bool:
        quiet = [one for one in spells if one.school == name]
        if not any(one.handling.value == "pending" for one in quiet):
            return False
        midnight = hours.rota.moment(hours.rota.local(now).date(), time(0))
        school = decide.School(
            name=name,
            rota=hours.rota,
            spells=quiet,
            heard=sum(
                1
                for one in signs
                if one.school == name and one.last_seen_at and one.last_seen_at >= midnight
            ),
            of_concern=self._store.devices_of_concern(now - decide.RECENT_CONCERN),
            told_ict=self._store.rounds(name, Audience.ICT, midnight),
            told_lead=self._store.rounds(name, Audience.DSL, midnight),
        )
        tellings, handled = decide.tellings(school, self._settings, now)
        if handled:
            done = Round(secrets.token_hex(_ID_BYTES), tuple(tellings), tuple(handled))
            self._store.tell_quiet(done, now)
        return bool(handled)
