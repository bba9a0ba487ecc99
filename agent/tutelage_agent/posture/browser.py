"""Browsers: current (Cyber Essentials), and managed so that filtering holds (DfE).

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``browsers`` | device | ``product:chrome``, ``product:edge``, ``product:firefox``, ... installed |
| ``version`` | ``product:...`` | ``142.0.7444.60`` |
| ``managed`` | ``product:...`` | the school's policies reach it |
| ``safe_search_locked`` | ``product:...`` | the pupil cannot switch safe search off; optional |
| ``extensions_restricted`` | ``product:...`` | only allowed extensions can be added; optional |
| ``private_windows_off`` | ``product:...`` | private windows are off; optional |

Product ids: ``chrome``, ``chromium``, ``edge``, ``brave``, ``firefox``, ``safari``. A browser that
the table does not know is UNKNOWN, never current. An optional fact that was looked for and is
false fails; without a value of the first two of them, nothing passes.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import Profile, Reason, Severity, Status, Tier, Verdict
from tutelage_agent.posture.versions import major

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts

_LOCKS = (
    ("safe_search_locked", "safe search is not locked"),
    ("extensions_restricted", "any extension can be added"),
    ("private_windows_off", "private windows are open"),
)


_SAME_RELEASES = {"chromium": "chrome", "edge": "chrome", "brave": "chrome"}
"""Products that bear Chrome's major numbers, each within days of it."""


def judge_current(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge for how long each browser has not been the newest."""
    days = context.reference.thresholds[context.profile].browser_max_age_days
    expected = f"each browser superseded for at most {days} days"
    if gap := facts.gap("browsers", expected=expected):
        return (gap,)
    browsers = facts.names("browsers") or ()
    if not browsers:
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, "no browser", expected),)
    return tuple(_judge_version(facts, context, browser, expected) for browser in browsers)


def _judge_version(facts: Facts, context: Context, browser: str, expected: str) -> Verdict:
    if gap := facts.gap("version", subject=browser, expected=expected):
        return gap
    product, version = browser.removeprefix("product:"), facts.text("version", browser) or ""
    reference = context.reference
    found, as_of = major(version), reference.browsers_as_of
    table = _SAME_RELEASES.get(product, product)
    rows = {row.major: row for row in reference.browsers if row.product == table}

    def verdict(status: Status, reason: Reason, actual: str) -> Verdict:
        return Verdict(status, reason, actual, expected, browser, reference_as_of=as_of)

    if found is None or not rows:
        return verdict(Status.UNKNOWN, Reason.NOT_IN_TABLE, f"{product} {version}")
    newest = max(rows)
    if found > newest:
        # Newer than our table: it was current at least then, and the table says no more.
        if reference.stale(as_of, context.now):
            return verdict(Status.UNKNOWN, Reason.NEWER_THAN_TABLE, f"{product} {found}")
        return verdict(Status.PASS, Reason.COMPLIANT, f"{product} {found}")
    row = rows.get(found)
    superseded = row.superseded if row is not None else None
    if row is None and found < min(rows):
        return verdict(Status.FAIL, Reason.OUT_OF_DATE, f"{product} {found} is very old")
    if row is None:
        # The next one that we know came out no earlier than the one that superseded this.
        superseded = rows[min(later for later in rows if later > found)].released
    if superseded is None:
        if reference.stale(as_of, context.now):
            actual = f"{product} {found}; our table is of {as_of:%d %B %Y}"
            return verdict(Status.UNKNOWN, Reason.STALE_REFERENCE_DATA, actual)
        return verdict(Status.PASS, Reason.COMPLIANT, f"{product} {found} is the newest")
    age = context.now.astimezone(UTC).date() - superseded
    days = context.reference.thresholds[context.profile].browser_max_age_days
    actual = f"{product} {found}, superseded for {age.days} days"
    if age > timedelta(days=days):
        return verdict(Status.FAIL, Reason.OUT_OF_DATE, actual)
    return verdict(Status.PASS, Reason.COMPLIANT, actual)


def judge_managed(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether the school's policies reach each browser, and lock what filtering needs."""
    del context
    expected = "managed by the school, with safe search and extensions locked"
    if gap := facts.gap("browsers", expected=expected):
        return (gap,)
    browsers = facts.names("browsers") or ()
    if not browsers:
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, "no browser", expected),)
    return tuple(_judge_policy(facts, browser, expected) for browser in browsers)


def _judge_policy(facts: Facts, browser: str, expected: str) -> Verdict:
    if gap := facts.gap("managed", subject=browser, expected=expected):
        return gap
    name = browser.removeprefix("product:")
    if not facts.truth("managed", browser):
        actual = f"{name}: no policy of the school"
        return Verdict(Status.FAIL, Reason.UNMANAGED, actual, expected, browser)
    loose = [words for fact, words in _LOCKS if facts.truth(fact, browser) is False]
    if loose:
        actual = f"{name}: {', '.join(loose)}"
        return Verdict(Status.FAIL, Reason.UNMANAGED, actual, expected, browser)
    for fact, _ in _LOCKS[:2]:
        if gap := facts.gap(fact, subject=browser, expected=expected):
            return gap
    return Verdict(Status.PASS, Reason.COMPLIANT, f"{name}: managed", expected, browser)


CHECKS = (
    Check(
        id="browser.current",
        title="Browsers are current",
        clauses={
            Profile.CYBER_ESSENTIALS: ("CE A6.4, A6.5: fixes within 14 days",),
            Profile.DFE: ("DfE cyber security: fixes within 14 days",),
        },
        severity=Severity.HIGH,
        tier=Tier.MEDIUM,
        judge=judge_current,
        observers=observers.of("browser.current"),
        why="A browser meets more hostile content in a day than any other program.",
    ),
    Check(
        id="browser.managed",
        title="Browsers follow the school's policies",
        clauses={Profile.DFE: ("DfE filtering and monitoring: safe search, extensions",)},
        severity=Severity.MEDIUM,
        tier=Tier.MEDIUM,
        judge=judge_managed,
        observers=observers.of("browser.managed"),
        why="A browser that nobody manages, or any extension, can step around the filter.",
    ),
)
