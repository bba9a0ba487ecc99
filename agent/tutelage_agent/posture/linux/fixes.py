"""Which safety fixes a Linux machine is missing: apt's simulation, dnf's cached advisories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture import first_seen
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux.automatic import family

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_INST = re.compile(r"^Inst (?P<name>\S+) (?:\[[^\]]*\] )?\((?P<new>\S+) (?P<origins>[^\[)]*)")
_DNF_ROW = re.compile(r"^(?P<name>[\w.+-]+)\.(?P<arch>[\w]+)\s+(?P<new>\S+)\s+(?P<repo>\S+)\s*$")
SEEN_FILE = "fixes-first-seen.json"
_STAMPS = ("/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/periodic/update-stamp")
_LISTS = "/var/lib/apt/lists"
_DNF_CACHES = ("/var/cache/libdnf5", "/var/cache/dnf")


def parse_apt(text: str) -> tuple[str, ...]:
    """Return ``package=version`` of each safety fix in ``apt-get -s dist-upgrade``'s output."""
    found = []
    for line in text.splitlines():
        match = _INST.match(line)
        if match is not None and "security" in match["origins"].lower():
            found.append(f"{match['name']}={match['new']}")
    return tuple(found)


def parse_dnf(text: str) -> tuple[str, ...]:
    """Return ``package=version`` of each row of ``dnf check-update --security``."""
    found = []
    for line in text.splitlines():
        if line.startswith("Obsoleting"):
            break
        match = _DNF_ROW.match(line)
        if match is not None:
            found.append(f"{match['name']}={match['new']}")
    return tuple(found)


def _newest(host: Host, paths: tuple[str, ...]) -> Reading[datetime]:
    ages = [host.stat(path) for path in paths]
    seen = [age.value.modified_at for age in ages if age.seen]
    return value(max(seen)) if seen else nothing(Outcome.ABSENT, "never asked")


def apt_asked(host: Host) -> tuple[str, Reading[datetime]]:
    """Return when apt last asked its servers, by its own stamps or by the age of its lists."""
    stamp = _newest(host, _STAMPS)
    if stamp.seen:
        return "apt:stamp", stamp
    names = host.folder(_LISTS)
    if not names.seen:
        return "apt:lists", nothing(names.outcome, names.detail)
    lists = tuple(f"{_LISTS}/{name}" for name in names.value if name.endswith("Release"))
    return "apt:lists", _newest(host, lists)


def dnf_asked(host: Host) -> tuple[str, Reading[datetime]]:
    """Return when dnf last fetched its metadata."""
    paths = []
    for base in _DNF_CACHES:
        names = host.folder(base)
        for name in names.value if names.seen else ():
            paths.append(f"{base}/{name}/repodata/repomd.xml")
    return "dnf:metadata", _newest(host, tuple(paths))


def observe(host: Host) -> tuple[Observation, ...]:
    """Ask apt or dnf what is missing, from what they know already: no network."""
    who = family(host)
    if not who.seen or who.value == "ostree":
        raw = who.detail or "rpm-ostree does not say which of its fixes are for safety"
        outcome = who.outcome if not who.seen else Outcome.UNSUPPORTED
        return (missed(host, "missing_fixes", outcome, "none", raw=raw),)
    missing: Reading[tuple[str, ...]]
    if who.value == "apt":
        missing = host.run("apt-upgrade-simulate").map(lambda r: parse_apt(r.text))
        asked_source, asked = apt_asked(host)
    else:
        # 100: there are some; 0: there are none; any other code is no answer (row 27).
        missing = host.run("dnf-security").map(lambda r: parse_dnf(r.text) if r.code == 100 else ())
        asked_source, asked = dnf_asked(host)
    source = "apt-get -s dist-upgrade" if who.value == "apt" else "dnf check-update --security"
    found = [
        observed(host, "missing_fixes", missing, source),
        observed(host, "metadata_at", asked, asked_source),
    ]
    if missing.seen:
        found += ages(host, missing.value)
    return tuple(found)


def ages(host: Host, missing: tuple[str, ...]) -> list[Observation]:
    """Return the facts about since when fixes are missing, as far as this device has watched."""
    age = first_seen.oldest(host, SEEN_FILE, missing)
    if age is None:
        return []
    source = "first seen here" if age.known else "already missing at the first look"
    return [
        saw(host, "oldest_fix_at", age.since, source, needed=False),
        saw(host, "fix_age_known", age.known, source, needed=False),
    ]
