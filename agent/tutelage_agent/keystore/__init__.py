"""Where a device's secrets lie: a port, and the providers behind it in a fixed order.

A provider says how well it protects, and that level travels in every heartbeat. A lost key is a
normal event that heals itself by enrolling again; it never stops monitoring and never deletes the
spool (reference: architecture.md, decision 8 and section 3.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec


class TlsKey(Protocol):
    """A device's P-256 key. It signs; nobody asks for its private half, which a TPM never gives."""

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the public half."""

    def sign(self, message: bytes) -> bytes:
        """Return the DER ECDSA-SHA256 signature of ``message``; may take a second.

        Raises:
            KeyLostError: the key cannot be had back.
            AgentError: it cannot be used now.
        """


class KeyStore(Protocol):
    """Keeps small secrets (at most 2 KiB) and TLS keys under names of ``[a-z0-9-]``."""

    @property
    def protection(self) -> str:
        """How they are protected, for the heartbeat: ``tpm``, ``os-store``, ``sealed-file`` ..."""

    def load(self, name: str) -> bytes | None:
        """Return a secret, or None where none was stored.

        Raises:
            KeyLostError: something was stored, but cannot be had back.
        """

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret, replacing one of the same name; durable when it returns.

        Raises:
            AgentError: it cannot be kept; the message says what to do.
        """

    def delete(self, name: str) -> None:
        """Forget a secret or a key; silent where there is none."""

    def draw_key(self) -> TlsKey:
        """Return a new TLS key, which is not kept yet.

        Raises:
            AgentError: none can be drawn.
        """

    def keep_key(self, name: str, key: TlsKey) -> None:
        """Keep a key that this store drew, replacing one of the same name; durable on return.

        Raises:
            AgentError: it cannot be kept, or another store drew it.
        """

    def load_key(self, name: str) -> TlsKey | None:
        """Return a key, or None where none was kept.

        Raises:
            KeyLostError: one was kept, but cannot be had back.
        """
