"""Digests: where every chain stood on a day, signed, and kept by somebody else.

Every chain of every device, and the audit log's. A database that is whole in itself may still have
been cut short or written anew by who holds all of the collector's keys. A digest that lies with the
safeguarding lead or the governors shows it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.errors import StateError
from tutelage_wire import batch, codec, keys, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.errors import SignatureError
from tutelage_wire.events import DeviceId
from tutelage_wire.merkle_log import LogRoot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.store.records import AuditRow, StoredBatch

VERSION = 1
_DOMAIN = "tutelage/digest/v1"
Place = tuple[DeviceId, int, TravelLane]


@dataclass(frozen=True, slots=True)
class Digest:
    """Where every chain stood."""

    trust: str
    at: str
    heads: tuple[tuple[Place, int, bytes], ...]
    """(device, epoch, lane), next sequence, head."""
    audit_number: int = 0
    """Of the last audit row; 0 = a digest from before it held the audit log."""
    audit_head: bytes = b""
    log: LogRoot | None = None
    """Of all stored batches; None = a digest from before it held the log."""


def make(
    stored: Iterable[StoredBatch],
    last: AuditRow | None,
    log: LogRoot,
    trust: str,
    key: ed25519.Ed25519PrivateKey,
    now: datetime,
) -> str:
    """Return a digest as the text of its file.

    Args:
        stored: all batches.
        last: the newest audit row.
        log: of all batches, read before them.
        trust: short name.
        key: the checkpoint key.
        now: the present moment.
    """
    heads: dict[Place, tuple[int, bytes]] = {}
    for one in stored:
        raw = codec.decode_batch(one.raw).header
        end = codec.decode_header(raw).next_sequence
        place = (one.device_id, one.epoch, one.lane)
        if end > heads.get(place, (0, b""))[0]:
            heads[place] = (end, batch.head_of(raw))
    body = json.dumps(
        {
            "version": VERSION,
            "trust": trust,
            "at": times.text(now),
            "heads": [
                [device, epoch, lane.value, end, head.hex()]
                for (device, epoch, lane), (end, head) in sorted(heads.items())
            ],
            "audit": [last.number, last.head.hex()] if last else [0, ""],
            "log": [log.size, log.root.hex()],
        },
        separators=(",", ":"),
    )
    signature = key.sign(keys.domain(_DOMAIN, body.encode()))
    public = key.public_key().public_bytes_raw()
    return json.dumps({"digest": body, "key": public.hex(), "signature": signature.hex()}, indent=1)


def read(text: str, trusted: Sequence[bytes]) -> Digest:
    """Return what a digest's file says.

    Args:
        text: of the file.
        trusted: raw checkpoint keys of this collector, one of which must have signed it.

    Raises:
        StateError: it is not a digest, or not signed with that key.
    """
    try:
        outer = json.loads(text)
        body = str(outer["digest"])
        signed = keys.domain(_DOMAIN, body.encode())
        named = bytes.fromhex(outer["key"])
        # One that is not ours is tried with ours, and fails.
        keys.verify_ed25519(
            named if named in trusted else trusted[0], bytes.fromhex(outer["signature"]), signed
        )
        row = json.loads(body)
        number, audit_head = row.get("audit", [0, ""])
        size, root = row.get("log", [0, ""])
        return Digest(
            str(row["trust"]),
            str(row["at"]),
            tuple(
                ((DeviceId(device), int(epoch), TravelLane(lane)), int(end), bytes.fromhex(head))
                for device, epoch, lane, end, head in row["heads"]
            ),
            int(number),
            bytes.fromhex(audit_head),
            LogRoot(int(size), bytes.fromhex(root)) if size else None,
        )
    except SignatureError as error:
        raise StateError(
            "the digest is not signed with this collector's key: one of them was exchanged"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StateError("not a digest of this version; give the file as it was made") from error


def compare(digest: Digest, stored: Iterable[StoredBatch]) -> list[str]:
    """Return what of a digest is no longer stored as it was, in words; empty = all of it is."""
    wanted = {(place, end): head for place, end, head in digest.heads}
    wrong: dict[tuple[Place, int], str] = dict.fromkeys(wanted, "is missing from what is stored")
    for one in stored:
        raw = codec.decode_batch(one.raw).header
        key = ((one.device_id, one.epoch, one.lane), codec.decode_header(raw).next_sequence)
        if key in wanted:
            if batch.head_of(raw) == wanted[key]:
                del wrong[key]
            else:
                wrong[key] = "was written anew since"
    return [
        f"device {device} epoch {epoch} lane {lane.name.lower()}: what was stored on {digest.at} "
        f"up to sequence {end - 1} {what}"
        for ((device, epoch, lane), end), what in sorted(wrong.items())
    ]


def compare_audit(digest: Digest, rows: Iterable[AuditRow]) -> list[str]:
    """Return how the audit log differs from what a digest says, in words; empty = it does not."""
    if not digest.audit_head:
        return []
    where = f"audit log: what was recorded up to {digest.at} (row {digest.audit_number})"
    for row in rows:
        if row.number == digest.audit_number:
            return [] if row.head == digest.audit_head else [f"{where} was written anew since"]
    return [f"{where} is missing: the log was cut short"]
