"""Where a device's secrets lie: a port, and the providers behind it in a fixed order.

A provider says how well it protects, and that level travels in every heartbeat. A lost key is a
normal event that heals itself by enrolling again; it never stops monitoring and never deletes the
spool (reference: architecture.md, decision 8 and section 3.4).
"""

from __future__ import annotations

from typing import Protocol


class KeyStore(Protocol):
    """Keeps small secrets (at most 2 KiB) under names of ``[a-z0-9-]``."""

    @property
    def protection(self) -> str:
        """How the secrets are protected, for the heartbeat: ``tpm``, ``os-store``, ``file`` ..."""

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
        """Forget a secret; silent where there is none."""
