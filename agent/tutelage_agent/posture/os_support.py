"""11.a.7, first half: the operating system still gets safety fixes.

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``product`` | device | a product of ``reference/os_support.toml``: ``windows``, ``macos``, ... |
| ``version`` | device | its key there: the build on Windows, the major on macOS; empty: rolling |
| ``cadence`` | device | Windows: ``W``, ``E``, ``LTS``; optional |
| ``extended_proven`` | device | paid fixes (ESU, Ubuntu Pro) are seen to arrive; optional |
| ``version_text`` | device | for people; optional |
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
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
from tutelage_agent.posture.reference import SOON
from tutelage_agent.posture.versions import numbers

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts
    from tutelage_agent.posture.reference import Reference, Release

EXPECTED = "a version that still gets safety fixes"


def judge(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge the version against the table of support dates."""
    if gap := facts.gap("product", "version", expected=EXPECTED):
        return (gap,)
    product, version = facts.text("product") or "", facts.text("version") or ""
    shown = facts.text("version_text") or f"{product} {version}".strip()
    reference = context.reference
    if not version:
        actual = f"{shown}: a rolling release; what counts is whether its fixes are installed"
        return (_verdict(context, Status.NOT_APPLICABLE, Reason.NOT_ASSESSABLE, actual),)
    release = reference.release(product, version, facts.text("cadence") or "")
    if release is None:
        return (_not_in_table(context, product, version, shown),)
    today = context.now.astimezone(UTC).date()
    if release.end is None or today <= release.end:
        return (_supported(context, release, today, shown),)
    return (_ended(facts, context, release, today, shown),)


def _supported(context: Context, release: Release, today: date, shown: str) -> Verdict:
    reference = context.reference
    if reference.stale(reference.releases_as_of, context.now, release.end):
        actual = f"{shown}; our table is of {reference.releases_as_of:%d %B %Y}"
        return _verdict(context, Status.UNKNOWN, Reason.STALE_REFERENCE_DATA, actual)
    until = f", until {release.end:%d %B %Y}" if release.end else ""
    if release.end is not None and release.end - today <= SOON:
        return _verdict(context, Status.PASS, Reason.ENDS_SOON, shown + until, release.end)
    return _verdict(context, Status.PASS, Reason.COMPLIANT, shown + until)


def _ended(facts: Facts, context: Context, release: Release, today: date, shown: str) -> Verdict:
    ended = f"{shown}: ordinary fixes ended on {release.end:%d %B %Y}"
    if release.extended is None or today > release.extended:
        return _verdict(context, Status.FAIL, Reason.ENDED, ended)
    reference = context.reference
    if reference.stale(reference.releases_as_of, context.now, release.extended):
        return _verdict(context, Status.UNKNOWN, Reason.STALE_REFERENCE_DATA, ended)
    if release.extended_needs != "nothing":
        proven = facts.observation("extended_proven")
        if proven is not None and facts.truth("extended_proven") is None:
            return facts.gap("extended_proven", expected=EXPECTED) or _verdict(
                context, Status.UNKNOWN, Reason.EXTENDED_UNPROVEN, ended
            )
        if not facts.truth("extended_proven"):
            actual = f"{ended}, and {release.extended_needs.upper()} is not seen"
            return _verdict(context, Status.FAIL, Reason.EXTENDED_UNPROVEN, actual)
    actual = f"{ended}; extended fixes until {release.extended:%d %B %Y}"
    if release.extended - today <= SOON:
        return _verdict(context, Status.PASS, Reason.ENDS_SOON, actual, release.extended)
    return _verdict(context, Status.PASS, Reason.COMPLIANT, actual)


def _not_in_table(context: Context, product: str, version: str, shown: str) -> Verdict:
    if _newer(context.reference, product, version):
        actual = f"{shown}: newer than our table"
        return _verdict(context, Status.UNKNOWN, Reason.NEWER_THAN_TABLE, actual)
    actual = f"{shown}: our table does not know it"
    return _verdict(context, Status.UNKNOWN, Reason.NOT_IN_TABLE, actual)


def _newer(reference: Reference, product: str, version: str) -> bool:
    newest = reference.newest(product)
    return newest is not None and numbers(version) > numbers(newest.version)


def _verdict(
    context: Context, status: Status, reason: Reason, actual: str, end: date | None = None
) -> Verdict:
    due = datetime.combine(end, time.max, UTC).replace(microsecond=0) if end else None
    return Verdict(
        status, reason, actual, EXPECTED, enforced=Enforced.UNKNOWN, due_at=due,
        reference_as_of=context.reference.releases_as_of,
    )  # fmt: skip


CHECKS = (
    Check(
        id="os.supported",
        title="The operating system still gets safety fixes",
        clauses={
            Profile.SCHOOL_S11: ("OSP 11.a.7",),
            Profile.CYBER_ESSENTIALS: ("CE A6.1: supported software",),
            Profile.DFE: ("DfE cyber security: licensed and supported software",),
        },
        severity=Severity.CRITICAL,
        tier=Tier.CHEAP,
        judge=judge,
        observers=observers.of("os.supported"),
        why=(
            "What no longer gets fixes becomes less safe every week. Windows is judged by build "
            "and edition, macOS by its major, Linux by its release, from a dated table."
        ),
    ),
)
