"""What ``tutelage-agent check`` shows to people: a table, and all about one check."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tutelage_agent.posture.model import Actor, Judgement, Outcome, Profile, Reason, Status
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tutelage_agent.posture.check import Check
    from tutelage_agent.posture.model import Observation

STATUS_WORDS: Mapping[Status, str] = {
    Status.PASS: "pass",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "unknown",
    Status.NOT_APPLICABLE: "n/a",
    Status.ERROR: "error",
    Status.EXEMPT: "exempt",
}

REASON_WORDS: Mapping[Reason, str] = {
    Reason.DENIED: "needs administrator rights",
    Reason.TIMEOUT: "did not answer in time",
    Reason.UNSUPPORTED: "cannot be seen on this system",
    Reason.NO_USER_CONTEXT: "nobody is signed in whose settings could be seen",
    Reason.GOVERNED_ELSEWHERE: "decided by the directory, not by this device",
    Reason.NOT_ATTESTED: "only a person can say",
    Reason.SOURCE_STALE: "the source's own knowledge is old",
    Reason.STALE_REFERENCE_DATA: "our reference data is old",
}
"""Why something could not be seen, for a summary; other reasons are shown as they are."""

_NARROW = 76
"""Columns; below, the table becomes a list."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one profile's judgements. No figure without its denominator."""

    total: int
    passed: int
    failed: int
    not_seen: int
    """Unknown or error: neither pass nor fail."""
    not_applicable: int
    why_not_seen: tuple[tuple[str, int], ...]

    @property
    def assessed(self) -> int:
        """Return how many were seen well enough to say pass or fail."""
        return self.passed + self.failed


def summary(judgements: Sequence[Judgement]) -> Summary:
    """Count the judgements of one profile."""
    by = Counter(judgement.status for judgement in judgements)
    unseen = [j for j in judgements if j.status in {Status.UNKNOWN, Status.ERROR}]
    why = Counter(REASON_WORDS.get(j.reason, j.reason.replace("_", " ")) for j in unseen)
    return Summary(
        total=len(judgements),
        passed=by[Status.PASS],
        failed=by[Status.FAIL],
        not_seen=len(unseen),
        not_applicable=by[Status.NOT_APPLICABLE],
        why_not_seen=tuple(why.most_common()),
    )


def clause(judgement: Judgement) -> str:
    """Return the clause that a judgement answers to, as short as the profile allows."""
    words = ", ".join(judgement.clauses)
    for prefix in ("OSP ", "CE ", "DfE cyber security: "):
        words = words.removeprefix(prefix)
    return words


def what_to_do(judgement: Judgement) -> str:
    """Return what the person at the device can do, or who does it for them."""
    if judgement.advice_staff:
        return judgement.advice_staff
    if judgement.status is Status.FAIL:
        return {Actor.ICT: "for ICT", Actor.SUPPLIER: "for our supplier"}.get(judgement.actor, "")
    return ""


