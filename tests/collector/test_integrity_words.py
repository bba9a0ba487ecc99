"""What happened to the monitoring itself is said in words, and no kind of it is forgotten."""

from __future__ import annotations

from tutelage_collector import integrity_words
from tutelage_wire.events import IntegrityKind


def test_every_kind_is_explained_or_is_ordinary() -> None:
    explained, ordinary = set(integrity_words.MEANS), set(integrity_words.ORDINARY)
    assert explained.isdisjoint(ordinary)
    assert explained | ordinary == {kind.value for kind in IntegrityKind}


def test_a_missed_self_test_is_trouble() -> None:
    assert IntegrityKind.SELF_TEST_MISSED in integrity_words.TROUBLE
