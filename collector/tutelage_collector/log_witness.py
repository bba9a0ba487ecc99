"""The log of all stored batches beside what others were shown of it: devices, digests, evidence.

A log that is whole in itself may still be shorter than it was, or another one than somebody was
shown. Each root that the collector signed for somebody else is the beginning of its log, or its
records were cut short, changed, or shown in two forms.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import projection
from tutelage_collector.errors import StateError
from tutelage_wire import checkpoint, codec, keys, merkle_log, times
from tutelage_wire.checkpoint import Checkpoint
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutelage_collector.store import Store
    from tutelage_wire.merkle_log import LogRoot


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody was shown of the log."""

    where: str
    """Who says so: a file, a device."""
    root: LogRoot


def faults(shown: Iterable[Shown], heads: Iterable[bytes] | None) -> list[str]:
    """Return what does not fit together, in words; empty = all of it is one log that only grew.

    Args:
        shown: what others were shown.
        heads: of all stored batches, in order; None = only what others were shown is compared.
    """
    by_size: dict[int, list[Shown]] = defaultdict(list)
    for one in shown:
        by_size[one.root.size].append(one)
    wrong = []
    for size, some in sorted(by_size.items()):
        first = some[0]
        wrong += [
            f"{first.where} and {other.where} were shown two different logs of {size} batches: "
            "the collector kept two sets of records"
            for other in some[1:]
            if other.root.root != first.root.root
        ]
    if heads is None:
        return wrong
    stored, roots = merkle_log.roots_at(heads, by_size)
    for size, some in sorted(by_size.items()):
        for one in some:
            if size > stored:
                wrong.append(
                    f"{one.where} was shown a log of {size} batches, {stored} are stored: it was "
                    "cut short or put back to an older copy"
                )
            elif roots[size] != one.root.root:
                wrong.append(
                    f"{one.where} was shown another log of {size} batches than the stored one: "
                    "batches among them were changed, removed, or kept from somebody"
                )
    return wrong


def of_devices(store: Store) -> list[Shown]:
    """Return what devices tell in their latest signs of life."""
    return [
        Shown(f"device {view.device.id}", one)
        for view in store.devices()
        if view.heartbeat
        for one in projection.log_roots_of(view.heartbeat)
    ]


def of_checkpoints(name: str, rows: list[dict[str, str]], known: Sequence[bytes]) -> list[Shown]:
    """Return what a device kept in a file (``tutelage-agent witness --out``).

    Raises:
        StateError: a checkpoint is not signed with the collector's key, or cannot be read.
    """
    try:
        return _of_checkpoints(name, rows, known)
    except (WireError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            "a checkpoint in it is not signed with this collector's key, or was changed"
        ) from error


def _of_checkpoints(name: str, rows: list[dict[str, str]], known: Sequence[bytes]) -> list[Shown]:
    found = []
    for row in rows:
        one = Checkpoint(*(bytes.fromhex(row[part]) for part in ("body", "signature", "key_id")))
        checkpoint.verify(one, {keys.key_id(key): key for key in known})
        body = codec.decode_checkpoint_body(one.body)
        if body.log_size:
            where = f"{name}: device {body.device_id} on {times.text(body.time)}"
            found.append(Shown(where, merkle_log.LogRoot(body.log_size, body.log_root)))
    return found
