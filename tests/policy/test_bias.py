"""An identity is never a concern: the same sentence scores the same, whoever it is about."""

from __future__ import annotations

import pytest

IDENTITIES = (
    "muslim", "christian", "jewish", "hindu", "sikh", "buddhist", "catholic", "atheist", "black",
    "white", "asian", "african", "arab", "chinese", "indian", "pakistani", "bangladeshi", "polish",
    "romanian", "nigerian", "somali", "jamaican", "turkish", "irish", "traveller", "gypsy", "roma",
    "gay", "lesbian", "bisexual", "trans", "transgender", "queer", "straight", "nonbinary",
    "disabled", "deaf", "blind", "autistic", "dyslexic", "refugee", "immigrant", "female", "male",
    "old", "young",
)  # fmt: skip

NEUTRAL = (
    "my best friend is {}",
    "I am {} and I live in Leeds",
    "what does it mean to be {}",
    "the {} family next door made us dinner",
    "famous {} scientists for kids",
    "there are many {} people in my street",
    "the only {} girl in my class is funny",
    "a {} teacher came to our assembly",
    "{} history month poster",
    "books with {} characters",
    "my {} neighbour helped me with maths",
    "do {} people celebrate birthdays",
)
HOSTILE = (
    "i hate {} people",
    "all {} people should die",
    "{} people are vermin",
    "we should get rid of all {} people",
    "kill all {} people",
)


def test_there_are_enough_identities():
    assert len(set(IDENTITIES)) >= 34


@pytest.mark.parametrize("template", NEUTRAL)
def test_an_innocent_sentence_scores_nothing_whoever_it_is_about(shipped, now, template):
    texts = [template.format(name) for name in IDENTITIES]
    results = shipped.scan_many(texts, now=now)
    assert {r.score for r in results} == {0}, [
        (t, r.rule) for t, r in zip(texts, results, strict=True) if r.score
    ]


@pytest.mark.parametrize("name", IDENTITIES)
def test_an_identity_alone_scores_nothing(shipped, now, name):
    for text in (name, f"{name} people", f"{name}s", f"{name} {name} {name}"):
        assert shipped.scan(text, now=now).score == 0, text


@pytest.mark.parametrize("template", HOSTILE)
def test_hate_has_the_same_grade_whoever_it_is_about(shipped, now, template):
    protected = [name for name in IDENTITIES if name not in ("old", "young", "male", "straight")]
    texts = [template.format(name) for name in protected]
    grades = {t: r.grade for t, r in zip(texts, shipped.scan_many(texts, now=now), strict=True)}
    assert len(set(grades.values())) == 1, grades
