"""Browsers on a Mac: the bundles' versions, and profiles in the managed preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.macos import plists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

BUNDLES = {
    "chrome": ("/Applications/Google Chrome.app",),
    "edge": ("/Applications/Microsoft Edge.app",),
    "firefox": ("/Applications/Firefox.app",),
    "brave": ("/Applications/Brave Browser.app",),
    "safari": ("/Applications/Safari.app", "/System/Cryptexes/App/System/Applications/Safari.app"),
}
_DOMAINS = {
    "chrome": "com.google.Chrome",
    "edge": "com.microsoft.Edge",
    "firefox": "org.mozilla.firefox",
    "brave": "com.brave.Browser",
    "safari": "com.apple.Safari",
}
_SOURCE = "plist:Info.plist"


def installed(host: Host) -> Reading[Mapping[str, str]]:
    """Return product -> version of every browser in the applications' folder."""
    found: dict[str, str] = {}
    for product, bundles in BUNDLES.items():
        for bundle in bundles:
            info = plists.read(host, f"{bundle}/Contents/Info.plist")
            if info.seen:
                version = info.value.get("CFBundleShortVersionString")
                found[product] = version if isinstance(version, str) else ""
                break
            if info.outcome is not Outcome.ABSENT:
                return nothing(info.outcome, info.detail or bundle)
    return value(found)


def locks(product: str, profile: Mapping[str, Any]) -> dict[str, bool]:
    """Return what a browser's profile locks. Firefox and Safari lock no safe search."""
    match product:
        case "firefox":
            everything = profile.get("ExtensionSettings")
            rest = everything.get("*") if isinstance(everything, dict) else None
            blocked = isinstance(rest, dict) and rest.get("installation_mode") == "blocked"
            return {
                "extensions_restricted": blocked,
                "private_windows_off": plists.as_truth(profile.get("DisablePrivateBrowsing"))
                is True,
            }
        case "safari":
            return {}
        case _:
            listed = profile.get("ExtensionInstallBlocklist")
            private = "InPrivateModeAvailability" if product == "edge" else (
                "IncognitoModeAvailability"
            )  # fmt: skip
            safe = plists.as_truth(profile.get("ForceGoogleSafeSearch")) is True
            if product == "edge":
                safe = safe and profile.get("ForceBingSafeSearch") == 2
            return {
                "safe_search_locked": safe,
                "extensions_restricted": isinstance(listed, list) and "*" in listed,
                "private_windows_off": profile.get(private) == 1,
            }


def observe_current(host: Host) -> tuple[Observation, ...]:
    """Look at the version of every browser."""
    browsers = installed(host)
    names = browsers.map(lambda found: tuple(f"product:{p}" for p in found))
    observations = [observed(host, "browsers", names, _SOURCE)]
    for product, version in browsers.value.items() if browsers.seen else ():
        subject = f"product:{product}"
        if version:
            observations.append(saw(host, "version", version, _SOURCE, subject=subject))
        else:
            observations.append(missed(host, "version", Outcome.ERROR, _SOURCE, subject=subject))
    return tuple(observations)


def observe_managed(host: Host) -> tuple[Observation, ...]:
    """Look which browsers get a profile of the school, and what it locks."""
    browsers = installed(host)
    names = browsers.map(lambda found: tuple(f"product:{p}" for p in found))
    observations = [observed(host, "browsers", names, _SOURCE)]
    for product in browsers.value if browsers.seen else ():
        subject, domain = f"product:{product}", _DOMAINS[product]
        source = f"profile:{domain}"
        profile = plists.read(host, f"{plists.MANAGED}/{domain}.plist")
        if not profile.seen and profile.outcome is not Outcome.ABSENT:
            observations.append(missed(host, "managed", profile.outcome, source, subject=subject))
            continue
        some = profile.seen and bool(profile.value)
        observations.append(saw(host, "managed", some, source, subject=subject))
        for fact, locked in locks(product, profile.value).items() if some else ():
            observations.append(saw(host, fact, locked, source, subject=subject, needed=False))
    return tuple(observations)
