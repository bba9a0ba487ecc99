"""The ladder as a pure decision: who, when, how often, and what nobody may stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from example_rota import FRIDAY_NIGHT, rota
from tutelage_collector.escalation.plan import Case, plan
from tutelage_collector.store.records_escalation import Reach, Reason, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_collector.rota import Rota

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def reached(_: int) -> Reach:
    return Reach.DELIVERED


def play(
    case: Case,
    found: Rota,
    minutes: int,
    reach: Callable[[int], Reach] = reached,
    silent: tuple[int, int] = (-1, -1),
) -> list[tuple[int, str, Reason]]:
    """Return (minute, person, reason) of all that is told, looking at each minute but some."""
    steps: list[Step] = []
    told: list[tuple[int, str, Reason]] = []
    for minute in range(minutes):
        if silent[0] <= minute < silent[1]:  # the collector is down
            continue
        now = case.opened_at + minute * MINUTE
        steps = [replace(one, reach=reach(one.number)) for one in steps]
        order = plan(case, found, steps, now).order
        if order is not None:
            steps.append(
                Step(
                    len(steps) + 1, order.person.id, order.person.duty.value, order.cycle,
                    case.grade, order.reason, now,
                )
            )  # fmt: skip
            told.append((minute, order.person.id, order.reason))
    return told


def test_self_harm_at_2240_on_a_friday_reaches_a_person_and_climbs_to_the_headteacher() -> None:
    told = play(Case(5, FRIDAY_NIGHT, any_hour=True), rota(), 30)
    assert [(one[0], one[1]) for one in told] == [
        (0, "night-1"), (5, "night-1"), (10, "night-1"), (15, "night-1"), (20, "night-1"),
        (25, "head-1"),
    ]  # fmt: skip
    assert told[-1][2] is Reason.LAST_RESORT


def test_what_happens_next_is_said_in_words() -> None:
    step = Step(1, "night-1", "out_of_hours", 1, 5, Reason.FIRST, FRIDAY_NIGHT, Reach.DELIVERED)
    says = plan(Case(5, FRIDAY_NIGHT, any_hour=True), rota(), [step], FRIDAY_NIGHT).says
    assert says == "night-1 was told at 22:40. Without an answer by 22:45: night-1 again."


def test_grade_5_goes_through_the_line_five_times_and_never_stops_for_good() -> None:
    told = play(Case(5, MONDAY, any_hour=True), rota(), 60 * 24 * 3)
    people = [one[1] for one in told]
    assert people[:10] == ["dsl-1", "deputy-1"] * 5
    assert people[10:15] == ["head-1"] * 5
    assert len(people) in {17, 18}  # and once a day after that
    assert {one[2] for one in told[15:]} == {Reason.REMINDER}


def test_grade_4_waits_for_the_morning_unless_it_is_about_life_or_abuse() -> None:
    late = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
    told = play(Case(4, late, any_hour=False), rota(), 60 * 10)
    assert told[0] == (8 * 60, "night-1", Reason.FIRST)
    says = plan(Case(4, late, any_hour=False), rota(), [], late).says
    assert says == (
        "Quiet hours: somebody is told at 07:00 on Friday 27 November. It stands here now."
    )
    assert play(Case(4, late, any_hour=True), rota(), 5)[0][:2] == (0, "night-1")


def test_grade_4_gives_half_an_hour_and_then_the_deputy_is_told() -> None:
    told = play(Case(4, MONDAY, any_hour=False), rota(), 65)
    assert told == [
        (0, "dsl-1", Reason.FIRST),
        (30, "deputy-1", Reason.NO_ANSWER),
        (60, "dsl-1", Reason.NEW_CYCLE),
    ]


def test_grade_3_is_told_at_set_times_of_a_school_day_and_reminded_once() -> None:
    saturday = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)
    told = play(Case(3, saturday, any_hour=False), rota(), 60 * 24 * 7)
    monday_half_past_eight = (24 + 21) * 60 + 30
    assert told == [
        (monday_half_past_eight, "dsl-1", Reason.FIRST),
        (monday_half_past_eight + 24 * 60, "deputy-1", Reason.REMINDER),
    ]


def test_grade_2_is_one_digest_and_grade_1_nothing() -> None:
    told = play(Case(2, MONDAY, any_hour=False), rota(), 60 * 24 * 5)
    assert told == [(5 * 60 + 30, "dsl-1", Reason.DIGEST)]
    assert play(Case(1, MONDAY, any_hour=False), rota(), 60 * 24) == []


def test_an_hour_without_the_collector_is_caught_up_with_one_message() -> None:
    told = play(Case(5, MONDAY, any_hour=True), rota(), 80, silent=(3, 63))
    assert [one[0] for one in told] == [0, 63, 68, 73, 78]


def test_who_could_not_be_reached_is_not_waited_for_but_a_dead_line_is_no_flood() -> None:
    told = play(Case(5, MONDAY, any_hour=True), rota(), 12, reach=lambda _: Reach.FAILED)
    assert [(one[0], one[1]) for one in told[:4]] == [
        (0, "dsl-1"), (1, "deputy-1"), (6, "dsl-1"), (7, "deputy-1"),
    ]  # fmt: skip
    assert told[1][2] is Reason.NOT_REACHED


def test_a_shift_that_changes_meanwhile_brings_the_new_people_in() -> None:
    late = datetime(2026, 11, 30, 16, 58, tzinfo=UTC)
    told = play(Case(5, late, any_hour=True), rota(), 12)
    assert [one[1] for one in told[:3]] == ["dsl-1", "night-1", "night-1"]


def test_with_nobody_on_duty_the_headteacher_is_told_at_once() -> None:
    empty = replace(rota(), cover=())
    told = play(Case(5, FRIDAY_NIGHT, any_hour=True), empty, 1)
    assert told == [(0, "head-1", Reason.LAST_RESORT)]
    nobody = replace(rota(), cover=(), people=())
    assert "Nobody can be told" in plan(Case(5, MONDAY, any_hour=True), nobody, [], MONDAY).says


def test_an_acknowledged_episode_is_left_alone() -> None:
    found = plan(Case(5, MONDAY, any_hour=True, acknowledged=True), rota(), [], MONDAY)
    assert (found.order, found.look_at) == (None, None)


def test_an_episode_that_becomes_more_urgent_begins_the_line_anew() -> None:
    before = Step(1, "dsl-1", "dsl", 1, 4, Reason.FIRST, MONDAY, Reach.DELIVERED)
    order = plan(Case(5, MONDAY, any_hour=True), rota(), [before], MONDAY + MINUTE).order
    assert order is not None
    assert (order.person.id, order.reason) == ("dsl-1", Reason.FIRST)


def test_a_clock_that_went_back_keeps_nobody_waiting_longer_than_the_pace() -> None:
    ahead = Step(1, "dsl-1", "dsl", 1, 5, Reason.FIRST, MONDAY + timedelta(days=1), Reach.DELIVERED)
    found = plan(Case(5, MONDAY, any_hour=True), rota(), [ahead], MONDAY)
    assert found.look_at == MONDAY + 5 * MINUTE


@given(
    st.sampled_from([2, 3, 4, 5]),
    st.integers(0, 60 * 24 * 200),
    st.booleans(),
    st.lists(st.sampled_from(list(Reach)), min_size=40, max_size=40),
)
def test_whatever_happens_a_decision_is_made_again_or_it_says_why_not(
    grade: int, minute: int, any_hour: bool, reaches: list[Reach]
) -> None:
    found, steps = rota(), list[Step]()
    now = datetime(2026, 9, 1, tzinfo=UTC) + minute * MINUTE
    case = Case(grade, now, any_hour or grade == 5)
    for _ in range(40):
        steps = [replace(one, reach=reaches[one.number - 1]) for one in steps]
        decided = plan(case, found, steps, now)
        assert decided.says
        if decided.order is not None:
            order = decided.order
            steps.append(
                Step(
                    len(steps) + 1, order.person.id, order.person.duty.value, order.cycle, grade,
                    order.reason, now,
                )
            )  # fmt: skip
            continue
        if decided.look_at is None:
            assert grade <= 3
            assert steps
            return
        assert decided.look_at > now
        now = decided.look_at
    assert grade >= 4
