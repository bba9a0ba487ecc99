"""How devices stand: unknown is never a pass, failures may be allowed for a time, results age."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_collector import placement
from tutelage_collector import compliance
from tutelage_collector.compliance import exemptions
from tutelage_collector.errors import ConfigError
from tutelage_collector.reports import spreadsheet
from tutelage_collector.store.records import (
    Device,
    DeviceState,
    DeviceView,
    Drift,
    Evidence,
    Judgement,
)
from tutelage_wire import times
from tutelage_wire.events import DeviceId, Status

if TYPE_CHECKING:
    from tutelage_collector.store.records_allowed import Exemption

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
STALE = timedelta(days=45)
DISK = "OSP 11.a.2"


def device(name: str, state: DeviceState = DeviceState.ACTIVE) -> DeviceView:
    made = Device(
        DeviceId(name), placement(), state, 1, b"", b"", "t", NOW, NOW, Evidence(label=name)
    )
    return DeviceView(made, NOW, None)


def judged(name: str, status: Status, check: str = "disk.system", **changes: object) -> Judgement:
    one = Judgement(
        device_id=DeviceId(name),
        school="ret-high",
        profile="school-s11",
        check_id=check,
        subject="device",
        status=status,
        previous_status=None,
        observed_at=NOW,
        first_failed_at=None,
        due_at=None,
        clauses=(DISK,),
        event=b"",
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def row_of(
    views: list[DeviceView], judgements: list[Judgement], allowed: tuple[Exemption, ...] = ()
) -> compliance.ClauseRow:
    """Return how 11.a.2 stands."""
    report = compliance.assess(compliance.clauses(), views, judgements, allowed, NOW, STALE)
    return next(row for row in report.rows if row.clause.tag == DISK)


def exemption(**changes: object) -> Exemption:
    one = exemptions.new_exemption(
        school="ret-high",
        device_id=DeviceId("a"),
        check_id="disk.system",
        reason="being replaced",
        control="kept in a locked room",
        approver="headteacher",
        valid_for=timedelta(days=10),
        now=NOW - timedelta(days=1),
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def test_section_11_has_ten_sentences_in_the_order_of_the_policy() -> None:
    assert [one.id for one in compliance.clauses()] == [f"11.a.{n}" for n in range(1, 11)]


def test_a_device_that_never_answered_is_unknown_and_stays_in_the_denominator() -> None:
    row = row_of([device("a"), device("b")], [judged("a", Status.PASS)])
    assert (row.passed, row.unknown) == (("a",), ("b",))
    assert (row.assessed, row.percent) == (1, 100)


def test_one_failed_check_fails_the_sentence() -> None:
    row = row_of(
        [device("a")],
        [judged("a", Status.PASS), judged("a", Status.FAIL, "disk.data")],
    )
    assert row.failed == ("a",)


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.ERROR])
def test_what_could_not_be_seen_is_never_a_pass(status: Status) -> None:
    row = row_of([device("a")], [judged("a", Status.PASS), judged("a", status, "disk.data")])
    assert row.unknown == ("a",)


def test_a_pass_that_was_seen_too_long_ago_is_unknown() -> None:
    fresh = judged("a", Status.PASS, observed_at=NOW - timedelta(days=45))
    stale = judged("b", Status.PASS, observed_at=NOW - timedelta(days=46))
    row = row_of([device("a"), device("b")], [fresh, stale])
    assert (row.passed, row.unknown) == (("a",), ("b",))


def test_an_exemption_allows_a_failure_until_it_ends_and_nothing_else() -> None:
    failed = [judged("a", Status.FAIL), judged("b", Status.FAIL)]
    views = [device("a"), device("b")]
    assert row_of(views, failed, (exemption(),)).exempt == ("a",)
    assert row_of(views, failed, (exemption(expires_at=NOW),)).failed == ("a", "b")
    assert row_of(views, failed, (exemption(ended_at=NOW - timedelta(hours=1)),)).exempt == ()
    assert row_of(views, failed, (exemption(check_id="lock.idle"),)).exempt == ()
    assert row_of(views, failed, (exemption(school="another"),)).exempt == ()
    assert row_of(views, failed, (exemption(device_id=None),)).exempt == ("a", "b")
    unknown = [judged("a", Status.UNKNOWN)]
    assert row_of([device("a")], unknown, (exemption(),)).unknown == ("a",)


def test_an_exemption_without_an_end_or_a_reason_is_not_made() -> None:
    with pytest.raises(ConfigError, match="up to 366 days"):
        replaced(valid_for=timedelta(days=1000))
    with pytest.raises(ConfigError, match="reason"):
        replaced(reason=" ")


def replaced(**changes: object) -> Exemption:
    given_values: dict[str, object] = {
        "school": "s",
        "device_id": None,
        "check_id": "c",
        "reason": "r",
        "control": "k",
        "approver": "head",
        "valid_for": timedelta(days=1),
        "now": NOW,
    }
    return exemptions.new_exemption(**(given_values | changes))  # type: ignore[arg-type]


def test_a_revoked_device_is_not_counted() -> None:
    row = row_of([device("a", DeviceState.REVOKED)], [judged("a", Status.FAIL)])
    assert row.failed == ()


def test_ninety_nine_of_a_hundred_is_not_a_hundred_per_cent() -> None:
    views = [device(f"{n}") for n in range(200)]
    judgements = [judged(f"{n}", Status.PASS if n else Status.FAIL) for n in range(200)]
    assert row_of(views, judgements).percent == 99


def test_what_breaches_in_the_next_fortnight_is_counted_down() -> None:
    soon = judged("a", Status.PASS, "os.updates", due_at=NOW + timedelta(days=2))
    later = judged("b", Status.PASS, "os.updates", due_at=NOW + timedelta(days=20))
    report = compliance.assess(
        compliance.clauses(), [device("a"), device("b")], [soon, later], (), NOW, STALE
    )
    (due,) = report.due
    assert (due.day.strftime("%A"), due.devices) == ("Saturday", ("a",))


@given(st.lists(st.sampled_from([s for s in Status if s is not Status.EXEMPT]), min_size=1))
def test_every_device_is_in_exactly_one_column(statuses: list[Status]) -> None:
    views = [device(f"{n}") for n in range(len(statuses))]
    row = row_of(views, [judged(f"{n}", status) for n, status in enumerate(statuses)])
    columns = (row.passed, row.failed, row.unknown, row.exempt, row.not_applicable)
    assert sorted(one for column in columns for one in column) == sorted(
        view.device.id for view in views
    )
    assert len(row.passed) == statuses.count(Status.PASS)


def drift(name: str, seconds: float, after: Status = Status.FAIL) -> Drift:
    moment = NOW + timedelta(seconds=seconds)
    return Drift(
        DeviceId(name), "ret-high", "school-s11", "disk.system", Status.PASS, after, moment
    )


def test_many_devices_within_a_minute_are_one_change() -> None:
    found = compliance.changes([drift("c", 50), drift("a", 0), drift("b", 20), drift("d", 900)])
    assert [one.devices for one in found] == [("d",), ("a", "b", "c")]
    assert "this device alone" in found[0].hint
    assert "probably one change" in found[1].hint


def test_a_spreadsheet_runs_nothing_that_a_device_said() -> None:
    text = spreadsheet.as_csv([{"label": "=HYPERLINK(1)", "n": 1}, {"label": "@x", "n": 2}])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["label"] for row in rows] == ["'=HYPERLINK(1)", "'@x"]


STATUSES = st.sampled_from([one for one in Status if one is not Status.EXEMPT])


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["disk.system", "disk.data", "lock"]),
                  STATUSES, st.integers(0, 60),
                  st.sampled_from([(DISK,), (DISK, "OSP 11.a.3"), ()])),
        max_size=12, unique_by=lambda one: (one[0], one[1]),
    ),
    st.booleans(),
)  # fmt: skip
def test_counting_alone_gives_the_numbers_of_the_whole_report(
    rows: list[tuple[str, str, Status, int, tuple[str, ...]]], allow: bool
) -> None:
    views = [device(name) for name in "abc"] + [device("d", DeviceState.REVOKED)]
    allowed = [exemption()] if allow else []
    found = [
        judged(name, status, check, observed_at=NOW - timedelta(days=days), clauses=tags)
        for name, check, status, days, tags in rows
    ]
    whole = compliance.assess(compliance.clauses(), views, found, allowed, NOW, STALE)
    counted = compliance.count(
        compliance.clauses(),
        [view.device.id for view in views if view.device.state is DeviceState.ACTIVE],
        [
            (one.device_id, one.school, one.check_id, one.status.value,
             times.to_ms(one.observed_at), "\n".join(one.clauses))
            for one in found
        ],
        allowed,
        NOW,
        STALE,
    )  # fmt: skip
    for long, short in zip(whole.rows, counted, strict=True):
        assert (len(long.passed), len(long.failed), len(long.unknown), len(long.exempt),
                len(long.not_applicable), long.assessed) == (
            short.passed, short.failed, short.unknown, short.exempt, short.not_applicable,
            short.assessed,
        )  # fmt: skip
