"""A marked rule's id is for who reads the words: nobody else can find it by trying all rules."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from one_detector import KEY, SUBJECT, OneDetector
from small_pack import small_pack
from tutelage_policy.build import seal
from tutelage_policy.match import Matcher
from tutelage_wire import pseudonyms, sealed


@pytest.fixture
def school(tmp_path):
    pack = small_pack()
    marked = seal(replace(pack, rules=tuple(replace(one, hide_id=True) for one in pack.rules)))
    one = OneDetector(tmp_path, Matcher(marked))
    yield one
    one.spool.close()


def test_a_marked_rules_name_cannot_be_guessed_from_the_pack_and_the_collectors_keys(school):
    school.hear("martians are daft", 0)
    (found,) = school.told()
    guesses = set()
    for rule in small_pack().rules:
        guesses.add(hashlib.sha256(rule.id.encode()).hexdigest())
        guesses.add(pseudonyms.keyed(SUBJECT.subject_key, "rule", rule.id))
        guesses |= {pseudonyms.keyed(key, "rule", rule.id) for key in (b"", bytes(32), b"ret")}
    opaque = found.rule_id.removeprefix("hidden.")
    assert found.rule_id.startswith("hidden.")
    assert not [one for one in guesses if one.startswith(opaque)]
    assert found.risk_area, found.grade


def test_the_same_rule_has_one_name_on_a_device_and_another_elsewhere():
    rule = replace(small_pack().rules[0], hide_id=True)
    elsewhere = replace(SUBJECT, rule_key=pseudonyms.rule_key(b"another device"))
    assert SUBJECT.shown_id(rule) == SUBJECT.shown_id(rule)
    assert SUBJECT.shown_id(rule) != elsewhere.shown_id(rule)
    assert SUBJECT.shown_id(replace(rule, hide_id=False)) == rule.id


def test_who_opens_the_words_reads_which_rule_fired(school):
    school.hear("martians are daft", 0)
    (event,) = school.events()
    context = sealed.SealContext(SUBJECT.trust_id, SUBJECT.device_id, event.id)
    content = sealed.open_sealed(event.body.sealed, KEY, context)
    assert json.loads(content.explanation)["rule"] in {one.id for one in small_pack().rules}


def test_a_text_with_thousands_of_matches_still_names_its_rule_to_who_reads(school):
    school.hear("martians are daft and " * 400, 0)
    event = school.events()[0]
    context = sealed.SealContext(SUBJECT.trust_id, SUBJECT.device_id, event.id)
    content = sealed.open_sealed(event.body.sealed, KEY, context)
    assert json.loads(content.explanation)["rule"]
