"""11.a.3: "Making sure the device locks if left inactive for a period of time".

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``desktop`` | device | true: a person can sit at this machine; false: a server without one |
| ``machine_lock_seconds`` | device | idle lock that holds for every account; 0: none; optional |
| ``accounts`` | device | signed-in accounts whose settings were looked for |
| ``lock_seconds`` | ``account:...`` | idle seconds until it is locked, grace included; 0: never |
| ``lock_enforced`` | ``account:...`` | true: the account cannot change it; optional |
| ``password_on_wake`` | ``account:...`` | a password is asked for after sleep or display-off |
| ``left_open_seconds`` | ``account:...`` | longest seen idle and not locked; 0: never seen so |
| ``seen_locked`` | ``account:...`` | how often it was seen locked while idle |

0, "never", an absent switch and the largest number all mean that nothing locks: observers turn
each of them into 0 (posture.md section 4). The machine-wide limit is ``needed=False``; where it
could not be read, an account that would fail is UNKNOWN.

``lock.observed`` settles what settings cannot: its observer keeps what it saw in the state folder
under ``lock-samples.json`` (``posture/lock_samples.py``, the same for every system).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import (
    DEVICE,
    Enforced,
    Outcome,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts

SLACK = 60
"""Seconds by which a sighting may exceed the limit: idle hints and locks are not exact."""


def minutes(seconds: int) -> str:
    """Return a duration as people say it."""
    if seconds < 120:
        return f"{seconds} s"
    whole, rest = divmod(seconds, 60)
    return f"{whole} min {rest} s" if rest else f"{whole} min"


def _no_desktop(facts: Facts, expected: str) -> Verdict | None:
    if gap := facts.gap("desktop", expected=expected):
        return gap
    if facts.truth("desktop") is False:
        return Verdict(Status.NOT_APPLICABLE, Reason.NO_DESKTOP, "nobody sits here", expected)
    return None


def judge_idle(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge after how long each account is locked, by the shorter of its own and the machine's."""
    limit = context.reference.thresholds[context.profile].idle_lock_max_seconds
    expected = f"locks after at most {minutes(limit)} without use"
    if verdict := _no_desktop(facts, expected):
        return (verdict,)
    machine = facts.integer("machine_lock_seconds")
    if machine is not None and 0 < machine <= limit:
        actual = f"every account is locked after {minutes(machine)}"
        return (Verdict(Status.PASS, Reason.COMPLIANT, actual, expected, enforced=Enforced.YES),)
    if gap := facts.gap("accounts", expected=expected):
        return (gap,)
    accounts = facts.names("accounts") or ()
    if not accounts:
        actual = "nobody is signed in, and nothing locks for every account"
        return (Verdict(Status.UNKNOWN, Reason.NO_USER_CONTEXT, actual, expected),)
    return tuple(_judge_account(facts, account, limit, expected) for account in accounts)


def _judge_account(facts: Facts, account: str, limit: int, expected: str) -> Verdict:
    if gap := facts.gap("lock_seconds", subject=account, expected=expected):
        return gap
    machine = facts.observation("machine_lock_seconds")
    own, everyone = facts.integer("lock_seconds", account), facts.integer("machine_lock_seconds")
    active = [seconds for seconds in (own, everyone) if seconds]
    if active and min(active) <= limit:
        enforced = {True: Enforced.YES, False: Enforced.NO, None: Enforced.UNKNOWN}[
            facts.truth("lock_enforced", account)
        ]
        actual = f"locks after {minutes(min(active))}"
        if enforced is Enforced.NO:
            actual += ", which the account can change"
        return Verdict(Status.PASS, Reason.COMPLIANT, actual, expected, account, enforced)
    if machine is not None and machine.outcome is not Outcome.VALUE:
        # The machine-wide limit may lock what this account's own settings would not.
        return facts.gap("machine_lock_seconds", expected=expected) or Verdict(
            Status.UNKNOWN, Reason.NOT_OBSERVED, "", expected, account
        )
    if not active:
        actual = "never locks by itself"
        return Verdict(Status.FAIL, Reason.NEVER_LOCKS, actual, expected, account)
    actual = f"locks after {minutes(min(active))}"
    return Verdict(Status.FAIL, Reason.LOCKS_LATE, actual, expected, account)


