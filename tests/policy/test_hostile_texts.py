"""Texts that are made to cost: what they give is capped, said so, and never hides the beginning."""

from __future__ import annotations

import pytest

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
