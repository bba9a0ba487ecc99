"""Batches, chains and projections in SQLite: the group commit."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from tutelage_collector.errors import StoreError
from tutelage_collector.store import chain, sqlite_context, sqlite_ict, sqlite_quiet, sqlite_rows
from tutelage_collector.store.records import (
    Append,
    Appended,
    Head,
    Outcome,
    Projection,
    Rebuilt,
    StoredBatch,
)
from tutelage_collector.store.sqlite_judgements import Judgements
from tutelage_collector.store.sqlite_log import Shown, SqliteLog
from tutelage_wire import batch, codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import DeviceId, IntegrityKind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tutelage_collector.store.records import Alert, Count
    from tutelage_wire.merkle_log import Frontier, LogRoot

_LOG = logging.getLogger(__name__)
_MINUTE_MS = 60_000
_PAGE = 500

_FINDINGS = {
    Outcome.FORK: IntegrityKind.CHAIN_FORK,
    Outcome.STORED_AFTER_GAP: IntegrityKind.SEQUENCE_GAP,
}

_PUT_BATCH = """
INSERT INTO batch (trust, device_id, epoch, lane, first_sequence, next_sequence, head, school,
                   received_ms, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_PUT_HEAD = """
INSERT INTO head (trust, device_id, epoch, lane, next_sequence, head) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET next_sequence = excluded.next_sequence, head = excluded.head"""

_PUT_SEEN = """
INSERT INTO device_seen (trust, device_id, last_seen_ms, heartbeat_ms, heartbeat)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    last_seen_ms = max(last_seen_ms, excluded.last_seen_ms),
    heartbeat_ms = coalesce(excluded.heartbeat_ms, heartbeat_ms),
    heartbeat = coalesce(excluded.heartbeat, heartbeat)"""

_PUT_ROLLUP = """
INSERT INTO rollup (trust, school, day, kind, area, grade, events) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET events = events + excluded.events"""

_PUT_INTEGRITY = """
INSERT INTO integrity (trust, id, device_id, school, kind, detail, count, origin, at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class _Group:
    """What one commit gathers before it is written: one row for many events."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = {}
        self.heads: dict[tuple[str, int, int], Head | None] = {}
        self.moved: set[tuple[str, int, int]] = set()
        self.seen: dict[str, tuple[int, int | None, bytes | None]] = {}
        self.counts: dict[tuple[str, Count], int] = {}
        self.log: Frontier | None = None
        self.told: list[tuple[DeviceId, str, int, LogRoot]] = []
        """Device, school, when it came, and what it saw of the log."""


class SqliteEvidence(SqliteLog):
    """The part of the store that holds evidence."""

    def __init__(self, path: Path, trust: str, project: Callable[[Append], Projection]) -> None:
        """Open the store; ``project`` says what a batch changes in the projections."""
        super().__init__(path, trust)
        self._project = project
        self._judgements = Judgements(trust)
        self._shown = Shown()

    def append(self, group: Sequence[Append]) -> list[Appended]:
        """Store a group of verified batches in one durable transaction, in order."""
        gathered = _Group()
        try:
            with self._transaction() as cursor:
                results = [self._append_one(cursor, item, gathered) for item in group]
                self._flush(cursor, gathered)
                self._compare_log(cursor, gathered)
        except BaseException:
            self._judgements.forget()
            raise
        if gathered.log is not None:
            self._written_root = gathered.log.root()
            self._shown.add(self._written_root)
        self._written(sum(len(item.raw) for item in group))
        return results

    def head(self, device_id: DeviceId, epoch: int, lane: TravelLane) -> Head | None:
        """Return where a chain stands; None = nothing stored."""
        row = self._row(
            "SELECT next_sequence, head FROM head "
            "WHERE trust = ? AND device_id = ? AND epoch = ? AND lane = ?",
            self._trust,
            device_id,
            epoch,
            lane.value,
        )
        return Head(*row) if row else None

    def batches(self, device_id: DeviceId | None = None) -> Iterator[StoredBatch]:
        """Yield stored batches in the order in which they came."""
        after = 0
        while True:
            rows = self._rows(
                "SELECT number, device_id, epoch, lane, first_sequence, school, received_ms, raw "
                "FROM batch WHERE trust = ? AND number > ? AND (? IS NULL OR device_id = ?) "
                "ORDER BY number LIMIT ?",
                self._trust,
                after,
                device_id,
                device_id,
                _PAGE,
            )
            for _, device, epoch, lane, first, school, received, raw in rows:
                yield StoredBatch(
                    DeviceId(device), epoch, TravelLane(lane), first, school, received, raw
                )
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def rebuild(self) -> Rebuilt:
        """Make all projections again from the stored batches, in one transaction."""
        gathered = _Group()
        self._judgements.forget()
        batches = unreadable = 0
        with self._transaction() as cursor:
            tables = (
                "judgement",
                "drift",
                "alert",
                "rollup",
                "device_seen",
                *sqlite_ict.TABLES,
                sqlite_context.TABLE,
                *sqlite_quiet.TABLES,
            )
            for table in tables:
                cursor.execute(f"DELETE FROM {table} WHERE trust = ?", (self._trust,))  # noqa: S608
            cursor.execute(
                "DELETE FROM integrity WHERE trust = ? AND origin = 'device'", (self._trust,)
            )
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'alert'")
            for stored in self.batches():
                shallow = codec.decode_batch(stored.raw)
                header = codec.decode_header(shallow.header)
                head = batch.head_of(shallow.header)
                item = Append(stored.raw, shallow, header, head, stored.school, stored.received_ms)
                projected, _ = self._write_projection(cursor, item, gathered)
                unreadable += len(projected.unreadable)
                batches += 1
            self._flush(cursor, gathered)
            # What was erased since is counted as it was.
            cursor.execute(
                "INSERT INTO rollup (trust, school, day, kind, area, grade, events) "
                "SELECT trust, school, day, kind, area, grade, events FROM erased_count "
                "WHERE trust = ? ON CONFLICT DO UPDATE SET events = events + excluded.events",
                (self._trust,),
            )
        return Rebuilt(batches, unreadable)

    def check(self) -> list[str]:
        """Return what is wrong with the stored data, in words; empty = nothing."""
        wrong = [f"database: {row[0]}" for row in self._rows("PRAGMA integrity_check(20)")]
        wrong = [line for line in wrong if line != "database: ok"]
        for stored in self.batches():
            where = (
                f"device {stored.device_id} epoch {stored.epoch} "
                f"lane {stored.lane.name.lower()} sequence {stored.first_sequence}"
            )
            fault = sqlite_rows.fault_of(stored, self._signing_keys(stored.device_id))
            if fault:
                wrong.append(f"{where}: {fault}")
        return wrong + self._cut_chains() + self._log_faults() + self._unrecorded()

    def _unrecorded(self) -> list[str]:
        """Return requests for more of a text that the audit log knows nothing of."""
        return [
            f"alert {finding}: more of its text was asked for as {name}, and no audit row says so"
            for finding, name in self._rows(sqlite_context.UNRECORDED, self._trust)
        ]

    def _cut_chains(self) -> list[str]:
        """Return the chains whose last batch is not the one where they should end."""
        rows = self._rows(
            "SELECT device_id, epoch, lane, next_sequence FROM head "
            "WHERE trust = ?1 AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.trust = ?1 "
            "AND batch.device_id = head.device_id AND batch.epoch = head.epoch "
            "AND batch.lane = head.lane AND batch.next_sequence = head.next_sequence "
            "AND batch.head = head.head)",
            self._trust,
        )
        return [
            f"device {device} epoch {epoch} lane {TravelLane(lane).name.lower()} sequence "
            f"{following - 1}: its batch was removed"
            for device, epoch, lane, following in rows
        ]

    def _signing_keys(self, device_id: DeviceId) -> list[bytes]:
        rows = self._rows(
            "SELECT signing_key FROM signing_key WHERE trust = ? AND device_id = ?",
            self._trust,
            device_id,
        )
        return [row[0] for row in rows]

    def _append_one(self, cursor: sqlite3.Cursor, item: Append, group: _Group) -> Appended:
        header = item.header
        device, lane = header.device_id, header.lane.value
        epoch = group.epochs.get(device)
        if epoch is None:
            row = cursor.execute(
                "SELECT epoch FROM device WHERE trust = ? AND device_id = ?", (self._trust, device)
            ).fetchone()
            if row is None:
                raise StoreError(f"device {device}: not enrolled here")
            epoch = group.epochs[device] = int(row[0])
        place = (device, header.epoch, lane)
        if place not in group.heads:
            row = cursor.execute(
                "SELECT next_sequence, head FROM head "
                "WHERE trust = ? AND device_id = ? AND epoch = ? AND lane = ?",
                (self._trust, *place),
            ).fetchone()
            group.heads[place] = Head(*row) if row else None
        present = group.heads[place]
        overlap = None
        if present is not None and header.first_sequence < present.next_sequence:
            overlap = self._overlap(cursor, item)
        verdict = chain.classify(header, item.head, present, epoch, overlap)
        kind = _FINDINGS.get(verdict.outcome)
        if kind is not None:
            put_integrity(
                cursor, self._trust, kind.value, device, item.school, verdict.message,
                item.received_ms,
            )  # fmt: skip
        alerts: list[Alert] = []
        if verdict.outcome in (Outcome.STORED, Outcome.STORED_AFTER_GAP):
            cursor.execute(
                _PUT_BATCH,
                (self._trust, *place, header.first_sequence, header.next_sequence, item.head,
                 item.school, item.received_ms, item.raw),
            )  # fmt: skip
            if group.log is None:
                group.log = self._log_edge(cursor)
            group.log.append(item.head)
            projected, alerts = self._write_projection(cursor, item, group)
            for sequence, why in projected.unreadable:
                put_integrity(
                    cursor, self._trust, IntegrityKind.EVENT_UNREADABLE.value, device, item.school,
                    f"device {device} epoch {header.epoch} lane {header.lane.name.lower()} "
                    f"sequence {sequence}: stored, but {why}", item.received_ms,
                )  # fmt: skip
            if verdict.moves_head:
                present = group.heads[place] = Head(header.next_sequence, item.head)
                group.moved.add(place)
        if header.epoch != epoch:
            now_place = (device, epoch, lane)
            present = group.heads.get(now_place) or self.head(device, epoch, header.lane)
        return Appended(verdict.outcome, present, epoch, verdict.message, tuple(alerts))

    def _overlap(self, cursor: sqlite3.Cursor, item: Append) -> chain.Overlap | None:
        """Return a stored batch that shares a number with ``item``: stored ranges are disjoint."""
        header = item.header
        row = cursor.execute(
            "SELECT first_sequence, next_sequence, head FROM batch "
            "WHERE trust = ? AND device_id = ? AND epoch = ? AND lane = ? AND first_sequence < ? "
            "ORDER BY first_sequence DESC LIMIT 1",
            (self._trust, header.device_id, header.epoch, header.lane.value, header.next_sequence),
        ).fetchone()
        if row is None or row[1] <= header.first_sequence:
            return None
        return chain.Overlap(row[0], row[2])

    def _write_projection(
        self, cursor: sqlite3.Cursor, item: Append, group: _Group
    ) -> tuple[Projection, list[Alert]]:
        device = item.header.device_id
        try:
            projected = self._project(item)
        except Exception:
            # The batch is evidence and is kept; one that cannot be read must not stop the rest.
            _LOG.exception("device %s: a batch could not be projected", device)
            projected = Projection(unreadable=[(item.header.first_sequence, "it cannot be read")])
        if projected.judgements:
            self._judgements.put(cursor, item, projected.judgements)
        stored = []
        for alert in projected.detections:
            if sqlite_rows.put_alert(cursor, self._trust, alert):
                stored.append(alert)
                _count(group, item.school, sqlite_rows.count_of(alert), 1)
        if projected.integrity:
            cursor.executemany(
                _PUT_INTEGRITY + " ON CONFLICT DO NOTHING",
                [
                    (self._trust, event_id, device, item.school, kind, detail, count, "device",
                     item.received_ms)
                    for event_id, kind, detail, count, _ in projected.integrity
                ],
            )  # fmt: skip
        sqlite_ict.put(cursor, self._trust, item, projected)
        if projected.contexts:
            sqlite_context.put(cursor, self._trust, projected.contexts)
        sqlite_quiet.put_farewells(cursor, self._trust, item, projected)
        for key, number in projected.counts.items():
            _count(group, item.school, key, number)
        beat: tuple[int | None, bytes | None] = (None, None)
        if projected.heartbeats:
            beat = projected.heartbeats[-1]
        before = group.seen.get(device)
        if before is not None and beat[0] is None:
            beat = (before[1], before[2])
        group.seen[device] = (item.received_ms, *beat)
        group.told += [(device, item.school, item.received_ms, one) for one in projected.log_roots]
        return projected, stored

    def _compare_log(self, cursor: sqlite3.Cursor, group: _Group) -> None:
        """Record where a device saw another log than the stored one."""
        stored = group.log.size if group.log else 0
        for device, school, received_ms, seen in group.told:
            if fault := self._shown.fault(seen, stored):
                put_integrity(
                    cursor, self._trust, IntegrityKind.LOG_DIFFERS.value, device, school,
                    f"device {device}: {fault}", received_ms,
                )  # fmt: skip

    def _flush(self, cursor: sqlite3.Cursor, group: _Group) -> None:
        trust = self._trust
        if group.log is not None:
            self._put_log_edge(cursor, group.log)
        heads = [(place, group.heads[place]) for place in group.moved]
        cursor.executemany(
            _PUT_HEAD,
            [(trust, *place, head.next_sequence, head.head) for place, head in heads if head],
        )
        cursor.executemany(
            _PUT_SEEN, [(trust, device, *values) for device, values in group.seen.items()]
        )
        cursor.executemany(
            _PUT_ROLLUP,
            [(trust, school, *key, number) for (school, key), number in group.counts.items()],
        )


def put_integrity(
    cursor: sqlite3.Cursor,
    trust: str,
    kind: str,
    device_id: str | None,
    school: str,
    detail: str,
    at_ms: int,
) -> None:
    """Record what the collector found; the same within a minute only counts up."""
    said = "|".join((kind, device_id or "", detail, str(at_ms // _MINUTE_MS)))
    name = hashlib.sha256(said.encode()).hexdigest()[:32]
    cursor.execute(
        _PUT_INTEGRITY + " ON CONFLICT DO UPDATE SET count = count + 1",
        (trust, name, device_id, school, kind, detail, 1, "collector", at_ms),
    )


def _count(group: _Group, school: str, key: Count, number: int) -> None:
    group.counts[school, key] = group.counts.get((school, key), 0) + number
