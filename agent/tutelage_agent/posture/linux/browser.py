"""Browsers on Linux: the package database for versions, policy files for what is locked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

PACKAGES: Mapping[str, str] = {
    "chromium": "chromium", "chromium-browser": "chromium", "firefox": "firefox",
    "firefox-esr": "firefox", "google-chrome-stable": "chrome",
    "microsoft-edge-stable": "edge", "brave-browser": "brave",
}  # fmt: skip
"""Package -> our product."""

_SNAPS = {"chromium": "chromium", "firefox": "firefox", "brave": "brave"}
_FLATPAKS = {
    "org.mozilla.firefox": "firefox", "org.chromium.Chromium": "chromium",
    "com.google.Chrome": "chrome", "com.brave.Browser": "brave", "com.microsoft.Edge": "edge",
}  # fmt: skip
_CHROMIUM_POLICIES = {
    "chromium": ("/etc/chromium/policies/managed", "/etc/chromium-browser/policies/managed"),
    "chrome": ("/etc/opt/chrome/policies/managed",),
    "edge": ("/etc/opt/edge/policies/managed",),
    "brave": ("/etc/brave/policies/managed",),
}
_FIREFOX_POLICIES = (
    "/etc/firefox/policies/policies.json",
    "/usr/lib/firefox-esr/distribution/policies.json",
    "/usr/lib/firefox/distribution/policies.json",
    "/usr/lib64/firefox/distribution/policies.json",
)
_UBUNTU_STUB = re.compile(r"^\d+:1snap|^2:1snap|snap\d")
"""Ubuntu's firefox package only fetches the snap: its version is not a browser's."""


def parse_packages(text: str) -> tuple[tuple[str, str], ...] | None:
    """Return (product, version) of ``name<TAB>version<TAB>status`` lines.

    None if not even the package manager itself is listed: then nothing can be concluded.
    """
    rows = [line.split("\t") for line in text.splitlines()]
    installed = [row for row in rows if len(row) == 3 and row[2].strip() == "installed"]
    if not any(row[0] in {"dpkg", "rpm"} for row in installed):
        return None
    return tuple(
        (PACKAGES[name], version)
        for name, version, _ in installed
        if name in PACKAGES and not _UBUNTU_STUB.search(version)
    )


def snap_version(text: str) -> str | None:
    """Return the version in a snap's meta/snap.yaml."""
    match = re.search(r"^version:\s*['\"]?([\w.+:~-]+)", text, re.M)
    return match.group(1) if match else None


def installed(host: Host) -> Reading[Mapping[str, str]]:
    """Return product -> version of every browser; an empty version: it does not say."""
    known: Reading[tuple[tuple[str, str], ...]] = nothing(Outcome.ABSENT, "no package manager")
    for command in ("dpkg-browsers", "rpm-browsers"):
        result = host.run(command)
        if result.seen:
            known = result.map(lambda r: parse_packages(r.text))
            break
        if result.outcome is not Outcome.ABSENT:
            return nothing(result.outcome, result.detail)
    if not known.seen:
        return nothing(known.outcome, known.detail)
    found = dict(known.value)
    for name, product in _SNAPS.items():
        text = host.text(f"/snap/{name}/current/meta/snap.yaml")
        if text.seen:
            found[product] = snap_version(text.value) or ""
    flatpaks = host.folder("/var/lib/flatpak/app")
    for name in flatpaks.value if flatpaks.seen else ():
        if name in _FLATPAKS:
            found.setdefault(_FLATPAKS[name], "")
    return value(found)


def _subjects(host: Host) -> tuple[Observation, Reading[Mapping[str, str]]]:
    found = installed(host)
    names = found.map(lambda known: tuple(f"product:{product}" for product in known))
    return observed(host, "browsers", names, "packages, snaps, flatpaks"), found