def judge_wake(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether each account is asked for its password when the device wakes."""
    del context
    expected = "a password is asked for after sleep"
    if verdict := _no_desktop(facts, expected):
        return (verdict,)
    if gap := facts.gap("accounts", expected=expected):
        return (gap,)
    accounts = facts.names("accounts") or ()
    if not accounts:
        actual = "nobody is signed in"
        return (Verdict(Status.UNKNOWN, Reason.NO_USER_CONTEXT, actual, expected),)
    verdicts = []
    for account in accounts:
        gap = facts.gap("password_on_wake", subject=account, expected=expected)
        if gap is not None:
            verdicts.append(gap)
        elif facts.truth("password_on_wake", account):
            verdicts.append(
                Verdict(Status.PASS, Reason.COMPLIANT, "asks for it", expected, account)
            )
        else:
            verdicts.append(
                Verdict(
                    Status.FAIL, Reason.NO_PASSWORD_ON_WAKE, "wakes without one", expected, account
                )
            )
    return tuple(verdicts)


def judge_observed(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge what was seen: a session idle for too long and open, or locked when it was left."""
    limit = context.reference.thresholds[context.profile].idle_lock_max_seconds
    expected = f"seen locked when left for {minutes(limit)}"
    if verdict := _no_desktop(facts, expected):
        return (verdict,)
    if gap := facts.gap("accounts", expected=expected):
        return (gap,)
    accounts = facts.names("accounts") or ()
    if not accounts:
        actual = "nobody was signed in when we looked"
        return (Verdict(Status.UNKNOWN, Reason.NO_USER_CONTEXT, actual, expected, DEVICE),)
    return tuple(_judge_seen(facts, account, limit, expected) for account in accounts)


def _judge_seen(facts: Facts, account: str, limit: int, expected: str) -> Verdict:
    if gap := facts.gap("left_open_seconds", "seen_locked", subject=account, expected=expected):
        return gap
    open_for = facts.integer("left_open_seconds", account) or 0
    locked = facts.integer("seen_locked", account) or 0
    if open_for > limit + SLACK:
        when = facts.observation("left_open_seconds", account)
        moment = when.as_of if when is not None else None
        at = f" at {moment:%H:%M on %d %B}" if moment is not None else ""
        actual = f"unused for {minutes(open_for)} and not locked{at}"
        return Verdict(Status.FAIL, Reason.SEEN_UNLOCKED, actual, expected, account)
    if locked:
        actual = f"seen locked {locked} times when it was left, never open for too long"
        return Verdict(Status.PASS, Reason.COMPLIANT, actual, expected, account)
    actual = "not seen unused for long enough yet"
    return Verdict(Status.UNKNOWN, Reason.NOT_OBSERVED, actual, expected, account)


_CLAUSES = {
    Profile.SCHOOL_S11: ("OSP 11.a.3",),
    Profile.CYBER_ESSENTIALS: ("CE secure configuration: device locking",),
    Profile.DFE: ("DfE cyber security: devices locked when unattended",),
}

CHECKS = (
    Check(
        id="lock.idle",
        title="The device locks when it is left",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.MEDIUM,
        judge=judge_idle,
        observers=observers.of("lock.idle"),
        why=(
            "A session left open lets anybody act in that person's name. What counts is what "
            "happens to each signed-in account, by whichever setting acts first; a display that "
            "goes dark is not a lock."
        ),
    ),
    Check(
        id="lock.wake",
        title="A password is asked for on waking",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.MEDIUM,
        judge=judge_wake,
        observers=observers.of("lock.wake"),
        why="Closing the lid only protects if opening it again asks who is there.",
    ),
    Check(
        id="lock.observed",
        title="The device was seen to lock",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge_observed,
        observers=observers.of("lock.observed"),
        why=(
            "Six settings can disagree; what the device does cannot. Each look notes how long a "
            "session has been unused and whether it is locked; no keys, no screen, no content."
        ),
    ),
)
