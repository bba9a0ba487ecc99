"""The running agent: starts the parts, and keeps them going whatever one of them does.

One asyncio loop for the uplink and the timers; sensors have threads of their own; checks run in a
worker thread, one round at a time. A part that fails becomes a reported state.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from tutelage_agent import notices, pulse, status
from tutelage_agent.errors import AgentError, SpoolError
from tutelage_agent.host import memory
from tutelage_agent.selftest.scheduled import State as SelfTestState
from tutelage_wire import __version__, times
from tutelage_wire.events import (
    Heartbeat,
    IntegrityFinding,
    IntegrityKind,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from tutelage_agent.config import AgentConfig
    from tutelage_agent.context import ContextRing
    from tutelage_agent.goodbye import Goodbye
    from tutelage_agent.hearing import Listener
    from tutelage_agent.identity import Membership
    from tutelage_agent.posture import Tier
    from tutelage_agent.reporter import Reporter
    from tutelage_agent.reporting import ReportPage
    from tutelage_agent.selftest import ScheduledTests
    from tutelage_agent.spool import Spool
    from tutelage_agent.trust.in_force import PolicyInForce
    from tutelage_agent.trust.keeper import TrustKeeper
    from tutelage_agent.uplink import Uplink
    from tutelage_agent.watching import Watching
    from tutelage_agent.witness import Witness
    from tutelage_wire.events import ComplianceFinding
    from tutelage_wire.policy import Policy
    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)

_LOOK_AGAIN, _LOOK_FOR_DUE = 0.5, 30.0
"""Seconds between two looks at a self-test: at one that runs, and for one that is due."""
_LOOK_AT_SCOPE = 60.0
"""Seconds at most between two looks at what may run: clocks are set, devices sleep."""
LAST_WORDS = 2.0
"""Seconds that a stopping agent gives the uplink to send what it still holds."""


class Posture(Protocol):
    """The checks, as the runner needs them."""

    def due(self, uptime: float) -> Sequence[Tier]:
        """Return the tiers that are due at ``uptime`` seconds, the cheapest first."""

    def round(self, tier: Tier, uptime: float) -> Sequence[ComplianceFinding]:
        """Run one tier; return the judgements to report."""

    def stop(self) -> None:
        """Let a round that runs come to its end soon."""

    def counts(self) -> Counter[str]:
        """Return the latest judgements of the school's profile, by status."""


