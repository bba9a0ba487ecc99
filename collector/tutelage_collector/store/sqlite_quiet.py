"""Devices that went quiet, in SQLite."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_quiet import (
    About,
    Audience,
    Ended,
    Handling,
    Mute,
    QuietNews,
    Sign,
    Spell,
    Why,
)
from tutelage_wire import times
from tutelage_wire.events import GOODBYES, GREETINGS, DeviceId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Append, Projection
    from tutelage_collector.store.records_quiet import Round, Telling

TABLES = ("farewell",)
"""Projections."""
LATE_MS = 30_000
"""What was on its way beside a goodbye may come so much later; after that it lives again."""
_TELLING = GOODBYES | GREETINGS
_ID_BYTES = 8
_SPELLS = (
    "SELECT quiet_id, device_id, school, why, last_seen_ms, noticed_ms, handling, ended_ms, ended, "
    "acknowledged_by, acknowledged_ms, note FROM quiet WHERE trust = ? "
)
STANDS = (
    "CASE WHEN farewell.device_ms >= coalesce(heartbeat_ms, 0) "
    f"AND last_seen_ms <= farewell.received_ms + {LATE_MS} THEN farewell.kind ELSE '' END"
)
"""The goodbye or greeting after which nothing else was heard, over ``device_seen`` and it."""


def put_farewells(cursor: sqlite3.Cursor, trust: str, item: Append, projected: Projection) -> None:
    """Write the last goodbye or greeting of a batch: they travel in one lane, in their order."""
    said = [one for one in projected.integrity if one[1] in _TELLING]
    if said:
        _, kind, _, _, device_ms = said[-1]
        cursor.execute(
            "INSERT INTO farewell VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "kind = excluded.kind, device_ms = excluded.device_ms, "
            "received_ms = excluded.received_ms",
            (trust, item.header.device_id, kind, device_ms, item.received_ms),
        )


def news_of(cursor: sqlite3.Cursor, trust: str, notice_id: str) -> QuietNews | None:
    """Return what a message says now; None = it is not about devices, or all of them are back."""
    row = cursor.execute(
        "SELECT audience, about, heard, (SELECT count(*) FROM quiet_told JOIN quiet "
        "USING (trust, quiet_id) WHERE trust = ?1 AND notice_id = ?2 AND ended_ms IS NULL "
        "AND acknowledged_ms IS NULL) FROM quiet_message WHERE trust = ?1 AND notice_id = ?2",
        (trust, notice_id),
    ).fetchone()
    if row is None or not row[3]:
        return None
    return QuietNews(Audience(row[0]), About(row[1]), row[3], row[2])


class SqliteQuiet(Database):
    """The part of the store that holds who is quiet."""

    def signs(self, now: datetime) -> list[Sign]:
        """Return the latest sign of life of every active device."""
        rows = self._rows(
            "SELECT device_id, school, device_group, profile, last_seen_ms, "  # noqa: S608
            f"{STANDS}, EXISTS (SELECT 1 FROM quiet_mute WHERE quiet_mute.trust = device.trust "
            "AND quiet_mute.device_id = device.device_id AND until_ms > ?) "
            "FROM device LEFT JOIN device_seen USING (trust, device_id) "
            "LEFT JOIN farewell USING (trust, device_id) WHERE trust = ? AND state = 'active'",
            times.to_ms(now),
            self._trust,
        )
        return [
            Sign(
                DeviceId(row[0]), row[1], row[2], row[3], _moment(row[4]),
                row[5] if row[5] in GOODBYES else "", bool(row[6]),
            )
            for row in rows
        ]  # fmt: skip

    def spells(
        self, school: str | None = None, *, open_only: bool = False, since: datetime | None = None
    ) -> list[Spell]:
        """Return spells, the latest first."""
        rows = self._rows(
            _SPELLS + "AND (? IS NULL OR school = ?) AND (? = 0 OR ended_ms IS NULL) "
            "AND (? IS NULL OR ended_ms IS NULL OR ended_ms >= ?) "
            "ORDER BY noticed_ms DESC, quiet_id",
            self._trust,
            school,
            school,
            int(open_only),
            *[None if since is None else times.to_ms(since)] * 2,
        )
        return [_spell(row) for row in rows]

    def change_quiet(
        self, begun: Sequence[Spell], ended: Sequence[tuple[str, Ended]], now: datetime
    ) -> None:
        """Keep spells that begin and end, in one transaction."""
        with self._transaction() as cursor:
            cursor.executemany(
                "UPDATE quiet SET ended_ms = ?, ended = ? WHERE trust = ? AND quiet_id = ?",
                [(times.to_ms(now), how.value, self._trust, one) for one, how in ended],
            )
            cursor.executemany(
                "INSERT INTO quiet VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, '', '', NULL, '')",
                [
                    (self._trust, one.id, one.device_id, one.school, one.why.value,
                     times.to_ms(one.last_seen_at), times.to_ms(one.noticed_at),
                     one.handling.value)
                    for one in begun
                ],
            )  # fmt: skip

    def tell_quiet(self, done: Round, now: datetime) -> None:
        """Queue messages and say how spells were handled, in one transaction."""
        with self._transaction() as cursor:
            cursor.executemany(
                "UPDATE quiet SET handling = ? WHERE trust = ? AND quiet_id = ?",
                [(how.value, self._trust, one) for one, how in done.handled],
            )
            for telling in done.tellings:
                for person, way in telling.people:
                    self._queue(cursor, done.id, telling, person, way, times.to_ms(now))

    def _queue(
        self, cursor: sqlite3.Cursor, round_id: str, telling: Telling, person: str, way: str,
        at_ms: int,
    ) -> None:  # fmt: skip
        notice_id = secrets.token_hex(_ID_BYTES)
        cursor.execute(
            "INSERT INTO notice VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, NULL, '')",
            (self._trust, notice_id, telling.school, person, way, way.partition(":")[0], at_ms,
             at_ms),
        )  # fmt: skip
        cursor.execute(
            "INSERT INTO quiet_message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._trust, notice_id, round_id, telling.school, telling.audience.value,
             telling.about.value, telling.heard, at_ms),
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO quiet_told VALUES (?, ?, ?)",
            [(self._trust, notice_id, one) for one in telling.spells],
        )

    def rounds(self, school: str, audience: Audience, since: datetime) -> list[datetime]:
        """Return when messages of this kind were queued since a moment, oldest first."""
        rows = self._rows(
            "SELECT min(at_ms) FROM quiet_message WHERE trust = ? AND school = ? AND audience = ? "
            "AND at_ms >= ? GROUP BY round_id ORDER BY 1",
            self._trust,
            school,
            audience.value,
            times.to_ms(since),
        )
        return [times.from_ms(row[0]) for row in rows]

    def acknowledge_quiet(self, device_id: DeviceId, by: str, note: str, now: datetime) -> None:
        """Let a person take a quiet device up."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE quiet SET acknowledged_by = ?, acknowledged_ms = ?, note = ? "
                "WHERE trust = ? AND device_id = ? AND ended_ms IS NULL "
                "AND acknowledged_ms IS NULL",
                (by, times.to_ms(now), note, self._trust, device_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(
                    f"device {device_id}: is not quiet, or was acknowledged already; see: "
                    "quiet list"
                )

    def mute_device(self, mute: Mute) -> None:
        """Tell nobody of a device until a moment; its spell that waits is muted too."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO quiet_mute VALUES (?, ?, ?, ?, ?)",
                (self._trust, mute.device_id, times.to_ms(mute.until), mute.by, mute.reason),
            )
            cursor.execute(
                "UPDATE quiet SET handling = 'muted' WHERE trust = ? AND device_id = ? "
                "AND ended_ms IS NULL AND handling = 'pending'",
                (self._trust, mute.device_id),
            )

    def unmute_device(self, device_id: DeviceId) -> None:
        """Tell people again."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM quiet_mute WHERE trust = ? AND device_id = ?",
                (self._trust, device_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"device {device_id}: is not muted; see: quiet list")

    def mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes that hold."""
        rows = self._rows(
            "SELECT device_id, until_ms, by_account, reason FROM quiet_mute "
            "WHERE trust = ? AND until_ms > ? ORDER BY until_ms",
            self._trust,
            times.to_ms(now),
        )
        return [Mute(DeviceId(row[0]), times.from_ms(row[1]), row[2], row[3]) for row in rows]

    def devices_of_concern(self, since: datetime) -> Collection[DeviceId]:
        """Return devices with an alert of a concern that is open or was opened since a moment."""
        rows = self._rows(
            "SELECT DISTINCT device_id FROM concern JOIN concern_alert USING (trust, concern_id) "
            "JOIN alert USING (trust, event_id) "
            "WHERE trust = ? AND (closed_ms IS NULL OR opened_ms >= ?)",
            self._trust,
            times.to_ms(since),
        )
        return {DeviceId(row[0]) for row in rows}


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else times.from_ms(milliseconds)


def _spell(row: tuple[Any, ...]) -> Spell:
    return Spell(
        id=row[0],
        device_id=DeviceId(row[1]),
        school=row[2],
        why=Why(row[3]),
        last_seen_at=times.from_ms(row[4]),
        noticed_at=times.from_ms(row[5]),
        handling=Handling(row[6]),
        ended_at=_moment(row[7]),
        ended=Ended(row[8]),
        acknowledged_by=row[9],
        acknowledged_at=_moment(row[10]),
        note=row[11],
    )
