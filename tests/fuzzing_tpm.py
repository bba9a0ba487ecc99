"""Every parser of what a TPM answers, and of what the agent keeps of it, as fuzzing targets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from fuzzing import Target
from tutelage_agent.errors import TpmError
from tutelage_agent.keystore.tpm import chip, endorsement, objects, public
from tutelage_agent.keystore.tpm.numbers import TRANSIENT_FIRST, Algorithm, Command, Tag
from tutelage_agent.keystore.tpm.session import Session
from tutelage_agent.keystore.tpm.wire import sized, u8, u16, u32

if TYPE_CHECKING:
    from collections.abc import Callable


def targets() -> list[Target]:
    """Return a target for each parser of a TPM's bytes."""
    signing = _signing_area()
    answer = (
        u16(Tag.SESSIONS) + u32(10 + 4 + 4 + 5, 0) + u32(4) + b"data" + sized() + u8(0) + sized()
    )
    found = u8(0) + u32(1, 2, TRANSIENT_FIRST, TRANSIENT_FIRST + 1)
    signature = u16(Algorithm.ECDSA, Algorithm.SHA256) + sized(b"\x11" * 32) + sized(b"\x22" * 32)
    nv = sized(u32(0x01C00002) + u16(Algorithm.SHA256) + u32(0x62076801) + sized() + u16(900))
    blob = objects.Blob(public.read_public(signing), b"p" * 100, b"n" * 34).to_json()
    session = Session(0x02000000, b"k" * 32, b"n" * 32)
    session.authorise(Command.UNSEAL, (), b"")
    area = sized(secrets.token_bytes(32)) + u8(0x40) + sized(bytes(32))

    def framed(data: bytes) -> bool:
        chip.read_code(data)
        chip.read_answer(data, Tag.SESSIONS, loads=False)
        return False

    def another_key(data: bytes) -> bool:
        # A public area is vouched for by its name alone: a changed one must have another.
        return public.read_public(data).name == public.read_public(signing).name

    def forged(data: bytes) -> bool:
        session.check(Command.UNSEAL, sized(b"x"), data)
        return True

    return [
        _target("tpm answer", answer, framed),
        _target("tpm handles", found, lambda data: not _few(data)),
        _target("tpm public area", signing, another_key),
        _target("tpm signature", signature, lambda data: objects.read_signature(data) == b""),
        _target("tpm index", nv, lambda data: endorsement.read_nv_size(data, 0x01C00002) > 8192),
        _target("tpm certificate", b"\x30\x82\x01\x00" + bytes(256), _certificate),
        _target(
            "tpm session",
            area,
            lambda data: session.check(Command.UNSEAL, sized(b"x"), data) != b"",
        ),
        Target("tpm blob", (blob,), _blob, (ValueError,)),
    ]


def _target(name: str, sample: bytes, accepts: Callable[[bytes], bool]) -> Target:
    return Target(name, (sample,), accepts, (TpmError,))


def _few(data: bytes) -> bool:
    return len(chip.read_handles(data, TRANSIENT_FIRST)) < len(data)


def _certificate(data: bytes) -> bool:
    endorsement.read_certificate(data)
    return False


def _blob(data: bytes) -> bool:
    objects.read_blob(data)
    return False


def _signing_area() -> bytes:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    unique = sized(point.x.to_bytes(32, "big")) + sized(point.y.to_bytes(32, "big"))
    return public.SIGNING_TEMPLATE[:-4] + unique
