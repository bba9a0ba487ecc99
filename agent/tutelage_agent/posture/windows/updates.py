"""Windows Update: what is missing, waiting, automatic, paused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing, value
from tutelage_agent.posture import first_seen
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.words import AutomaticUpdates

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
_UX = r"HKLM\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings"
_MDM = reg.MDM + r"\Update"
_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_PENDING = (
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
)
"""A key that is there is a restart that is waiting. (``PendingFileRenameOperations`` is noise.)"""

RESTART_FILE = "restart-first-seen.json"
_NOT_SAFETY = frozenset(
    (
        "e0789628-ce08-4437-be74-2495b842f43b",  # Definition updates: malware.current judges them.
        "3689bdc8-b205-4af4-8d4a-a63924c5e9d5",  # Upgrades to another version: os.supported.
        "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0",  # Drivers.
    )
)
_DISABLED = 4
_MDM_AUTOMATIC = {
    0: AutomaticUpdates.NOTIFY, 1: AutomaticUpdates.INSTALL, 2: AutomaticUpdates.INSTALL,
    3: AutomaticUpdates.INSTALL, 4: AutomaticUpdates.INSTALL, 5: AutomaticUpdates.OFF,
}  # fmt: skip
_POLICY_AUTOMATIC = {
    2: AutomaticUpdates.NOTIFY, 3: AutomaticUpdates.DOWNLOAD, 4: AutomaticUpdates.INSTALL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fix:
    """An update that Windows Update offers and that is not installed."""

    name: str
    released_at: datetime | None


def parse_offers(found: object) -> tuple[Fix, ...] | None:
    """Return the safety fixes among the rows of ``wua.search``; None for another answer.

    An update without a severity counts: cumulative updates have none, and Cyber Essentials takes
    "unrated" as in scope. Definitions, upgrades, drivers and optional previews do not.
    """
    if not isinstance(found, tuple):
        return None
    fixes = []
    for row in found:
        if not isinstance(row, Row):
            return None
        title, categories = row.text("title"), row.fields.get("categories")
        if title is None or not isinstance(categories, tuple):
            return None
        if row.truth("optional") or _NOT_SAFETY.intersection(str(c).lower() for c in categories):
            continue
        numbers = row.text("kb")
        released = row.text("released_at")
        fixes.append(Fix(numbers or title[:60], reg.iso_moment(released) if released else None))
    return tuple(fixes)


def observe_fixes(host: Host) -> tuple[Observation, ...]:
    """Ask Windows Update what is missing, from what it knows already: no network."""
    offers = host.call("wua.search").map(parse_offers)
    asked = host.call("wua.last_search").map(
        lambda text: reg.iso_moment(text) if isinstance(text, str) else None
    )
    source = "WUA:Search offline"
    names = offers.map(lambda found: tuple(fix.name for fix in found))
    found = [
        observed(host, "missing_fixes", names, source),
        observed(host, "metadata_at", asked, "WUA:LastSearchSuccessDate"),
    ]
    dated = [f.released_at for f in offers.value if f.released_at] if offers.seen else []
    if offers.seen and offers.value and dated:
        complete = len(dated) == len(offers.value)
        found += [
            saw(host, "oldest_fix_at", min(dated), "WUA:LastDeploymentChangeTime", needed=False),
            saw(host, "fix_age_known", complete, "WUA:LastDeploymentChangeTime", needed=False),
        ]
    return tuple(found)


def observe_restart(host: Host) -> tuple[Observation, ...]:
    """Look for the two keys that mean a restart is waiting."""
    waiting = []
    for key in _PENDING:
        reading = host.registry_values(key)
        if reading.seen:
            waiting.append(key.rpartition("\\")[2])
        elif reading.outcome is not Outcome.ABSENT:
            return (missed(host, "restart_pending", reading.outcome, "registry", raw=key),)
    source = f"registry:{waiting[0] if waiting else 'RebootPending, RebootRequired'}"
    found = [saw(host, "restart_pending", bool(waiting), source)]
    age = first_seen.oldest(host, RESTART_FILE, ("restart",) if waiting else ())
    if age is not None and waiting:
        found.append(saw(host, "restart_pending_since", age.since, "first seen here", needed=False))
    return tuple(found)


def automatic(host: Host) -> tuple[str, Reading[AutomaticUpdates]]:
    """Return the deciding source, and what the device does about fixes by itself."""
    for service in ("wuauserv", "UsoSvc"):
        start = reg.whole(host, f"{_SERVICES}\\{service}", "Start")
        if start.seen and start.value == _DISABLED:
            return f"service:{service}", value(AutomaticUpdates.OFF)
        if not start.seen and (start.outcome is not Outcome.ABSENT or service == "wuauserv"):
            # Every Windows has wuauserv: without it, this is not understood.
            outcome = Outcome.ERROR if start.outcome is Outcome.ABSENT else start.outcome
            return f"service:{service}", nothing(outcome, "its start type")
    policy = _POLICY + r"\AU"
    for source, reading, known in (
        ("policy:NoAutoUpdate", reg.whole(host, policy, "NoAutoUpdate"),
         {1: AutomaticUpdates.OFF}),
        ("policy:AUOptions", reg.whole(host, policy, "AUOptions"), _POLICY_AUTOMATIC),
        ("mdm:AllowAutoUpdate", reg.whole(host, _MDM, "AllowAutoUpdate"), _MDM_AUTOMATIC),
    ):  # fmt: skip
        if reading.seen and reading.value in known:
            return source, value(known[reading.value])
        if not reading.seen and reading.outcome is not Outcome.ABSENT:
            return source, nothing(reading.outcome, reading.detail)
    # Windows 10 and 11 install fixes by themselves unless something above says otherwise.
    return "no policy: Windows' default", value(AutomaticUpdates.INSTALL)


def observe_automatic(host: Host) -> tuple[Observation, ...]:
    """Look at services, policy and device management."""
    source, found = automatic(host)
    return (observed(host, "automatic_updates", found.map(str), source),)


def observe_paused(host: Host) -> tuple[Observation, ...]:
    """Look until when updates are paused (ISO 8601 text, row 26), and how long they are held."""
    source = "registry:PauseUpdatesExpiryTime"
    until = reg.words(host, _UX, "PauseUpdatesExpiryTime")
    found: list[Observation] = []
    if until.outcome is Outcome.ABSENT or (until.seen and not until.value):
        found.append(saw(host, "paused", found=False, source=source))
    else:
        moment = until.map(reg.iso_moment)
        found.append(observed(host, "paused", moment.map(lambda at: at > host.now()), source))
        if moment.seen:
            found.append(saw(host, "paused_until", moment.value, source, needed=False))
    days = [
        reg.default(reg.whole(host, key, "DeferQualityUpdatesPeriodInDays"), 0)
        for key in (_POLICY, _MDM)
    ]
    failed = next((reading for reading in days if not reading.seen), None)
    held = failed or value(max(reading.value for reading in days))
    found.append(observed(host, "deferral_days", held, "policy:DeferQualityUpdatesPeriodInDays"))
    return tuple(found)
