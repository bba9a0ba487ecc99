"""The pack that ships keeps the rules of the house, and every rule does what its examples say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from tutelage_policy.lint import lint, run_examples
from tutelage_policy.model import AgeBand, Lane, RiskArea
from tutelage_policy.nodes import shortest
from tutelage_policy.template import Templates

ID = re.compile(r"[a-z]+\.[a-z0-9_]+\.\d{4}")


def test_the_pack_is_sound_today_and_no_review_is_due(shipped, now):
    assert [str(f) for f in lint(shipped.pack, now.date()) if not f.warning] == []


@pytest.mark.slow
def test_every_example_does_what_its_rule_says(shipped, now):
    assert [str(f) for f in run_examples(shipped.pack, now, shipped)] == []


def test_ids_are_well_formed_and_used_once(shipped):
    ids = [rule.id for rule in shipped.pack.rules]
    assert [i for i, count in Counter(ids).items() if count > 1] == []
    assert all(ID.fullmatch(i) for i in ids)
    others = [s.id for s in shipped.pack.suppressors] + [w.id for w in shipped.pack.windows]
    assert len(others) == len(set(others))


def test_every_sub_category_of_the_checklist_has_rules(shipped):
    topics = {rule.topic for rule in shipped.pack.rules}
    assert set(shipped.pack.checklist) <= topics
    assert {topic.partition(".")[0] for topic in shipped.pack.checklist} == set(RiskArea)


def test_a_sub_category_that_loses_its_rules_is_named(shipped, now):
    """Leaving out any one topic of the checklist is a fault that says which."""
    for topic in shipped.pack.checklist:
        poorer = replace(
            shipped.pack,
            slots=(),
            suppressors=(),
            rules=tuple(
                replace(rule, any=(), all=(), none=())
                for rule in shipped.pack.rules
                if rule.topic != topic
            ),
        )
        told = [f.why for f in lint(poorer, now.date()) if "of the checklist" in f.why]
        assert told == [f"no rules for {topic} of the checklist: write some"]


def test_no_word_alone_raises_an_alert(shipped):
    templates = Templates(dict(shipped.pack.slots))
    bare = [
        rule.id
        for rule in shipped.pack.rules
        if max(rule.grades) >= 3
        and not rule.all
        and min(shortest(templates.parse(p, rule.slots)) for p in rule.any) < 2
    ]
    assert bare == []


def test_critical_rules_weigh_the_same_in_every_context(shipped):
    assert all(not r.suppress for r in shipped.pack.rules if r.lane is Lane.CRITICAL)


def test_what_a_person_discloses_is_routed_to_support(shipped):
    areas = [r for r in shipped.pack.rules if r.risk_area is RiskArea.DISCLOSURE]
    assert all(r.route == "support" for r in areas)


def test_grades_do_not_rise_with_age_beyond_what_a_child_has(shipped):
    """An adult's grade is never above a secondary pupil's: they need protection first."""
    above = [r.id for r in shipped.pack.rules if r.grade(AgeBand.ADULT) > r.grade(AgeBand.PRIMARY)]
    assert above == []
