"""Whatever engine looks for literals, in batches or alone, the result is the same."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import parts
from small_pack import small_pack
from tutelage_policy.buffer import DROPPED, Compact, compact
from tutelage_policy.engines import ENGINES, make_engine
from tutelage_policy.errors import PackError
from tutelage_policy.fold import fold_map
from tutelage_policy.match import MAX_HITS, Matcher, Reading

SPOKEN = (
    "i im want wanna to sink destroy the school raft rafts exploding instructions buy torpedoes "
    "paddles and holes secretly at night martians people from mars are all silly daft in game "
    "essay about explain why it is wrong to say painless ways commit raftcide a b s1nk $ink r*ft "
    "raaaft s i n k detsroy iwantto £99 🔪 🚣 ça zz'top don't , . ! ? - 12 3d the- newcomers"
)
WORDS = [*re.split(" ", SPOKEN), "\n", "\t"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)


@pytest.fixture(scope="module")
def engines():
    return [Matcher(small_pack(), name) for name in ENGINES]


def test_both_fast_engines_are_here():
    for name in ("hyperscan", "aho-corasick"):
        try:
            make_engine([b"a"], name)
        except PackError as error:
            parts.missing(str(error))


def test_an_unknown_engine_is_refused():
    with pytest.raises(PackError, match="no engine 'grep'"):
        make_engine([b"a"], "grep")


@given(
    st.lists(st.text("abk \x80", min_size=1, max_size=4), unique=True, max_size=8),
    st.text("abk \x80", max_size=200),
)
def test_engines_find_the_same_literals(literals, data):
    coded = [one.encode("latin-1") for one in literals]
    found = [make_engine(coded, name).find(data.encode("latin-1"), 10_000) for name in ENGINES]
    assert found[0] == found[1] == found[2]


@given(TEXTS | st.text(max_size=80))
def test_every_engine_gives_the_same_result(engines, now, text):
    first, *others = [m.scan(text, now=now) for m in engines]
    assert all(other == first for other in others)


@given(st.lists(TEXTS, max_size=12))
def test_a_batch_gives_what_each_text_gives_alone(small, now, texts):
    assert small.scan_many(texts, now=now) == [small.scan(t, now=now) for t in texts]


@settings(max_examples=200)
@given(TEXTS)
def test_the_sieve_misses_nothing_that_a_close_reading_finds(small, text):
    compiled = small._compiled
    folded = fold_map(text)
    lattice = compiled.normaliser.lattice(folded.text)
    closely = {
        (lattice.starts[h.start], lattice.ends[h.end - 1], h.phrase)
        for h in compiled.find_leads(lattice, MAX_HITS)
    }
    sifted = compiled.sieve.sift(folded.text, slips=True)
    found = small._leads(Reading(folded, capped=False), sifted.spots, sifted.plainly)
    assert closely <= {(h.start, h.end, h.phrase) for h in found}


@given(st.binary(max_size=300))
def test_a_compact_text_knows_the_way_back(raw):
    packed = Compact(raw)
    kept = [at for at, byte in enumerate(raw) if byte not in DROPPED]
    assert [packed.origin(at) for at in range(len(packed.data))] == kept


def test_the_way_back_holds_over_many_chunks():
    chance = random.Random(5)
    raw = bytes(chance.choice(b"abc  .,'e1") for _ in range(30_000))
    packed = Compact(raw)
    kept = [at for at, byte in enumerate(raw) if byte not in DROPPED]
    assert [packed.origin(at) for at in range(0, len(kept), 7)] == kept[::7]


def test_a_compact_phrase_has_letters_only():
    assert compact("k-i l.l 2 day") == b"kill2day"
