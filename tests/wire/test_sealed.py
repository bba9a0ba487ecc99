"""Sealed excerpts: who can open them, and where they belong."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given
from hypothesis import strategies as st

from tutelage_wire import sealed
from tutelage_wire.errors import SealError
from tutelage_wire.events import DeviceId, EventId
from tutelage_wire.sealed import Content, SealContext

CONTEXT = SealContext("ret", DeviceId("ab" * 16), EventId("cd" * 16))
CONTENT = Content("… an invented sentence …", "p.pupil", "essay.docx", "{}", ((2, 9),))


@pytest.fixture(scope="module")
def dsl():
    return x25519.X25519PrivateKey.generate()


def public(key):
    return key.public_key().public_bytes_raw()


def test_every_recipient_opens_it_and_nobody_else(dsl):
    deputy, stranger = x25519.X25519PrivateKey.generate(), x25519.X25519PrivateKey.generate()
    closed = sealed.seal(CONTENT, [public(dsl), public(deputy)], CONTEXT)
    assert sealed.open_sealed(closed, dsl, CONTEXT) == CONTENT
    assert sealed.open_sealed(closed, deputy, CONTEXT) == CONTENT
    with pytest.raises(SealError, match="not sealed to key"):
        sealed.open_sealed(closed, stranger, CONTEXT)


@pytest.mark.parametrize(
    "moved",
    [
        dataclasses.replace(CONTEXT, trust_id="other"),
        dataclasses.replace(CONTEXT, device_id=DeviceId("00" * 16)),
        dataclasses.replace(CONTEXT, event_id=EventId("00" * 16)),
    ],
)
def test_an_excerpt_moved_under_another_event_does_not_open(dsl, moved):
    closed = sealed.seal(CONTENT, [public(dsl)], CONTEXT)
    with pytest.raises(SealError):
        sealed.open_sealed(closed, dsl, moved)


def test_a_changed_byte_does_not_open(dsl):
    closed = sealed.seal(CONTENT, [public(dsl)], CONTEXT)
    for position in range(0, len(closed.ciphertext), 37):
        changed = bytearray(closed.ciphertext)
        changed[position] ^= 1
        with pytest.raises(SealError):
            sealed.open_sealed(dataclasses.replace(closed, ciphertext=bytes(changed)), dsl, CONTEXT)


def test_nothing_of_the_content_is_readable_and_its_length_says_little(dsl):
    short = sealed.seal(Content("one"), [public(dsl)], CONTEXT)
    longer = sealed.seal(Content("one hundred and one"), [public(dsl)], CONTEXT)
    assert len(short.ciphertext) == len(longer.ciphertext)
    assert b"one" not in short.ciphertext


def test_without_recipients_nothing_is_sealed():
    with pytest.raises(SealError, match="no recipient"):
        sealed.seal(CONTENT, [], CONTEXT)


@given(st.text(max_size=2000), st.text(max_size=50))
def test_any_text_survives(excerpt, source):
    key = x25519.X25519PrivateKey.from_private_bytes(b"\x11" * 32)
    # Lone surrogates (half an emoji in a torn file) come back as "?": they are not text.
    clean = excerpt.encode("utf-8", "replace").decode()
    content = Content(excerpt, source=source.encode("utf-8", "replace").decode())
    opened = sealed.open_sealed(sealed.seal(content, [public(key)], CONTEXT), key, CONTEXT)
    assert opened.excerpt == clean


def test_a_text_opens_only_in_the_place_that_it_was_sealed_for() -> None:
    private = x25519.X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    here = SealContext("ret", DeviceId("0" * 32), EventId("1" * 32))
    elsewhere = SealContext("ret", DeviceId("0" * 32), EventId("2" * 32))
    closed = sealed.seal_text("an invented note, with é and 😔", [public], here)
    assert sealed.open_text(closed, private, here) == "an invented note, with é and 😔"
    with pytest.raises(SealError, match="another place"):
        sealed.open_text(closed, private, elsewhere)
