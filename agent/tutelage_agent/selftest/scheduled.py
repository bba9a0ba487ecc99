"""The self-tests that the agent does by itself, one after the other, each seen or missed.

How often, the signed policy says; whether one may run now, that its sensor runs, that the device is
not on battery, and what each probe asks for. When each was last tried is kept over restarts, and
devices spread theirs: a thousand browsers do not start on Monday at nine.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_agent.detection import canary
from tutelage_agent.durable import write_private
from tutelage_agent.host.frugal import on_battery
from tutelage_agent.selftest.phrase import new_code
from tutelage_agent.selftest.probes import FILE
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tutelage_agent.config import SelfTestSettings
    from tutelage_agent.selftest.probes import Probe
    from tutelage_wire.times import Clock

STATE_FILE = "selftest.json"
JITTER = 0.1
"""Of the period, either way."""
AFTER_MISS = timedelta(hours=1)
"""Until a missed test is tried again: the machine may just have been busy."""


class State(StrEnum):
    """Where the self-tests stand."""

    IDLE = "idle"
    WAITING = "waiting"
    SEEN = "seen"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one kind of self-test. Times are ISO 8601 in UTC, "" = never."""

    next_at: str = ""
    seen_at: str = ""
    seconds: float = 0.0
    missed: bool = False
    """Whether the latest one was missed: a blind spot until one is seen again."""
    waits_for: str = ""
    """Why a test that is due does not begin."""
    turn: int = 0

    @property
    def said(self) -> str:
        """How it stands, in words."""
        seen = f"seen {self.seen_at} after {self.seconds:g} s" if self.seen_at else ""
        if self.missed:
            return f"MISSED{', last ' + seen if seen else ''}"
        return "; ".join(one for one in (seen, self.waits_for) if one) or "not tried yet"


@dataclass(frozen=True, slots=True)
class _Running:
    probe: Probe
    code: str
    began: float
    done: Record


class ScheduledTests:
    """Driven by the runner: ``turn`` is called every few seconds with the agent's uptime."""

    def __init__(
        self,
        state_folder: Path,
        settings: SelfTestSettings,
        probes: Sequence[Probe],
        every_days: Callable[[], Mapping[str, int]],
        clock: Clock = times.utc_now,
        battery: Callable[[], bool] = on_battery,
    ) -> None:
        """Test with ``probes``, as often as ``every_days`` says by their names; 0 = never."""
        self._folder, self._settings, self._probes = state_folder, settings, tuple(probes)
        self._every_days, self._clock, self._battery = every_days, clock, battery
        self._records = _read(state_folder / STATE_FILE)
        self._running: _Running | None = None
        self._started_document = False

    def missed(self, runs: Callable[[str], bool]) -> set[str]:
        """Return which tests were missed, of sensors that run now."""
        return {
            one.name
            for one in self._probes
            if self._record(one).missed and runs(one.sensor) and self._every_days().get(one.name)
        }

    def stands(self) -> dict[str, Record]:
        """Return what is remembered, for ``status``."""
        return {one.name: self._record(one) for one in self._probes}

    def turn(self, uptime: float, runs: Callable[[str], bool]) -> tuple[State, str]:
        """Begin a test that is due, or look whether the running one was seen.

        Args:
            uptime: seconds since the agent started.
            runs: whether a sensor works now; otherwise there is nothing to prove.

        Returns:
            Where it stands, and the name of the test; a miss is told once.
        """
        if self._running is not None:
            return self._look(self._running, uptime)
        if not self._settings.enabled or uptime < self._settings.first_after:
            return State.IDLE, ""
        for probe in self._probes:
            days = self._every_days().get(probe.name, 0)
            if days and runs(probe.sensor) and self._is_due(probe, days):
                begun = self._begin(probe, uptime, days)
                if begun is not None:
                    self._running = begun
                    return State.WAITING, probe.name
        return State.IDLE, ""

    def close(self) -> None:
        """Take away what a running test left."""
        if self._running is not None:
            self._running.probe.end()
            self._running = None

    def _is_due(self, probe: Probe, days: int) -> bool:
        if probe.name == FILE and not self._started_document:
            return True  # the cheap one: also after every start
        record, now = self._record(probe), self._clock()
        if not record.next_at:
            first = timedelta(seconds=random.uniform(0, self._settings.spread))  # noqa: S311
            self._keep(probe, replace(record, next_at=times.text(now + first)))
            return self._settings.spread == 0
        ahead = datetime.fromisoformat(record.next_at) - now
        # A clock that was wrong, or a policy that asks oftener now, must not put it off for months.
        return ahead <= timedelta() or ahead > timedelta(days=days * (1 + JITTER))

    def _begin(self, probe: Probe, uptime: float, days: int) -> _Running | None:
        record = self._record(probe)
        code = new_code()
        if probe.needs_mains and self._battery():
            why = "the device is on battery"
        else:
            why = probe.begin(code, record.turn)
        if why:
            if why != record.waits_for:
                self._keep(probe, replace(record, waits_for=why))
            return None
        self._started_document |= probe.name == FILE
        period = days * (1 + random.uniform(-JITTER, JITTER))  # noqa: S311
        following = replace(
            record,
            next_at=times.text(self._clock() + timedelta(days=period)),
            waits_for="",
            turn=record.turn + 1,
        )
        return _Running(probe, code, uptime, following)

    def _look(self, running: _Running, uptime: float) -> tuple[State, str]:
        probe = running.probe
        seen = any(
            one.code == running.code and one.channel == probe.channel
            for one in canary.read_seen(self._folder)
        )
        if not seen and uptime < running.began + probe.wait:
            return State.WAITING, probe.name
        self._running = None
        counts = probe.end()
        now = self._clock()
        if seen:
            self._keep(
                probe,
                replace(
                    running.done,
                    seen_at=times.text(now),
                    seconds=round(uptime - running.began, 1),
                    missed=False,
                ),
            )
            return State.SEEN, probe.name
        again = times.text(now + AFTER_MISS)
        if not counts:
            why = "the last one was disturbed, or its page did not load"
            self._keep(probe, replace(running.done, next_at=again, waits_for=why))
            return State.IDLE, ""
        self._keep(probe, replace(running.done, next_at=again, missed=True))
        return State.MISSED, probe.name

    def _record(self, probe: Probe) -> Record:
        return self._records.get(probe.name, Record())

    def _keep(self, probe: Probe, record: Record) -> None:
        self._records[probe.name] = record
        rows = {name: asdict(one) for name, one in self._records.items()}
        try:
            write_private(self._folder / STATE_FILE, json.dumps(rows).encode())
        except OSError:  # it is only tried again sooner
            return


def _read(path: Path) -> dict[str, Record]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): _checked(Record(**row)) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _checked(record: Record) -> Record:
    if record.next_at:
        datetime.fromisoformat(record.next_at)
    return record
