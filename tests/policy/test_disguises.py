"""A phrase is read through its disguises, and places stay those of the text as it was written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_policy.fold import fold_map
from tutelage_policy.normalise import Step

CRITICAL = "content.rafts.0001"
FULLWIDTH = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "abcdefghijklmnopqrstuvwxyz"})
CYRILLIC_POINTS = (0x430, 0x441, 0x435, 0x456, 0x43E, 0x440, 0x445, 0x443)
CYRILLIC = str.maketrans("aceiopxy", "".join(map(chr, CYRILLIC_POINTS)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I WANT TO SINK THE RAFT", "I WANT TO SINK THE RAFT"),
        ("so i w4nt to s1nk the r4ft ok", "i w4nt to s1nk the r4ft"),
        ("i want to $ink the r@ft", "i want to $ink the r@ft"),
        ("i want to s!nk the raft!!", "i want to s!nk the raft"),
        ("i want to siiiink the raaaft", "i want to siiiink the raaaft"),
        ("i want to s i n k the raft", "i want to s i n k the raft"),
        ("i w.a.n.t to s.i.n.k the raft", "i w.a.n.t to s.i.n.k the raft"),
        ("i want to s-i-n-k the raft", "i want to s-i-n-k the raft"),
        ("i want to s_i_n_k the raft", "i want to s_i_n_k the raft"),
        ("i want to destr*y the raft", "i want to destr*y the raft"),
        ("i want to detsroy the raft", "i want to detsroy the raft"),
        ("i want to destoy the raft", "i want to destoy the raft"),
        ("iwanttodestroy the raft", "iwanttodestroy the raft"),
        ("i want to des troy the raft", "i want to des troy the raft"),
        ("i want to sínk thé räft", "i want to sínk thé räft"),
        ("i want to s\u200bi\u200bn\u200bk the raft", "i want to s\u200bi\u200bn\u200bk the raft"),
        ("i want, to sink -- the raft.", "i want, to sink -- the raft"),
        ("I\u2019m... want\n\tto sink the raft", "I\u2019m... want\n\tto sink the raft"),
        ("🅸 want to ⓢⓘⓝⓚ the raft", "🅸 want to ⓢⓘⓝⓚ the raft"),
    ],
)
def test_a_disguised_phrase_is_found_where_it_stands(small, now, text, words):
    found = [m for m in small.scan(text, now=now).matches if m.rule == CRITICAL]
    assert found, text
    assert text[found[0].start : found[0].end] == words


@pytest.mark.parametrize("table", [FULLWIDTH, CYRILLIC])
def test_look_alike_letters_are_read_as_what_they_look_like(small, now, table):
    text = "i want to sink the raft".translate(table)
    (found,) = small.scan(text, now=now).matches
    assert (found.start, found.end) == (0, len(text))
    assert found.steps & Step.LOOKALIKE


@pytest.mark.parametrize(
    "text",
    [
        "i want to think the raft",
        "hi want to sink the rafters",
        "i want to ink the draft",
        "i want a drink to sink, the craft",
        "martian s are",
        "a1 b2 c3 d4 x86_64 utf8 0xdeadbeef s1nk",
        "torpedoes are sold, they buy",
    ],
)
def test_words_that_only_resemble_a_phrase_are_left_alone(small, now, text):
    assert small.scan(text, now=now).matches == ()


def test_emoji_count_only_as_a_pair(small, now):
    assert small.scan("see 🔪🚣 later", now=now).matches
    assert small.scan("see 🔪 🚣 later", now=now).matches
    assert not small.scan("see 🔪 later 🚣", now=now).matches


def test_a_price_is_read_with_or_without_its_sign(small, now):
    for text in ("only £99 raft", "only 99 raft", "only \u00a5 99 raft"):
        assert small.scan(text, now=now).matches


@given(st.text())
def test_every_folded_character_has_a_place_in_the_original(text):
    folded = fold_map(text)
    places = [folded.origin(at) for at in range(len(folded.text))]
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@given(st.text(alphabet="sink raft\u0301\u200bàéŝ", max_size=40))
def test_accents_and_invisible_characters_change_nothing_that_is_read(text):
    plain = "".join(
        c for c in unicodedata.normalize("NFD", text) if c.isascii()
    )  # fmt: skip
    assert fold_map(text).text == plain.lower()
