"""Coverage in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_coverage import CanaryArrival, ExpectedDevice
from tutelage_wire import times
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARRIVAL = "device_id, school, channel, canary, occurred_ms, received_ms, pack"


class SqliteCoverage(Database):
    """The part of the store that tells what monitoring covers."""

    def expect_devices(self, school: str, devices: Sequence[ExpectedDevice]) -> None:
        """Replace a school's list, all or nothing."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM expected_device WHERE trust = ? AND school = ?", (self._trust, school)
            )
            cursor.executemany(
                "INSERT OR REPLACE INTO expected_device (trust, school, serial, label, shown, "
                "place) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (self._trust, school, one.serial.casefold(), one.label.casefold(),
                     f"{one.serial}\n{one.label}", one.place)
                    for one in devices
                ],
            )  # fmt: skip

    def expected_devices(self, school: str | None = None) -> list[ExpectedDevice]:
        """Return the lists, by school and name."""
        rows = self._rows(
            "SELECT school, shown, place FROM expected_device "
            "WHERE trust = ? AND (? IS NULL OR school = ?) ORDER BY school, label, serial",
            self._trust,
            school,
            school,
        )
        return [_expected(*row) for row in rows]

    def latest_canaries(self, school: str | None = None) -> list[CanaryArrival]:
        """Return the self-test that arrived last of each device and channel."""
        rows = self._rows(
            f"SELECT {_ARRIVAL} FROM alert WHERE number IN ("  # noqa: S608 - a constant
            "SELECT MAX(number) FROM alert WHERE trust = ? AND canary <> '' "
            "GROUP BY device_id, channel) AND (? IS NULL OR school = ?)",
            self._trust,
            school,
            school,
        )
        return [_arrival(row) for row in rows]

    def canaries_of(self, code: str, school: str | None = None) -> list[CanaryArrival]:
        """Return every arrival of one self-test, first come first."""
        rows = self._rows(
            f"SELECT {_ARRIVAL} FROM alert "  # noqa: S608 - a constant
            "WHERE trust = ? AND canary <> '' AND canary = ? AND (? IS NULL OR school = ?) "
            "ORDER BY number",
            self._trust,
            code,
            school,
            school,
        )
        return [_arrival(row) for row in rows]


def _expected(school: str, shown: str, place: str) -> ExpectedDevice:
    serial, _, label = shown.partition("\n")
    return ExpectedDevice(school, serial, label, place)


def _arrival(row: tuple[Any, ...]) -> CanaryArrival:
    return CanaryArrival(
        device_id=DeviceId(row[0]),
        school=row[1],
        channel=row[2],
        code=row[3],
        occurred_at=times.from_ms(row[4]),
        received_at=times.from_ms(row[5]),
        pack=row[6],
    )
