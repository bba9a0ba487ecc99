"""Which macOS this is, and its updates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture import first_seen
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.macos import plists
from tutelage_agent.posture.versions import numbers
from tutelage_agent.posture.words import AutomaticUpdates

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

SEEN_FILE = "fixes-first-seen.json"
_DOMAIN = "com.apple.SoftwareUpdate"
_LABEL = re.compile(r"^\s*\*\s+(?:Label:\s*)?(?P<label>\S.*)$")
_TITLE = re.compile(r"^\s+Title:\s*(?P<title>.*?), Version:\s*(?P<version>[^,]*),")
_NOT_FIXES = re.compile(
    r"(?i)command line tools|\bbeta\b|xcode|printer|pro video|garageband|imovie"
)
_DEFAULT_DELAY = 30
"""Days by which a profile that forces a delay and names none holds updates back."""


def version_key(version: tuple[int, ...]) -> str:
    """Return the support table's key: ``26``, or ``10.15`` of the time before 11."""
    if version[0] == 10:
        return ".".join(str(n) for n in version[:2])
    return str(version[0])


def observe_supported(host: Host) -> tuple[Observation, ...]:
    """Look at the version."""
    version, source = plists.system(host), "plist:SystemVersion"
    if version.outcome is Outcome.ABSENT:
        version = nothing(Outcome.ERROR, "no SystemVersion.plist")
    text = version.map(lambda v: "macOS " + ".".join(str(n) for n in v))
    return (
        saw(host, "product", "macos", "macOS"),
        observed(host, "version", version.map(version_key), source),
        observed(host, "version_text", text, source, needed=False),
    )


def scan_failed(text: str) -> bool:
    """Tell whether a scan says that it failed: in the same stream, and with exit code 0.

    Read as "nothing found", it would pass (posture.md section 15, row 29).
    """
    failures = r"(?i)scan finished with error|error domain=|can't connect|cannot connect"
    return re.search(failures, text) is not None


def parse_list(text: str, major: int) -> tuple[str, ...] | None:
    """Return the titles of missing fixes of ``softwareupdate --list``.

    None for a text that is not understood, a failed scan (``scan_failed``) among them. Betas,
    developer tools and the next macOS are no fixes of this one.
    """
    if scan_failed(text):
        return None
    labels = sum(_LABEL.match(line) is not None for line in text.splitlines())
    titles = [match for line in text.splitlines() if (match := _TITLE.match(line))]
    if not labels:
        return () if re.search(r"(?i)no (?:new|updates|new software)", text) else None
    if labels != len(titles):
        return None
    found = []
    for match in titles:
        title, version = match["title"].strip(), numbers(match["version"])
        if _NOT_FIXES.search(title):
            continue
        if title.startswith("macOS") and version and version[0] > major:
            continue
        found.append(f"{title} {match['version'].strip()}"[:80])
    return tuple(found)


def observe_fixes(host: Host) -> tuple[Observation, ...]:
    """Ask what is missing, from the last scan; and when that was."""
    version = plists.system(host)
    source = "softwareupdate --list --no-scan"
    if not version.seen:
        return (missed(host, "missing_fixes", version.outcome, "SystemVersion.plist"),)
    said = host.run("update-list").map(lambda r: r.text + r.errors.decode("utf-8", "replace"))
    missing = said.map(lambda text: parse_list(text, version.value[0]))
    if said.seen and scan_failed(said.value):
        missing = nothing(Outcome.TIMEOUT, "its scan failed: no way to Apple's server")
    asked = _last_scan(host)
    found = [
        observed(host, "missing_fixes", missing, source),
        observed(host, "metadata_at", asked, "plist:LastFullSuccessfulDate"),
    ]
    if missing.seen and (age := first_seen.oldest(host, SEEN_FILE, missing.value)) is not None:
        seen = "first seen here" if age.known else "already missing at the first look"
        found += [
            saw(host, "oldest_fix_at", age.since, seen, needed=False),
            saw(host, "fix_age_known", age.known, seen, needed=False),
        ]
    return tuple(found)


def _last_scan(host: Host) -> Reading[datetime]:
    table = plists.read(host, f"{plists.LOCAL}/{_DOMAIN}.plist")
    if not table.seen:
        return nothing(table.outcome, table.detail)
    dates = [table.value.get(key) for key in ("LastFullSuccessfulDate", "LastSuccessfulDate")]
    found = [date.replace(tzinfo=UTC) for date in dates if isinstance(date, datetime)]
    return value(found[0]) if found else nothing(Outcome.ABSENT, "it never asked")


def observe_restart(host: Host) -> tuple[Observation, ...]:
    """Say that macOS does not tell whether a prepared update waits for a restart."""
    raw = "macOS does not say whether an update waits for a restart"
    return (missed(host, "restart_pending", Outcome.UNSUPPORTED, "none", raw=raw),)


def automatic(*, check: bool, download: bool, install: bool) -> AutomaticUpdates:
    """Return what the three switches amount to: the first that is off decides."""
    if not check:
        return AutomaticUpdates.OFF
    if not download:
        return AutomaticUpdates.NOTIFY
    return AutomaticUpdates.INSTALL if install else AutomaticUpdates.DOWNLOAD


def observe_automatic(host: Host) -> tuple[Observation, ...]:
    """Look at the switches; one that nobody has touched is on."""
    source = "plist:SoftwareUpdate"
    switches: dict[str, bool] = {}
    for word, key in (
        ("check", "AutomaticCheckEnabled"),
        ("download", "AutomaticDownload"),
        ("install", "AutomaticallyInstallMacOSUpdates"),
    ):
        reading, _ = plists.preference(host, _DOMAIN, key)
        switch = plists.truth(reading, absent=True)
        if not switch.seen:
            return (missed(host, "automatic_updates", switch.outcome, source, raw=switch.detail),)
        switches[word] = switch.value
    return (saw(host, "automatic_updates", str(automatic(**switches)), source),)


def delay_days(table: dict[str, Any]) -> int:
    """Return by how many days a profile's restrictions hold back fixes of this macOS."""
    forced = plists.as_truth(table.get("forceDelayedSoftwareUpdates"))
    if not forced:
        return 0
    for key in (
        "enforcedSoftwareUpdateMinorOSDeferredInstallDelay", "enforcedSoftwareUpdateDelay",
    ):  # fmt: skip
        days = plists.as_number(table.get(key))
        if days is not None:
            return max(0, days)
    return _DEFAULT_DELAY


def observe_paused(host: Host) -> tuple[Observation, ...]:
    """Look for a delay by profile. A Mac has no other pause."""
    table = plists.read(host, f"{plists.MANAGED}/com.apple.applicationaccess.plist")
    days = table.map(lambda found: delay_days(dict(found)))
    if table.outcome is Outcome.ABSENT:
        days = value(0)
    return (
        saw(host, "paused", found=False, source="macOS has no pause"),
        observed(host, "deferral_days", days, "profile:applicationaccess"),
    )
