"""Words that only their recipients can read: excerpts are sealed on the device, opened by a DSL.

One random content key encrypts the content (AES-256-GCM); HPKE (RFC 9180, base mode,
X25519 / HKDF-SHA256 / AES-256-GCM) wraps that key to each recipient. Both are bound to what they
belong to (for an excerpt: the trust, the device and the event), so that a sealed excerpt cannot be
moved under another event. The suite is the one that browsers open with WebCrypto (reference:
architecture.md, section 3.9). What people write about a child is sealed in the same way.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tutelage_wire import keys
from tutelage_wire.errors import SealError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_wire.ids import DeviceId, EventId

SUITE = "HPKE-X25519-HKDF-SHA256-AES-256-GCM/1"
NONCE_BYTES = 12
CONTENT_KEY_BYTES = 32
PAD_TO = 256
"""Content is padded to a multiple of this, so that its length says little."""

_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Wrap:
    """The content key, sealed to one recipient."""

    key_id: bytes
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext as it travels and as it is stored."""

    suite: str
    ciphertext: bytes
    wraps: tuple[Wrap, ...]


class Binding(Protocol):
    """What sealed words belong to. It is authenticated, not hidden."""

    def encoded(self) -> bytes:
        """Return the bytes that bind ciphertext and wraps to their place."""


@dataclass(frozen=True, slots=True)
class SealContext:
    """What a sealed excerpt belongs to. It is authenticated, not hidden."""

    trust_id: str
    device_id: DeviceId
    event_id: EventId

    def encoded(self) -> bytes:
        """Return the bytes that bind ciphertext and wraps to their event."""
        text = "|".join((self.trust_id, self.device_id, self.event_id))
        return keys.domain("tutelage/seal/v1", text.encode())


@dataclass(frozen=True, slots=True)
class Content:
    """What is sealed: the words, and what would tell who wrote them."""

    excerpt: str
    """The matched words with a few around them; other people's addresses and numbers masked."""
    account: str = ""
    """The signed-in account as the operating system names it."""
    source: str = ""
    """File name, page title or window title."""
    explanation: str = ""
    """JSON: the match record that ``tutelage-pack explain`` replays."""
    spans: tuple[tuple[int, int], ...] = field(default=())
    """Where in the excerpt the matches are: character offsets, end exclusive."""


def seal(content: Content, recipients: Iterable[bytes], context: SealContext) -> Sealed:
    """Encrypt ``content`` so that each recipient can open it, and nobody else.

    Args:
        content: what was met.
        recipients: raw X25519 public keys, 32 bytes each; at least one.
        context: the event that it belongs to.

    Raises:
        SealError: there is no recipient, or a key is not a key.
    """
    body = {
        "excerpt": content.excerpt,
        "account": content.account,
        "source": content.source,
        "explanation": content.explanation,
        "spans": content.spans,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return seal_text(text, recipients, context)


def seal_text(text: str, recipients: Iterable[bytes], binding: Binding) -> Sealed:
    """Encrypt ``text`` so that each recipient can open it, and nobody else.

    Raises:
        SealError: there is no recipient, or a key is not a key.
    """
    plain = _padded(text)
    bound = binding.encoded()
    content_key = os.urandom(CONTENT_KEY_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    wraps = tuple(wrap_key(content_key, recipient, binding) for recipient in recipients)
    if not wraps:
        raise SealError("no recipient to seal to: enrol again, or ask for a bundle with recipients")
    return Sealed(SUITE, nonce + AESGCM(content_key).encrypt(nonce, plain, bound), wraps)


def wrap_key(content_key: bytes, recipient: bytes, binding: Binding) -> Wrap:
    """Seal a content key to one more recipient (a new deputy, the recovery key).

    Raises:
        SealError: ``recipient`` is not a raw X25519 public key.
    """
    try:
        public_key = x25519.X25519PublicKey.from_public_bytes(recipient)
    except ValueError as error:
        raise SealError("a recipient's key is not a 32-byte X25519 public key") from error
    wrapped = _HPKE.encrypt(content_key, public_key, info=binding.encoded())
    return Wrap(keys.key_id(recipient), wrapped)


def unwrap_key(sealed: Sealed, private_key: x25519.X25519PrivateKey, binding: Binding) -> bytes:
    """Return the content key.

    Raises:
        SealError: it was not sealed to this key, or belongs elsewhere.
    """
    mine = keys.key_id(private_key.public_key().public_bytes_raw())
    for wrap in sealed.wraps:
        if wrap.key_id == mine:
            try:
                return _HPKE.decrypt(wrap.wrapped_key, private_key, info=binding.encoded())
            except InvalidTag as error:
                raise SealError("this was sealed for another place, or was changed") from error
    raise SealError(f"not sealed to key {mine.hex()}: one of the recipients has to share it")


def open_sealed(sealed: Sealed, private_key: x25519.X25519PrivateKey, context: Binding) -> Content:
    """Return what was sealed.

    Raises:
        SealError: wrong key, wrong event, or changed bytes.
    """
    text = open_text(sealed, private_key, context)
    try:
        row = json.loads(text)
        return Content(
            excerpt=str(row["excerpt"]),
            account=str(row["account"]),
            source=str(row["source"]),
            explanation=str(row["explanation"]),
            spans=tuple((int(start), int(end)) for start, end in row["spans"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SealError("what was sealed here is not an excerpt") from error


def open_text(sealed: Sealed, private_key: x25519.X25519PrivateKey, binding: Binding) -> str:
    """Return the text that was sealed.

    Raises:
        SealError: wrong key, wrong place, or changed bytes.
    """
    if sealed.suite != SUITE:
        raise SealError(f"sealed with {sealed.suite!r}; this version opens {SUITE!r}")
    content_key = unwrap_key(sealed, private_key, binding)
    nonce, body = sealed.ciphertext[:NONCE_BYTES], sealed.ciphertext[NONCE_BYTES:]
    try:
        plain = AESGCM(content_key).decrypt(nonce, body, binding.encoded())
        return plain[4 : 4 + int.from_bytes(plain[:4], "big")].decode("utf-8")
    except (InvalidTag, ValueError) as error:
        raise SealError("this was changed, or sealed for another place") from error


def _padded(text: str) -> bytes:
    body = text.encode("utf-8", "replace")
    framed = len(body).to_bytes(4, "big") + body
    return framed + bytes(-len(framed) % PAD_TO)
