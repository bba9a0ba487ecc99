"""Two lanes: critical phrases stand alone; topics need a score, and contexts lower them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from small_pack import small_pack
from tutelage_policy.match import Matcher
from tutelage_policy.model import AgeBand, Channel, Lane, Route

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def test_no_context_touches_a_critical_phrase(small):
    text = "essay about rafts: explain why i want to sink the raft. it is wrong to say"
    result = small.scan(text, now=DECEMBER)
    assert (result.grade, result.lane) == (5, Lane.CRITICAL)
    assert result.rule == "content.rafts.0001"


def test_a_critical_grade_depends_on_the_age_band_only(small):
    text = "i want to sink the raft"
    grades = {b: small.scan(text, Channel.SEARCH, b, now=DECEMBER).grade for b in AgeBand}
    assert grades == {"primary": 5, "secondary": 5, "sixth_form": 5, "adult": 4}


def test_a_topic_needs_its_score_by_age_band(small):
    text = "buy torpedoes"
    grades = {b: small.scan(text, now=DECEMBER, age_band=b).grade for b in AgeBand}
    assert grades == {"primary": 3, "secondary": 3, "sixth_form": 1, "adult": 1}


def test_a_channel_of_short_texts_needs_less(small):
    text = "paddles and holes at night"
    assert small.scan(text, Channel.FILE, now=DECEMBER).grade == 1
    assert small.scan(text, Channel.SEARCH, AgeBand.PRIMARY, now=DECEMBER).grade == 2


def test_a_lesson_lowers_a_topic_near_it_and_not_far_from_it(small):
    near = small.scan("essay about boats: buy torpedoes", now=DECEMBER)
    far = small.scan("essay about boats " + "and water " * 30 + "buy torpedoes", now=DECEMBER)
    assert (near.grade, near.matches[0].weight) == (1, 50)
    assert (far.grade, far.matches[0].weight) == (3, 100)


def test_a_result_names_the_contexts_that_fired_and_those_that_did_not(small):
    lesson = small.scan("essay about boats: buy torpedoes", now=DECEMBER)
    none = small.scan("buy torpedoes", now=DECEMBER)
    assert [(c.suppressor, c.fired) for c in lesson.contexts] == [("lesson", True)]
    assert [(c.suppressor, c.fired) for c in none.contexts] == [("lesson", False)]


def test_a_rule_may_name_a_context_in_which_it_says_nothing(small):
    assert small.scan("martians are daft", now=DECEMBER).grade == 2
    assert small.scan("it is wrong to say martians are daft", now=DECEMBER).grade == 0


def test_a_condition_is_looked_for_around_the_match_only(small):
    near = "paddles and holes secretly"
    far = "paddles and holes " + "word " * 30 + "secretly"
    assert small.scan(near, now=DECEMBER).matches
    assert not small.scan(far, now=DECEMBER).matches


def test_the_same_rule_counts_once_in_a_window(small):
    once = small.scan("paddles and holes at night", now=DECEMBER)
    often = small.scan("paddles and holes at night " * 5, now=DECEMBER)
    assert once.score == often.score == 60
    assert len(often.matches) == 5


@pytest.mark.parametrize(
    ("day", "grade"), [("2026-10-31", 3), ("2026-11-01", 2), ("2026-11-30", 2), ("2026-12-01", 3)]
)
def test_a_curriculum_window_lowers_a_grade_and_expires(small, day, grade):
    result = small.scan("buy torpedoes", now=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    assert result.grade == grade
    assert result.topics[0].lowered_by == (("y9-rafts",) if grade == 2 else ())


def test_a_window_is_for_its_age_bands(small):
    november = datetime(2026, 11, 10, tzinfo=UTC)
    assert small.scan("buy torpedoes", age_band=AgeBand.PRIMARY, now=november).grade == 3


def test_a_rule_of_one_channel_is_silent_on_the_others():
    pack = small_pack()
    rules = tuple(replace(r, channels=frozenset([Channel.SEARCH])) for r in pack.rules)
    matcher = Matcher(replace(pack, rules=rules))
    assert matcher.scan("buy torpedoes", Channel.SEARCH, now=DECEMBER).matches
    assert not matcher.scan("buy torpedoes", Channel.FILE, now=DECEMBER).matches


def test_an_empty_text_is_nothing(small):
    result = small.scan("", now=DECEMBER)
    assert (result.grade, result.score, result.rule, result.route) == (0, 0, "", None)
    assert small.scan("martians are daft", now=DECEMBER).route is Route.CONCERN