def table(judgements: Sequence[Judgement], width: int) -> list[str]:
    """Return the lines of a table of one profile's judgements.

    Args:
        judgements: in the order to show.
        width: columns of the terminal.
    """
    if width < _NARROW:
        return _list(judgements, width)
    rows = [
        (clause(j), STATUS_WORDS[j.status], j.title, _seen(j), what_to_do(j)) for j in judgements
    ]
    longest = max((len(row[0]) for row in rows), default=0)
    fixed = (min(max(longest, 8), 20), 7)
    rest = width - sum(fixed) - 8
    widths = (*fixed, rest * 30 // 100, rest * 36 // 100, rest * 34 // 100)
    lines = _row(("Clause", "", "Wanted", "Seen", "To do"), widths)
    lines += ["  ".join("-" * columns for columns in widths)]
    for row in rows:
        lines += _row(row, widths)
    return lines


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    wrapped = [
        textwrap.wrap(cell, columns) or [""] for cell, columns in zip(cells, widths, strict=True)
    ]
    height = max(len(lines) for lines in wrapped)
    return [
        "  ".join(
            (lines[i] if i < len(lines) else "").ljust(columns)
            for lines, columns in zip(wrapped, widths, strict=True)
        ).rstrip()
        for i in range(height)
    ]


def _list(judgements: Sequence[Judgement], width: int) -> list[str]:
    lines: list[str] = []
    for judgement in judgements:
        lines.append(f"{STATUS_WORDS[judgement.status]}: {judgement.title} ({clause(judgement)})")
        for text in (_seen(judgement), what_to_do(judgement)):
            lines += textwrap.wrap(
                text, max(width, 20), initial_indent="  ", subsequent_indent="  "
            )
    return lines


def _seen(judgement: Judgement) -> str:
    reason = judgement.reason
    seen = judgement.actual
    if judgement.status in {Status.UNKNOWN, Status.ERROR}:
        why = REASON_WORDS.get(reason, reason.replace("_", " "))
        return f"{why}: {seen}" if seen else why
    return seen or reason.replace("_", " ")


def closing(judgements: Sequence[Judgement]) -> list[str]:
    """Return the sentences below the table: pass of assessed, and what was not seen and why."""
    counts = summary(judgements)
    lines = [
        f"{counts.passed} of {counts.assessed} assessed checks pass; "
        f"{counts.assessed} of {counts.total - counts.not_applicable} that apply could be assessed."
    ]
    if counts.why_not_seen:
        why = "; ".join(f"{number} {words}" for words, number in counts.why_not_seen)
        lines.append(f"Not seen, so neither pass nor fail: {counts.not_seen} ({why}).")
    return lines


def disagreements(by_profile: Mapping[Profile, Sequence[Judgement]], shown: Profile) -> list[str]:
    """Return where another profile judges the same observations otherwise, a sentence each."""
    ours = {judgement.check_id: judgement for judgement in by_profile.get(shown, ())}
    lines = []
    for profile, judgements in by_profile.items():
        if profile is shown:
            continue
        for other in judgements:
            own = ours.get(other.check_id)
            if own is not None and own.status is not other.status:
                lines.append(
                    f"{other.check_id}: {STATUS_WORDS[own.status]} by {shown}, "
                    f"{STATUS_WORDS[other.status]} by {profile} (it wants {other.expected})."
                )
    return lines


def explanation(check: Check, judgements: Sequence[Judgement], width: int) -> list[str]:
    """Return all that is known of one check: why, verdicts, evidence, what to do in two voices."""

    def block(label: str, text: str) -> list[str]:
        indent = " " * 14
        return textwrap.wrap(
            text, width, initial_indent=f"{label:<12}  ", subsequent_indent=indent
        ) or [f"{label:<12}  -"]

    lines = [f"{check.id}: {check.title}", *textwrap.wrap(check.why, width), ""]
    for alike in _alike(judgements):
        lines += _verdict_lines(alike, block)
        lines.append("")
    lines.append("Evidence")
    for observation in judgements[0].evidence if judgements else ():
        lines += textwrap.wrap(
            _evidence(observation), width, initial_indent="  ", subsequent_indent="      "
        )
    lines += ["", f"Rule version {check.rule_version}, tier {check.tier}."]
    return lines


def _alike(judgements: Sequence[Judgement]) -> list[list[Judgement]]:
    """Return the judgements in groups that say the same, so that nothing is read three times."""
    groups: dict[tuple[str, ...], list[Judgement]] = {}
    for one in judgements:
        key = (one.status, one.reason, one.expected, one.actual, one.subject)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _verdict_lines(alike: Sequence[Judgement], block: Callable[[str, str], list[str]]) -> list[str]:
    judgement = alike[0]
    lines: list[str] = []
    for one in alike:
        lines += block("Profile", f"{one.profile} ({', '.join(one.clauses)})")
    status = f"{STATUS_WORDS[judgement.status]}, {judgement.reason} [{judgement.subject}]"
    lines += block("Verdict", status)
    lines += block("Wanted", judgement.expected or "-")
    lines += block("Seen", judgement.actual or "-")
    lines += block("Enforced", f"{judgement.enforced}; severity {judgement.severity}")
    if judgement.due_at is not None:
        lines += block("Due", times.text(judgement.due_at))
    if judgement.reference_as_of is not None:
        lines += block("Data as of", judgement.reference_as_of.isoformat())
    if len(judgement.parts) > 1:
        for part in judgement.parts:
            words = f"{STATUS_WORDS[part.status]} {part.reason}: {part.actual}"
            lines += block("  part", f"{part.subject}: {words}")
    lines += block("For staff", judgement.advice_staff or "nothing to do")
    lines += block("For ICT", judgement.advice_ict or "nothing to do")
    return lines


def _evidence(observation: Observation) -> str:
    found = observation.outcome if observation.value is None else _said(observation.value)
    below = f", fallback {observation.rung}" if observation.rung else ""
    as_of = f", as of {times.text(observation.as_of)}" if observation.as_of else ""
    optional = "" if observation.needed else ", not needed"
    raw = f" «{observation.raw}»" if observation.raw else ""
    if observation.outcome is not Outcome.VALUE and not raw:
        raw = " (no value)"
    return (
        f"{observation.fact} of {observation.subject}: {found} "
        f"[{observation.source}{below}{as_of}{optional}]{raw}"
    )


def _said(found: object) -> str:
    match found:
        case datetime():
            return times.text(found)
        case tuple():
            return ", ".join(str(entry) for entry in found) or "none"
        case _:
            return str(found) if found != "" else "none"
