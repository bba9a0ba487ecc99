"""Secrets in the operating system's own store, through ``keyring`` with an explicit backend.

``keyring`` must never choose: left alone it takes whatever is installed, which may be a plaintext
file, a null store that forgets in silence, or any package that registered a backend with a high
priority (measured: architecture.md, section 3.4). Here one class a system is named, nothing of
its discovery runs, and a round trip proves the store before it is trusted.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import secrets
import sys
from typing import TYPE_CHECKING

from tutelage_agent.errors import AgentError, KeyLostError
from tutelage_agent.keystore.memory_key import KeysAsSecrets

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "tutelage-agent"

BACKENDS = {
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "linux": ("keyring.backends.SecretService", "Keyring"),
}
"""System -> module and class. Not configurable: that is the point."""


class OsKeyStore(KeysAsSecrets):
    """Credential Manager, Keychain or Secret Service of the account that the agent runs as."""

    protection = "os-store"

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        """Open this system's store and prove it.

        Args:
            backend: one of the classes of ``BACKENDS``; by default this system's.

        Raises:
            AgentError: there is none, it is not one of ours, or it does not keep what it is given.
        """
        self._backend = backend if backend is not None else _this_systems()
        kind = type(self._backend)
        if (kind.__module__, kind.__name__) not in BACKENDS.values():
            raise AgentError(
                f"{kind.__module__}.{kind.__name__}: not a store that keys may be given to; "
                f"known: {', '.join(module for module, _ in BACKENDS.values())}"
            )
        self._prove()

    def load(self, name: str) -> bytes | None:
        """See ``KeyStore.load``."""
        try:
            found = self._backend.get_password(SERVICE, name)
        except Exception as error:  # each backend raises its own kinds; all mean "not to be had"
            raise KeyLostError(
                f"the system's key store does not give {name} ({type(error).__name__}): "
                "unlock it, or enrol again; events are kept"
            ) from error
        if found is None:
            return None
        try:
            return base64.b64decode(found, validate=True)
        except (binascii.Error, ValueError) as error:
            raise KeyLostError(f"{name} in the system's key store is not ours") from error

    def store(self, name: str, secret: bytes) -> None:
        """See ``KeyStore.store``."""
        try:
            self._backend.set_password(SERVICE, name, base64.b64encode(secret).decode("ascii"))
        except Exception as error:  # see load
            raise AgentError(
                f"the system's key store does not take {name} ({type(error).__name__})"
            ) from error
        if self.load(name) != secret:
            raise AgentError(f"the system's key store took {name} and does not give it back")

    def delete(self, name: str) -> None:
        """See ``KeyStore.delete``."""
        if self.load(name) is not None:
            self._backend.delete_password(SERVICE, name)

    def _prove(self) -> None:
        probe, value = f"probe-{secrets.token_hex(4)}", secrets.token_bytes(32)
        self.store(probe, value)
        self.delete(probe)
        if self.load(probe) is not None:
            raise AgentError("the system's key store does not forget what it is told to")


def _this_systems() -> KeyringBackend:
    module, name = BACKENDS.get(sys.platform, ("", ""))
    if not module:
        raise AgentError(f"{sys.platform}: no key store of this system is known")
    try:
        backend: KeyringBackend = getattr(importlib.import_module(module), name)()
        _ = type(backend).priority  # raises where the system's part of it is missing
    except Exception as error:  # whatever is missing, the answer is the same: there is no store
        raise AgentError(
            f"{sys.platform}: the system's key store cannot be used ({type(error).__name__})"
        ) from error
    return backend
