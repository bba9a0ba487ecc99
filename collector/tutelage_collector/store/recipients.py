"""What the collector keeps of recipients, as a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records_recipients import (
        KeyState,
        RecipientKey,
        RecordId,
        SharedKey,
    )


class RecipientStore(Protocol):
    """To whom devices seal, and what was shared later."""

    def add_recipient(self, key: RecipientKey) -> None:
        """Keep a new recipient's key; one active key of a name in a school.

        Raises:
            StoreError: the name has an active key there.
        """

    def replace_recipient(self, key: RecipientKey, now: datetime) -> None:
        """Keep a new key under a name, and let devices seal to the old one no more: atomically."""

    def activate_recipient(self, key_id: str, now: datetime) -> None:
        """Let devices seal to an offered key, in place of the active one of the same name.

        Raises:
            NotFoundError: there is no such key that waits.
        """

    def recipients(self) -> list[RecipientKey]:
        """Return all keys, the ended ones too, by name, newest first."""

    def end_recipient(self, key_id: str, state: KeyState, now: datetime) -> None:
        """Say that a key is replaced or removed.

        A removed key's wrapped private half and what was shared with it are deleted.

        Raises:
            NotFoundError: there is no such key.
        """

    def share(self, shared: Sequence[SharedKey]) -> None:
        """Keep content keys for one more recipient; those that are there already stay."""

    def shared_keys(self, record: RecordId) -> list[SharedKey]:
        """Return with whom one record was shared."""
