"""Texts that are made to cost: what they give is capped, said so, and never hides the beginning."""

from __future__ import annotations

import pytest

from small_pack import small_pack
from tutelage_policy.match import Matcher
from tutelage_policy.model import Lane

PHRASE = "i want to sink the raft "


@pytest.mark.parametrize(
    "text",
    [
        PHRASE * 8000,
        "torpedoes " * 20_000,
        "i want to sink the raf " * 8000,
        "a" * 1_000_000,
        "sinktheraft" * 90_000,
        "e" + "\u0301" * 300_000,
        "\u200b" * 300_000 + "x",
        "a1b2" * 100_000,
        "s i n k " * 30_000,
        "*" * 200_000 + "r*ft " * 20_000,
        "🔪" * 100_000,
        "ﷺ" * 50_000,
        "İ" * 50_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_flood_ends_and_its_places_are_in_the_text(small, now, text):
    result = small.scan(text, now=now)
    assert all(0 <= m.start < m.end <= len(text) for m in result.matches)
    assert len(result.matches) <= 2000


def topic_prose(pack, size: int) -> str:
    """Return prose in which phrase after phrase of topic rules stands, and no critical one."""
    rows = [text for rule in pack.rules if rule.lane is Lane.TOPIC for text in rule.matches]
    whole = ". ".join(rows)
    return ((whole + ". ") * (size // len(whole) + 1))[:size] + ".\n"


@pytest.mark.parametrize("engine", ["hyperscan", "aho-corasick"])
@pytest.mark.parametrize(
    "before",
    [
        "torpedoes and exploding raft building instructions, martians are daft. " * 3000,
        "torpedoes " * 24_000,
        "a" * 250_000 + " ",
        "a1b2 " * 50_000,
        "buy torpedo " * 20_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_critical_phrase_behind_a_flood_is_found(now, before, engine):
    text = before + PHRASE
    result = Matcher(small_pack(), engine).scan(text, now=now)
    assert [m.grade for m in result.matches if m.start >= len(before)] == [5]


def test_in_the_shipped_pack_too(shipped, now):
    before = topic_prose(shipped.pack, 200_000)
    result = shipped.scan(before + "I want to kill myself tonight", now=now)
    assert result.capped
    assert any(m.start >= len(before) and m.grade == 5 for m in result.matches)


def test_a_page_of_nothing_but_phrases_still_has_its_grade(small, now):
    result = small.scan(PHRASE * 8000, now=now)
    assert result.grade == 5
    assert result.capped


def test_a_phrase_far_down_a_long_document_is_found(small, now):
    text = "The weather was fair and nothing was said. " * 20_000 + PHRASE
    result = small.scan(text, now=now)
    assert result.grade == 5
    assert text[result.matches[0].start :].startswith("i want")


@pytest.mark.parametrize("before", [65_530, 65_520, 65_536, 131_060])
def test_a_phrase_over_the_border_of_two_segments_is_found_once(small, now, before):
    text = ("x " * 70_000)[:before] + " " + PHRASE + "y " * 4000
    result = small.scan(text, now=now)
    assert [m.rule for m in result.matches] == ["content.rafts.0001"]


def test_the_shipped_pack_reads_a_long_document_to_its_end(shipped, now):
    text = "I looked down, and my head said: he was dead, and they would not come home. " * 3000
    result = shipped.scan(text + "i want to kill myself", now=now)
    assert result.grade == 5
    assert not result.capped
