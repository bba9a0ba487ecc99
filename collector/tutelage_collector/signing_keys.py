"""Key files of the people who sign what devices obey: kept by them, never on the collector.

One file a person: the public key in clear, the private one under a passphrase (Argon2id). Whoever
finds the file alone, or the passphrase alone, signs nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_collector import secrecy
from tutelage_collector.errors import PublishError

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_wire import keys

_VERSION = 1
_MOST_CHARACTERS = 64 * 2**10


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A signing key as it lies on somebody's USB stick."""

    name: str
    """What it is for: ``root-1``, ``policy``."""
    public_key: bytes
    wrapped: secrecy.WrappedKey

    def open(self, passphrase: str) -> keys.Sign:
        """Return what signs with this key.

        Raises:
            SecretError: the passphrase is wrong.
        """
        raw = secrecy.unwrap(self.wrapped, passphrase, _purpose(self.public_key))
        return ed25519.Ed25519PrivateKey.from_private_bytes(raw).sign


def make(path: Path, name: str, passphrase: str) -> KeyFile:
    """Draw a key and write its file, readable by its owner only.

    Raises:
        PublishError: the file exists already, or cannot be written.
    """
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    wrapped = secrecy.wrap(private.private_bytes_raw(), passphrase, _purpose(public))
    row = {
        "tutelage_signing_key": _VERSION,
        "name": name,
        "public_key": public.hex(),
        "wrapped_private_key": json.loads(secrecy.dumps(wrapped)),
    }
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(row, indent=2))
    except FileExistsError as error:
        raise PublishError(f"{path}: is there already; a key is never overwritten") from error
    except OSError as error:
        raise PublishError(f"{path}: cannot be written ({error.strerror})") from error
    return KeyFile(name, public, wrapped)


def read(path: Path) -> KeyFile:
    """Return the key of a file, its private half still closed.

    Raises:
        PublishError: it is no key file.
    """
    try:
        with path.open(encoding="utf-8") as file:
            row = json.loads(file.read(_MOST_CHARACTERS))
        wrapped = secrecy.loads(json.dumps(row["wrapped_private_key"]))
        found = KeyFile(str(row["name"]), bytes.fromhex(row["public_key"]), wrapped)
    except OSError as error:
        raise PublishError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(
            f"{path}: is no signing key of ours; make one with: policy key"
        ) from error
    if row.get("tutelage_signing_key") != _VERSION:
        raise PublishError(f"{path}: a key file of a newer version: install that collector")
    return found


def _purpose(public_key: bytes) -> str:
    return f"signing:{public_key.hex()}"
