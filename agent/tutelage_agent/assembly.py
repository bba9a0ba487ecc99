"""The composition root: builds the real parts of an agent from its settings and its state."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent import identity
from tutelage_agent.believed_keys import BelievedKeys
from tutelage_agent.context import Answering, ContextRing
from tutelage_agent.detection import Detector, Subject
from tutelage_agent.errors import AgentError, KeyLostError, SpoolError, TpmError
from tutelage_agent.exchange import KeyExchange
from tutelage_agent.goodbye import Goodbye
from tutelage_agent.hearing import Listener
from tutelage_agent.host import machine
from tutelage_agent.host.foreground import Feed, desktops, is_locked
from tutelage_agent.host.local import LocalHost
from tutelage_agent.host.power import power_watch
from tutelage_agent.instance_lock import InstanceLock
from tutelage_agent.keystore.choose import open_keystore
from tutelage_agent.posture import DeviceClass
from tutelage_agent.posture_rounds import PostureRounds
from tutelage_agent.reporter import Reporter
from tutelage_agent.reporting import ReportPage, finding_of
from tutelage_agent.runner import Agent
from tutelage_agent.selftest import DocumentProbe, PageProbe, ScheduledTests, WindowProbe
from tutelage_agent.selftest.probes import FOLDER as SELFTEST_FOLDER
from tutelage_agent.sensing import OwnPlaces, make_sensors, sensor_policy, tests_of
from tutelage_agent.spool import Spool
from tutelage_agent.trust.in_force import PolicyInForce
from tutelage_agent.trust.keeper import TrustKeeper
from tutelage_agent.trust.on_disk import FOLDER, place_of
from tutelage_agent.trust.packs import PackShelf
from tutelage_agent.trust.sealed_to import SealedTo
from tutelage_agent.uplink import Uplink
from tutelage_agent.watching import Watching
from tutelage_agent.witness import Witness
from tutelage_policy.image import open_matcher
from tutelage_wire import codec, pseudonyms
from tutelage_wire.documents import Role
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tutelage_agent.config import AgentConfig
    from tutelage_agent.identity import DeviceKeys, Membership
    from tutelage_agent.keystore import KeyStore
    from tutelage_agent.reporting import Report
    from tutelage_wire.events import IntegrityFinding

_log = logging.getLogger(__name__)


BUNDLE_NAME = "tutelage-bundle.json"
"""A bundle of this name in the state folder lets a device that lost its keys join again."""

KEYS = "keys"
"""Below the state folder: where the places for keys that are files have them."""


@dataclass(frozen=True, slots=True)
class State:
    """What lies in the state folder."""

    keystore: KeyStore
    keys: DeviceKeys | None
    membership: Membership | None
    lost: str = ""
    """What cannot be had back, in a sentence: enrolling again heals it, and events are kept."""


def open_state(config: AgentConfig) -> State:
    """Open the state folder, made 0700 where it is missing.

    Raises:
        AgentError: it cannot be made or written.
    """
    folder = config.state_folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise AgentError(
            f"{folder}: cannot be made ({error.strerror}): run as the agent's account, "
            "or set state_folder in its settings"
        ) from error
    keystore = open_keystore(folder / KEYS, machine.machine_id(), config.keys)
    lost: list[str] = []
    keys, member = None, None
    try:
        member = identity.load_membership(folder)
    except KeyLostError as error:
        lost.append(str(error))
    try:
        keys = identity.load_keys(keystore, member.key_number if member else 0)
    except (KeyLostError, TpmError) as error:
        lost.append(str(error))
    if keys is None and member is not None and not lost:
        lost.append("the device's keys are gone")
    return State(keystore, keys, member, "; ".join(lost))


def build(config: AgentConfig) -> tuple[Agent, InstanceLock]:
    """Build an agent that has enrolled; the caller runs it.

    Raises:
        AgentError: not enrolled yet, another agent runs, or the state cannot be used.
    """
    state = open_state(config)
    if state.lost:
        raise KeyLostError(
            f"{state.lost}: put a new bundle there as {config.state_folder / BUNDLE_NAME}, or run "
            "tutelage-agent enrol --again --bundle FILE; events are kept"
        )
    if state.keys is None or state.membership is None:
        raise AgentError(
            f"{config.state_folder}: this device has not enrolled yet: "
            "tutelage-agent enrol --bundle FILE"
        )
    lock = InstanceLock(config.state_folder)
    member, device_keys = state.membership, state.keys
    try:
        spool_key = identity.spool_key(state.keystore)
    except KeyLostError:
        # The records under the lost key are put aside and counted; new ones get a new key.
        state.keystore.delete(identity.SPOOL_KEY)
        spool_key = identity.spool_key(state.keystore)
    spool = Spool(config.state_folder / "spool", spool_key, config.spool, utc_now)
    if spool.epoch() == 0 and not spool.stats().events:
        spool.start_epoch(member.first_epoch)
    reporter = Reporter(spool, utc_now, machine.boot_id(), lambda lane: uplink.wake(lane))

    def tell(found: IntegrityFinding) -> None:
        """Keep it, or log that the disk is full: neither policy nor sensors may fail for that."""
        try:
            reporter.report(found)
        except SpoolError as error:
            _log.error("not kept: %s", error)

    in_force = PolicyInForce(
        place_of(member),
        member.device_id,
        PackShelf(config.state_folder / FOLDER / "packs", utc_now),
        lambda: documents.least_rules(),
        lambda: utc_now() + timedelta(milliseconds=uplink.state.clock_offset_ms),
    )
    sealed_to = SealedTo(
        member.bundle.school_id, tuple(one.public_key for one in member.bundle.recipients)
    )
    documents = TrustKeeper(
        config.state_folder / FOLDER,
        state.keystore,
        member.bundle.trust_id,
        member.bundle.root,
        {Role.POLICY: in_force, Role.RECIPIENTS: sealed_to},
        tell,
    )
    ring = ContextRing(config.state_folder, in_force.context_days, in_force.clock)
    witness = Witness(config.state_folder, member.bundle.trust_id, tell)
    uplink = Uplink(
        member,
        device_keys,
        spool,
        config.uplink,
        utc_now,
        obeys=documents,
        contexts=Answering(ring, reporter, in_force.context_days),
        exchange=KeyExchange(config.state_folder, state.keystore, utc_now, tell),
        witness=witness,
        believed=BelievedKeys(member.bundle, config.state_folder),
    )
    subject = _subject(member, sealed_to, pseudonyms.rule_key(spool_key))
    listener = Listener(reporter, subject, utc_now)
    host = LocalHost(state=config.state_folder)
    own = OwnPlaces(config.state_folder / SELFTEST_FOLDER)
    feed = Feed(lambda: desktops(in_force.in_scope))
    document = DocumentProbe(own.documents)
    document.prepare()
    tests = ScheduledTests(
        config.state_folder,
        config.selftest,
        (
            document,
            PageProbe(own.homes),
            WindowProbe(feed.idle_desktops, is_locked, config.selftest.window_idle),
        ),
        lambda: tests_of(in_force.held.policy),
    )
    report_page = ReportPage(config.report.port, lambda said: _take_report(said, subject, reporter))
    agent = Agent(
        config=config,
        membership=member,
        spool=spool,
        reporter=reporter,
        uplink=uplink,
        posture=PostureRounds(
            host,
            DeviceClass(member.device_class),
            config.posture,
            utc_now,
            lambda: in_force.held.policy,
        ),
        listener=listener,
        watching=Watching(
            make_sensors(
                config,
                subject,
                reporter,
                listener,
                own,
                feed,
                machine.boot_id(),
                lambda: sensor_policy(in_force.held.policy, in_force.rule),
                in_force.in_scope,
            ),
            lambda pack: _detector(config, subject, reporter, ring, pack),
            in_force,
            tell,
            in_force.clock,
        ),
        documents=documents,
        in_force=in_force,
        self_tests=tests,
        goodbye=Goodbye(power_watch()),
        report_page=report_page if config.report.enabled else None,
        ring=ring,
        witness=witness,
        system=machine.system(),
        key_protection=state.keystore.protection,
        clock=utc_now,
    )
    return agent, lock


def _subject(member: Membership, recipients: Sequence[bytes], rule_key: bytes) -> Subject:
    return Subject(
        trust_id=member.bundle.trust_id,
        device_id=member.device_id,
        age_band=member.age_band,
        subject_key=member.bundle.subject_key,
        recipients=recipients,
        rule_key=rule_key,
    )


def _take_report(said: Report, subject: Subject, reporter: Reporter) -> None:
    """Seal what a person reports, and keep it durably."""
    event_id = codec.new_event_id()
    reporter.report(finding_of(said, subject, event_id, utc_now()), event_id)


def _detector(
    config: AgentConfig,
    subject: Subject,
    reporter: Reporter,
    ring: ContextRing,
    pack: Path | None,
) -> Detector:
    images = config.pack_images or config.state_folder / "packs"
    matcher = open_matcher(pack, images)
    return Detector(matcher, subject, reporter, utc_now, config.state_folder, ring)
