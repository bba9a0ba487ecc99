"""Exemptions in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_allowed import Exemption
from tutelage_wire import times
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from datetime import datetime


class SqliteExemptions(Database):
    """The part of the store that holds what people allow in spite of a failed check."""

    def add_exemption(self, exemption: Exemption) -> None:
        """Keep a new exemption."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO exemption (trust, exemption_id, school, device_id, check_id, reason, "
                "control, approver, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._trust, exemption.id, exemption.school, exemption.device_id or "",
                 exemption.check_id, exemption.reason, exemption.control, exemption.approver,
                 times.to_ms(exemption.created_at), times.to_ms(exemption.expires_at)),
            )  # fmt: skip

    def exemptions(self, school: str | None = None) -> list[Exemption]:
        """Return all exemptions, the ended ones too, newest first."""
        rows = self._rows(
            "SELECT exemption_id, school, device_id, check_id, reason, control, approver, "
            "created_ms, expires_ms, ended_ms FROM exemption "
            "WHERE trust = ? AND (? IS NULL OR school = ?) ORDER BY created_ms DESC, exemption_id",
            self._trust,
            school,
            school,
        )
        return [
            Exemption(
                id=row[0],
                school=row[1],
                device_id=DeviceId(row[2]) if row[2] else None,
                check_id=row[3],
                reason=row[4],
                control=row[5],
                approver=row[6],
                created_at=times.from_ms(row[7]),
                expires_at=times.from_ms(row[8]),
                ended_at=None if row[9] is None else times.from_ms(row[9]),
            )
            for row in rows
        ]

    def end_exemption(self, exemption_id: str, now: datetime) -> None:
        """End an exemption before its time."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE exemption SET ended_ms = ? WHERE trust = ? AND exemption_id = ? "
                "AND ended_ms IS NULL AND expires_ms > ?",
                (times.to_ms(now), self._trust, exemption_id, times.to_ms(now)),
            )
            if not cursor.rowcount:
                raise NotFoundError(
                    f"exemption {exemption_id}: none of this id still holds; see: exemption list"
                )
