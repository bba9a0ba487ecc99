"""Content monitoring: which sensors run, and with which pack, as the policy in force says.

A sensor out of scope is not started. What happened while it was out of scope (an evening's visits,
that lie in the browser's history in the morning) is not looked at either: sensors ask before they
read, and what came all the same is dropped before it is matched. When the lawful basis ends, all
of it stops, and the device says so.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tutelage_agent.sensors.blind import spot
from tutelage_wire.events import (
    IntegrityFinding,
    IntegrityKind,
    SensorReport,
    SensorState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tutelage_agent.detection import Detector
    from tutelage_agent.sensors.observation import Emit, Observation
    from tutelage_agent.sensors.sensor import MayWatch, Sensor
    from tutelage_agent.trust.in_force import PolicyInForce
    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)


class Watching:
    """Thread-safe; ``settle`` is called whenever the answer may have changed."""

    def __init__(
        self,
        sensors: Sequence[Sensor],
        make_detector: Callable[[Path | None], Detector],
        in_force: PolicyInForce,
        tell: Callable[[IntegrityFinding], object],
        clock: Clock,
    ) -> None:
        """Hold the parts; nothing runs before the first ``settle``.

        Args:
            sensors: all that this agent has, in scope or not.
            make_detector: with a pack's file, or with the installed pack.
            in_force: says what may run.
            tell: told what a person should be able to see.
            clock: corrected by the collector's where that is known.
        """
        self._sensors, self._make_detector = tuple(sensors), make_detector
        self._in_force, self._tell, self._clock = in_force, tell, clock
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._detector: Detector | None = None
        self._tried: list[Path | None] = []
        self._basis_expired = False
        self._left_out: frozenset[str] = frozenset()
        self._ended = False

    @property
    def pack(self) -> str:
        """The pack that detects, as findings carry it; "" = none yet."""
        detector = self._detector
        return detector.pack if detector else ""

    def settle(self) -> None:
        """Load the pack in force, start what may run, stop what may not. Takes seconds at first."""
        with self._lock:
            if self._ended:
                return
            now = self._clock()
            scope = self._in_force.scope(now)
            # 1. What may not run stops first, whatever becomes of the rest; and where an account is
            #    left out from now on, all that runs stops: it may watch folders of that account.
            left_out, self._left_out = self._left_out, scope.rule.accounts_left_out
            for sensor in self._sensors:
                if sensor.name in self._running and (
                    scope.why_not(sensor.name) is not None or left_out != self._left_out
                ):
                    self._stop(sensor)
            self._say_basis(expired=scope.basis_expired)
            # 2. The pack, only where something will use it.
            if scope.running:
                self._load(self._in_force.held.pack)
            # 3. What may run starts.
            for sensor in self._sensors:
                if (
                    self._detector is not None
                    and sensor.name not in self._running
                    and scope.why_not(sensor.name) is None
                ):
                    sensor.start(self._emit_of(sensor.name), self._may_watch(sensor.name))
                    self._running.add(sensor.name)

    def stop(self) -> None:
        """Stop all sensors, for good."""
        with self._lock:
            self._ended = True
            for sensor in self._sensors:
                if sensor.name in self._running:
                    self._stop(sensor)

    def runs(self, name: str) -> bool:
        """Tell whether a sensor works now."""
        return any(one.name == name and one.state is SensorState.RUNNING for one in self.reports())

    def blind_spots(self) -> frozenset[str]:
        """Return what the sensors cannot see now; of those out of scope, nothing."""
        return frozenset(
            spot(one.name, reason)
            for one in self._sensors
            if one.name in self._running
            for reason in one.blind_spots()
        )

    def pause(self, most: float) -> float:
        """Return the seconds until the scope may next change by itself, at most ``most``."""
        until = self._in_force.scope().until
        if until is None:
            return most
        return min(max((until - self._clock()).total_seconds(), 0.0) + 0.05, most)

    def reports(self) -> tuple[SensorReport, ...]:
        """Return what each sensor is doing; of one out of scope, why."""
        now = self._clock()
        scope = self._in_force.scope(now)
        return tuple(
            SensorReport(one.name, SensorState.OUT_OF_SCOPE, why, None)
            if one.name not in self._running and (why := scope.why_not(one.name)) is not None
            else one.report(now)
            for one in self._sensors
        )

    def _emit_of(self, name: str) -> Emit:
        may_watch = self._may_watch(name)

        def emit(observation: Observation) -> None:
            detector = self._detector
            if (
                detector is not None
                and may_watch(observation.occurred_at)
                and self._in_force.in_scope(observation.account)
            ):
                detector.observe(observation)

        return emit

    def _may_watch(self, name: str) -> MayWatch:
        return lambda moment: self._in_force.may_watch(name, moment)

    def _stop(self, sensor: Sensor) -> None:
        with suppress(Exception):  # the others must be stopped too
            sensor.stop()
        self._running.discard(sensor.name)

    def _load(self, pack: Path | None) -> None:
        if self._tried == [pack] and self._detector is not None:
            return
        try:
            fresh = self._make_detector(pack)
        except Exception as error:  # a bad pack stops detection, not posture, and is reported
            _log.exception("detection cannot start")
            if self._tried != [pack]:
                said = f"pack: {type(error).__name__}"
                self._tell(IntegrityFinding(IntegrityKind.SENSOR_FAILED, said))
        else:
            changed = self._detector is not None
            self._detector = fresh
            if changed:
                said = f"pack {fresh.pack}"
                self._tell(IntegrityFinding(IntegrityKind.POLICY_APPLIED, said))
        self._tried = [pack]

    def _say_basis(self, *, expired: bool) -> None:
        if expired is self._basis_expired:
            return
        self._basis_expired = expired
        if expired:
            said = "the lawful basis has expired: content monitoring has stopped, checks go on"
            self._tell(IntegrityFinding(IntegrityKind.MONITORING_STOPPED, said))
        else:
            said = "a lawful basis is in force again: content monitoring goes on"
            self._tell(IntegrityFinding(IntegrityKind.MONITORING_RESUMED, said))
