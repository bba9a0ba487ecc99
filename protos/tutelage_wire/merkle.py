"""RFC 6962 Merkle tree: one root over a batch, and the proof that one event is in it.

With a proof, one concern can be shown to the police without one byte of the other children's
records in the same batch (reference: architecture.md, decision 2).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH_BYTES = 32


def leaf_hash(event: bytes) -> bytes:
    """Return ``SHA-256(0x00 || event)``."""
    return sha256(b"\x00" + event).digest()


def leaf_hashes(events: Sequence[bytes]) -> list[bytes]:
    """Return ``leaf_hash`` of each; in one loop, because a collector does little else."""
    return [sha256(b"\x00" + event).digest() for event in events]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the tree hash of RFC 6962 section 2.1 over leaf hashes.

    Works level by level: an odd last node is carried up unchanged, which gives the same tree as
    the RFC's recursive split at the largest power of two.
    """
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the sibling hashes that lead from leaf ``index`` to the root, leaf's side first.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of a tree with {len(leaves)} leaves")
    proof = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        paired = [
            sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level, index = paired, index // 2
    return tuple(proof)


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that ``proof`` leads to (RFC 9162 section 2.1.3.2), or None if malformed."""
    if not 0 <= index < size:
        return None
    node, last, remaining = index, size - 1, list(proof)
    result = leaf
    while last > 0:
        if node % 2 or node < last:
            if not remaining:
                return None
            sibling = remaining.pop(0)
            left, right = (sibling, result) if node % 2 else (result, sibling)
            result = sha256(b"\x01" + left + right).digest()
        node, last = node // 2, last // 2
    return result if not remaining else None
