"""What the collector keeps of passkeys, as a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_passkeys import CredentialId, Passkey, PasskeyWrap


class PasskeyStore(Protocol):
    """Passkeys, and private keys that are wrapped under their secrets.

    An account that is removed or set anew loses its passkeys; a recipient's key that is removed
    loses what passkeys open of it.
    """

    def add_passkey(self, passkey: Passkey) -> None:
        """Keep a new passkey.

        Raises:
            StoreError: it is there already.
        """

    def passkey(self, credential_id: CredentialId) -> Passkey | None:
        """Return one passkey."""

    def passkeys(self, account: str | None = None) -> list[Passkey]:
        """Return an account's passkeys, or all, by account and age."""

    def note_passkey(self, credential_id: CredentialId, signs: int, now: datetime) -> None:
        """Keep that a passkey signed its owner in, and what its counter says."""

    def remove_passkey(self, credential_id: CredentialId) -> None:
        """Forget a passkey, and all that it opens.

        Raises:
            NotFoundError: there is no such passkey.
        """

    def wrap_for_passkey(self, wrap: PasskeyWrap) -> None:
        """Keep a private key under a passkey's secret; what was kept of the two before goes."""

    def passkey_wraps(self, account: str | None = None) -> list[PasskeyWrap]:
        """Return what an account's passkeys open, or all passkeys."""
