"""Passkeys of accounts, and private keys that are wrapped under their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

CredentialId = NewType("CredentialId", str)
"""A passkey's name as browsers write it: base64url."""
SHORT = 10
"""So much of a passkey's id tells it from others, for people and on record."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of one account."""

    id: CredentialId
    account: str
    name: str
    """What its owner calls it."""
    rp_id: str
    """The host name that it was made at: it works at no other."""
    public_key: bytes
    """COSE."""
    signs: int
    """Its counter when it was last used to sign in; 0 where it has none."""
    salt: bytes
    """32 bytes: for what its secret is asked."""
    added_at: datetime
    used_at: datetime | None = None
    """When it last signed its owner in."""

    @property
    def short(self) -> str:
        """Enough of its id to tell it from others."""
        return self.id[:SHORT]


@dataclass(frozen=True, slots=True)
class PasskeyWrap:
    """A recipient's private key under a passkey's secret, which the collector never has."""

    credential_id: CredentialId
    key_id: str
    nonce: bytes
    ciphertext: bytes
    added_at: datetime
