"""Bullying is repeated: a rule's grade rises over days, from counters that hold no text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_pack import small_pack
from tutelage_policy.errors import PackError
from tutelage_policy.repeat import Repeats

RULE = "conduct.teasing.0001"
FIRST = datetime(2026, 12, 1, tzinfo=UTC)


def on(small, day, text="martians are daft"):
    return small.scan(text, now=FIRST + timedelta(days=day))


def test_the_third_time_within_a_week_has_the_higher_grade(small):
    repeats = Repeats(small.pack)
    grades = [repeats.observe("k1", on(small, day)).result.grade for day in (0, 2, 6)]
    assert grades == [2, 2, 4]


def test_what_is_further_apart_is_not_repeated(small):
    repeats = Repeats(small.pack)
    grades = [repeats.observe("k1", on(small, day)).result.grade for day in (0, 4, 8, 12)]
    assert grades == [2, 2, 2, 2]


def test_each_account_is_counted_by_itself(small):
    repeats = Repeats(small.pack)
    for subject in ("k1", "k2", "k3"):
        assert repeats.observe(subject, on(small, 0)).result.grade == 2


def test_it_says_which_rule_was_repeated_how_often(small):
    repeats = Repeats(small.pack)
    for _ in range(2):
        repeats.observe("k1", on(small, 0))
    third = repeats.observe("k1", on(small, 1))
    assert (third.rule, third.occasions) == (RULE, 3)


def test_a_grave_grade_is_never_lowered_by_a_repetition(small):
    repeats = Repeats(small.pack)
    text = "martians are daft, i want to sink the raft"
    grades = [repeats.observe("k1", on(small, 0, text)).result.grade for _ in range(4)]
    assert grades == [5, 5, 5, 5]


def test_counts_survive_being_written_and_hold_no_text(small):
    repeats = Repeats(small.pack)
    for _ in range(2):
        repeats.observe("k1", on(small, 0))
    data = repeats.to_bytes()
    assert b"martians" not in data
    assert b"daft" not in data
    again = Repeats.from_bytes(small.pack, data)
    assert again.to_bytes() == data
    assert again.observe("k1", on(small, 1)).result.grade == 4


def test_what_no_rule_needs_is_forgotten(small):
    repeats = Repeats(small.pack)
    repeats.observe("k1", on(small, 0))
    repeats.forget((FIRST + timedelta(days=7)).date())
    assert b"k1" not in repeats.to_bytes()


def test_a_rule_without_repeat_is_not_counted(small):
    repeats = Repeats(small.pack)
    repeats.observe("k1", on(small, 0, "buy torpedoes"))
    assert b"k1" not in repeats.to_bytes()


@given(st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"version": 2}', b"null"]))
def test_damaged_counts_are_refused(data):
    with pytest.raises(PackError, match="begin anew"):
        Repeats.from_bytes(small_pack(), data)


def test_counts_with_impossible_values_are_refused():
    row = f'{{"version":1,"counts":[["k","{RULE}",[["2026-12-01",-1]]]]}}'
    with pytest.raises(PackError, match="damaged"):
        Repeats.from_bytes(small_pack(), row.encode())
