"""The recipients document: to whom the devices of a trust seal, signed by people.

Its body is ``{"recipients": [{"name", "school", "public_key"}]}``; an empty school means every
school. A collector can withhold it, and cannot add itself to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import x25519

from tutelage_wire.documents import Role
from tutelage_wire.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutelage_wire.documents import Document

MOST_RECIPIENTS = 64


@dataclass(frozen=True, slots=True)
class SealTo:
    """Somebody to whom devices seal."""

    name: str
    school: str
    """"" = every school of the trust."""
    public_key: bytes
    """Raw X25519, 32 bytes."""


def body_of(recipients: Iterable[SealTo]) -> Mapping[str, Any]:
    """Return the body that is signed."""
    return {
        "recipients": [
            {"name": one.name, "school": one.school, "public_key": one.public_key.hex()}
            for one in recipients
        ]
    }


def read_recipients(document: Document) -> tuple[SealTo, ...]:
    """Return what a (verified) recipients document says.

    Raises:
        DecodeError: it is of another role, names nobody, too many, or something that is no key.
    """
    if document.head.role is not Role.RECIPIENTS:
        raise DecodeError(f"a {document.head.role} document says nothing of recipients")
    try:
        found = tuple(
            SealTo(str(one["name"]), str(one["school"]), bytes.fromhex(one["public_key"]))
            for one in document.body["recipients"]
        )
        for one in found:
            x25519.X25519PublicKey.from_public_bytes(one.public_key)
    except (KeyError, ValueError, TypeError, AttributeError, UnsupportedAlgorithm) as error:
        raise DecodeError(f"recipients document: not readable ({error})") from error
    if not 1 <= len(found) <= MOST_RECIPIENTS:
        raise DecodeError(
            f"recipients document: names {len(found)}; 1 to {MOST_RECIPIENTS} allowed"
        )
    return found


def of_school(recipients: Iterable[SealTo], school: str) -> tuple[bytes, ...]:
    """Return the keys to which a school's devices seal, each once, in order."""
    keys = (one.public_key for one in recipients if one.school in ("", school))
    return tuple(dict.fromkeys(keys))
