"""Which Linux this is: os-release(5), and whether Ubuntu Pro sends fixes after their end."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome
from tutelage_agent.posture.facts import missed, observed, saw

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_PRO_STATUS = "/var/lib/ubuntu-advantage/status.json"
_PRODUCTS = {"opensuse-leap": "opensuse-leap", "pop": "ubuntu", "neon": "ubuntu", "zorin": "zorin"}
_MAJOR_ONLY = frozenset({"debian", "fedora"})


def parse_os_release(text: str) -> dict[str, str]:
    """Return the assignments of os-release(5); a line of another form is left out."""
    found = {}
    for line in text.splitlines():
        key, separator, content = line.strip().partition("=")
        if not separator or key.startswith("#") or not key.isidentifier():
            continue
        try:
            words = shlex.split(content)
        except ValueError:
            continue
        found[key] = words[0] if words else ""
    return found


def product(fields: dict[str, str]) -> tuple[str, str]:
    """Return our table's product and version; an empty version is a rolling release.

    Debian testing has no VERSION_ID. Derivatives with their own dates keep their own name: those
    of their parent say nothing about them.
    """
    name = fields.get("ID", "").lower()
    version = fields.get("VERSION_ID", "")
    if name in _MAJOR_ONLY:
        version = version.partition(".")[0]
    return _PRODUCTS.get(name, name), version


def read_os_release(host: Host) -> Reading[dict[str, str]]:
    """Return os-release, from /etc or from /usr/lib."""
    found = host.text("/etc/os-release")
    if found.outcome is Outcome.ABSENT:
        found = host.text("/usr/lib/os-release")
    return found.map(lambda text: parse_os_release(text) or None)


def pro_attached(text: str) -> bool | None:
    """Tell whether Ubuntu Pro's own status says that extended fixes arrive; None: not its file."""
    try:
        found = json.loads(text)
        if not found["attached"]:
            return False
        services = {s["name"]: s["status"] for s in found["services"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return services.get("esm-infra") == "enabled"


def observe(host: Host) -> tuple[Observation, ...]:
    """Look at os-release, and on Ubuntu at Pro."""
    fields = read_os_release(host)
    if not fields.seen:
        return (observed(host, "product", fields.map(lambda _: ""), "os-release"),)
    name, version = product(fields.value)
    if not name:
        return (missed(host, "product", Outcome.ERROR, "os-release", raw="no ID"),)
    shown = fields.value.get("PRETTY_NAME", f"{name} {version}")[:60]
    found = [
        saw(host, "product", name, "os-release"),
        saw(host, "version", version, "os-release"),
        saw(host, "version_text", shown, "os-release", needed=False),
    ]
    if name == "ubuntu":
        status = host.text(_PRO_STATUS).map(pro_attached)
        found.append(
            observed(host, "extended_proven", status, "pro status", absent=False, needed=False)
        )
    return tuple(found)
