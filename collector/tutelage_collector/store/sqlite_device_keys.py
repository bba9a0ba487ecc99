"""How a device's keys are exchanged, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_device_keys import KeyPair, PairState
from tutelage_wire import times
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from datetime import datetime

_PUT = """
INSERT OR REPLACE INTO device_key
    (trust, device_id, tls_key, signing_key, state, expires_ms, at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)"""


class SqliteDeviceKeys(Database):
    """The part of the store that holds pairs of keys."""

    def certify_keys(
        self,
        device_id: DeviceId,
        tls_key: bytes,
        signing_key: bytes,
        expires_at: datetime,
        now: datetime,
    ) -> None:
        """Note that a pair was certified; it takes the place of one that was never met."""
        ends = times.to_ms(expires_at)
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE device SET certificate_expires_ms = ? WHERE trust = ? AND device_id = ? "
                "AND tls_key = ? AND signing_key = ?",
                (ends, self._trust, device_id, tls_key, signing_key),
            )
            if cursor.rowcount:  # the same pair, certified for longer
                return
            cursor.execute(
                "DELETE FROM device_key WHERE trust = ? AND device_id = ? AND state = ?",
                (self._trust, device_id, PairState.CERTIFIED.value),
            )
            cursor.execute(
                _PUT,
                (self._trust, device_id, tls_key, signing_key, PairState.CERTIFIED.value, ends,
                 times.to_ms(now)),
            )  # fmt: skip

    def meet_keys(self, device_id: DeviceId, tls_key: bytes, now: datetime) -> bool:
        """Make a certified pair the present one, now that its device came with it."""
        with self._transaction() as cursor:
            fresh = cursor.execute(
                "SELECT signing_key, expires_ms FROM device_key WHERE trust = ? AND device_id = ? "
                "AND tls_key = ? AND state = ?",
                (self._trust, device_id, tls_key, PairState.CERTIFIED.value),
            ).fetchone()
            present = cursor.execute(
                "SELECT tls_key, signing_key, certificate_expires_ms FROM device "
                "WHERE trust = ? AND device_id = ?",
                (self._trust, device_id),
            ).fetchone()
            if fresh is None or present is None:
                return False
            signing_key, ends = fresh
            cursor.execute(
                "DELETE FROM device_key WHERE trust = ? AND device_id = ? AND tls_key = ? "
                "AND signing_key = ?",
                (self._trust, device_id, tls_key, signing_key),
            )
            cursor.execute(
                _PUT,
                (self._trust, device_id, *present[:2], PairState.REPLACED.value, present[2],
                 times.to_ms(now)),
            )  # fmt: skip
            cursor.execute(
                "UPDATE device SET tls_key = ?, signing_key = ?, certificate_expires_ms = ? "
                "WHERE trust = ? AND device_id = ?",
                (tls_key, signing_key, ends, self._trust, device_id),
            )
            keep_key(cursor, self._trust, device_id, signing_key)
        return True

    def latest_certificates(self) -> dict[DeviceId, bytes]:
        """Return the certificate chain that each device got last, PEM, leaf first."""
        rows = self._rows(
            "SELECT device_id, certificate_chain FROM enrolment_proof WHERE trust = ? "
            "ORDER BY at_ms",
            self._trust,
        )
        return {DeviceId(device): chain for device, chain in rows}

    def key_pairs(self, device_id: DeviceId) -> list[KeyPair]:
        """Return all pairs beside the present one, the latest first."""
        rows = self._rows(
            "SELECT device_id, tls_key, signing_key, state, expires_ms, at_ms FROM device_key "
            "WHERE trust = ? AND device_id = ? ORDER BY at_ms DESC",
            self._trust,
            device_id,
        )
        return [
            KeyPair(
                DeviceId(row[0]), row[1], row[2], PairState(row[3]), times.from_ms(row[4]),
                times.from_ms(row[5]),
            )
            for row in rows
        ]  # fmt: skip


def keep_key(cursor: Any, trust: str, device_id: str, signing_key: bytes) -> None:
    """Note that a device's batches may be signed with this key: what ``store check`` believes."""
    cursor.execute(
        "INSERT OR IGNORE INTO signing_key (trust, device_id, signing_key) VALUES (?, ?, ?)",
        (trust, device_id, signing_key),
    )
