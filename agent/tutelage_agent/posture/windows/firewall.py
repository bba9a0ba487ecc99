"""Windows' firewall: three profiles, group policy before the local setting, and its services.

The registry is asked, for PowerShell's default store shows "not configured" under group policy
(posture.md section 15, row 31).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.windows import security_center as wsc
from tutelage_agent.posture.words import EngineState

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall"
_LOCAL = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
PROFILES = {
    "profile:domain": ("DomainProfile",),
    # Group policy has called the private profile by both names.
    "profile:private": ("StandardProfile", "PrivateProfile"),
    "profile:public": ("PublicProfile",),
}
_RUNNING = 4
"""``SERVICE_RUNNING``."""


def service_runs(host: Host, name: str) -> Reading[bool]:
    """Tell whether a service that every Windows has runs."""
    state = host.call("service", name)
    if state.outcome is Outcome.ABSENT:
        return nothing(Outcome.ERROR, f"there is no service {name}")
    return state.map(
        lambda row: (
            row.integer("state") == _RUNNING
            if isinstance(row, Row) and row.integer("state") is not None
            else None
        )
    )


def setting(host: Host, folders: tuple[str, ...], name: str) -> Reading[int]:
    """Return a setting of a profile: group policy, else the local one."""
    policies = [reg.whole(host, f"{_POLICY}\\{folder}", name) for folder in folders]
    return reg.first(*policies, reg.whole(host, f"{_LOCAL}\\{folders[0]}", name))


def inbound_word(number: int) -> str | None:
    """Return what ``DefaultInboundAction`` does in the registry: 0 allow, 1 block.

    The COM interface has the same two numbers in the opposite sense.
    """
    return {0: "allow", 1: "block"}.get(number)


def observe(host: Host) -> tuple[Observation, ...]:
    """Look at the three profiles; where one is off, whether another firewall runs instead."""
    own = _windows(host)
    fully = all(o.value is not False for o in own if o.fact == "enabled")
    if not fully and (other := _third_party(host)) is not None:
        return other
    names = saw(host, "profiles", tuple(PROFILES), "registry:FirewallPolicy")
    by = saw(host, "by", "Windows Firewall", "registry:FirewallPolicy", needed=False)
    return (names, by, *own)


def _windows(host: Host) -> list[Observation]:
    services = [service_runs(host, name) for name in ("mpssvc", "BFE")]
    found: list[Observation] = []
    for subject, folders in PROFILES.items():
        source = f"registry:{folders[0]}"
        switch = setting(host, folders, "EnableFirewall")
        if switch.outcome is Outcome.ABSENT:
            # Every Windows has the local value: without it, this is not understood.
            switch = nothing(Outcome.ERROR, "EnableFirewall is missing")
        enabled = switch.map(lambda number: {0: False, 1: True}.get(number))
        if enabled.seen and enabled.value:
            stopped = next((s for s in services if not s.seen or not s.value), None)
            if stopped is not None:
                enabled, source = stopped, "services mpssvc, BFE"
        found.append(observed(host, "enabled", enabled, source, subject=subject))
        action = reg.default(setting(host, folders, "DefaultInboundAction"), 1)
        inbound = action.map(inbound_word)
        found.append(observed(host, "inbound", inbound, source, subject=subject))
    return found


def _third_party(host: Host) -> tuple[Observation, ...] | None:
    """Return the facts of a third party's firewall that is on and runs; None: there is none.

    Where one is registered as on and cannot be looked at, the profiles are not known.
    """
    products = wsc.products(host, "FirewallProduct")
    if not products.seen:
        return None
    for product in products.value:
        if product.state.microsoft or product.state.engine is not EngineState.ON:
            continue
        alive = wsc.alive(host, product)
        if not alive.seen:
            outcome = alive.outcome if alive.outcome is not Outcome.ABSENT else Outcome.UNSUPPORTED
            return (missed(host, "profiles", outcome, "wmi:FirewallProduct", raw=alive.detail),)
        if alive.value:
            source = "wmi:FirewallProduct + running program"
            found = [
                saw(host, "profiles", tuple(PROFILES), source, rung=1),
                saw(host, "by", product.name, source, needed=False),
            ]
            for subject in PROFILES:
                found += [
                    saw(host, "enabled", found=True, source=source, subject=subject, rung=1),
                    saw(host, "inbound", "block", source, subject=subject, rung=1,
                        raw="what a third party's firewall says by being on"),
                ]  # fmt: skip
            return tuple(found)
    return None
