"""Whether a Linux machine waits for a restart: the distribution's own mark, and the kernel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, saw
from tutelage_agent.posture.versions import numbers

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_MARKS = ("/run/reboot-required", "/var/run/reboot-required")
_WHO_MARKS = (
    "/usr/share/update-notifier/notify-reboot-required",
    "/etc/kernel/postinst.d/unattended-upgrades",
)
"""Programs that set the mark: without one of them, no mark means nothing."""


def newest_kernel(names: tuple[str, ...]) -> str | None:
    """Return the newest of installed kernels of one flavour list, by the numbers in its name."""
    kernels = [name for name in names if name[:1].isdigit()]
    return max(kernels, key=numbers, default=None)


def flavour(release: str) -> str:
    """Return the kind of a kernel: what its last part says beside numbers.

    ``amd``, ``generic``, ``fcx_``: the next Fedora's kernel is of the same kind as this one's.
    """
    return re.sub(r"[\d.]+", "", release.rpartition("-")[2])


def _installed(host: Host) -> Reading[tuple[tuple[str, str], ...]]:
    """Return (release, path) of every installed kernel.

    /boot is asked first: the agent's own service may not see the modules.
    """
    failed: Reading[tuple[tuple[str, str], ...]] = nothing(Outcome.ABSENT, "no installed kernel")
    for folder, prefix in (("/boot", "vmlinuz-"), ("/lib/modules", ""), ("/usr/lib/modules", "")):
        names = host.folder(folder)
        if names.seen:
            found = tuple(
                (name.removeprefix(prefix), f"{folder}/{name}")
                for name in names.value
                if name.startswith(prefix) and name.removeprefix(prefix)[:1].isdigit()
            )
            if found:
                return value(found)
        elif names.outcome is not Outcome.ABSENT:
            failed = nothing(names.outcome, names.detail)
    return failed


def _kernel(host: Host) -> Reading[tuple[bool, datetime | None]]:
    """Return whether a newer kernel than the running one is installed, and since when."""
    running, installed = host.text("/proc/sys/kernel/osrelease"), _installed(host)
    if not running.seen:
        return nothing(running.outcome, running.detail)
    if not installed.seen and installed.outcome is not Outcome.ABSENT:
        return nothing(installed.outcome, installed.detail)
    now = running.value.strip()
    paths = dict(installed.value if installed.seen else ())
    if now not in paths:
        return nothing(Outcome.UNSUPPORTED, "the running kernel is not one of the installed")
    newest = newest_kernel(tuple(name for name in paths if flavour(name) == flavour(now)))
    if newest is None or numbers(newest) <= numbers(now):
        return value((False, None))
    age = host.stat(paths[newest])
    return value((True, age.value.modified_at if age.seen else None))


def observe(host: Host) -> tuple[Observation, ...]:
    """Look for the mark, and compare the running kernel with the installed ones."""
    for path in _MARKS:
        mark = host.stat(path)
        if mark.seen:
            return (
                saw(host, "restart_pending", found=True, source="reboot-required"),
                saw(host, "restart_pending_since", mark.value.modified_at, "reboot-required",
                    needed=False),
            )  # fmt: skip
        if mark.outcome is not Outcome.ABSENT:
            return (missed(host, "restart_pending", mark.outcome, "reboot-required"),)
    kernel = _kernel(host)
    if kernel.seen and kernel.value[0]:
        found = [saw(host, "restart_pending", found=True, source="kernel")]
        if kernel.value[1] is not None:
            found.append(
                saw(host, "restart_pending_since", kernel.value[1], "kernel", needed=False)
            )
        return tuple(found)
    if any(host.stat(path).seen for path in _WHO_MARKS):
        return (saw(host, "restart_pending", found=False, source="reboot-required, kernel"),)
    if kernel.seen:
        return (saw(host, "restart_pending", found=False, source="kernel", rung=1),)
    return (missed(host, "restart_pending", kernel.outcome, "kernel", raw=kernel.detail),)
