"""Whether a Linux machine installs safety fixes by itself: apt, dnf, rpm-ostree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux import apt_conf
from tutelage_agent.posture.linux.ini import last, parse_ini, truth
from tutelage_agent.posture.words import AutomaticUpdates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_WANTS = "/etc/systemd/system/timers.target.wants"
_APT_TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
_DNF_TIMERS = (
    "dnf5-automatic.timer", "dnf-automatic.timer", "dnf-automatic-install.timer",
)  # fmt: skip
_DNF_CONF = ("/etc/dnf/automatic.conf", "/etc/dnf/dnf5-plugins/automatic.conf",
             "/usr/share/dnf5/dnf5-plugins/automatic.conf")  # fmt: skip


def family(host: Host) -> Reading[str]:
    """Return who installs packages here: ``ostree``, ``apt`` or ``dnf``."""
    for name, path in (
        ("ostree", "/run/ostree-booted"),
        ("apt", "/var/lib/dpkg/status"),
        ("dnf", "/etc/dnf"),
    ):
        found = host.stat(path)
        if found.seen:
            return value(name)
        if found.outcome is not Outcome.ABSENT:
            return nothing(found.outcome, path)
    return nothing(Outcome.UNSUPPORTED, "neither apt nor dnf nor rpm-ostree")


def apt_periodic(conf: Mapping[str, tuple[str, ...]], *, upgrader: bool) -> AutomaticUpdates:
    """Return what apt's periodic settings come to: pure.

    Args:
        conf: apt's settings.
        upgrader: unattended-upgrades is installed and its timer is wanted.
    """

    def on(name: str) -> bool:
        found = conf.get(f"apt::periodic::{name}", ("0",))[-1]
        return found not in {"0", "", "no", "false"}

    if conf.get("apt::periodic::enable", ("1",))[-1] in {"0", "no", "false"}:
        return AutomaticUpdates.OFF
    origins = [
        entry.lower()
        for path, entries in conf.items()
        if path.startswith(("unattended-upgrade::allowed-origins",
                            "unattended-upgrade::origins-pattern"))
        for entry in entries
    ]  # fmt: skip
    secures = any("security" in origin for origin in origins)
    if on("update-package-lists") and on("unattended-upgrade") and upgrader and secures:
        return AutomaticUpdates.INSTALL
    if on("update-package-lists") and on("download-upgradeable-packages"):
        return AutomaticUpdates.DOWNLOAD
    return AutomaticUpdates.NOTIFY if on("update-package-lists") else AutomaticUpdates.OFF


def _wanted(host: Host) -> Reading[tuple[str, ...]]:
    """Return the timers that start with the machine; no folder: none."""
    names = host.folder(_WANTS)
    return value(()) if names.outcome is Outcome.ABSENT else names


def _masked(host: Host, unit: str) -> bool:
    """Tell whether a unit is masked: its file in /etc is a link to /dev/null, or is empty."""
    found = host.stat(f"/etc/systemd/system/{unit}")
    return found.seen and found.value.size == 0


def _apt(host: Host) -> Reading[AutomaticUpdates]:
    conf, timers = apt_conf.read(host), _wanted(host)
    upgrader = host.stat("/usr/bin/unattended-upgrade")
    if not conf.seen or not timers.seen:
        failed = conf if not conf.seen else timers
        return nothing(failed.outcome, failed.detail)
    if not upgrader.seen and upgrader.outcome is not Outcome.ABSENT:
        return nothing(upgrader.outcome, "unattended-upgrade")
    ready = upgrader.seen and set(_APT_TIMERS) <= set(timers.value)
    ready = ready and not any(_masked(host, timer) for timer in _APT_TIMERS)
    return value(apt_periodic(conf.value, upgrader=ready))


def _dnf(host: Host) -> Reading[AutomaticUpdates]:
    timers = _wanted(host)
    if not timers.seen:
        return nothing(timers.outcome, timers.detail)
    wanted = [timer for timer in _DNF_TIMERS if timer in timers.value]
    if not wanted:
        return value(AutomaticUpdates.OFF)
    if "dnf-automatic-install.timer" in wanted:
        return value(AutomaticUpdates.INSTALL)
    download, apply = True, False
    for path in _DNF_CONF:
        text = host.text(path)
        if text.seen:
            entries = parse_ini(text.value)
            apply = truth(last(entries, "commands", "apply_updates")) is True
            download = truth(last(entries, "commands", "download_updates")) is not False
            break
        if text.outcome is not Outcome.ABSENT:
            return nothing(text.outcome, path)
    if apply:
        return value(AutomaticUpdates.INSTALL)
    return value(AutomaticUpdates.DOWNLOAD if download else AutomaticUpdates.NOTIFY)


def _ostree(host: Host) -> Reading[AutomaticUpdates]:
    text, timers = host.text("/etc/rpm-ostreed.conf"), _wanted(host)
    if not timers.seen or (not text.seen and text.outcome is not Outcome.ABSENT):
        failed = timers if not timers.seen else text
        return nothing(failed.outcome, "rpm-ostreed.conf")
    policy = last(parse_ini(text.value if text.seen else ""), "Daemon", "AutomaticUpdatePolicy")
    if "rpm-ostreed-automatic.timer" not in timers.value:
        return value(AutomaticUpdates.OFF)
    found = {
        "apply": AutomaticUpdates.INSTALL,
        # Staged fixes are there after the next restart: os.restart watches that.
        "stage": AutomaticUpdates.INSTALL,
        "check": AutomaticUpdates.NOTIFY,
    }
    return value(found.get((policy or "none").lower(), AutomaticUpdates.OFF))


def observe(host: Host) -> tuple[Observation, ...]:
    """Look at who installs packages here, and what it does by itself."""
    who = family(host)
    if not who.seen:
        return (missed(host, "automatic_updates", who.outcome, "none", raw=who.detail),)
    asked = {"apt": _apt, "dnf": _dnf, "ostree": _ostree}[who.value](host)
    found = asked.map(str)
    return (observed(host, "automatic_updates", found, f"{who.value}:settings"),)


def observe_paused(host: Host) -> tuple[Observation, ...]:
    """Look whether somebody stopped fixes on purpose.

    Linux has no pause with an end. apt is stopped by masking its timers or by ``APT::Periodic::
    Enable "0"``, dnf by excluding packages. Holding back by days exists in neither.
    """
    who = family(host)
    if not who.seen:
        return (missed(host, "paused", who.outcome, "none", raw=who.detail),)
    reading: Reading[bool]
    if who.value == "apt":
        conf = apt_conf.read(host)
        masked = [timer for timer in _APT_TIMERS if _masked(host, timer)]
        reading = conf.map(
            lambda found: (
                bool(masked)
                or found.get("apt::periodic::enable", ("1",))[-1] in {"0", "no", "false"}
            )
        )
    elif who.value == "dnf":
        text = host.text("/etc/dnf/dnf.conf")
        reading = text.map(_excludes) if text.outcome is not Outcome.ABSENT else value(found=False)
    else:
        reading = value(found=False)
    source = f"{who.value}:settings"
    days = saw(host, "deferral_days", 0, f"{who.value} cannot defer by days")
    return (observed(host, "paused", reading, source), days)


def _excludes(text: str) -> bool:
    entries = parse_ini(text)
    return any(last(entries, "main", key) for key in ("exclude", "excludepkgs"))
