"""The audit log as a chain: each row vouches for all before it, and is signed.

Pure: the store appends with ``head_of`` and signs ``signed_bytes``; who checks does the same
again. A chain that is whole in itself may still have been cut short by who holds the database:
digests that lie elsewhere show that (``witness``).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tutelage_wire import keys, times
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutelage_collector.store.records import AuditRow

NO_HEAD = bytes(32)
"""Before the first row."""


def head_of(previous: bytes, trust: str, row: AuditRow) -> bytes:
    """Return the head that a row makes on top of the one before it."""
    said = keys.domain("tutelage/audit-row/v1", previous + text_of(trust, row))
    return hashlib.sha256(said).digest()


def head_of_unchained(trust: str, rows: Iterable[AuditRow]) -> bytes:
    """Return the head of rows from before there was a chain; without any, ``NO_HEAD``."""
    head = NO_HEAD
    for row in rows:
        head = head_of(head, trust, row)
    return head


def signed_bytes(head: bytes) -> bytes:
    """Return what the audit key signs."""
    return keys.domain("tutelage/audit/v1", head)


def faults(rows: Sequence[AuditRow], trust: str, key: bytes) -> list[str]:
    """Return what is wrong with the whole log, oldest row first, in words; empty = nothing.

    Args:
        rows: all of them, oldest first.
        trust: short name.
        key: raw public audit key.
    """
    wrong: list[str] = []
    head, expected = NO_HEAD, 1
    chained = False
    for row in rows:
        where = f"audit row {row.number} of {times.text(row.at)}"
        if row.number != expected:
            wrong.append(f"audit rows {expected} to {row.number - 1} were removed")
        expected = row.number + 1
        if not row.head:
            if chained:
                wrong.append(f"{where}: was put in without the chain")
            head = head_of(head, trust, row)
            continue
        chained = True
        made = head_of(head, trust, row)
        if made != row.head:
            wrong.append(f"{where}: it, or what was before it, was changed")
        elif not _signed(row, key):
            wrong.append(f"{where}: is not signed with this collector's audit key")
        # From here on as stored: one changed row is one fault, not a fault of all after it.
        head = row.head
    return wrong


def _signed(row: AuditRow, key: bytes) -> bool:
    try:
        keys.verify_ed25519(key, row.signature, signed_bytes(row.head))
    except SignatureError:
        return False
    return True


def text_of(trust: str, row: AuditRow) -> bytes:
    """Return what is hashed of a row: JSON, in one spelling."""
    said = [
        trust, row.number, times.to_ms(row.at), row.actor, row.actor_role, row.school,
        row.action, row.subject, row.detail,
    ]  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