def observe_current(host: Host) -> tuple[Observation, ...]:
    """Look up the version of each installed browser."""
    browsers, found = _subjects(host)
    observations = [browsers]
    for product, version in found.value.items() if found.seen else ():
        subject = f"product:{product}"
        if version:
            observations.append(saw(host, "version", version, "packages", subject=subject))
        else:
            raw = "a flatpak or snap that does not say its version"
            observations.append(
                missed(host, "version", Outcome.UNSUPPORTED, "flatpak", subject=subject, raw=raw)
            )
    return tuple(observations)


def chromium_policy(texts: tuple[str, ...]) -> Mapping[str, object] | None:
    """Return the merged policies of a folder of JSON files, later files last; None: not JSON."""
    merged: dict[str, object] = {}
    for text in texts:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        merged.update(found)
    return merged


def chromium_locks(product: str, policy: Mapping[str, object]) -> dict[str, bool]:
    """Return what a Chromium policy locks: pure. Names are those of Chrome's and Edge's lists."""
    blocklist = policy.get("ExtensionInstallBlocklist")
    settings = policy.get("ExtensionSettings")
    everything = settings.get("*") if isinstance(settings, dict) else None
    mode = everything.get("installation_mode") if isinstance(everything, dict) else None
    private = "InPrivateModeAvailability" if product == "edge" else "IncognitoModeAvailability"
    search = "ForceBingSafeSearch" if product == "edge" else "ForceGoogleSafeSearch"
    forced = policy.get(search)
    return {
        "safe_search_locked": forced is True or (product == "edge" and forced in {1, 2}),
        "extensions_restricted": (isinstance(blocklist, list) and "*" in blocklist)
        or mode in {"blocked", "removed"},
        "private_windows_off": policy.get(private) == 1,
    }


def firefox_locks(text: str) -> dict[str, bool] | None:
    """Return what a Firefox policies.json locks; None: it is not one.

    Firefox has no policy that locks safe search: that is for the filter, and not seen here.
    """
    try:
        policy = json.loads(text)["policies"]
        everything = policy.get("ExtensionSettings", {}).get("*", {})
        addons = policy.get("InstallAddonsPermission", {}).get("Default")
        return {
            "extensions_restricted": everything.get("installation_mode") == "blocked"
            or addons is False,
            "private_windows_off": policy.get("DisablePrivateBrowsing") is True,
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _policy(host: Host, product: str) -> Reading[dict[str, bool]]:
    """Return what is locked; ABSENT without any policy."""
    if product == "firefox":
        for path in _FIREFOX_POLICIES:
            text = host.text(path)
            if text.outcome is not Outcome.ABSENT:
                return text.map(firefox_locks)
        return nothing(Outcome.ABSENT)
    texts: list[str] = []
    for folder in _CHROMIUM_POLICIES.get(product, ()):
        names = host.folder(folder)
        if not names.seen and names.outcome is not Outcome.ABSENT:
            return nothing(names.outcome, folder)
        for name in names.value if names.seen else ():
            if name.endswith(".json"):
                text = host.text(f"{folder}/{name}")
                if not text.seen:
                    return nothing(text.outcome, name)
                texts.append(text.value)
    if not texts:
        return nothing(Outcome.ABSENT)
    policy = chromium_policy(tuple(texts))
    if policy is None:
        return nothing(Outcome.ERROR, "a policy file is not JSON")
    return value(chromium_locks(product, policy))


def observe_managed(host: Host) -> tuple[Observation, ...]:
    """Look for the school's policies for each installed browser."""
    browsers, found = _subjects(host)
    observations = [browsers]
    for product in found.value if found.seen else ():
        subject, policy = f"product:{product}", _policy(host, product)
        managed = policy.map(lambda _: True)
        observations.append(
            observed(host, "managed", managed, "policy files", subject=subject, absent=False)
        )
        for fact, locked in policy.value.items() if policy.seen else ():
            observations.append(
                saw(host, fact, locked, "policy files", subject=subject, needed=False)
            )
        if policy.seen and "safe_search_locked" not in policy.value:
            raw = "this browser cannot lock it; the filter has to"
            observations.append(
                missed(host, "safe_search_locked", Outcome.UNSUPPORTED, "none", subject=subject,
                       raw=raw, needed=False)
            )  # fmt: skip
    return tuple(observations)
