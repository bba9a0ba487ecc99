"""11.a.7, second half: "always install the latest updates".

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``missing_fixes`` | device | fixes offered and not installed: security, critical or unrated |
| ``oldest_fix_at`` | device | when the oldest of them came out, or was first seen; optional |
| ``fix_age_known`` | device | false: it may have been out for longer than that; optional |
| ``metadata_at`` | device | when the source last asked its server what there is |
| ``restart_pending`` | device | a fix waits for a restart |
| ``restart_pending_since`` | device | since when, as far as seen; optional |
| ``automatic_updates`` | device | an ``AutomaticUpdates`` |
| ``paused`` | device | somebody stopped updates for a time |
| ``paused_until`` | device | until when; optional |
| ``deferral_days`` | device | days by which safety fixes are held back on purpose; 0: not |

What counts for Cyber Essentials and the DfE is how long the oldest missing fix has been out, not
when something was last installed. ``first_seen.py`` keeps the day on which this device was first
offered a fix, where its source does not say when it came out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import (
    Enforced,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)
from tutelage_agent.posture.words import AutomaticUpdates

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts


def judge_fixes(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge how long the oldest missing fix has been out."""
    limits = context.reference.thresholds[context.profile]
    expected = f"no safety fix missing for more than {limits.fix_max_age_days} days"
    if gap := facts.gap("missing_fixes", expected=expected):
        return (gap,)
    missing = facts.names("missing_fixes") or ()
    oldest = facts.moment("oldest_fix_at")
    many = f"{len(missing)} fix{'es' if len(missing) != 1 else ''} missing"
    if missing and oldest is not None:
        due = oldest + timedelta(days=limits.fix_max_age_days)
        actual = f"{many}, the oldest for {max(0, (context.now - oldest).days)} days"
        if context.now > due:
            return (Verdict(Status.FAIL, Reason.MISSING_FIXES, actual, expected, due_at=due),)
    if gap := facts.gap("metadata_at", expected=expected):
        return (gap,)
    asked = facts.moment("metadata_at") or context.now
    age = (context.now - asked).days
    if age > limits.metadata_max_age_days:
        actual = f"{many}, but the device last asked {age} days ago"
        return (Verdict(Status.UNKNOWN, Reason.SOURCE_STALE, actual, expected),)
    if not missing:
        actual = "none missing, asked today" if age < 1 else f"none missing, asked {age} days ago"
        return (Verdict(Status.PASS, Reason.COMPLIANT, actual, expected),)
    if oldest is None or facts.truth("fix_age_known") is False:
        actual = f"{many}; for how long is not known"
        return (Verdict(Status.UNKNOWN, Reason.FIX_AGE_UNKNOWN, actual, expected),)
    return (Verdict(Status.PASS, Reason.GRACE, actual, expected, due_at=due),)


def judge_restart(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether fixes wait for a restart, and since when."""
    limits = context.reference.thresholds[context.profile]
    expected = f"restarted within {limits.restart_max_days} days of being asked"
    if gap := facts.gap("restart_pending", expected=expected):
        return (gap,)
    if not facts.truth("restart_pending"):
        return (Verdict(Status.PASS, Reason.COMPLIANT, "no restart is waiting", expected),)
    since = facts.moment("restart_pending_since")
    if since is None:
        actual = "a restart is waiting; since when is not known"
        return (Verdict(Status.UNKNOWN, Reason.FIX_AGE_UNKNOWN, actual, expected),)
    due = since + timedelta(days=limits.restart_max_days)
    actual = f"a restart has been waiting for {max(0, (context.now - since).days)} days"
    if context.now > due:
        return (Verdict(Status.FAIL, Reason.PENDING_RESTART, actual, expected, due_at=due),)
    return (Verdict(Status.PASS, Reason.GRACE, actual, expected, due_at=due),)


def judge_automatic(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether fixes are installed without anybody doing it."""
    del context
    expected = "safety fixes are installed by themselves"
    if gap := facts.gap("automatic_updates", expected=expected):
        return (gap,)
    match facts.text("automatic_updates"):
        case AutomaticUpdates.INSTALL:
            return (Verdict(Status.PASS, Reason.COMPLIANT, "installed by themselves", expected),)
        case AutomaticUpdates.DOWNLOAD:
            actual, reason = "fetched, but a person has to install them", Reason.MANUAL
        case AutomaticUpdates.NOTIFY:
            actual, reason = "only announced", Reason.MANUAL
        case AutomaticUpdates.OFF:
            actual, reason = "automatic updates are off", Reason.OFF
        case other:
            return (Verdict(Status.ERROR, Reason.TOOL_FAILED, f"{other}?", expected),)
    return (Verdict(Status.FAIL, reason, actual, expected, enforced=Enforced.NO),)


def judge_paused(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether somebody holds fixes back."""
    most = context.reference.thresholds[context.profile].fix_max_age_days
    expected = f"not paused, and held back for at most {most} days"
    if gap := facts.gap("paused", "deferral_days", expected=expected):
        return (gap,)
    if facts.truth("paused"):
        until = facts.moment("paused_until")
        actual = f"paused until {until:%d %B %Y}" if until else "paused"
        return (Verdict(Status.FAIL, Reason.PAUSED, actual, expected),)
    days = facts.integer("deferral_days") or 0
    if days > most:
        actual = f"held back for {days} days"
        return (Verdict(Status.FAIL, Reason.DEFERRED, actual, expected),)
    return (Verdict(Status.PASS, Reason.COMPLIANT, "not paused", expected),)


_CLAUSES = {
    Profile.SCHOOL_S11: ("OSP 11.a.7",),
    Profile.CYBER_ESSENTIALS: ("CE A6.4, A6.5: fixes within 14 days",),
    Profile.DFE: ("DfE cyber security: fixes within 14 days",),
}

CHECKS = (
    Check(
        id="os.fixes",
        title="No safety fix is missing for too long",
        clauses=_CLAUSES,
        severity=Severity.CRITICAL,
        tier=Tier.SLOW,
        judge=judge_fixes,
        observers=observers.of("os.fixes"),
        why=(
            "Attackers use a fix as a map to what it mends, within days. The clock runs from the "
            "day a fix came out (or was first offered here) until it is installed."
        ),
    ),
    Check(
        id="os.restart",
        title="No restart has been put off",
        clauses=_CLAUSES,
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge_restart,
        observers=observers.of("os.restart"),
        why="A fix that waits for a restart protects nobody yet.",
    ),
    Check(
        id="os.automatic",
        title="Safety fixes install themselves",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge_automatic,
        observers=observers.of("os.automatic"),
        why="What depends on somebody remembering is forgotten in the busiest week.",
    ),
    Check(
        id="os.paused",
        title="Nobody has paused updates",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge_paused,
        observers=observers.of("os.paused"),
        why="A pause until 2051 is a setting that people make in a hurry and nobody undoes.",
    ),
)
