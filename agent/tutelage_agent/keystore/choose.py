"""Which place keys go to: the best that this machine really has, in a fixed order.

1. the operating system's store, where the agent runs as an account that has one (Windows: the
   service's own Credential Manager; macOS: the keychain);
2. a sealed file under a seed that systemd decrypts for this unit only (``LoadCredential``);
3. a sealed file under a seed that only the agent's account can read.

A headless Linux service has no Secret Service, so the first is not tried there. Once a device has
keys somewhere, that place is used again: a store that appears later must not hide them.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.errors import AgentError
from tutelage_agent.keystore.sealed_file import SealedFileKeyStore

if TYPE_CHECKING:
    from tutelage_agent.keystore import KeyStore

_log = logging.getLogger(__name__)

CREDENTIAL = "tutelage-seed"
"""Name of the systemd credential that holds the seed of the sealed file."""


def open_keystore(folder: Path, machine_id: bytes) -> KeyStore:
    """Return the key store of this machine.

    Args:
        folder: below the agent's state folder, for the providers that are files.
        machine_id: bytes that no other machine has.

    Raises:
        AgentError: no provider can be used.
    """
    chosen = folder / "provider"
    before = chosen.read_text(encoding="ascii").strip() if chosen.exists() else ""
    if before in {"", "os-store"} and sys.platform in {"win32", "darwin"}:
        from tutelage_agent.keystore.os_store import OsKeyStore  # 30 ms and 4 MB: only here

        try:
            store: KeyStore = OsKeyStore()
        except AgentError as error:
            if before:
                raise
            _log.warning("keys go to a sealed file: %s", error)
        else:
            return _remember(store, folder)
    seed = _systemd_seed()
    if before == "systemd-credential" and seed is None:
        raise AgentError(
            f"{folder}: the keys need the systemd credential {CREDENTIAL!r}: start the agent as "
            "its service, or enrol again"
        )
    if before == "sealed-file":
        seed = None
    return _remember(SealedFileKeyStore(folder, machine_id, seed), folder)


def _systemd_seed() -> bytes | None:
    """Return the seed that systemd put into this unit's credentials, if it did."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        return (Path(folder) / CREDENTIAL).read_bytes()
    except OSError:
        return None


def _remember(store: KeyStore, folder: Path) -> KeyStore:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "provider").write_text(store.protection, encoding="ascii")
    return store