class Agent:
    """Everything that runs, wired together by ``assembly``."""

    def __init__(
        self,
        config: AgentConfig,
        membership: Membership,
        spool: Spool,
        reporter: Reporter,
        uplink: Uplink,
        posture: Posture,
        listener: Listener,
        watching: Watching,
        documents: TrustKeeper,
        in_force: PolicyInForce,
        self_tests: ScheduledTests,
        goodbye: Goodbye,
        report_page: ReportPage | None,
        ring: ContextRing,
        witness: Witness,
        system: str,
        key_protection: str,
        clock: Clock,
    ) -> None:
        """Hold the parts; ``run`` starts them."""
        self._config, self._member, self._spool = config, membership, spool
        self._reporter, self._uplink, self._posture = reporter, uplink, posture
        self._documents, self._tests, self._goodbye = documents, self_tests, goodbye
        self._listener, self._watching, self._in_force = listener, watching, in_force
        self._system, self._key_protection, self._clock = system, key_protection, clock
        self._report_page, self._ring, self._witness = report_page, ring, witness
        self._started = time.monotonic()
        self._trouble = ""
        self._told_of: tuple[Policy, bool] | None = None

    @property
    def key_lost(self) -> bool:
        """Whether this device can be heard again only after it has joined anew."""
        return self._uplink.state.key_lost

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set; then say so, and end tidily."""
        await asyncio.to_thread(self._documents.load)
        link_stop = asyncio.Event()
        link = asyncio.create_task(self._uplink.run(link_stop), name="uplink")
        self._report(IntegrityFinding(IntegrityKind.AGENT_STARTED, f"version {__version__}"))
        self._beat()
        loop = asyncio.get_running_loop()

        def greet() -> None:
            loop.call_soon_threadsafe(self._beat)

        self._goodbye.start(self._report, self._nothing_urgent, greet)
        if self._report_page is not None:
            self._report_page.start()
        try:
            await asyncio.gather(
                self._watch(stop),
                self._heartbeats(stop),
                self._checks(stop),
                self._end_checks(stop),
                self._self_tests(stop),
                pulse.watch(
                    stop,
                    self._report,
                    lambda: self._uplink.state.clock_offset_ms,
                    excused=self._goodbye.excuses,
                ),
            )
        finally:
            # First of all: at a shutdown the network goes within a second or two.
            self._report(await asyncio.to_thread(self._goodbye.last_words))
            await asyncio.to_thread(self._goodbye.stop)
            if self._report_page is not None:
                await asyncio.to_thread(self._report_page.stop)
            await asyncio.to_thread(self._tests.close)
            await asyncio.to_thread(self._watching.stop)
            await self._drain()
            link_stop.set()
            await link
            self._write_status()

    async def _watch(self, stop: asyncio.Event) -> None:
        """Keep to the policy: at once when it changes, and by the clock when hours begin or end.

        At first the pack is compiled: a second or two, in which the uplink already talks.
        """
        changed, loop = asyncio.Event(), asyncio.get_running_loop()
        self._in_force.on_change(lambda: loop.call_soon_threadsafe(changed.set))
        told, last = asyncio.create_task(stop.wait()), self._in_force.held
        while not stop.is_set():
            changed.clear()
            before = self._standing()
            try:
                await asyncio.to_thread(self._ring.settle)
                await asyncio.to_thread(self._publish_notice)
                await asyncio.to_thread(self._watching.settle)
            except Exception as error:  # checks and heartbeats go on, and it is tried again
                _log.exception("the policy could not be kept to")
                said = f"watching: {type(error).__name__}"
                self._report(IntegrityFinding(IntegrityKind.SENSOR_FAILED, said))
            self._documents.say_stale(self._clock())
            if before != self._standing() or last is not self._in_force.held:
                self._beat()
                last = self._in_force.held
            change = asyncio.create_task(changed.wait())
            await asyncio.wait(
                (told, change),
                timeout=self._watching.pause(_LOOK_AT_SCOPE),
                return_when=asyncio.FIRST_COMPLETED,
            )
            change.cancel()
        told.cancel()

    def _standing(self) -> tuple[object, ...]:
        """Return what a heartbeat at once is worth, when it changes."""
        states = tuple((one.name, one.state, one.reason) for one in self._watching.reports())
        return (states, self._watching.pack)

    def _publish_notice(self) -> None:
        """Put the notice where everybody can read it, before anything is watched."""
        policy = self._in_force.held.policy
        standing = (policy, self._in_force.scope().basis_expired)
        if standing == self._told_of:
            return
        try:
            notices.publish(
                notices.folder(self._config),
                policy,
                self._in_force.place,
                notices.usual_audience(self._member.age_band),
                self._clock(),
            )
        except OSError as error:
            _log.warning("the notice cannot be published: %s", error.strerror)
        else:
            self._told_of = standing

    async def _heartbeats(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._config.uplink.heartbeat_every)
            if not stop.is_set() and not self._goodbye.asleep:
                self._beat()
                await asyncio.to_thread(memory.give_back)

    async def _checks(self, stop: asyncio.Event) -> None:
        """Run the checks when they are due; one round at a time, in a worker thread."""
        pause = min(self._config.posture.cheap_every, 60.0)
        while not stop.is_set():
            uptime = time.monotonic() - self._started
            try:
                for tier in self._posture.due(uptime):
                    for finding in await asyncio.to_thread(self._posture.round, tier, uptime):
                        self._report(finding)
                    self._write_status()
            except Exception as error:  # the checks' failure must not stop the sensors
                _log.exception("a round of checks failed")
                self._report(
                    IntegrityFinding(IntegrityKind.SENSOR_FAILED, f"checks: {type(error).__name__}")
                )
            self._write_status()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _self_tests(self, stop: asyncio.Event) -> None:
        """Prove once in a while that each channel is seen; a miss is said at once."""
        while not stop.is_set():
            uptime = time.monotonic() - self._started
            try:
                stands, name = await asyncio.to_thread(
                    self._tests.turn, uptime, self._watching.runs
                )
            except Exception as error:  # monitoring goes on without its proof, and that is said
                _log.exception("a self-test failed")
                said = f"self-test: {type(error).__name__}"
                self._report(IntegrityFinding(IntegrityKind.SENSOR_FAILED, said))
                stands, name = SelfTestState.IDLE, ""
            if stands is SelfTestState.MISSED:
                self._report(IntegrityFinding(IntegrityKind.SELF_TEST_MISSED, name))
                self._beat()
            pause = _LOOK_AGAIN if stands is SelfTestState.WAITING else _LOOK_FOR_DUE
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _end_checks(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._posture.stop()

    def _beat(self) -> None:
        self._settle_spool()
        with suppress(AgentError):
            self._listener.tell_held()
        with suppress(AgentError):
            stats = self._spool.stats()
            self._report(
                Heartbeat(
                    agent_version=__version__,
                    system=self._system,
                    uptime_seconds=int(time.monotonic() - self._started),
                    key_protection=self._key_protection,
                    spool_events=stats.events,
                    spool_bytes=stats.bytes,
                    packs=(self._watching.pack,) if self._watching.pack else (),
                    policy_version=self._in_force.held.policy.version,
                    profile=self._member.profile,
                    clock_offset_ms=self._uplink.state.clock_offset_ms,
                    sensors=self._watching.reports(),
                    blind_spots=self._blind_spots(),
                    log_roots=self._witness.roots(),
                )
            )
        self._write_status()

    def _blind_spots(self) -> tuple[str, ...]:
        """Return what the sensors cannot see now, those that do not run aside."""
        missed = {f"self_test_missed:{one}" for one in self._tests.missed(self._watching.runs)}
        return tuple(sorted(self._watching.blind_spots() | missed))

    def _policy_line(self) -> str:
        policy = self._in_force.held.policy
        if policy.basis is None:
            return policy.title
        ended = " (expired)" if self._in_force.scope().basis_expired else ""
        return f"version {policy.version}, lawful basis until {policy.basis.expires_on}{ended}"

    def _settle_spool(self) -> None:
        """Keep the spool within its bounds, and say what that or a damaged file cost."""
        try:
            self._spool.keep_within_bounds()
            for damage in self._spool.take_damages():
                self._report(
                    IntegrityFinding(
                        IntegrityKind.SPOOL_QUARANTINED,
                        f"{damage.lane.name.lower()}: {damage.salvaged} events salvaged, "
                        f"at least {damage.lost} lost",
                        max(damage.lost, 1),
                    )
                )
            if dropped := self._spool.take_dropped():
                self._report(
                    IntegrityFinding(IntegrityKind.EVENTS_DROPPED, "the spool was full", dropped)
                )
        except SpoolError as error:
            self._trouble = str(error)
            _log.error("spool: %s", error)

    def _report(self, body: ComplianceFinding | Heartbeat | IntegrityFinding) -> None:
        try:
            self._reporter.report(body)
            self._trouble = ""
        except SpoolError as error:
            self._trouble = str(error)
            _log.error("not kept: %s", error)

    def _nothing_urgent(self) -> bool:
        with suppress(SpoolError):
            return self._spool.stats().urgent == 0
        return True  # it cannot be known, and nobody should wait for it

    async def _drain(self) -> None:
        """Give the uplink a moment to send what is waiting."""
        deadline = time.monotonic() + LAST_WORDS
        while time.monotonic() < deadline and self._uplink.state.connected:
            with suppress(SpoolError):
                if self._spool.stats().events == 0:
                    return
            await asyncio.sleep(0.05)

    def _write_status(self) -> None:
        with suppress(OSError, AgentError):
            stats, link = self._spool.stats(), self._uplink.state
            kept = self._ring.held()
            status.write(
                self._config.state_folder,
                status.AgentStatus(
                    written_at=times.text(self._clock()),
                    process=os.getpid(),
                    version=__version__,
                    device_id=self._member.device_id,
                    profile=self._member.profile,
                    collector=self._member.bundle.link_address,
                    connected=link.connected,
                    last_error=self._trouble or link.last_error,
                    last_checkpoint_at=times.text(times.from_ms(link.last_checkpoint_ms))
                    if link.last_checkpoint_ms
                    else "",
                    clock_offset_ms=link.clock_offset_ms,
                    spool_events=stats.events,
                    spool_bytes=stats.bytes,
                    epoch=stats.epoch,
                    key_protection=self._key_protection,
                    pack=self._watching.pack,
                    policy=self._policy_line(),
                    context_kept=kept.count,
                    context_until=times.text(kept.until) if kept.until else "",
                    checks=dict(self._posture.counts()),
                    sensors=[
                        status.SensorStatus(one.name, one.state.value, one.reason)
                        for one in self._watching.reports()
                    ],
                    self_tests={name: one.said for name, one in self._tests.stands().items()},
                ),
            )
