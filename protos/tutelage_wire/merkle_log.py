"""An append-only log as an RFC 6962 tree: its root out of little memory, proofs that it only grew.

The collector's log has one leaf a stored batch, in the order of storing: the batch's head, which
vouches for all of its chain before it. Root and size stand in each checkpoint, so that every device
is a witness of the whole log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from tutelage_wire.errors import DecodeError
from tutelage_wire.merkle import HASH_BYTES, leaf_hash, root_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIZE_BYTES = 8
MOST_LEAVES = 2**48


@dataclass(frozen=True, slots=True)
class LogRoot:
    """A log at one moment."""

    size: int
    root: bytes


@dataclass(slots=True)
class Frontier:
    """What a growing tree needs to remember: one hash for each whole subtree, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, head: bytes) -> None:
        """Add a leaf: the head of a stored batch."""
        node = leaf_hash(head)
        at = self.size
        while at & 1:
            node = _parent(self.peaks.pop(), node)
            at >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> LogRoot:
        """Return the tree hash over all leaves so far."""
        if not self.peaks:
            return LogRoot(0, sha256(b"").digest())
        found = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            found = _parent(left, found)
        return LogRoot(self.size, found)

    def encode(self) -> bytes:
        """Return it as bytes."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.peaks)


def decode_frontier(data: bytes) -> Frontier:
    """Return what ``encode`` wrote.

    Raises:
        DecodeError: it is something else.
    """
    size = int.from_bytes(data[:_SIZE_BYTES], "big")
    rest = data[_SIZE_BYTES:]
    peaks = [rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)]
    if len(data) < _SIZE_BYTES or size > MOST_LEAVES or len(rest) != size.bit_count() * HASH_BYTES:
        raise DecodeError("the remembered edge of a log is not whole")
    return Frontier(size, peaks)


def roots_at(heads: Iterable[bytes], sizes: Iterable[int]) -> tuple[int, dict[int, bytes]]:
    """Return how long a log is, and its roots at these sizes; one that it never had is absent."""
    wanted = set(sizes)
    edge = Frontier()
    found = {0: edge.root().root} if 0 in wanted else {}
    for head in heads:
        edge.append(head)
        if edge.size in wanted:
            found[edge.size] = edge.root().root
    return edge.size, found


def consistency_proof(heads: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """Return the hashes that prove that a log of ``old`` leaves is the beginning of this one.

    RFC 6962, section 2.1.2.

    Raises:
        IndexError: the log was never that long.
    """
    if not 0 < old <= len(heads):
        raise IndexError(f"a log of {old} of {len(heads)}")
    leaves = [leaf_hash(head) for head in heads]
    proof: list[bytes] = []
    low, high, whole = 0, len(leaves), True
    while old != high - low:
        split = 1 << (high - low - 1).bit_length() - 1
        if old <= split:
            proof.append(root_of(leaves[low + split : high]))
            high = low + split
        else:
            proof.append(root_of(leaves[low : low + split]))
            low, old, whole = low + split, old - split, False
    if not whole:
        proof.append(root_of(leaves[low:high]))
    return tuple(reversed(proof))


def only_grew(old: LogRoot, new: LogRoot, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that ``old`` is the beginning of ``new``.

    RFC 9162, section 2.1.4.2. Needs nothing but the two roots and the proof.
    """
    if old.size == new.size:
        return not proof and old.root == new.root
    if not 0 < old.size < new.size or not proof:
        return False
    path = list(proof)
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = _parent(one, first), _parent(one, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = _parent(second, one)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def _parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
