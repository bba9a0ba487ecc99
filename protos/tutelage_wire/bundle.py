"""The bundle: the one file that a school puts beside the agent's package so that it can enrol.

JSON, because GPO, Intune, Jamf and people can all carry and read it. It holds a join token, so it
is deleted from the device after enrolment.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from tutelage_wire.errors import DecodeError

VERSION = 1
MAX_BUNDLE_BYTES = 256 * 2**10


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone to whom excerpts are sealed."""

    name: str
    """A role, never a person's name: ``dsl``, ``deputy``, ``recovery``."""
    public_key: bytes
    """Raw X25519, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a device must know before it has met its collector."""

    trust_id: str
    school_id: str
    enrol_address: str
    """``host:port`` of listener A."""
    link_address: str
    """``host:port`` of listener B."""
    ca_certificate: str
    """PEM of the trust's own root: the only root that the agent accepts."""
    checkpoint_keys: tuple[bytes, ...]
    """Raw Ed25519 keys that may sign checkpoints."""
    recipients: tuple[Recipient, ...]
    subject_key: bytes
    """32 bytes: turns account names into pseudonyms."""
    token_id: str = ""
    token_secret: bytes = b""
    root: bytes = b""
    """The trust's signed root, as ``documents.encode`` writes it: whose keys say what is watched.
    Empty where the trust has signed none yet; such a device obeys no policy before it enrols
    again, because a root that came later could be anybody's."""


def dumps(bundle: Bundle) -> str:
    """Return the bundle as the text of its file."""
    return json.dumps(
        {
            "tutelage_bundle": VERSION,
            "trust_id": bundle.trust_id,
            "school_id": bundle.school_id,
            "enrol_address": bundle.enrol_address,
            "link_address": bundle.link_address,
            "ca_certificate": bundle.ca_certificate,
            "checkpoint_keys": [_b64(key) for key in bundle.checkpoint_keys],
            "recipients": [
                {"name": one.name, "public_key": _b64(one.public_key)} for one in bundle.recipients
            ],
            "subject_key": _b64(bundle.subject_key),
            "token_id": bundle.token_id,
            "token_secret": _b64(bundle.token_secret),
            "root": _b64(bundle.root),
        },
        indent=2,
    )


def loads(text: str) -> Bundle:
    """Return the bundle that ``text`` holds.

    Raises:
        DecodeError: it says which key is missing or wrong.
    """
    if len(text) > MAX_BUNDLE_BYTES:
        raise DecodeError(f"bundle of {len(text)} bytes; {MAX_BUNDLE_BYTES} allowed")
    try:
        row = json.loads(text)
        if row["tutelage_bundle"] != VERSION:
            raise DecodeError(
                f"bundle version {row['tutelage_bundle']}; this agent reads version {VERSION}"
            )
        return Bundle(
            trust_id=str(row["trust_id"]),
            school_id=str(row["school_id"]),
            enrol_address=str(row["enrol_address"]),
            link_address=str(row["link_address"]),
            ca_certificate=str(row["ca_certificate"]),
            checkpoint_keys=tuple(_raw(key) for key in row["checkpoint_keys"]),
            recipients=tuple(
                Recipient(str(one["name"]), _raw(one["public_key"])) for one in row["recipients"]
            ),
            subject_key=_raw(row["subject_key"]),
            token_id=str(row["token_id"]),
            token_secret=_raw(row["token_secret"]),
            root=_raw(row.get("root", "")),  # bundles of before signed policies have none
        )
    except KeyError as error:
        raise DecodeError(f"bundle: {error.args[0]} is missing") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DecodeError(f"bundle: not what a collector writes ({error})") from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError("bundle: a key is not base64") from error
