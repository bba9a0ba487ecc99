"""Which Windows this is: by build and edition, never by its name.

``ProductName`` still says "Windows 10" on Windows 11, and ``ReleaseId`` stopped at 2009
(posture.md section 15, row 34).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import registry as reg

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

_ELEVEN = 22000
_ESU = (19045, 6575)
"""Windows 10 22H2 got this revision in November 2025, through paid fixes alone."""


def cadence(edition: str) -> str:
    """Return for how long an edition is supported: ``W``, ``E``, ``LTS``, ``IOT`` (LTS for IoT).

    Education and Enterprise get a year more than Home and Pro. An unknown edition is taken for
    the shorter one.
    """
    edition = edition.lower()
    if edition.startswith("iotenterprises"):
        return "IOT"
    if edition.startswith("enterprises"):
        return "LTS"
    if edition.startswith(("enterprise", "education", "iotenterprise", "serverrdsh")):
        return "E"
    return "W"


def name(build: int, edition: str, display: str) -> str:
    """Return what people call it: ``Windows 11 25H2 (Education)``."""
    number = "11" if build >= _ELEVEN else "10"
    return f"Windows {number} {display}".strip() + f" ({edition or 'unknown edition'})"


def observe(host: Host) -> tuple[Observation, ...]:
    """Look at the build, its revision, and the edition."""
    source = "registry:CurrentBuildNumber"
    build = reg.number(host, reg.CURRENT, "CurrentBuildNumber")
    edition = reg.words(host, reg.CURRENT, "EditionID")
    kind = reg.words(host, reg.CURRENT, "InstallationType")
    if kind.seen and kind.value.lower().startswith("server"):
        raw = "Windows Server: the table is of clients"
        return (
            saw(host, "product", "windows-server", "registry:InstallationType"),
            missed(host, "version", Outcome.UNSUPPORTED, source, raw=raw),
        )
    found = [
        saw(host, "product", "windows", "Windows"),
        observed(host, "version", build.map(str), source),
    ]
    if not build.seen:
        return tuple(found)
    if not edition.seen:
        # Without the edition, the shorter support would be a guess against the school.
        outcome = Outcome.ERROR if edition.outcome is Outcome.ABSENT else edition.outcome
        return (found[0], missed(host, "version", outcome, "registry:EditionID"))
    display = reg.words(host, reg.CURRENT, "DisplayVersion")
    shown = name(build.value, edition.value, display.value if display.seen else "")
    found += [
        saw(host, "cadence", cadence(edition.value), "registry:EditionID", needed=False),
        saw(host, "version_text", shown, source, needed=False),
    ]
    if build.value == _ESU[0]:
        revision = reg.whole(host, reg.CURRENT, "UBR")
        proven = revision.map(lambda ubr: ubr >= _ESU[1])
        found.append(observed(host, "extended_proven", proven, "registry:UBR", needed=False))
    return tuple(found)
