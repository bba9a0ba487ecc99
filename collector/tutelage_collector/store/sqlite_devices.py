"""Devices and join tokens in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records import (
    Device,
    DeviceState,
    DeviceView,
    EnrolmentProof,
    Evidence,
    Placement,
    Token,
)
from tutelage_collector.store.sqlite_device_keys import keep_key
from tutelage_collector.store.sqlite_evidence import put_integrity
from tutelage_collector.store.sqlite_quiet import STANDS
from tutelage_wire import times
from tutelage_wire.events import DeviceId, IntegrityKind

if TYPE_CHECKING:
    from datetime import datetime

_DEVICE_COLUMNS = (
    "device_id, school, device_group, profile, age_band, device_class, state, epoch, tls_key, "
    "signing_key, token_id, enrolled_ms, certificate_expires_ms, label, system, serial, "
    "hardware_uuid, machine_id_hash, tpm_ek_hash, agent_version, supersedes"
)
_JOINING_COLUMNS = (
    "token_id, school, device_group, profile, age_band, device_class, quota, used, "
    "not_before_ms, not_after_ms, revoked, created_ms, approve"
)


class SqliteDevices(Database):
    """The part of the store that holds devices."""

    def add_device(self, device: Device) -> None:
        """Keep a newly enrolled device, or the same one enrolled again with the same keys."""
        place, said = device.placement, device.evidence
        values = (
            device.id, place.school, place.group, place.profile, place.age_band,
            place.device_class, device.state.value, device.epoch, device.tls_key,
            device.signing_key, device.token_id, times.to_ms(device.enrolled_at),
            times.to_ms(device.certificate_expires_at), said.label, said.system, said.serial,
            said.hardware_uuid, said.machine_id_hash, said.tpm_ek_hash, said.agent_version,
            said.supersedes,
        )  # fmt: skip
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO device (trust, {_DEVICE_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 22)}) ON CONFLICT DO UPDATE SET "
                "certificate_expires_ms = excluded.certificate_expires_ms",
                (self._trust, *values),
            )
            keep_key(cursor, self._trust, device.id, device.signing_key)

    def add_proof(self, proof: EnrolmentProof) -> None:
        """Keep what a device sent to join or renew, before its keys are used."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO enrolment_proof (trust, device_id, signing_key, at_ms, "
                "signing_key_certificate, certificate_chain) VALUES (?, ?, ?, ?, ?, ?)",
                (self._trust, proof.device_id, proof.signing_key, times.to_ms(proof.at),
                 proof.signing_key_certificate, proof.certificate_chain),
            )  # fmt: skip

    def proofs(self, device_id: DeviceId) -> list[EnrolmentProof]:
        """Return the proof of each certificate that a device ever had, oldest first."""
        rows = self._rows(
            "SELECT device_id, signing_key, at_ms, signing_key_certificate, certificate_chain "
            "FROM enrolment_proof WHERE trust = ? AND device_id = ? ORDER BY at_ms",
            self._trust,
            device_id,
        )
        return [
            EnrolmentProof(DeviceId(row[0]), row[1], times.from_ms(row[2]), row[3], row[4])
            for row in rows
        ]

    def device(self, device_id: DeviceId) -> Device | None:
        """Return one device."""
        row = self._row(
            f"SELECT {_DEVICE_COLUMNS} FROM device "  # noqa: S608 - a constant
            "WHERE trust = ? AND device_id = ?",
            self._trust,
            device_id,
        )
        return _device(row) if row else None

    def devices(self, school: str | None = None) -> list[DeviceView]:
        """Return devices by label, with their latest sign of life."""
        return self._views("(?1 IS NULL OR school = ?1)", school)

    def devices_like(self, said: Evidence) -> list[DeviceView]:
        """Return devices that share a hardware number with what one says of itself."""
        numbers = (said.serial, said.hardware_uuid, said.tpm_ek_hash)
        if not any(numbers):
            return []
        return self._views(
            "((?1 <> '' AND serial = ?1 COLLATE NOCASE) "
            "OR (?2 <> '' AND hardware_uuid = ?2 COLLATE NOCASE) "
            "OR (?3 <> '' AND tpm_ek_hash = ?3))",
            *numbers,
        )

    def _views(self, where: str, *values: object) -> list[DeviceView]:
        rows = self._rows(
            f"SELECT {_DEVICE_COLUMNS}, last_seen_ms, heartbeat, {STANDS} "  # noqa: S608
            "FROM device LEFT JOIN device_seen USING (trust, device_id) "
            f"LEFT JOIN farewell USING (trust, device_id) WHERE {where} "
            f"AND trust = ?{len(values) + 1} ORDER BY label, device_id",
            *values,
            self._trust,
        )
        return [
            DeviceView(
                _device(row[:-3]),
                times.from_ms(row[-3]) if row[-3] is not None else None,
                row[-2],
                row[-1],
            )
            for row in rows
        ]

    def barred_devices(self) -> set[DeviceId]:
        """Return all devices that may not speak (any more)."""
        rows = self._rows(
            "SELECT device_id FROM device WHERE trust = ? AND state <> 'active'", self._trust
        )
        return {DeviceId(row[0]) for row in rows}

    def set_device_state(self, device_id: DeviceId, state: DeviceState) -> None:
        """Revoke or retire a device, or let it back."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE device SET state = ? WHERE trust = ? AND device_id = ?",
                (state.value, self._trust, device_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"device {device_id}: not enrolled here")

    def open_epoch(self, device_id: DeviceId, detail: str, now: datetime) -> int:
        """Begin the device's next epoch, record it as an integrity event, return its number."""
        with self._transaction() as cursor:
            row = cursor.execute(
                "UPDATE device SET epoch = epoch + 1 WHERE trust = ? AND device_id = ? "
                "RETURNING epoch, school",
                (self._trust, device_id),
            ).fetchone()
            if row is None:
                raise NotFoundError(f"device {device_id}: not enrolled here")
            epoch, school = row
            put_integrity(
                cursor, self._trust, IntegrityKind.EPOCH_OPENED.value, device_id, school,
                f"device {device_id} epoch {epoch}: {detail}", times.to_ms(now),
            )  # fmt: skip
        return int(epoch)


