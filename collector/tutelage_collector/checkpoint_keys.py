"""The key that signs checkpoints, digests and freshness, and those that did before it.

Devices believe the one that the trust's authority certifies. A key that was replaced stays here for
one purpose, the word on freshness, until the people's root names the new one; then its private half
goes. Its public half stays, so that digests of before can be compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_collector import private_file
from tutelage_collector.errors import StateError
from tutelage_wire import keys, times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY, EARLIER = "keys/checkpoint.key", "keys/checkpoint-earlier.json"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A checkpoint key that was replaced."""

    public: bytes
    private: ed25519.Ed25519PrivateKey | None
    """None: its private half is gone."""
    until: datetime


@dataclass(frozen=True, slots=True)
class CheckpointKeys:
    """The present key, and the others."""

    present: ed25519.Ed25519PrivateKey
    earlier: tuple[Earlier, ...] = ()

    @property
    def present_public(self) -> bytes:
        """Raw, 32 bytes."""
        return self.present.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The present key's name, as checkpoints carry it."""
        return keys.key_id(self.present_public).hex()

    def public(self) -> tuple[bytes, ...]:
        """Return all public halves, the present one first."""
        return (self.present_public, *(one.public for one in self.earlier))

    def signing(self) -> tuple[ed25519.Ed25519PrivateKey, ...]:
        """Return all private halves that are still here, the present one first."""
        return (self.present, *(one.private for one in self.earlier if one.private))


def load(folder: Path) -> CheckpointKeys:
    """Return the keys of a state folder.

    Raises:
        StateError: one cannot be read, or is not a key.
    """
    path = folder / KEY
    try:
        present = ed25519.Ed25519PrivateKey.from_private_bytes(path.read_bytes())
        path = folder / EARLIER
        rows = json.loads(path.read_bytes()) if path.exists() else []
        return CheckpointKeys(present, tuple(_earlier(row) for row in rows))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path}: not a key; restore it from a backup") from error


def make(folder: Path) -> None:
    """Draw the first key.

    Raises:
        OSError: it cannot be written.
    """
    private_file.write(folder / KEY, ed25519.Ed25519PrivateKey.generate().private_bytes_raw())


def renew(folder: Path, now: datetime) -> CheckpointKeys:
    """Draw a new key in place of the present one; a running collector takes it up by itself.

    Raises:
        StateError: it cannot be written.
    """
    held = load(folder)
    replaced = Earlier(held.present_public, held.present, now)
    try:
        # Noted first: a crash before the second write leaves the present key in both places.
        _write_earlier(folder, (replaced, *held.earlier))
        make(folder)
    except OSError as error:
        raise StateError(f"{folder / KEY}: cannot be written ({error.strerror})") from error
    return load(folder)


def forget_private(folder: Path) -> bool:
    """Delete the private halves of replaced keys; tell whether there were any.

    Raises:
        StateError: the file cannot be written.
    """
    held = load(folder)
    if not any(one.private for one in held.earlier):
        return False
    try:
        _write_earlier(folder, [Earlier(one.public, None, one.until) for one in held.earlier])
    except OSError as error:
        raise StateError(f"{folder / EARLIER}: cannot be written ({error.strerror})") from error
    return True


def _earlier(row: dict[str, str]) -> Earlier:
    private = row["private"]
    return Earlier(
        bytes.fromhex(row["public"]),
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private)) if private else None,
        datetime.fromisoformat(row["until"]),
    )


def _write_earlier(folder: Path, earlier: Sequence[Earlier]) -> None:
    rows = [
        {
            "public": one.public.hex(),
            "private": one.private.private_bytes_raw().hex() if one.private else "",
            "until": times.text(one.until),
        }
        for one in {one.public: one for one in reversed(earlier)}.values()
    ]
    private_file.write(folder / EARLIER, json.dumps(rows[::-1], indent=1).encode())
