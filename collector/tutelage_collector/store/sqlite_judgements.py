"""Writing the latest judgements and their drift: one look at a device's rows, plain updates.

This is the larger part of what storing a batch costs. An upsert with its conditions in SQL, and a
trigger for the drift, cost four times as much (tests/benchmarks/ingest.py).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from tutelage_wire.events import Status

if TYPE_CHECKING:
    import sqlite3

    from tutelage_collector.store.records import Append, JudgementRow

_FAIL = Status.FAIL.value

_KNOWN = """
SELECT profile, check_id, number, status, previous_status, first_failed_ms, epoch, sequence
FROM judgement WHERE trust = ? AND device_id = ?"""

_UPDATE = """
UPDATE judgement SET subject = ?, status = ?, previous_status = ?, epoch = ?, sequence = ?,
    observed_ms = ?, first_failed_ms = ?, due_ms = ?, clauses = ?, event = ?, school = ?
WHERE number = ?"""

_INSERT = """
INSERT INTO judgement (subject, status, previous_status, epoch, sequence, observed_ms,
                       first_failed_ms, due_ms, clauses, event, school, trust, device_id, profile,
                       check_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_DRIFT = """
INSERT INTO drift (trust, device_id, school, profile, check_id, before, after, observed_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


Known = dict[tuple[str, str], tuple[int, str, str | None, int | None, int, int]]
"""(profile, check) -> (row, status, previous status, failing since ms, epoch, sequence)."""

_MOST_DEVICES = 512


class Judgements:
    """Writes judgements; remembers the rows of the devices that reported last.

    Only one process writes judgements (``instance_lock``), so that what is remembered is what is
    stored, as long as ``forget`` is called after every transaction that was rolled back.
    """

    def __init__(self, trust: str) -> None:
        """Write for one trust."""
        self._trust = trust
        self._known: OrderedDict[str, Known] = OrderedDict()

    def forget(self) -> None:
        """Look at the rows again: a transaction did not end well, or others wrote."""
        self._known.clear()

    def put(self, cursor: sqlite3.Cursor, item: Append, rows: list[JudgementRow]) -> None:
        """Write a batch's judgements over older ones, and each change of status as drift.

        The place in the chain decides what is newer, not the device's clock: a clock that once
        ran ahead would otherwise keep its old judgement for ever.
        """
        device, epoch, school = item.header.device_id, item.header.epoch, item.school
        known = self._of(cursor, device)
        changed: dict[tuple[str, str], tuple[object, ...]] = {}
        drifts: list[tuple[object, ...]] = []
        for profile, check, subject, status, sequence, observed, due, clauses, event in rows:
            key = (profile, check)
            number, previous = 0, None
            failed = observed if status == _FAIL else None
            old = known.get(key)
            if old is not None:
                number, before, previous, failed_before, old_epoch, old_sequence = old
                if (epoch, sequence) < (old_epoch, old_sequence):
                    continue
                if before != status:
                    previous = before
                    drifts.append(
                        (self._trust, device, school, profile, check, before, status, observed)
                    )
                elif failed is not None:
                    failed = failed_before
            known[key] = (number, status, previous, failed, epoch, sequence)
            changed[key] = (
                subject, status, previous, epoch, sequence, observed, failed, due, clauses, event,
                school,
            )  # fmt: skip
        updates = []
        for key, values in changed.items():
            number = known[key][0]
            if number:
                updates.append((*values, number))
            else:
                cursor.execute(_INSERT, (*values, self._trust, device, *key))
                known[key] = (cursor.lastrowid or 0, *known[key][1:])
        if updates:
            cursor.executemany(_UPDATE, updates)
        if drifts:
            cursor.executemany(_DRIFT, drifts)

    def _of(self, cursor: sqlite3.Cursor, device: str) -> Known:
        known = self._known.get(device)
        if known is None:
            found = cursor.execute(_KNOWN, (self._trust, device))
            known = {(row[0], row[1]): row[2:] for row in found}
            if len(self._known) >= _MOST_DEVICES:
                self._known.popitem(last=False)
            self._known[device] = known
        else:
            self._known.move_to_end(device)
        return known