class SqliteTokens(Database):
    """The part of the store that holds join tokens."""

    def add_token(self, token: Token) -> None:
        """Keep a new token."""
        place = token.placement
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO token (trust, {_JOINING_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 14)})",
                (self._trust, token.id, place.school, place.group, place.profile,
                 place.age_band, place.device_class, token.quota, token.used,
                 times.to_ms(token.not_before), times.to_ms(token.not_after), int(token.revoked),
                 times.to_ms(token.created_at), int(token.approve)),
            )  # fmt: skip

    def token(self, token_id: str) -> Token | None:
        """Return one token."""
        row = self._row(
            f"SELECT {_JOINING_COLUMNS} FROM token "  # noqa: S608 - a constant
            "WHERE trust = ? AND token_id = ?",
            self._trust,
            token_id,
        )
        return _token(row) if row else None

    def tokens(self) -> list[Token]:
        """Return all tokens, newest first."""
        rows = self._rows(
            f"SELECT {_JOINING_COLUMNS} FROM token "  # noqa: S608 - a constant
            "WHERE trust = ? ORDER BY created_ms DESC, token_id",
            self._trust,
        )
        return [_token(row) for row in rows]

    def spend_token(self, token_id: str) -> bool:
        """Use one place of the quota, atomically; False = none was left or it was revoked."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE token SET used = used + 1 "
                "WHERE trust = ? AND token_id = ? AND used < quota AND revoked = 0",
                (self._trust, token_id),
            )
            return cursor.rowcount == 1

    def revoke_token(self, token_id: str) -> None:
        """Let nobody in with it any more."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE token SET revoked = 1 WHERE trust = ? AND token_id = ?",
                (self._trust, token_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"token {token_id}: not known; see: token list")


def _device(row: tuple[Any, ...]) -> Device:
    return Device(
        id=DeviceId(row[0]),
        placement=Placement(*row[1:6]),
        state=DeviceState(row[6]),
        epoch=row[7],
        tls_key=row[8],
        signing_key=row[9],
        token_id=row[10],
        enrolled_at=times.from_ms(row[11]),
        certificate_expires_at=times.from_ms(row[12]),
        evidence=Evidence(*row[13:21]),
    )


def _token(row: tuple[Any, ...]) -> Token:
    return Token(
        id=row[0],
        placement=Placement(*row[1:6]),
        quota=row[6],
        used=row[7],
        not_before=times.from_ms(row[8]),
        not_after=times.from_ms(row[9]),
        revoked=bool(row[10]),
        created_at=times.from_ms(row[11]),
        approve=bool(row[12]),
    )
