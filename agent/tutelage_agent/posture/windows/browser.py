"""Browsers on Windows: versions of the installed programs, policies in the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import registry as reg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_APP_PATHS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
_PROGRAMS = {
    "chrome": "chrome.exe", "edge": "msedge.exe", "firefox": "firefox.exe", "brave": "brave.exe",
}  # fmt: skip
_POLICIES = {
    "chrome": r"HKLM\SOFTWARE\Policies\Google\Chrome",
    "edge": r"HKLM\SOFTWARE\Policies\Microsoft\Edge",
    "brave": r"HKLM\SOFTWARE\Policies\BraveSoftware\Brave",
    "firefox": r"HKLM\SOFTWARE\Policies\Mozilla\Firefox",
}
_PRIVATE = {
    "chrome": "IncognitoModeAvailability",
    "edge": "InPrivateModeAvailability",
    "brave": "IncognitoModeAvailability",
}
_SOURCE = "registry:App Paths"


def installed(host: Host) -> Reading[Mapping[str, str]]:
    """Return product -> path of every browser that is installed for the machine."""
    found: dict[str, str] = {}
    for product, program in _PROGRAMS.items():
        path = reg.words(host, f"{_APP_PATHS}\\{program}", "")
        if path.seen:
            found[product] = path.value.strip('"')
        elif path.outcome is not Outcome.ABSENT:
            return nothing(path.outcome, path.detail)
    return value(found)


def firefox_extensions_blocked(text: str) -> bool | None:
    """Tell whether ``ExtensionSettings`` blocks all but named extensions; None: not JSON."""
    try:
        everything = json.loads(text).get("*", {})
        return bool(everything.get("installation_mode") == "blocked")
    except (ValueError, AttributeError, RecursionError):
        return None


def observe_current(host: Host) -> tuple[Observation, ...]:
    """Look at the file version of every installed browser."""
    browsers = installed(host)
    names = browsers.map(lambda found: tuple(f"product:{p}" for p in found))
    observations = [observed(host, "browsers", names, _SOURCE)]
    for product, path in browsers.value.items() if browsers.seen else ():
        version = host.call("file.version", path)
        text = version.map(lambda v: v if isinstance(v, str) else None)
        if text.outcome is Outcome.ABSENT:
            text = nothing(Outcome.UNSUPPORTED, "its program is not where it is registered")
        observations.append(
            observed(host, "version", text, "GetFileVersionInfo", subject=f"product:{product}")
        )
    return tuple(observations)


def observe_managed(host: Host) -> tuple[Observation, ...]:
    """Look which browsers get the school's policies, and what these lock."""
    browsers = installed(host)
    names = browsers.map(lambda found: tuple(f"product:{p}" for p in found))
    observations = [observed(host, "browsers", names, _SOURCE)]
    for product in browsers.value if browsers.seen else ():
        observations += _policies(host, product)
    return tuple(observations)


def _policies(host: Host, product: str) -> list[Observation]:
    key, subject = _POLICIES[product], f"product:{product}"
    source = f"registry:{key.removeprefix('HKLM')}"
    values, below = host.registry_values(key), host.registry_keys(key)
    if values.outcome is Outcome.ABSENT and below.outcome is Outcome.ABSENT:
        return [saw(host, "managed", found=False, source=source, subject=subject)]
    for reading in (values, below):
        if not reading.seen and reading.outcome is not Outcome.ABSENT:
            return [missed(host, "managed", reading.outcome, source, subject=subject)]
    some = bool(values.seen and values.value) or bool(below.seen and below.value)
    found = [saw(host, "managed", some, source, subject=subject)]
    locks = _firefox(host, key) if product == "firefox" else _chromium(host, key, product)
    for fact, locked in locks.items():
        found.append(observed(host, fact, locked, source, subject=subject, needed=False))
    return found


def _is(host: Host, key: str, name: str, wanted: int) -> Reading[bool]:
    return reg.default(reg.whole(host, key, name), -1).map(lambda number: number == wanted)


def _chromium(host: Host, key: str, product: str) -> dict[str, Reading[bool]]:
    blocked = f"{key}\\ExtensionInstallBlocklist"
    names = host.registry_values(blocked)
    patterns = [reg.words(host, blocked, name) for name in (names.value if names.seen else ())]
    everything = any(p.seen and p.value == "*" for p in patterns)
    extensions: Reading[bool] = value(everything)
    if not names.seen and names.outcome is not Outcome.ABSENT:
        extensions = nothing(names.outcome, names.detail)
    safe = _is(host, key, "ForceGoogleSafeSearch", 1)
    if product == "edge" and safe.seen and safe.value:
        # Edge searches with Bing unless told otherwise: its own lock is needed too (2: strict).
        bing = reg.default(reg.whole(host, key, "ForceBingSafeSearch"), 0)
        safe = bing.map(lambda number: number == 2)
    return {
        "safe_search_locked": safe,
        "extensions_restricted": extensions,
        "private_windows_off": _is(host, key, _PRIVATE[product], 1),
    }


def _firefox(host: Host, key: str) -> dict[str, Reading[bool]]:
    """Return what Firefox's policies lock. It has none that locks safe search."""
    settings = reg.words(host, key, "ExtensionSettings")
    blocked = settings.map(firefox_extensions_blocked)
    if settings.outcome is Outcome.ABSENT:
        blocked = _is(host, f"{key}\\InstallAddonsPermission", "Default", 0)
    return {
        "extensions_restricted": blocked,
        "private_windows_off": _is(host, key, "DisablePrivateBrowsing", 1),
    }
