"""Passwords on a Mac: the account policy is probed with samples, as it would judge them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.host.account_names import is_generic
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.macos import accounts, plists
from tutelage_agent.posture.macos.disk import filevault
from tutelage_agent.posture.macos.programs import root_only
from tutelage_agent.posture.words import Protection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

LONGEST = 32
"""Characters up to which a minimum is searched; a policy that wants more accepts none of ours."""
_MATCHES = re.compile(r"policyAttributePassword\s+matches\s+'((?:[^'\\]|\\.)*)'")
_CHEAP = re.compile(r"[\w\s.\[\]{}(),*+?^$|\\!@#%&=:;<>/~`\"_-]{1,200}")
_LOGIN_WINDOW = "com.apple.loginwindow"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a new password must be."""

    min_length: int
    classes: int
    lockout_attempts: int | None
    """None: no rule."""


def patterns(table: Mapping[str, Any]) -> tuple[re.Pattern[str], ...]:
    """Return the ``matches`` rules of a policy's password content; other predicates are passed."""
    found = []
    contents = table.get("policyCategoryPasswordContent")
    for entry in contents if isinstance(contents, list) else ():
        text = entry.get("policyContent") if isinstance(entry, dict) else None
        for match in _MATCHES.finditer(text) if isinstance(text, str) else ():
            if _CHEAP.fullmatch(match[1]) is None:
                continue
            try:
                found.append(re.compile(match[1]))
            except (re.error, OverflowError, RecursionError):
                continue
    return tuple(found)


def parse_policy(content: bytes) -> Policy | None:
    """Return what ``pwpolicy -getaccountpolicies`` asks; None for another answer.

    The shortest accepted sample gives the length; a sample that lacks one kind of character and
    is refused shows that the kind is asked for. (Rules are looked at by what they accept, because
    the same rule can be written in many ways: posture.md section 2.2.)
    """
    table = plists.parse(content)
    if table is None:
        return None
    rules = patterns(table)

    def accepts(sample: str) -> bool:
        return all(rule.fullmatch(sample) for rule in rules)

    shortest = next((n for n in range(LONGEST + 1) if accepts(_sample(n))), None)
    if shortest is None:
        return None
    long = max(shortest, 12)
    kinds = ("aB1!" * 8)[:long]
    without = [
        "".join(other if letter == gone else letter for letter in kinds)
        for gone, other in (("a", "B"), ("B", "a"), ("1", "a"), ("!", "1"))
    ]
    classes = sum(not accepts(sample) for sample in without)
    return Policy(shortest, classes, _attempts(table))


def _sample(length: int) -> str:
    return ("aB1!" * 8)[:length]


def _attempts(table: Mapping[str, Any]) -> int | None:
    entries = table.get("policyCategoryAuthentication")
    for entry in entries if isinstance(entries, list) else ():
        parameters = entry.get("policyParameters") if isinstance(entry, dict) else None
        if isinstance(parameters, dict):
            found = plists.as_number(parameters.get("policyAttributeMaximumFailedAuthentications"))
            if found is not None:
                return found
    return None


def policy(host: Host) -> Reading[Policy]:
    """Return the account policy of all accounts."""
    return root_only(host, "account-policies").map(lambda result: parse_policy(result.output))


def observe_policy(host: Host) -> tuple[Observation, ...]:
    """Look whether a directory governs somebody's password, and at the Mac's own policy."""
    local = accounts.local(host)
    governs = local.map(
        lambda found: "directory" if any(a.mobile for a in accounts.people(found)) else "local"
    )
    found = [observed(host, "governed_by", governs, "dscl:AuthenticationAuthority")]
    rules = policy(host)
    source = "pwpolicy, probed with samples"
    found += [
        observed(host, "min_length", rules.map(lambda p: p.min_length), source),
        observed(host, "classes", rules.map(lambda p: p.classes), source),
        saw(host, "policy_active", found=True, source="macOS"),
    ]
    return tuple(found)


def observe_present(host: Host) -> tuple[Observation, ...]:
    """Look which accounts have a password here. None is ever tried."""
    local, rules = accounts.local(host), policy(host)
    people = accounts.people(local.value) if local.seen else ()
    names = local.map(lambda _: tuple(host.pseudonym(str(a.uid)) for a in people))
    found = [observed(host, "people", names, "dscl")]
    source = "dscl:AuthenticationAuthority + pwpolicy"
    for account in people:
        subject = host.pseudonym(str(account.uid))
        if not account.has_secret and not account.mobile:
            raw = "no password is kept here: another service may ask for one"
            found.append(missed(host, "password", Outcome.UNSUPPORTED, source, subject=subject,
                                raw=raw))  # fmt: skip
        elif account.mobile:
            found.append(saw(host, "password", "set", source, subject=subject))
        else:
            # A kept password may be an empty one, unless the policy refuses that.
            state = rules.map(lambda p: "set" if p.min_length > 0 else "not_required")
            found.append(observed(host, "password", state, source, subject=subject))
    return tuple(found)


def observe_auto_sign_in(host: Host) -> tuple[Observation, ...]:
    """Look for the name and the kept password; FileVault switches both off."""
    source = "plist:loginwindow autoLoginUser"
    name, _ = plists.preference(host, _LOGIN_WINDOW, "autoLoginUser")
    if name.outcome is Outcome.ABSENT:
        return (saw(host, "auto_sign_in", "", source),)
    if not name.seen:
        return (missed(host, "auto_sign_in", name.outcome, source, raw=name.detail),)
    kept = host.stat("/etc/kcpassword")
    if kept.outcome is Outcome.ABSENT:
        return (saw(host, "auto_sign_in", "", "kcpassword absent"),)
    if not kept.seen:
        return (missed(host, "auto_sign_in", kept.outcome, "kcpassword"),)
    disk = filevault(host)
    if disk.seen and disk.value is Protection.ON:
        return (saw(host, "auto_sign_in", "", "FileVault is on"),)
    return (saw(host, "auto_sign_in", "loginwindow", source),)


def observe_lockout(host: Host) -> tuple[Observation, ...]:
    """Look for a rule about wrong passwords. Without one, newer Macs slow guesses in hardware."""
    attempts: Reading[int] = policy(host).map(lambda p: p.lockout_attempts or 0)
    if attempts.seen and attempts.value == 0:
        detail = "no rule; whether this Mac's hardware slows guesses is not seen"
        attempts = nothing(Outcome.UNSUPPORTED, detail)
    return (observed(host, "lockout_attempts", attempts, "pwpolicy"),)


def observe_generic(host: Host) -> tuple[Observation, ...]:
    """Look for accounts that are named after a role, and for the guest."""
    local = accounts.local(host)
    generic = local.map(
        lambda found: tuple(
            host.pseudonym(str(a.uid)) for a in accounts.people(found) if is_generic(a.name)
        )
    )
    denied, _ = plists.preference(host, "com.apple.MCX", "DisableGuestAccount")
    enabled, _ = plists.preference(host, _LOGIN_WINDOW, "GuestEnabled")
    guest = plists.truth(enabled, absent=False)
    if denied.seen and plists.as_truth(denied.value) is True:
        guest = value(found=False)
    return (
        observed(host, "generic_accounts", generic, "dscl"),
        observed(host, "guest_enabled", guest, "plist:loginwindow GuestEnabled"),
    )
