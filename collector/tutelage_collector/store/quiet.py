"""Devices that went quiet: spells, who was told, acknowledgements, mutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tutelage_collector.store.records_quiet import Audience, Ended, Mute, Round, Sign, Spell
    from tutelage_wire.events import DeviceId


class QuietStore(Protocol):
    """Spells are made by the clock and by people: no projection."""

    def signs(self, now: datetime) -> list[Sign]:
        """Return the latest sign of life of every active device; ``now`` decides about mutes."""

    def spells(
        self, school: str | None = None, *, open_only: bool = False, since: datetime | None = None
    ) -> list[Spell]:
        """Return spells, the latest first; ``since`` leaves out those that ended before."""

    def change_quiet(
        self, begun: Sequence[Spell], ended: Sequence[tuple[str, Ended]], now: datetime
    ) -> None:
        """Keep spells that begin and end, in one transaction."""

    def tell_quiet(self, done: Round, now: datetime) -> None:
        """Queue messages and say how spells were handled, in one transaction."""

    def rounds(self, school: str, audience: Audience, since: datetime) -> list[datetime]:
        """Return when messages of this kind were queued since a moment, oldest first."""

    def acknowledge_quiet(self, device_id: DeviceId, by: str, note: str, now: datetime) -> None:
        """Let a person take a quiet device up: messages about it that wait are not sent.

        Raises:
            NotFoundError: it is not quiet, or somebody has acknowledged it already.
        """

    def mute_device(self, mute: Mute) -> None:
        """Tell nobody of a device until a moment; its spell that waits is muted too."""

    def unmute_device(self, device_id: DeviceId) -> None:
        """Tell people again.

        Raises:
            NotFoundError: it is not muted.
        """

    def mutes(self, now: datetime) -> list[Mute]:
        """Return the mutes that hold."""

    def devices_of_concern(self, since: datetime) -> Collection[DeviceId]:
        """Return devices with an alert of a concern that is open or was opened since a moment."""
