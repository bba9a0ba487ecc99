"""Passwords on Windows: the local policy, accounts, automatic sign-in, lockout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row
from tutelage_agent.host.account_names import is_generic
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import accounts
from tutelage_agent.posture.windows import registry as reg

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

WINLOGON = reg.CURRENT + r"\Winlogon"
COMPLEX_CLASSES = 3
"""``PasswordComplexity = 1`` asks for three kinds of character, not for all four."""


def password_complexity(text: str) -> int | None:
    """Return ``PasswordComplexity`` of a ``secedit /export`` file; None: not such a file.

    Its keys are not translated. Only the section "System Access" counts.
    """
    section = ""
    for line in text.lstrip("\ufeff").splitlines():
        if match := re.match(r"\s*\[(.+?)\]\s*$", line):
            section = match[1].strip().lower()
        match = re.match(r"\s*PasswordComplexity\s*=\s*([01])\s*$", line)
        if match and section == "system access":
            return int(match[1])
    return None


def observe_policy(host: Host) -> tuple[Observation, ...]:
    """Look who governs the password; and if it is this device, at its policy."""
    governs = accounts.who_governs(host)
    found = [observed(host, "governed_by", governs, "LogonUI:LastLoggedOnUserSID")]
    if not governs.seen or governs.value != "local":
        return tuple(found)
    length = host.call("net.modals").map(lambda m: _number(m, "min_length"))
    found.append(observed(host, "min_length", length, "NetUserModalsGet:0"))
    text = host.call("security.policy")
    complexity = text.map(lambda t: password_complexity(t) if isinstance(t, str) else None)
    classes = complexity.map(lambda on: COMPLEX_CLASSES if on else 0)
    found.append(observed(host, "classes", classes, "secedit:PasswordComplexity"))
    # Windows itself insists on its local policy; there is no switch beside it.
    found.append(saw(host, "policy_active", found=True, source="Windows"))
    return tuple(found)


def observe_present(host: Host) -> tuple[Observation, ...]:
    """Look which accounts may have a blank password. No password is ever tried."""
    local = accounts.local(host)
    people = accounts.people(local.value) if local.seen else ()
    names = local.map(lambda _: tuple(host.pseudonym(a.sid) for a in people))
    found = [observed(host, "people", names, "NetUserEnum")]
    for account in people:
        blank = bool(account.flags & accounts.PASSWORD_NOT_REQUIRED)
        found.append(
            saw(host, "password", "not_required" if blank else "set", "NetUserEnum:flags",
                subject=host.pseudonym(account.sid))
        )  # fmt: skip
    return tuple(found)


def observe_auto_sign_in(host: Host) -> tuple[Observation, ...]:
    """Look at Winlogon. A stored password is not needed for it to be on: it may be a secret."""
    for name in ("AutoAdminLogon", "ForceAutoLogon"):
        reading = host.registry(WINLOGON, name)
        if not reading.seen and reading.outcome is not Outcome.ABSENT:
            return (
                missed(
                    host, "auto_sign_in", reading.outcome, f"Winlogon:{name}", raw=reading.detail
                ),
            )
        if reading.seen and reg.number_of(reading.value) not in {0, None}:
            return (saw(host, "auto_sign_in", f"Winlogon {name}", f"Winlogon:{name}"),)
    return (saw(host, "auto_sign_in", "", "Winlogon:AutoAdminLogon"),)


def observe_lockout(host: Host) -> tuple[Observation, ...]:
    """Look after how many wrong passwords a local account is locked; 0: never."""
    attempts = host.call("net.modals").map(lambda m: _number(m, "lockout_threshold"))
    return (observed(host, "lockout_attempts", attempts, "NetUserModalsGet:3"),)


def observe_generic(host: Host) -> tuple[Observation, ...]:
    """Look for local accounts that are named after a role, and at the guest account (RID 501)."""
    local = accounts.local(host)
    generic = local.map(
        lambda found: tuple(
            host.pseudonym(a.sid) for a in accounts.people(found) if is_generic(a.name)
        )
    )
    guest = local.map(
        lambda found: any(a.enabled and reg.relative_id(a.sid) == accounts.GUEST for a in found)
    )
    return (
        observed(host, "generic_accounts", generic, "NetUserEnum"),
        observed(host, "guest_enabled", guest, "NetUserEnum:RID 501"),
    )


def _number(found: object, name: str) -> int | None:
    return found.integer(name) if isinstance(found, Row) else None
