"""The sensor: every profile's new visits, read from a copy while the browser runs."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.browser_history.addresses import is_page, search_term, words_of
from tutelage_agent.sensors.browser_history.copies import (
    NotReadableNowError,
    copy_of,
    versions,
)
from tutelage_agent.sensors.browser_history.profiles import (
    Family,
    Home,
    Profile,
    find_profiles,
    uses_unread,
)
from tutelage_agent.sensors.browser_history.reached import Reached
from tutelage_agent.sensors.browser_history.visits import (
    Visit,
    is_there,
    last_number,
    titles_since,
    visits_after,
)
from tutelage_agent.sensors.cursor import Cursor
from tutelage_agent.sensors.observation import Signal, SignalKind, observation
from tutelage_agent.sensors.opening import read_small
from tutelage_agent.sensors.sensor import InScope, ThreadSensor, everybody
from tutelage_wire.events import Channel, SensorState
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tutelage_agent.sensors.browser_history.judging import VisitJudge
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_wire.times import Clock

BATCH = 500
"""Visits that are read between two notes in the cursor."""
TITLES_FOR = timedelta(minutes=10)
"""For so long after a visit its page's title is looked at again."""
CLEARED_FOR = timedelta(days=1)
"""For so long a cleared history is a blind spot: what was visited just before is not known."""
_SYNC = b"services.sync.username"
_OFF = (
    b'"places.history.enabled", false',
    b'"browser.privatebrowsing.autostart", true',
    b'"privacy.sanitize.sanitizeOnShutdown", true',
)
"""Settings of Firefox that keep no history, or none after it ends (prefs.js)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """How often, and how far back."""

    look_every: float = 10.0
    """Seconds. A browser writes a visit to disk about ten seconds after it."""
    first_look_back: float = 86_400.0
    """Seconds of history that are read of a profile that is met for the first time."""


@dataclass(slots=True)
class _Known:
    """What is remembered of a profile between two looks."""

    versions: list[tuple[int, int] | None] = field(default_factory=list)
    blind: str = ""
    reason: Blind | None = None
    cleared_at: datetime | None = None
    off: bool = False
    """The browser keeps no history, by its own settings."""
    titles: dict[bytes, str] = field(default_factory=dict, repr=False)
    """Of the pages of the last minutes, by a hash of their address; in memory only."""


class BrowserHistorySensor(ThreadSensor):
    """Emits search terms, page titles and words of addresses; keeps its place per profile.

    A place is noted after ``emit`` returned for everything before it, so that a visit is read at
    least once; the observation's key tells the few that come twice. Private windows leave no
    history, and are named as what this sensor cannot see.
    """

    name = "browser_history"

    def __init__(
        self,
        homes: Callable[[], Sequence[Home]],
        cursor: Path,
        *,
        tell: Tell | None = None,
        settings: HistorySettings | None = None,
        clock: Clock = utc_now,
        judge: VisitJudge | None = None,
        find: Callable[[Sequence[Home]], Sequence[Profile]] = lambda homes: tuple(
            find_profiles(homes)
        ),
        in_scope: InScope = everybody,
    ) -> None:
        """Make the sensor; nothing is opened before ``start``.

        Args:
            homes: the accounts in scope, asked at every look: out of scope is not opened at all.
            cursor: file for the cursor; its folder must exist and be ours alone.
            tell: hears of a history that was cleared.
            settings: how often and how far back.
            clock: the present moment.
            judge: looks visits up in the lists.
            find: finds the profiles of homes.
            in_scope: whether anything of an account may be opened; asked for the histories too,
                since a home may hold a link into another one.
        """
        super().__init__(clock)
        self._in_scope = in_scope
        self._homes, self._find = homes, find
        self._cursor_path = cursor
        self._tell = tell
        self._settings = settings or HistorySettings()
        self._judge = judge
        self._known: dict[str, _Known] = {}
        self._unread = False

    def blind_spots(self) -> frozenset[Blind]:
        """See ``Sensor.blind_spots``: private windows always, and what this device adds."""
        known, since = list(self._known.values()), self.clock() - CLEARED_FOR
        reasons = {one.reason for one in known if one.reason is not None}
        found = {
            Blind.PRIVATE_WINDOWS: True,
            Blind.UNREAD_BROWSER: self._unread,
            Blind.HISTORY_OFF: any(one.off for one in known),
            Blind.HISTORY_CLEARED: any(one.cleared_at and one.cleared_at > since for one in known),
        }
        return super().blind_spots() | reasons | {one for one, holds in found.items() if holds}

    def run(self, emit: Emit) -> None:
        """See ``ThreadSensor.run``."""
        cursor = Cursor(self._cursor_path)
        try:
            while not self.stopping.is_set():
                self.look(cursor, emit)
                if self._judge is not None:
                    self._judge.settle(self.clock())
                self.stopping.wait(self._settings.look_every)
        finally:
            cursor.close()

    def look(self, cursor: Cursor, emit: Emit) -> None:
        """Read what is new in every profile that changed."""
        homes = self._homes()
        profiles = self._find(homes)
        self._unread = uses_unread(homes)
        self._known = {one.database: self._known.get(one.database, _Known()) for one in profiles}
        for profile in profiles:
            if self.stopping.is_set():
                return
            known = self._known[profile.database]
            found = versions(profile.database)
            if found == known.versions:
                continue
            prefs = self._prefs(profile)
            known.off = any(one in prefs for one in _OFF)
            if _SYNC in prefs:
                # Firefox does not say which visits came from a pupil's own phone: none is read.
                known.blind, known.versions = "signed in to Firefox Sync", found
                known.reason = Blind.SYNCED_BROWSER
                continue
            try:
                self._read(profile, known, cursor, emit)
                known.blind, known.versions, known.reason = "", found, None
            except (NotReadableNowError, sqlite3.DatabaseError) as error:
                known.reason = Blind.HISTORY_UNREADABLE
                known.blind = str(error) or type(error).__name__
        self._say()

    def _read(self, profile: Profile, known: _Known, cursor: Cursor, emit: Emit) -> None:
        place = f"history:{profile.database}"
        reached = Reached.read(cursor.place(place))
        now = self.clock()
        with copy_of(profile.database, self._cursor_path.parent, self._in_scope) as database:
            last = last_number(database, profile.family)
            number, since = min(reached.number, last), _EPOCH
            if not reached.number:
                since = now - timedelta(seconds=self._settings.first_look_back)
            elif _was_changed(database, profile.family, reached, last):
                # Cleared, in part or all of it, or an older one put back: what is later than the
                # last visit that was read is new, whatever its number.
                self._cleared(profile)
                known.cleared_at = now
                number, since = 0, now - timedelta(seconds=self._settings.first_look_back)
                if reached.at is not None and reached.at <= now:
                    since = reached.at + _TICK
                reached = Reached()
            while not self.stopping.is_set():
                visits = visits_after(database, profile.family, number, since, BATCH)
                for visit in visits:
                    self._emit_visit(visit, profile, known, emit)
                    number = visit.number
                    reached = Reached(number, number, visit.at)
                if len(visits) < BATCH:
                    number = max(number, last)
                reached = replace(reached, number=number)
                cursor.keep_place(place, reached.text())
                if len(visits) < BATCH:
                    break
            self._look_at_titles(database, profile, known, emit)

    def _look_at_titles(
        self, database: sqlite3.Connection, profile: Profile, known: _Known, emit: Emit
    ) -> None:
        """Emit titles that came, or changed, after their visit was read."""
        since = self.clock() - TITLES_FOR
        titles: dict[bytes, str] = {}
        for visit in titles_since(database, profile.family, since):
            page = _page(visit)
            before = known.titles.get(page, visit.title)
            titles[page] = visit.title
            if (
                before != visit.title
                and is_page(visit.url)
                and self.may_watch(visit.at)
                and not search_term(visit.url, known=visit.term)
            ):
                self._emit_text(visit.title, Channel.TITLE, visit, profile, emit)
        known.titles = titles

    def _emit_visit(self, visit: Visit, profile: Profile, known: _Known, emit: Emit) -> None:
        known.titles[_page(visit)] = visit.title
        if not is_page(visit.url) or not self.may_watch(visit.at):
            return
        if self._judge is not None:
            self._judge.judge(visit, profile.account)
        term = search_term(visit.url, known=visit.term)
        title = "" if term else visit.title  # an engine's title repeats the term
        words = "" if term else words_of(visit.url)
        for text, channel in (
            (term, Channel.SEARCH),
            (title, Channel.TITLE),
            (words, Channel.URL),
        ):
            self._emit_text(text, channel, visit, profile, emit)
        self.progressed()

    def _emit_text(
        self, text: str, channel: Channel, visit: Visit, profile: Profile, emit: Emit
    ) -> None:
        if text:
            emit(
                observation(
                    text,
                    channel,
                    account=profile.account,
                    source=profile.database,
                    occurred_at=visit.at,
                )
            )

    def _prefs(self, profile: Profile) -> bytes:
        if profile.family is not Family.FIREFOX:
            return b""
        return read_small(Path(profile.database).with_name("prefs.js"), self._in_scope)

    def _cleared(self, profile: Profile) -> None:
        if self._tell is not None:
            self._tell(
                Signal(
                    SignalKind.HISTORY_CLEARED,
                    profile.browser,
                    self.clock(),
                    account=profile.account,
                )
            )

    def _say(self) -> None:
        blind = [known.blind for known in self._known.values() if known.blind]
        seen = len(self._known) - len(blind)
        reason = f"{seen} profiles read"
        if blind:
            reason += f", {len(blind)} not: {', '.join(sorted(set(blind)))}"
        state = SensorState.BLIND if blind and not seen else SensorState.RUNNING
        self.say(state, reason)


def _was_changed(database: sqlite3.Connection, family: Family, reached: Reached, last: int) -> bool:
    if reached.at is None:  # nothing of this device had been read
        return last < reached.number
    return not is_there(database, family, reached.visit, reached.at)


def _page(visit: Visit) -> bytes:
    return hashlib.blake2b(visit.url.encode("utf-8", "replace"), digest_size=12).digest()
