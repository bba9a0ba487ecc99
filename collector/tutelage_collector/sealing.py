"""What people write about a child, sealed to those who may read it: JSON in the store and in pages.

The page seals in the browser (``web/static/sealing.js``), a command seals before it stores. Neither
the database nor a serving collector ever holds the words.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.errors import SecretError
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import keys, sealed
from tutelage_wire.errors import SealError
from tutelage_wire.sealed import Sealed, Wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import x25519

MOST_TEXT_BYTES = 6_000
"""Of one note: a page and a half of typing. Longer ones become several notes."""
MOST_SEALED_CHARACTERS = 16_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to whom words are sealed."""

    name: str
    public_key: bytes
    """Raw X25519, 32 bytes."""
    kind: RecipientKind = RecipientKind.DSL
    of_one_school: bool = False
    """Whether its holder works for one school: what is about a headteacher goes past theirs."""

    @property
    def key_id(self) -> str:
        """The name of the key, 16 hex digits."""
        return keys.key_id(self.public_key).hex()


@dataclass(frozen=True, slots=True)
class RecordBinding:
    """Where sealed words belong: a line of a concern, a row of a person, a report."""

    trust_id: str
    kind: str
    record_id: str

    def encoded(self) -> bytes:
        """Return the bytes that bind ciphertext and wraps to their record."""
        text = "|".join((self.trust_id, self.kind, self.record_id))
        return keys.domain("tutelage/record/v1", text.encode())


def seal(text: str, readers: Sequence[Reader], binding: RecordBinding) -> str:
    """Return ``text`` sealed to all readers, as JSON.

    Raises:
        SecretError: it is too long, or there is nobody to seal it to.
    """
    if len(text.encode("utf-8", "replace")) > MOST_TEXT_BYTES:
        raise SecretError(f"this is longer than {MOST_TEXT_BYTES:,} bytes; write it as two notes")
    try:
        return dumps(sealed.seal_text(text, [one.public_key for one in readers], binding))
    except SealError as error:
        raise SecretError(f"this cannot be sealed: {error}") from error


def open_text(text: str, key: x25519.X25519PrivateKey, binding: RecordBinding) -> str:
    """Return the words.

    Raises:
        SecretError: they were not sealed to this key, or were changed or moved.
    """
    try:
        return sealed.open_text(loads(text), key, binding)
    except SealError as error:
        raise SecretError(f"{binding.kind} {binding.record_id}: {error}") from error


def check(text: str, readers: Sequence[Reader]) -> str:
    """Return what a browser sealed, if each reader will be able to open it.

    Raises:
        SecretError: it is no sealed text, too long, or not sealed to exactly these readers.
    """
    if len(text) > MOST_SEALED_CHARACTERS:
        raise SecretError("this is too long; write it as two notes")
    found = loads(text)
    if {wrap.key_id.hex() for wrap in found.wraps} != {one.key_id for one in readers}:
        raise SecretError(
            "this was not sealed to those who may read it now: load the page again, then write"
        )
    return dumps(found)


def dumps(found: Sealed) -> str:
    """Return sealed words as JSON."""
    return json.dumps(as_json(found), separators=(",", ":"))


def as_json(found: Sealed) -> dict[str, object]:
    """Return sealed words as browsers read them."""
    return {
        "suite": found.suite,
        "ciphertext": b64encode(found.ciphertext).decode("ascii"),
        "wraps": [
            {
                "key_id": wrap.key_id.hex(),
                "wrapped_key": b64encode(wrap.wrapped_key).decode("ascii"),
            }
            for wrap in found.wraps
        ],
    }


def loads(text: str) -> Sealed:
    """Return the sealed words that JSON holds.

    Raises:
        SecretError: it holds none.
    """
    try:
        row = json.loads(text)
        if row["suite"] != sealed.SUITE:
            raise SecretError(f"sealed with an unknown suite; this version knows {sealed.SUITE}")
        wraps = tuple(
            Wrap(bytes.fromhex(one["key_id"]), b64decode(one["wrapped_key"], validate=True))
            for one in row["wraps"]
        )
        return Sealed(sealed.SUITE, b64decode(row["ciphertext"], validate=True), wraps)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SecretError("this is not what the page seals: load it again, then write") from error
