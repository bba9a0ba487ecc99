"""Who is on duty when: nights, holidays, summer time, absences; and a gap that names its hour."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_rota import FRIDAY_NIGHT, ROTA, rota
from tutelage_collector.errors import RotaError
from tutelage_collector.rota import Absence, Rota, Span, check, document
from tutelage_collector.rota.model import first_rota


def on_duty(found: Rota, moment: datetime) -> list[str]:
    return [one.id for one in found.line(moment)]


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    found = rota()
    assert on_duty(found, FRIDAY_NIGHT) == ["night-1"]
    assert on_duty(found, datetime(2026, 11, 27, 10, 0, tzinfo=UTC)) == ["dsl-1", "deputy-1"]
    assert on_duty(found, datetime(2026, 11, 28, 3, 0, tzinfo=UTC)) == ["night-1"]
    assert on_duty(found, datetime(2026, 11, 29, 12, 0, tzinfo=UTC)) == ["night-1"]


def test_hours_are_the_schools_wall_clock_in_summer_too() -> None:
    found = replace(rota(), terms=())
    assert on_duty(found, datetime(2026, 7, 1, 7, 30, tzinfo=UTC)) == ["dsl-1", "deputy-1"]
    assert on_duty(found, datetime(2026, 7, 1, 16, 30, tzinfo=UTC)) == ["night-1"]


def test_in_holidays_the_holidays_rows_hold() -> None:
    found = replace(rota(), holidays=(Span("Half-term", date(2026, 10, 26), date(2026, 10, 30)),))
    for day in (datetime(2026, 10, 28, 10, tzinfo=UTC), datetime(2026, 12, 23, 10, tzinfo=UTC)):
        assert on_duty(found, day) == ["night-1"]


def test_who_is_away_is_not_told_and_the_hole_is_found() -> None:
    monday = datetime(2026, 11, 30, 10, tzinfo=UTC)
    away = replace(rota(), absences=(Absence("night-1", date(2026, 12, 5), date(2026, 12, 5)),))
    assert on_duty(away, monday) == ["dsl-1", "deputy-1"]
    (gap,) = [one for one in check(away, monday, {"email", "webhook:desk", "other:on-call"})
              if one.begins]  # fmt: skip
    assert gap.says.startswith(
        "Nobody is on duty from Saturday 5 December 2026, 08:00 to Sunday 6 December 2026, 00:00"
    )


def test_the_night_from_sunday_to_monday_is_not_forgotten() -> None:
    monday = datetime(2026, 11, 16, 10, tzinfo=UTC)
    weekdays = document.loads(ROTA.replace('days = "every day"', 'days = "mon-fri"'), "ret-high")
    says = [one.says for one in check(weekdays, monday) if one.begins]
    assert says[0].startswith(
        "Nobody is on duty from Monday 23 November 2026, 00:00 to Monday 23 November 2026, 08:00"
    )


def test_a_rota_without_holes_has_no_faults_and_each_missing_thing_is_one() -> None:
    now = datetime(2026, 11, 16, 10, tzinfo=UTC)
    ready = {"email", "webhook:desk", "other:on-call"}
    assert check(rota(), now, ready) == []
    assert any("webhook:desk, which is not set up" in one.says for one in check(rota(), now, set()))
    no_head = replace(rota(), people=rota().people[:-1])
    assert any("headteacher" in one.says for one in check(no_head, now, ready))
    late = check(rota(), datetime(2027, 3, 15, 10, tzinfo=UTC), ready)
    assert any("The last term in the rota ends on 2027-03-26" in one.says for one in late)
    fresh = [one.says for one in check(first_rota("ret-high"), now)]
    assert any("dsl-1 is told on the collector's console only" in one for one in fresh)
    assert not any("Nobody is on duty" in one for one in fresh)


def test_quiet_hours_end_on_the_right_morning() -> None:
    found = rota()
    assert found.is_quiet(FRIDAY_NIGHT)
    assert found.quiet_ends(FRIDAY_NIGHT) == datetime(2026, 11, 28, 7, tzinfo=UTC)
    early = datetime(2026, 11, 28, 3, tzinfo=UTC)
    assert found.quiet_ends(early) == datetime(2026, 11, 28, 7, tzinfo=UTC)
    assert not found.is_quiet(datetime(2026, 11, 28, 7, tzinfo=UTC))


def test_what_is_written_is_read_again_as_the_same() -> None:
    found = replace(rota(), absences=(Absence("dsl-1", date(2026, 12, 1), date(2026, 12, 2)),))
    assert document.loads(document.dumps(found), "ret-high") == found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('duty = "head"', 'duty = "boss"'), "known here: dsl, deputy, out_of_hours, head"),
        (('from = "17:00"', 'from = "5pm"'), "write it as 22:40"),
        (('days = "sat sun"', 'days = "weekend"'), "write days as mon-fri"),
        (("email:head@school.example", "email:head"), "no e-mail address"),
        (("email:head@school.example", "pigeon:1"), "write email:ADDRESS"),
        (('id = "head-1"', 'id = "Jane Doe"'), "role with a number"),
        (('id = "head-1"', 'id = "dsl-1"'), "two people of this id"),
        (('person = "deputy-1"', 'person = "deputy-9"'), "people here: dsl-1"),
        (("last = 2026-12-18", "last = 2026-01-01"), "before it begins"),
        (("[[term]]", "[[terms]]"), "known here"),
    ],
)
def test_a_mistake_names_its_row_and_what_may_stand_there(
    change: tuple[str, str], said: str
) -> None:
    with pytest.raises(RotaError, match=r".") as error:
        document.loads(ROTA.replace(*change), "ret-high")
    assert said in str(error.value)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_rota_or_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(RotaError):
        document.loads(text, "ret-high")


@given(
    st.integers(0, 60 * 24 * 400),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
def test_between_two_changes_the_same_people_are_on_duty(
    minutes: int, start: time, end: time
) -> None:
    found = rota()
    found = replace(found, cover=(*found.cover, replace(found.cover[0], start=start, end=end)))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    following = next(found.changes(moment))
    assert following > moment
    for part in (0.25, 0.5, 0.999):
        between = moment + (following - moment) * part
        assert found.line(between) == found.line(moment)
