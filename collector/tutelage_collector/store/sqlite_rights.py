"""Holds and erasing in SQLite."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store import batch_bodies, sqlite_context, sqlite_rows
from tutelage_collector.store.records import Append
from tutelage_collector.store.records_rights import Erasure, Hold, HoldKind, Place
from tutelage_collector.store.sqlite_audit import SqliteAudit
from tutelage_wire import batch, codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import ComplianceFinding, DeviceId, Heartbeat

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert, Projection
    from tutelage_collector.store.records_concerns import ConcernId

_HOLD = "hold_id, kind, subject, school, reason, placed_by, placed_ms, released_by, released_ms"
_PUT_COUNT = """
INSERT INTO erased_count (trust, school, day, kind, area, grade, events)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET events = events + excluded.events"""

_FORGET_ACCOUNT = """
UPDATE episode SET account = '' WHERE trust = :trust AND episode_id IN (
    SELECT episode_id FROM alert_state WHERE trust = :trust AND event_id = :event
) AND NOT EXISTS (
    SELECT 1 FROM alert_state JOIN alert USING (trust, event_id)
    WHERE alert_state.trust = :trust AND alert_state.episode_id = episode.episode_id
)"""
"""Of an episode that has no alert left, the pseudonym goes too."""

_FORGET_SHARED = "DELETE FROM shared_key WHERE trust = ? AND record = ?"


class SqliteRights(SqliteAudit):
    """The part of the store that holds what may not, or must, be erased."""

    _project: Callable[[Append], Projection]

    def add_hold(self, hold: Hold) -> None:
        """Keep a hold, with its audit row."""
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO hold (trust, {_HOLD}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 10)})",
                (self._trust, hold.id, hold.kind.value, hold.subject, hold.school, hold.reason,
                 hold.placed_by, times.to_ms(hold.placed_at), "", None),
            )  # fmt: skip
            self._audit(
                cursor, hold.placed_by, f"{hold.kind.value} hold placed", hold.subject,
                f"hold {hold.id}: {hold.reason}", hold.placed_at,
            )  # fmt: skip

    def holds(self, school: str | None = None) -> list[Hold]:
        """Return all holds, the released ones too, newest first."""
        rows = self._rows(
            f"SELECT {_HOLD} FROM hold WHERE trust = ? "  # noqa: S608 - a constant
            "AND (? IS NULL OR school IN (?, '')) ORDER BY placed_ms DESC, hold_id",
            self._trust,
            school,
            school,
        )
        return [_hold(row) for row in rows]

    def release_hold(self, hold_id: str, by: str, now: datetime) -> Hold:
        """Release a hold, with its audit row."""
        with self._transaction() as cursor:
            row = cursor.execute(
                "UPDATE hold SET released_by = ?, released_ms = ? WHERE trust = ? "  # noqa: S608
                f"AND hold_id = ? AND released_ms IS NULL RETURNING {_HOLD}",
                (by, times.to_ms(now), self._trust, hold_id),
            ).fetchone()
            if row is None:
                raise NotFoundError(
                    f"hold {hold_id}: none of this id still holds; see: retention holds"
                )
            found = _hold(row)
            self._audit(
                cursor, by, f"{found.kind.value} hold released", found.subject,
                f"hold {hold_id}", now,
            )  # fmt: skip
        return found

    def alerts_before(self, moment: datetime) -> list[Alert]:
        """Return alerts that were received before a moment, oldest first."""
        return self._alerts("received_ms < ?", times.to_ms(moment))

    def alerts_of_account(self, account: str) -> list[Alert]:
        """Return all alerts of an account's pseudonym, oldest first."""
        return self._alerts("account = ?", account)

    def unchanging_before(self, moment: datetime) -> list[Place]:
        """Return events that say again what was said before them, from before a moment."""
        cut = times.to_ms(moment)
        found: list[Place] = []
        said: dict[tuple[str, str, str], str] = {}
        last: dict[tuple[str, ...], Place] = {}
        after = 0
        while True:
            rows = self._rows(
                "SELECT number, device_id, epoch, lane, first_sequence, raw FROM batch "
                "WHERE trust = ? AND number > ? AND received_ms < ? ORDER BY number LIMIT 200",
                self._trust, after, cut,
            )  # fmt: skip
            for _, device, epoch, lane, first, raw in rows:
                for position, body in batch_bodies.readable(raw):
                    place = Place(
                        DeviceId(device), epoch, TravelLane(lane), first + position, "heartbeat"
                    )
                    if isinstance(body, Heartbeat):
                        earlier = last.get((device,))
                        if earlier is not None:
                            found.append(earlier)
                        last[device,] = place
                    elif isinstance(body, ComplianceFinding):
                        # The latest stays, and so does each that changed something.
                        place = replace(place, kind="compliance")
                        key = (device, body.profile, body.check_id)
                        earlier = last.pop(key, None)
                        if earlier is not None:
                            found.append(earlier)
                        if said.get(key) == body.status.value:
                            last[key] = place
                        said[key] = body.status.value
            if len(rows) < 200:
                return found
            after = rows[-1][0]

    def erase(
        self, places: Sequence[Place], by: str, reason: str, approval_id: str, now: datetime
    ) -> int:
        """Replace events by their leaf hashes, in one transaction; return how many."""
        by_chain: dict[tuple[str, int, int], dict[int, Place]] = defaultdict(dict)
        for one in places:
            by_chain[one.device_id, one.epoch, one.lane.value][one.sequence] = one
        erased = 0
        with self._overwriting() as cursor:
            for chain, wanted in by_chain.items():
                erased += self._erase_of(
                    cursor, chain, wanted, (by, reason, approval_id, times.to_ms(now))
                )
            if erased:
                said = f"{erased} events: {reason}"
                self._audit(cursor, by, "erased", approval_id or "schedule", said, now)
        return erased

    def erasures(self) -> list[Erasure]:
        """Return erased alerts, newest first."""
        rows = self._rows(
            "SELECT device_id, epoch, lane, sequence, kind, event_id, leaf, school, at_ms, "
            "erased_by, reason, approval_id FROM erasure WHERE trust = ? "
            "ORDER BY at_ms DESC, device_id, sequence",
            self._trust,
        )
        return [
            Erasure(
                Place(DeviceId(row[0]), row[1], TravelLane(row[2]), row[3], row[4], row[5]),
                row[6], row[7], times.from_ms(row[8]), row[9], row[10], row[11],
            )
            for row in rows
        ]  # fmt: skip

    def erase_words(self, concern_id: ConcernId, by: str, reason: str, now: datetime) -> int:
        """Erase what was written in a concern; its steps and counts stay."""
        with self._overwriting() as cursor:
            rows = cursor.execute(
                "SELECT concern_id, number, entry_id, at_ms, by_account, kind, "
                "CASE WHEN kind = 'pupil_linked' THEN '' ELSE code END, '' "
                "FROM concern_entry WHERE trust = ? AND concern_id = ? "
                "AND (sealed <> '' OR (kind = 'pupil_linked' AND code <> ''))",
                (self._trust, concern_id),
            ).fetchall()
            # Lines are never updated (a trigger sees to it): they are put down anew.
            for row in rows:
                cursor.execute(
                    "DELETE FROM concern_entry WHERE trust = ? AND concern_id = ? AND number = ?",
                    (self._trust, *row[:2]),
                )
                cursor.execute(
                    "INSERT INTO concern_entry (trust, concern_id, number, entry_id, at_ms, "
                    "by_account, kind, code, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (self._trust, *row),
                )
                cursor.execute(_FORGET_SHARED, (self._trust, f"concern/{concern_id}/{row[2]}"))
            if rows:
                self._audit(
                    cursor, by, "words of a concern erased", f"concern {concern_id}",
                    f"{len(rows)} lines: {reason}", now,
                )  # fmt: skip
        return len(rows)

    @contextlib.contextmanager
    def _overwriting(self) -> Iterator[sqlite3.Cursor]:
        """A transaction after which the bytes that it removed are in no file of the database."""
        with self._lock:
            self._write.execute("PRAGMA secure_delete=ON")
            try:
                with self._transaction() as cursor:
                    yield cursor
            finally:
                self._write.execute("PRAGMA secure_delete=OFF")
            # The old pages still lie in the log until it begins anew.
            self._write.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _erase_of(
        self,
        cursor: sqlite3.Cursor,
        chain: tuple[str, int, int],
        wanted: dict[int, Place],
        why: tuple[str, str, str, int],
    ) -> int:
        done = 0
        rows = cursor.execute(
            "SELECT number, first_sequence, next_sequence, school, received_ms, raw FROM batch "
            "WHERE trust = ? "
            "AND device_id = ? AND epoch = ? AND lane = ? "
            "AND next_sequence > ? AND first_sequence <= ?",
            (self._trust, *chain, min(wanted), max(wanted)),
        ).fetchall()
        for number, first, following, school, received, raw in rows:
            here = {at for at in wanted if first <= at < following}
            if not here:
                continue
            shallow = codec.decode_batch(raw)
            gone = set(shallow.evicted)
            leaves, events = batch.leaves_of(shallow), list(shallow.events)
            for sequence in sorted(here):
                position = sequence - first
                if position in gone:
                    continue
                if wanted[sequence].event_id:
                    self._erase_alert(cursor, wanted[sequence], leaves[position], school, why)
                events[position] = leaves[position]
                gone.add(position)
                done += 1
            fresh = replace(shallow, events=tuple(events), evicted=tuple(sorted(gone)))
            self._keep_counts(cursor, shallow, fresh, school, received)
            cursor.execute(
                "UPDATE batch SET raw = ? WHERE number = ?", (codec.encode_batch(fresh), number)
            )
        return done

    def _erase_alert(
        self,
        cursor: sqlite3.Cursor,
        place: Place,
        leaf: bytes,
        school: str,
        why: tuple[str, str, str, int],
    ) -> None:
        by, reason, approval_id, at_ms = why
        row = cursor.execute(
            f"DELETE FROM alert WHERE trust = ? AND event_id = ? "  # noqa: S608 - a constant
            f"RETURNING {sqlite_rows.ALERT_COLUMNS}",
            (self._trust, place.event_id),
        ).fetchone()
        if row is not None:
            counted = sqlite_rows.count_of(sqlite_rows.alert_of(row))
            cursor.execute(_PUT_COUNT, (self._trust, school, *counted, 1))
        cursor.execute(_FORGET_ACCOUNT, {"trust": self._trust, "event": place.event_id})
        cursor.execute(_FORGET_SHARED, (self._trust, place.event_id))
        sqlite_context.forget(cursor, self._trust, place.event_id)
        cursor.execute(
            "INSERT OR IGNORE INTO erasure (trust, device_id, epoch, lane, sequence, event_id, "
            "leaf, school, kind, at_ms, erased_by, reason, approval_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._trust, place.device_id, place.epoch, place.lane.value, place.sequence,
             place.event_id, leaf, school, place.kind, at_ms, by, reason, approval_id),
        )  # fmt: skip

    def _keep_counts(
        self,
        cursor: sqlite3.Cursor,
        before: batch.SignedBatch,
        after: batch.SignedBatch,
        school: str,
        received_ms: int,
    ) -> None:
        """Keep the counts that a batch loses; those of alerts are kept with each alert."""
        header, head = codec.decode_header(before.header), batch.head_of(before.header)
        counted = [
            self._project(Append(b"", one, header, head, school, received_ms)).counts
            for one in (before, after)
        ]
        for key, number in counted[0].items():
            lost = number - counted[1].get(key, 0)
            if lost:
                cursor.execute(_PUT_COUNT, (self._trust, school, *key, lost))

    def _alerts(self, where: str, value: object) -> list[Alert]:
        rows = self._rows(
            f"SELECT {sqlite_rows.ALERT_COLUMNS} FROM alert "  # noqa: S608 - constants
            f"WHERE trust = ? AND {where} ORDER BY number",
            self._trust,
            value,
        )
        return [sqlite_rows.alert_of(row) for row in rows]


def _hold(row: tuple[Any, ...]) -> Hold:
    return Hold(
        id=row[0],
        kind=HoldKind(row[1]),
        subject=row[2],
        school=row[3],
        reason=row[4],
        placed_by=row[5],
        placed_at=times.from_ms(row[6]),
        released_by=row[7],
        released_at=None if row[8] is None else times.from_ms(row[8]),
    )
