"""Policies as files: TOML that people edit, documents that are signed, packs that go with them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import PublishError
from tutelage_policy import artefact
from tutelage_policy.errors import PackError
from tutelage_policy.proof import prove
from tutelage_wire import documents
from tutelage_wire.documents import Head, Role, SignedDocument
from tutelage_wire.errors import DecodeError, WireError
from tutelage_wire.policy.reading import policy_from, read_policy
from tutelage_wire.recipients import read_recipients

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutelage_collector.store.documents import DocumentStore
    from tutelage_wire.documents import Document
    from tutelage_wire.policy import Policy

MOST_TOML_BYTES = 256 * 2**10


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that nobody signed yet: the payload to sign, and what it says."""

    payload: bytes
    policy: Policy


@dataclass(frozen=True, slots=True)
class Artefact:
    """A pack's file as devices fetch it."""

    name: str
    """``kcsie@1.4.0``."""
    data: bytes
    sha256: str
    """The pack's own fingerprint."""
    rules: int

    @property
    def toml(self) -> str:
        """The lines that name it in a policy."""
        name, version = self.name.split("@")
        return (
            "[[pack]]\n"
            f'name = "{name}"\nversion = "{version}"\nsha256 = "{self.sha256}"\n'
            f'artefact = "{documents.sha256(self.data).hex()}"\n'
            f"least_rules = {self.rules * 9 // 10}  # of {self.rules}: fewer is no such pack\n"
        )


def template(trust: str, school: str, today: date) -> str:
    """Return the TOML that a headteacher and an ICT manager fill in together."""
    text = resources.files("tutelage_collector").joinpath("policy_template.toml").read_text("utf-8")
    year = today.year if today.month >= 8 else today.year - 1  # the school year
    values = {
        "TRUST": trust, "SCHOOL": school, "TODAY": today.isoformat(),
        "NEXT_YEAR": (today + timedelta(days=365)).isoformat(),
        "Y0": str(year), "Y1": str(year + 1),
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def read_draft(path: Path) -> Draft:
    """Return the policy of a TOML file, ready to be signed.

    Raises:
        PublishError: it names the file, the key and what is wrong.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_TOML_BYTES:
            raise PublishError(f"{path}: more than {MOST_TOML_BYTES} bytes")
        return draft_of(raw.decode("utf-8"), str(path))
    except OSError as error:
        raise PublishError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise PublishError(f"{path}: is not TOML: {error}") from error


def draft_of(text: str, where: str) -> Draft:
    """Return the policy that a TOML text holds; ``where`` is named in errors.

    Raises:
        PublishError: it names the key and what is wrong.
    """
    try:
        row = _plain(tomllib.loads(text))
        trust, version = row.pop("trust", None), row.pop("version", None)
        if not isinstance(trust, str) or not isinstance(version, int) or version < 1:
            raise PublishError(f'{where}: begins with trust = "name" and version = 1 or more')
        policy = policy_from(row, version)
    except tomllib.TOMLDecodeError as error:
        raise PublishError(f"{where}: is not TOML: {error}") from error
    except WireError as error:
        raise PublishError(f"{where}: {error}") from error
    if policy.basis is None:  # for the type checker: reading insists on one
        raise PublishError(f"{where}: basis is missing")
    last_day = datetime.combine(policy.basis.expires_on, time(23, 59), UTC)
    payload = documents.write_payload(Head(Role.POLICY, trust, version, last_day), row)
    return Draft(payload, policy)


def read_signed(path: Path) -> SignedDocument:
    """Return a signed document's file, not verified.

    Raises:
        PublishError: it is none.
    """
    if path.suffix == ".toml":
        raise PublishError(f"{path}: is not signed yet: policy sign {path} --key FILE")
    try:
        return documents.decode(path.read_bytes())
    except OSError as error:
        raise PublishError(f"{path}: cannot be read ({error.strerror})") from error
    except WireError as error:
        raise PublishError(f"{path}: {error}") from error


def is_artefact(path: Path) -> bool:
    """Tell whether a file is a pack's, not a document's."""
    try:
        with path.open("rb") as file:
            return artefact.looks_like_one(file.read(2))
    except OSError as error:
        raise PublishError(f"{path}: cannot be read ({error.strerror})") from error


def make_artefact(built: Path, now: datetime) -> Artefact:
    """Prove a built pack on this machine, and return the file that devices fetch.

    Raises:
        PublishError: it is no built pack, or its own examples fail.
    """
    try:
        proof = prove(built, now)
        data = built.read_bytes()
    except (PackError, OSError) as error:
        raise PublishError(f"{error}: build it with: tutelage-pack build") from error
    name = f"{proof.name}@{proof.version}"
    return Artefact(name, artefact.packed(data), proof.sha256, proof.rules)


def read_artefact(path: Path) -> bytes:
    """Return a pack's file, within the bounds that devices accept.

    Raises:
        PublishError: it is too large or damaged.
    """
    data = path.read_bytes()
    try:
        artefact.unpacked(data)
    except PackError as error:
        raise PublishError(f"{path}: {error}: make it again with: policy pack") from error
    return data


def published_policy(store: DocumentStore) -> Policy | None:
    """Return the policy that devices are given now; None = none that can be read is published."""
    published = store.documents(Role.POLICY)
    if not published:
        return None
    try:
        return read_policy(documents.read_document(documents.decode(published[-1].data)))
    except WireError:
        return None


def check_policy(store: DocumentStore, document: Document) -> None:
    """Say what else a policy must be to be published here: readable, and its packs at hand.

    Raises:
        PublishError: it says what is missing.
    """
    policy = read_policy(document)
    here = {entry.sha256.hex() for entry in store.artefacts()}
    for pack in policy.packs:
        if pack.artefact not in here:
            raise PublishError(
                f"it names the pack {pack.name}@{pack.version}, whose file is not published here: "
                "publish it first, or in the same command"
            )


def check_recipients(store: DocumentStore, document: Document) -> None:
    """Refuse a list of recipients that devices would refuse.

    Raises:
        PublishError: it says why.
    """
    try:
        read_recipients(document)
    except DecodeError as error:
        raise PublishError(f"{error}: write it anew with: recipient document") from error


CHECKS = {Role.POLICY: check_policy, Role.RECIPIENTS: check_recipients}
"""For ``published.publish``."""


def _plain(value: Any) -> Any:
    """Return TOML's values as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date):
        return value.isoformat()
    return value


def flat(row: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """Return a body as one line a value, for ``diff``."""
    found: dict[str, str] = {}
    for name, value in row.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            found |= flat(value, here)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for at, one in enumerate(value, 1):
                label = str(one.get("id") or one.get("name") or at)
                found |= flat(one, f"{here}[{label}]")
        else:
            found[here] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found
