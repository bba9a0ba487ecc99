"""Secrets in files, encrypted under a seed that only the service's account can read.

AES-256-GCM; the key is HKDF(random seed file 0600, machine id), so that a copied file alone opens
nowhere, and a copied folder opens on no other machine. It does not protect against somebody who
is administrator of this machine: nothing in software does, and we say so (SECURITY.md).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tutelage_agent.durable import write_private
from tutelage_agent.errors import AgentError, KeyLostError
from tutelage_agent.keystore.memory_key import KeysAsSecrets

if TYPE_CHECKING:
    from pathlib import Path

SEED_BYTES = 32
NONCE_BYTES = 12


class SealedFileKeyStore(KeysAsSecrets):
    """A folder with one encrypted file a secret, and the seed."""

    def __init__(self, folder: Path, machine_id: bytes, seed: bytes | None = None) -> None:
        """Use ``folder`` (made 0700 where it is missing).

        Args:
            folder: below the agent's state folder.
            machine_id: any bytes that another machine does not have.
            seed: from a better place than a file (a systemd credential); by default a file here.

        Raises:
            AgentError: the folder cannot be made or written.
        """
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.protection = "systemd-credential" if seed is not None else "sealed-file"
            if seed is None:
                seed_path = folder / "seed"
                if not seed_path.exists():
                    write_private(seed_path, secrets.token_bytes(SEED_BYTES))
                seed = seed_path.read_bytes()
        except OSError as error:
            raise AgentError(
                f"{folder}: cannot keep keys here ({error.strerror}): give the agent's account "
                "this folder, or set state_folder in its settings"
            ) from error
        kdf = HKDF(SHA256(), length=32, salt=machine_id, info=b"tutelage/keystore/v1")
        self._cipher = AESGCM(kdf.derive(seed))

    def load(self, name: str) -> bytes | None:
        """See ``KeyStore.load``."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyLostError(f"{path}: cannot be read ({error.strerror})") from error
        try:
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyLostError(
                f"{path}: was made on another machine, or is damaged; enrol again, events are kept"
            ) from error

    def store(self, name: str, secret: bytes) -> None:
        """See ``KeyStore.store``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        try:
            write_private(
                self._path(name), nonce + self._cipher.encrypt(nonce, secret, name.encode())
            )
        except OSError as error:
            raise AgentError(f"{self._path(name)}: cannot be written ({error.strerror})") from error

    def delete(self, name: str) -> None:
        """See ``KeyStore.delete``."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.sealed"
