"""A recipient's key on its holder's side: drawn, wrapped, kept in a file, offered to a collector.

The file holds the private half twice, under Argon2id for this program and under PBKDF2 for a
browser, which has no Argon2. The offer holds the public half and the browser's form only.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import x25519

from tutelage_collector import secrecy
from tutelage_collector.errors import SecretError, StateError
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import keys

if TYPE_CHECKING:
    from pathlib import Path

_PURPOSE = "recipient:"
_FILE, _OFFER, _VERSION = "tutelage_recipient_key", "tutelage_recipient_offer", 1
_MAX_FILE_BYTES = 16 * 2**10
_PUBLIC_BYTES = 32


@dataclass(frozen=True, slots=True)
class Offer:
    """What a collector gets of a key."""

    name: str
    kind: RecipientKind
    public_key: bytes
    browser_key: str
    """JSON: the private half under the passphrase; "" = none."""

    @property
    def key_id(self) -> str:
        """The name of the key, 16 hex digits."""
        return keys.key_id(self.public_key).hex()


@dataclass(frozen=True, slots=True)
class OwnKey:
    """What its holder keeps."""

    offer: Offer
    wrapped: secrecy.WrappedKey


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fresh key. The passphrase leaves this value once, to the person."""

    own: OwnKey
    private: x25519.X25519PrivateKey
    passphrase: str


def draw(name: str, kind: RecipientKind) -> Drawn:
    """Make a key and a passphrase of 140 bits for it."""
    private, passphrase = x25519.X25519PrivateKey.generate(), secrecy.new_password()
    raw = private.private_bytes_raw()
    browser = secrecy.wrap_for_browser(raw, passphrase, _PURPOSE + name)
    offer = Offer(name, kind, private.public_key().public_bytes_raw(), json.dumps(browser))
    return Drawn(OwnKey(offer, secrecy.wrap(raw, passphrase, _PURPOSE + name)), private, passphrase)


def bound(name: str) -> bytes:
    """Return what a wrapped private key is bound to: its holder's name."""
    return secrecy.bound(_PURPOSE + name)


def open_own(own: OwnKey, passphrase: str) -> x25519.X25519PrivateKey:
    """Return the private key of a holder's own file.

    Raises:
        SecretError: the passphrase is wrong, or the file was changed.
    """
    raw = secrecy.unwrap(own.wrapped, passphrase, _PURPOSE + own.offer.name)
    return _matching(raw, own.offer.public_key)


def open_kept(
    name: str, public_key: bytes, browser_key: str, passphrase: str
) -> x25519.X25519PrivateKey:
    """Return the private key from the form that a collector keeps for browsers.

    Raises:
        SecretError: the passphrase is wrong, or what is kept was changed.
    """
    raw = secrecy.unwrap_for_browser(browser_key, passphrase, _PURPOSE + name)
    return _matching(raw, public_key)


def _matching(raw: bytes, public_key: bytes) -> x25519.X25519PrivateKey:
    private = x25519.X25519PrivateKey.from_private_bytes(raw)
    if private.public_key().public_bytes_raw() != public_key:
        raise SecretError("this key's public half was exchanged: do not share anything with it")
    return private


def write_own(folder: Path, own: OwnKey) -> tuple[Path, Path]:
    """Write the holder's file and the offer; return both.

    Raises:
        StateError: they cannot be written, or are there already.
    """
    row = _row(own.offer) | {_FILE: _VERSION, "argon2id": json.loads(secrecy.dumps(own.wrapped))}
    mine, offered = folder / f"{own.offer.name}.key.json", folder / f"{own.offer.name}.offer.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(mine, json.dumps(row, indent=2))
        _write_new(offered, dumps_offer(own.offer))
    except FileExistsError as error:
        raise StateError(
            f"{folder}: holds a key of this name already; name another folder"
        ) from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
    return mine, offered


def read_own(path: Path) -> OwnKey:
    """Return what a holder's file says.

    Raises:
        SecretError: it cannot be read, or is not such a file.
    """
    row = _read(path)
    if row.get(_FILE) != _VERSION:
        raise SecretError(f"{path}: not a recipient's key file (NAME.key.json)")
    try:
        return OwnKey(_offer(row), secrecy.loads(json.dumps(row["argon2id"])))
    except (KeyError, ValueError, TypeError) as error:
        raise SecretError(f"{path}: damaged; restore it from your backup") from error


def dumps_offer(offer: Offer) -> str:
    """Return what goes to the collector, as text."""
    return json.dumps(_row(offer) | {_OFFER: _VERSION}, indent=2)


def read_offer(path: Path) -> Offer:
    """Return what a holder offers.

    Raises:
        SecretError: it cannot be read, or is not an offer.
    """
    return parse_offer(_read(path), str(path))


def parse_offer(row: dict[str, object], where: str) -> Offer:
    """Return what a holder offers, from JSON.

    Raises:
        SecretError: it is not an offer.
    """
    if row.get(_OFFER) != _VERSION:
        raise SecretError(f"{where}: not a recipient's offer (NAME.offer.json)")
    try:
        found = _offer(row)
        if found.browser_key:
            secrecy.check_browser_key(found.browser_key)
    except (KeyError, ValueError, TypeError) as error:
        raise SecretError(f"{where}: not a recipient's offer; make it anew") from error
    return found


def _row(offer: Offer) -> dict[str, object]:
    return {
        "name": offer.name,
        "kind": offer.kind.value,
        "public_key": b64encode(offer.public_key).decode(),
        "browser": json.loads(offer.browser_key) if offer.browser_key else None,
    }


def _offer(row: dict[str, object]) -> Offer:
    public = b64decode(str(row["public_key"]), validate=True)
    if len(public) != _PUBLIC_BYTES:
        raise ValueError("a public key has 32 bytes")
    browser = row["browser"]
    return Offer(
        name=str(row["name"]),
        kind=RecipientKind(str(row["kind"])),
        public_key=public,
        browser_key=json.dumps(browser) if browser is not None else "",
    )


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            row = json.loads(file.read(_MAX_FILE_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise SecretError(f"{path}: cannot be read; is it the right file?") from error
    if not isinstance(row, dict):
        raise SecretError(f"{path}: not a recipient's file")
    return row


def _write_new(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
