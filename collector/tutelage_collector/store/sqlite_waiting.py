"""Devices that wait to be let in, in SQLite."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records import Evidence
from tutelage_collector.store.records_waiting import Keys, WaitingDevice, WaitingState
from tutelage_collector.store.sqlite_audit import SqliteAudit
from tutelage_wire import times
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = (
    "request_id, device_id, token_id, school, csr, signing_key, signing_key_certificate, "
    "csr_countersignature, label, system, serial, hardware_uuid, machine_id_hash, tpm_ek_hash, "
    "agent_version, supersedes, reason, address, asked_ms, state, decided_by, decided_ms"
)
_SELECT = f"SELECT {_COLUMNS} FROM waiting_device WHERE trust = ?"  # noqa: S608 - a constant


class SqliteWaiting(SqliteAudit):
    """The part of the store that holds requests to join."""

    def add_waiting(self, waiting: WaitingDevice) -> None:
        """Keep a request; one of the same device replaces what it asked before."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM waiting_device WHERE trust = ? AND device_id = ?",
                (self._trust, waiting.device_id),
            )
            cursor.execute(
                f"INSERT INTO waiting_device (trust, {_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 23)})",
                (self._trust, waiting.request_id, waiting.device_id, waiting.token_id,
                 waiting.school, *astuple(waiting.keys), *astuple(waiting.evidence),
                 waiting.reason, waiting.address, times.to_ms(waiting.asked_at),
                 waiting.state.value, "", None),
            )  # fmt: skip
            self._audit(
                cursor, waiting.address, "device waits to be let in",
                f"device {waiting.device_id}", f"token {waiting.token_id}: {waiting.reason}",
                waiting.asked_at,
            )  # fmt: skip

    def waiting(self, school: str | None = None) -> list[WaitingDevice]:
        """Return all requests, newest first."""
        rows = self._rows(
            f"{_SELECT} AND (? IS NULL OR school = ?) ORDER BY asked_ms DESC, request_id",
            self._trust,
            school,
            school,
        )
        return [_waiting(row) for row in rows]

    def waiting_request(self, request_id: str) -> WaitingDevice | None:
        """Return one request."""
        row = self._row(f"{_SELECT} AND request_id = ?", self._trust, request_id)
        return _waiting(row) if row else None

    def waiting_of(self, device_id: DeviceId) -> WaitingDevice | None:
        """Return the request of a device."""
        row = self._row(f"{_SELECT} AND device_id = ?", self._trust, device_id)
        return _waiting(row) if row else None

    def decide_waiting(self, request_id: str, by: str, now: datetime, *, approve: bool) -> None:
        """Let a device in, or not."""
        state = WaitingState.APPROVED if approve else WaitingState.REFUSED
        with self._transaction() as cursor:
            row = cursor.execute(
                "UPDATE waiting_device SET state = ?, decided_by = ?, decided_ms = ? "
                "WHERE trust = ? AND request_id = ? AND state = 'waiting' RETURNING device_id",
                (state.value, by, times.to_ms(now), self._trust, request_id),
            ).fetchone()
            if row is None:
                raise NotFoundError(
                    f"request {request_id}: none of this id still waits; see: device waiting"
                )
            said = "let in" if approve else "not let in"
            self._audit(cursor, by, f"device {said}", f"device {row[0]}", "", now)

    def end_waiting(self, request_id: str) -> None:
        """Forget a request: its device has joined."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM waiting_device WHERE trust = ? AND request_id = ?",
                (self._trust, request_id),
            )


def _waiting(row: tuple[Any, ...]) -> WaitingDevice:
    return WaitingDevice(
        request_id=row[0],
        device_id=DeviceId(row[1]),
        token_id=row[2],
        school=row[3],
        keys=Keys(*row[4:8]),
        evidence=Evidence(*row[8:16]),
        reason=row[16],
        address=row[17],
        asked_at=times.from_ms(row[18]),
        state=WaitingState(row[19]),
        decided_by=row[20],
        decided_at=None if row[21] is None else times.from_ms(row[21]),
    )
