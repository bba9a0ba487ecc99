"""The batch: unit of signing, sending and storing (protos/README.md draws it).

A header names the device, the place in its chain and the Merkle root of the events; one Ed25519
signature covers the header's bytes. The head of a batch is a hash of the same bytes, and the next
header carries it: nobody can drop, reorder or insert a batch unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from tutelage_wire import keys, merkle
from tutelage_wire.errors import DecodeError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_wire.events import DeviceId

NO_HEAD = bytes(merkle.HASH_BYTES)
"""``previous_head`` of the first batch of an epoch."""

MAX_BATCH_EVENTS = 1_000
MAX_BATCH_BYTES = 2**20
MAX_EVENT_BYTES = 64 * 2**10
MAX_HEADER_BYTES = 512
FIRST_SEQUENCE = 1


class TravelLane(IntEnum):
    """Each lane has its own sequence and chain: an urgent event never waits for a bulk one."""

    URGENT = 1
    BULK = 2


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What is signed. ``previous_head`` and ``merkle_root`` are 32 bytes."""

    device_id: DeviceId
    epoch: int
    lane: TravelLane
    first_sequence: int
    count: int
    previous_head: bytes
    merkle_root: bytes
    trust_id: str
    closed_at: datetime

    @property
    def next_sequence(self) -> int:
        """The number that the next batch of this lane begins with."""
        return self.first_sequence + self.count


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A batch as it travels: bytes that are never re-serialised."""

    header: bytes
    events: tuple[bytes, ...]
    signature: bytes
    evicted: tuple[int, ...] = ()
    """Positions in ``events`` that hold only the leaf hash."""


def head_of(header: bytes) -> bytes:
    """Return the chain head that a batch with this header makes."""
    return sha256(keys.domain("tutelage/head/v1", header)).digest()


def signed_bytes(header: bytes) -> bytes:
    """Return what the device's event-signing key signs."""
    return keys.domain("tutelage/batch/v1", header)


def leaves_of(batch: SignedBatch) -> list[bytes]:
    """Return the leaf hashes of a batch, given-up bodies included.

    Raises:
        DecodeError: an evicted position is out of order, out of range or not a hash.
    """
    if not batch.evicted:
        return merkle.leaf_hashes(batch.events)
    if list(batch.evicted) != sorted(set(batch.evicted)) or batch.evicted[-1] >= len(batch.events):
        raise DecodeError("evicted positions are not ascending positions of this batch")
    gone = set(batch.evicted)
    leaves = []
    for position, event in enumerate(batch.events):
        if position not in gone:
            leaves.append(merkle.leaf_hash(event))
            continue
        if len(event) != merkle.HASH_BYTES:
            raise DecodeError(f"evicted event {position} is not a {merkle.HASH_BYTES}-byte hash")
        leaves.append(event)
    return leaves


def check_bounds(batch: SignedBatch) -> None:
    """Refuse a batch that is larger than both ends agreed on, before anything is parsed or hashed.

    Raises:
        DecodeError: it names the bound and by how much it is passed.
    """
    if not 1 <= len(batch.events) <= MAX_BATCH_EVENTS:
        raise DecodeError(f"{len(batch.events)} events in a batch; 1 to {MAX_BATCH_EVENTS} allowed")
    if len(batch.header) > MAX_HEADER_BYTES:
        raise DecodeError(f"header of {len(batch.header)} bytes; {MAX_HEADER_BYTES} allowed")
    largest, total = max(map(len, batch.events)), sum(map(len, batch.events))
    if largest > MAX_EVENT_BYTES:
        raise DecodeError(f"an event of {largest} bytes; {MAX_EVENT_BYTES} allowed")
    if total > MAX_BATCH_BYTES:
        raise DecodeError(f"{total} bytes of events in a batch; {MAX_BATCH_BYTES} allowed")


def verify_contents(batch: SignedBatch, header: BatchHeader) -> list[bytes]:
    """Check that the events are exactly those that the (already verified) header speaks of.

    Returns:
        The leaf hashes, for the caller who stores or proves them.

    Raises:
        SignatureError: an event was changed, dropped, added or moved.
        DecodeError: the batch is malformed.
    """
    if header.count != len(batch.events):
        raise SignatureError(
            f"the header speaks of {header.count} events, the batch has {len(batch.events)}"
        )
    leaves = leaves_of(batch)
    if merkle.root_of(leaves) != header.merkle_root:
        raise SignatureError("an event was changed, moved or exchanged after signing")
    return leaves


def root_over(events: Sequence[bytes]) -> bytes:
    """Return the Merkle root over event bytes."""
    return merkle.root_of(merkle.leaf_hashes(events))
