"""The trust's own ceremony: roots, and signatures of several people on one document.

None of it needs a collector, and none of it should run on one: what an administrator of the
collector could sign, they could also be made to sign.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_collector import secrecy, signing_keys
from tutelage_collector.errors import PublishError
from tutelage_wire import documents, trust
from tutelage_wire.documents import Head, Role, RoleKeys, SignedDocument
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tutelage_collector.signing_keys import KeyFile
    from tutelage_wire import keys

ROOT_LASTS = timedelta(days=3 * 365)
RECIPIENT_SIGNERS = 2
"""Who reads excerpts is decided by two people together."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the ceremony needs to know of a collector: nothing secret."""

    trust: str
    freshness_key: bytes

    def dumps(self) -> str:
        """Return it as its file's text."""
        row = {"tutelage_collector": 1, "trust": self.trust, "key": self.freshness_key.hex()}
        return json.dumps(row, indent=2)


def read_identity(path: Path) -> Identity:
    """Return a collector's identity from its file.

    Raises:
        PublishError: it is none.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        found = Identity(str(row["trust"]), bytes.fromhex(row["key"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(
            f"{path}: is not what the collector wrote with: policy identity --out FILE"
        ) from error
    if len(found.freshness_key) != 32:
        raise PublishError(f"{path}: its key is damaged: write it again on the collector")
    return found


@dataclass(frozen=True, slots=True)
class FirstRoot:
    """What ``first_root`` made, and what has to be handed to people once."""

    document: SignedDocument
    passphrases: Mapping[str, str]
    """Name of a key file -> its passphrase."""


def first_root(
    folder: Path,
    collector: Identity,
    now: datetime,
    *,
    people: int = 3,
    threshold: int = 2,
    least_rules: Mapping[str, int] | None = None,
) -> FirstRoot:
    """Draw all keys into ``folder``, and sign the first root with ``threshold`` of them.

    Args:
        folder: new or empty; its files go to different people afterwards.
        collector: whose word on freshness counts.
        now: the present moment.
        people: root keys.
        threshold: so many of them must sign a root.
        least_rules: pack -> the fewest rules that it may have.

    Raises:
        PublishError: a number does not fit, or a file is there already.
    """
    if not 1 <= threshold <= people <= documents.MAX_SIGNATURES:
        raise PublishError(f"{threshold} of {people} root keys cannot be: give 1 to {people}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PublishError(f"{folder}: cannot be made ({error.strerror})") from error
    names = [f"root-{number}" for number in range(1, people + 1)]
    names += ["policy", *(f"recipients-{number}" for number in range(1, RECIPIENT_SIGNERS + 1))]
    passphrases = {name: secrecy.new_password() for name in names}
    made = {
        name: signing_keys.make(folder / f"{name}.key", name, passphrase)
        for name, passphrase in passphrases.items()
    }
    of = [made[name].public_key for name in names]
    roles = {
        Role.ROOT: RoleKeys(tuple(of[:people]), threshold),
        Role.POLICY: RoleKeys((of[people],), 1),
        Role.RECIPIENTS: RoleKeys(tuple(of[people + 1 :]), RECIPIENT_SIGNERS),
        Role.FRESHNESS: RoleKeys((collector.freshness_key,), 1),
    }
    payload = documents.write_root(
        Head(Role.ROOT, collector.trust, 1, now + ROOT_LASTS), roles, least_rules
    )
    signers = {
        made[name].public_key: made[name].open(passphrases[name]) for name in names[:threshold]
    }
    return FirstRoot(documents.sign(Role.ROOT, payload, signers), passphrases)


def next_root(
    present: SignedDocument,
    now: datetime,
    changes: Mapping[Role, RoleKeys],
    least_rules: Mapping[str, int],
) -> SignedDocument:
    """Return the root after ``present``, unsigned: old and new root keys must both sign it.

    Raises:
        DecodeError: ``present`` is no root.
    """
    root = documents.read_root(present)
    head = replace(root.head, version=root.head.version + 1, expires=now + ROOT_LASTS)
    payload = documents.write_root(
        head, {**root.roles, **changes}, {**root.least_rules, **least_rules}
    )
    return SignedDocument(Role.ROOT, payload, ())


def signed_with(document: SignedDocument, signers: Mapping[bytes, keys.Sign]) -> SignedDocument:
    """Return a document with further signatures; one key counts once."""
    fresh = documents.sign(document.role, document.payload, signers)
    there = {one.key_id: one for one in (*document.signatures, *fresh.signatures)}
    return replace(document, signatures=tuple(there.values()))


def still_missing(document: SignedDocument, root: SignedDocument) -> str:
    """Return, in a sentence, whose signatures a document still lacks; "" = it is complete.

    Raises:
        DecodeError: ``root`` is no root.
    """
    present = documents.read_root(root)
    try:
        held = trust.TrustedSet(present)
        if document.role is Role.ROOT and documents.read_root(document) == present:
            documents.verify(document, present.roles[Role.ROOT])
        else:
            trust.accept(held, document)
    except WireError as error:
        return str(error)
    return ""


def role_keys(files: Sequence[KeyFile], threshold: int) -> RoleKeys:
    """Return the keys of a role.

    Raises:
        PublishError: so many of them could never sign.
    """
    found = tuple(dict.fromkeys(one.public_key for one in files))
    if not 1 <= threshold <= len(found):
        raise PublishError(f"{threshold} of {len(found)} keys cannot be: give 1 to {len(found)}")
    return RoleKeys(found, threshold)
