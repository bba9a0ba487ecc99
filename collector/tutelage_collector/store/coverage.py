"""The part of the store that tells what monitoring covers, as a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.store.records_coverage import CanaryArrival, ExpectedDevice


class CoverageStore(Protocol):
    """The school's own list of devices, and self-tests."""

    def expect_devices(self, school: str, devices: Sequence[ExpectedDevice]) -> None:
        """Replace a school's list, all or nothing."""

    def expected_devices(self, school: str | None = None) -> list[ExpectedDevice]:
        """Return the lists, by school and name."""

    def latest_canaries(self, school: str | None = None) -> list[CanaryArrival]:
        """Return the self-test that arrived last of each device and channel."""

    def canaries_of(self, code: str, school: str | None = None) -> list[CanaryArrival]:
        """Return every arrival of one self-test, first come first."""
