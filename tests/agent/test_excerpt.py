"""Of a text, a few words are kept; other people's addresses and numbers are not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tutelage_agent.detection.excerpt import MOST_CHARACTERS, excerpt


def test_eight_words_on_either_side_and_no_more():
    words = [f"w{number}" for number in range(40)]
    text = " ".join(words)
    start = text.index("w20")
    kept, spans = excerpt(text, [(start, start + 3)])
    assert kept == "… " + " ".join(words[12:29]) + " …"
    assert [kept[begin:end] for begin, end in spans] == ["w20"]


def test_addresses_numbers_and_links_of_others_are_masked():
    text = "ask mia.b@example.invalid or 07700 900123 at https://a.invalid/x i want to die ok"
    start = text.index("i want")
    kept, spans = excerpt(text, [(start, start + 13)])
    assert "example" not in kept
    assert "900123" not in kept
    assert "a.invalid" not in kept
    assert [kept[begin:end] for begin, end in spans] == ["i want to die"]


def test_a_match_without_neighbours_has_no_ellipsis():
    assert excerpt("all of it", [(0, 9)]) == ("all of it", ((0, 9),))


@given(st.text(max_size=3000), st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 50))))
def test_whatever_the_text_the_excerpt_is_short_and_its_ranges_lie_within(text, places):
    matches = [
        (start, min(start + length, len(text))) for start, length in places if start < len(text)
    ]
    kept, spans = excerpt(text, matches)
    assert len(kept) <= MOST_CHARACTERS + 200
    assert all(0 <= begin <= end <= len(kept) for begin, end in spans)
    assert "\n" not in kept
