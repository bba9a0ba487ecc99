"""The keyring of the person who sits here: one store a system, never what happens to be installed.

Left alone, ``keyring`` takes a null store, a plaintext file or any package's own backend
(reference: architecture.md, section 3.4). Here it is told, and proven by a round trip.
"""

from __future__ import annotations

import importlib
import secrets
import sys
from typing import TYPE_CHECKING

from tutelage_collector.errors import SecretError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "tutelage-collector"
_STORES = {
    "win32": ("Windows", "WinVaultKeyring"),
    "darwin": ("macOS", "Keyring"),
    "linux": ("SecretService", "Keyring"),
}


def get(name: str) -> str:
    """Return the passphrase that was kept under a recipient's name.

    Raises:
        SecretError: there is none, or no store that may be trusted.
    """
    try:
        found = _store().get_password(SERVICE, name)
    except SecretError:
        raise
    except Exception as error:  # each backend raises its own kinds; all mean "not to be had"
        raise SecretError(
            f"the keyring cannot be read ({type(error).__name__}): unlock it, or type the "
            "passphrase (--open)"
        ) from error
    if found is None:
        raise SecretError(
            f"the keyring holds no passphrase of {name}: put it there with: "
            f"keyring set {SERVICE} {name}"
        )
    return str(found)


def put(name: str, passphrase: str) -> None:
    """Keep a passphrase, and read it back.

    Raises:
        SecretError: there is no store that may be trusted, or it does not keep what it is given.
    """
    store = _store()
    probe, value = f"probe-{secrets.token_hex(4)}", secrets.token_hex(16)
    try:
        store.set_password(SERVICE, probe, value)
        kept = store.get_password(SERVICE, probe) == value
        store.delete_password(SERVICE, probe)
        if kept:
            store.set_password(SERVICE, name, passphrase)
    except Exception as error:  # see get
        raise SecretError(
            f"the keyring does not take it ({type(error).__name__}): leave --keyring out and "
            "write the passphrase down"
        ) from error
    if not kept:
        raise SecretError("the keyring does not give back what it takes: write the passphrase down")


def _store() -> KeyringBackend:
    module, name = _STORES.get(sys.platform, ("", ""))
    try:
        # Imported here: it takes half a second and 30 MB.
        made = getattr(importlib.import_module(f"keyring.backends.{module}"), name)()
        _ = type(made).priority  # raises where the system's part of it is missing
    except Exception as error:  # whatever is missing, there is no store
        raise SecretError(
            f"this account has no keyring that may be trusted ({type(error).__name__}): type the "
            "passphrase (--open)"
        ) from error
    found: KeyringBackend = made
    return found
