"""The firewall of a Linux machine: loaded rules first, then what its manager says.

``systemctl is-active ufw`` is true for a disabled ufw, and a loaded module filters nothing
(posture.md sections 8 and 15, row 33). Rules can only be seen by root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome
from tutelage_agent.posture.facts import missed, saw
from tutelage_agent.posture.linux import nftables
from tutelage_agent.posture.linux.ini import last, parse_ini

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

HOST = "profile:host"
_WANTS = (
    "/etc/systemd/system/multi-user.target.wants",
    "/etc/systemd/system/sysinit.target.wants",
)
_OPEN_ZONES = frozenset({"trusted"})


def _ufw_enabled(host: Host) -> bool | None:
    """Tell whether ufw is switched on for every start; None: it is not there, or not readable."""
    text = host.text("/etc/ufw/ufw.conf")
    if not text.seen:
        return None
    return (last(parse_ini(text.value), "", "ENABLED") or "").lower() == "yes"


def _wanted(host: Host) -> frozenset[str]:
    found: set[str] = set()
    for folder in _WANTS:
        names = host.folder(folder)
        found |= set(names.value) if names.seen else set()
    return frozenset(found)


def _has_ipv6(host: Host) -> bool:
    """Tell whether IPv6 is used beyond the loopback; unreadable counts as used."""
    text = host.text("/proc/net/if_inet6")
    if not text.seen:
        return text.outcome is not Outcome.ABSENT
    return any(line.split()[-1] != "lo" for line in text.value.splitlines() if line.split())


def observe(host: Host) -> tuple[Observation, ...]:
    """Look at the loaded rules; without the right to see them, at firewalld."""
    profiles = saw(host, "profiles", (HOST,), "linux")
    ruleset = host.run("nft-ruleset")
    if ruleset.seen:
        chains = nftables.parse(ruleset.value.text)
        if chains is None:
            return (profiles, missed(host, "enabled", Outcome.ERROR, "nft", subject=HOST))
        return (profiles, *_rules(host, chains))
    return (profiles, *_managers(host, ruleset.outcome, ruleset.detail))


def _rules(host: Host, chains: nftables.Chains) -> list[Observation]:
    families = nftables.FAMILIES if _has_ipv6(host) else ("ip",)
    verdicts = {family: nftables.inbound(chains, family) for family in families}
    input_chains = [chain for chain in chains.values() if chain.hook == "input"]
    program, ready = _program(host)
    raw = ", ".join(f"{family} {verdict}" for family, verdict in verdicts.items())
    found = [
        saw(host, "enabled", bool(input_chains), "nft ruleset", subject=HOST),
        saw(host, "by", program, "settings", needed=False),
    ]
    if input_chains:
        blocks = all(verdict == "block" for verdict in verdicts.values())
        found.append(
            saw(host, "inbound", "block" if blocks else "allow", "nft ruleset", subject=HOST,
                raw=raw)
        )  # fmt: skip
    elif host.run("iptables-save").seen:
        # Rules of the older kernel interface are not in nft's list; its own tool shows them.
        legacy = host.run("iptables-save").value.text
        if legacy_blocks(legacy):
            return [
                saw(host, "enabled", found=True, source="iptables-save", subject=HOST, rung=1),
                saw(host, "inbound", "block", "iptables-save", subject=HOST, rung=1),
            ]
    if ready is not None:
        found.append(saw(host, "at_boot", ready, "settings", subject=HOST, needed=False))
    return found


def legacy_blocks(text: str) -> bool:
    """Tell whether ``iptables-save`` shows an INPUT chain of the filter table that drops."""
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        if table == "filter" and line.startswith(":INPUT DROP"):
            return True
    return False


def _program(host: Host) -> tuple[str, bool | None]:
    """Return which program keeps the rules, and whether it comes up after a restart."""
    wanted = _wanted(host)
    if _ufw_enabled(host):
        return "ufw", "ufw.service" in wanted
    if "firewalld.service" in wanted:
        return "firewalld", True
    if "nftables.service" in wanted:
        return "nftables", True
    return "firewall", None


def _managers(host: Host, outcome: Outcome, detail: str) -> list[Observation]:
    """Return what can be said without seeing the rules: firewalld answers anybody."""
    state = host.call("firewalld.state")
    if state.seen and state.value == "RUNNING":
        zone = host.call("firewalld.zone")
        found = [
            saw(host, "enabled", found=True, source="D-Bus:firewalld", subject=HOST, rung=1),
            saw(host, "by", "firewalld", "D-Bus:firewalld", needed=False),
        ]
        if zone.seen:
            inbound = "allow" if zone.value in _OPEN_ZONES else "block"
            raw = f"default zone {zone.value}"
            found.append(
                saw(host, "inbound", inbound, "D-Bus:firewalld", subject=HOST, rung=1, raw=raw)
            )
        else:
            found.append(missed(host, "inbound", zone.outcome, "D-Bus:firewalld", subject=HOST))
        return found
    if outcome is Outcome.ABSENT:
        detail = "nft is not installed, and firewalld does not run"
        legacy = host.run("iptables-save")
        if legacy.seen:
            blocks = legacy_blocks(legacy.value.text)
            return [
                saw(host, "enabled", blocks, "iptables-save", subject=HOST, rung=2),
                saw(host, "inbound", "block" if blocks else "allow", "iptables-save",
                    subject=HOST, rung=2),
            ]  # fmt: skip
        outcome = Outcome.UNSUPPORTED
    elif outcome is Outcome.DENIED or not host.privileged:
        outcome, detail = Outcome.DENIED, "only a program that may change the rules sees them"
    if _ufw_enabled(host):
        detail += "; ufw is switched on in its settings"
    return [missed(host, "enabled", outcome, "nft ruleset", subject=HOST, raw=detail)]
