"""Where a batch belongs in its device's chain: pure, so that every store decides the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.store.records import Head, Outcome
from tutelage_wire.batch import FIRST_SEQUENCE, NO_HEAD

if TYPE_CHECKING:
    from tutelage_wire.batch import BatchHeader

FRESH = Head(FIRST_SEQUENCE, NO_HEAD)
"""Where a chain stands before its first batch."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A stored batch that holds one of the numbers that the new one brings."""

    first_sequence: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the batch, why, and whether the chain's end moves to it."""

    outcome: Outcome
    message: str = ""
    moves_head: bool = False


def classify(
    header: BatchHeader, head: bytes, present: Head | None, epoch: int, overlap: Overlap | None
) -> Verdict:
    """Compare a verified batch with what is stored of its device's chain.

    Args:
        header: the batch's header.
        head: the chain head that this batch makes (``batch.head_of``).
        present: end of the stored chain in this epoch and lane; None = nothing stored.
        epoch: the device's present epoch.
        overlap: a stored batch of this epoch and lane that shares a number with it, if any.
    """
    where = f"device {header.device_id} epoch {header.epoch} lane {header.lane.name.lower()}"
    first = header.first_sequence
    # 1. Was it stored before? Then nothing is added, whatever the device's epoch is now.
    if overlap is not None and overlap.first_sequence == first and overlap.head == head:
        return Verdict(Outcome.DUPLICATE)
    # 2. Another past than the stored one: a clone, a restored snapshot, or two who hold the key.
    if overlap is not None:
        return Verdict(
            Outcome.FORK, f"{where}: another batch with sequence {first} is stored; open an epoch"
        )
    if header.epoch != epoch:
        return Verdict(
            Outcome.FORK, f"{where} sequence {first}: the present epoch is {epoch}; open an epoch"
        )
    stands = present or FRESH
    # 3. The next one.
    if first == stands.next_sequence:
        if header.previous_head == stands.head:
            return Verdict(Outcome.STORED, moves_head=True)
        return Verdict(
            Outcome.FORK,
            f"{where} sequence {first}: it goes on from head {header.previous_head.hex()[:16]}, "
            f"stored is {stands.head.hex()[:16]}; open an epoch",
        )
    # 4. Numbers are missing before it: stored all the same, and said.
    if first > stands.next_sequence:
        return Verdict(
            Outcome.STORED_AFTER_GAP,
            f"{where}: {stands.next_sequence} to {first - 1} are missing",
            moves_head=True,
        )
    # 5. It comes late into a gap that was said.
    return Verdict(
        Outcome.STORED_AFTER_GAP,
        f"{where}: {first} to {header.next_sequence - 1} came late into a gap",
    )
