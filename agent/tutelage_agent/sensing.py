"""Makes the sensors of this device from its settings: what each may look at, and who hears it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutelage_agent.detection import ListedSites
from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.extract.limits import Limits
from tutelage_agent.host.frugal import Patience
from tutelage_agent.host.homes import signed_in
from tutelage_agent.selftest import probes
from tutelage_agent.sensors import places
from tutelage_agent.sensors.browser_history import (
    BrowserHistorySensor,
    CategoryCounts,
    HistorySettings,
    Home,
    VisitJudge,
    sweep,
)
from tutelage_agent.sensors.downloads import DownloadsSensor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_agent.sensors.lists import ListsFolder
from tutelage_agent.sensors.lists.home import LISTS_FOLDER
from tutelage_agent.sensors.policy import NonWork, SensorPolicy
from tutelage_agent.sensors.sensor import InScope, everybody
from tutelage_agent.sensors.usage import UsageSensor, Visited
from tutelage_agent.sensors.window_title import WindowTitleSensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_agent.config import AgentConfig
    from tutelage_agent.detection import Subject
    from tutelage_agent.hearing import Listener
    from tutelage_agent.host.foreground import Feed
    from tutelage_agent.reporter import Reporter
    from tutelage_agent.sensors.sensor import Sensor
    from tutelage_wire.policy import Policy, ProfileRule


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """Where self-tests leave what the sensors must see; nobody's own."""

    documents: Path
    homes: list[Path] = field(default_factory=list)
    """Of a browser that runs now."""


def make_sensors(
    config: AgentConfig,
    subject: Subject,
    reporter: Reporter,
    listener: Listener,
    places_of_ours: OwnPlaces,
    feed: Feed,
    boot: str,
    policy: Callable[[], SensorPolicy] = SensorPolicy,
    in_scope: InScope = everybody,
) -> list[Sensor]:
    """Return the sensors that the settings allow; none is started.

    Args:
        config: this machine's settings.
        subject: whose device it is.
        reporter: takes findings.
        listener: takes signals.
        places_of_ours: where self-tests write documents and open pages.
        feed: tells which window is in front.
        boot: changes with each boot.
        policy: what the signed policy says beside whether a sensor runs, as it is now.
        in_scope: whether anything of an account may be opened.
    """
    sweep(config.state_folder)  # at once, whether or not histories are in scope now
    extractor = BoundedExtractor(Limits(document_bytes=config.files.max_file_bytes))
    lists = ListsFolder(config.state_folder / LISTS_FOLDER)
    visited, patience = Visited(), Patience()

    def may_scan() -> str:
        return (patience() or extractor.costs.waits()) if config.frugality.wait else ""

    scan_every = config.files.rescan_every
    sensors: list[Sensor] = [
        FilesSensor(
            lambda: [*document_folders(config, in_scope), Root(str(places_of_ours.documents))],
            config.state_folder / "files.cursor",
            extractor,
            tell=listener.hear,
            settings=FolderSettings(scan_every=scan_every),
            may_scan=may_scan,
            in_scope=in_scope,
        )
    ]
    if config.downloads.enabled:
        sensors.append(
            DownloadsSensor(
                lambda: download_folders(config, in_scope),
                config.state_folder / "downloads.cursor",
                extractor,
                lists.current,
                listener.hear,
                settings=FolderSettings(scan_every=scan_every, read_existing=False),
                may_scan=may_scan,
                in_scope=in_scope,
            )
        )
    if config.browser_history.enabled:
        judge = VisitJudge(
            lists.current,
            policy,
            CategoryCounts(config.state_folder / "categories.json"),
            visited,
            listed=ListedSites(subject, reporter).visited,
            report=listener.count,
            pseudonym=subject.pseudonym,
        )
        sensors.append(_history_sensor(config, listener, judge, in_scope, places_of_ours))
    if config.window_title.enabled:
        sensors.append(WindowTitleSensor(feed))
    if config.usage.enabled:
        sensors.append(
            UsageSensor(
                feed,
                lists.current,
                visited,
                listener.hear,
                config.state_folder,
                boot,
                pseudonym=subject.pseudonym,
                policy=policy,
                in_scope=in_scope,
            )
        )
    return sensors


def _history_sensor(
    config: AgentConfig,
    listener: Listener,
    judge: VisitJudge,
    in_scope: InScope,
    places_of_ours: OwnPlaces,
) -> Sensor:
    chosen = config.browser_history
    return BrowserHistorySensor(
        lambda: [
            *(Home(str(one.home), one.account) for one in signed_in(in_scope)),
            *(Home(str(home), "") for home in places_of_ours.homes),
        ],
        config.state_folder / "history.cursor",
        tell=listener.hear,
        settings=HistorySettings(chosen.look_every, chosen.first_look_back),
        judge=judge,
        in_scope=in_scope,
    )


def sensor_policy(held: Policy, rule: ProfileRule) -> SensorPolicy:
    """Return what a policy says to the sensors of a device with ``rule``."""
    usual = NonWork()
    usage = held.usage
    return SensorPolicy(
        category_counts=rule.site_counts,
        listed_sites=rule.listed_sites,
        non_work=usual
        if usage is None
        else NonWork(
            enabled=True,
            categories=usage.categories or usual.categories,
            share=usage.non_work_percent / 100,
            least_hours=usage.least_minutes / 60,
        ),
        allowed_programs=held.allowed_programs,
        allowed_tunnels=held.allowed_tunnels,
    )


def tests_of(policy: Policy) -> dict[str, int]:
    """Return every how many days a policy wants each kind of self-test."""
    wanted = policy.self_tests
    return {
        probes.FILE: wanted.documents_every_days,
        probes.PAGE: wanted.pages_every_days,
        probes.WINDOW: wanted.windows_every_days,
    }


def document_folders(config: AgentConfig, in_scope: InScope = everybody) -> list[Root]:
    """Return the folders to read: those of the settings, else of each account, and drives."""
    if config.files.folders:
        # ICT's own choice, so that a link is followed; those below it are not.
        return [Root(os.path.realpath(folder)) for folder in config.files.folders]
    people = signed_in(in_scope)
    moved = [(folder, one.account) for one in people for folder in one.redirected]
    homes = [(one.home, one.account) for one in people]
    known = [*places.document_roots(homes, moved=moved), *places.removable_roots()]
    own = os.environ.get("SYSTEMDRIVE", "C:")
    return [*known, *places.unread_roots(own=own)]


def download_folders(config: AgentConfig, in_scope: InScope = everybody) -> list[Root]:
    """Return the folders where downloads arrive: those of the settings, else of each account."""
    if config.files.folders:
        # ICT's own choice, so that a link is followed; those below it are not.
        return [Root(os.path.realpath(folder)) for folder in config.files.folders]
    return places.download_roots((one.home, one.account) for one in signed_in(in_scope))
