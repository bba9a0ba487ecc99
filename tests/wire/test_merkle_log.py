"""The collector's log: its root grows leaf by leaf, and what did not only grow cannot be proven."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_wire.errors import DecodeError
from tutelage_wire.merkle import leaf_hashes, root_of
from tutelage_wire.merkle_log import (
    Frontier,
    LogRoot,
    consistency_proof,
    decode_frontier,
    only_grew,
    roots_at,
)

HEADS = [bytes([number]) * 32 for number in range(70)]


def at(heads: list[bytes], size: int) -> LogRoot:
    return LogRoot(size, root_of(leaf_hashes(heads[:size])))


def test_a_log_that_grows_leaf_by_leaf_has_the_roots_of_the_whole_tree():
    edge = Frontier()
    assert edge.root() == at(HEADS, 0)
    for size, head in enumerate(HEADS, start=1):
        edge.append(head)
        assert edge.root() == at(HEADS, size)
        edge = decode_frontier(edge.encode())
    assert roots_at(HEADS, {0, 3, 64, 70, 71}) == (
        70,
        {size: at(HEADS, size).root for size in (0, 3, 64, 70)},
    )


def test_every_beginning_is_proven_and_nothing_else():
    for new in range(1, 40):
        for old in range(1, new + 1):
            proof = consistency_proof(HEADS[:new], old)
            assert only_grew(at(HEADS, old), at(HEADS, new), proof)
            for place in range(len(proof)):
                bad = [*proof]
                bad[place] = bytes([bad[place][0] ^ 1]) + bad[place][1:]
                assert not only_grew(at(HEADS, old), at(HEADS, new), bad)
            assert not only_grew(at(HEADS, old), at(HEADS, new), [*proof, bytes(32)])
            assert not only_grew(at(HEADS, old), at(HEADS, new), proof[1:]) or old == new
    with pytest.raises(IndexError):
        consistency_proof(HEADS[:3], 4)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_a_log_whose_past_was_changed_has_no_proof(old: int, more: int, data: st.DataObject):
    new = min(old + more, len(HEADS))
    other = list(HEADS[:new])
    other[data.draw(st.integers(0, old - 1))] = os.urandom(32)
    proof = consistency_proof(other, old)
    assert not only_grew(at(HEADS, old), at(other, new), proof)
    assert not only_grew(at(other, new), at(HEADS, old), proof) or new == old


def test_known_roots_of_certificate_transparency():
    """The tree of RFC 6962's reference implementation: seven leaves, as its test data has them."""
    leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]  # fmt: skip
    edge = Frontier()
    for one in leaves:
        edge.append(bytes.fromhex(one))
    assert edge.root().root.hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(9), (1).to_bytes(8, "big"), b"\xff" * 40])
def test_an_edge_that_is_not_whole_is_refused(data: bytes):
    with pytest.raises(DecodeError):
        decode_frontier(data)
