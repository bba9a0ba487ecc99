"""What the evidence verifier reads with: each thing has one spelling, and any other is refused.

It needs the standard library and ``cryptography`` only, because ``program`` puts it into the
``verify.py`` of every evidence folder, before the checks of ``verifier.py``.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_BYTES = 64 * 2**20


class Fault(Exception):  # noqa: N818 - a word for the reader of a report
    """The first thing that is wrong, with where it is."""


def entries(folder: Path, names: set[str], inside: str = "") -> None:
    """Refuse whatever lies in a folder and is not a plain file of one of these names.

    Raises:
        Fault: it names the first one.
    """
    try:
        found = sorted(os.scandir(folder / inside), key=lambda one: one.name)
    except OSError as error:
        raise Fault(f"{inside or 'the folder'}: cannot be read ({error.strerror})") from error
    for one in found:
        name = f"{inside}{one.name}"
        if one.is_symlink():
            raise Fault(f"{shown(name)}: is a link; a folder as it was made holds none")
        if one.is_dir(follow_symlinks=False):
            if not any(listed.startswith(f"{name}/") for listed in names):
                raise Fault(f"{shown(name)}: a folder that was added after the folder was made")
            entries(folder, names, f"{name}/")
        elif not one.is_file(follow_symlinks=False):
            raise Fault(f"{shown(name)}: is not a plain file")
        elif name not in names:
            raise Fault(f"{shown(name)}: was added after the folder was made")


def read(folder: Path, name: str) -> bytes:
    """Return a file's bytes.

    Raises:
        Fault: it is not there, or too large.
    """
    path = folder / name
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Fault(f"{name}: larger than anything that this version writes")
        return path.read_bytes()
    except OSError as error:
        raise Fault(f"{name}: is missing or cannot be read") from error


def shown(name: str) -> str:
    """Return a name that somebody chose, so that no terminal obeys it."""
    return "".join(
        one if one.isprintable() else ascii(one)[1:-1] for one in name[:200]
    )  # fmt: skip


def parsed(data: bytes) -> Any:
    """Return what JSON holds, in the one spelling that an export writes.

    Raises:
        ValueError: a key stands twice, or it is spelled in another way.
    """
    try:
        row = json.loads(data, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if spelled(row) != data:
        raise ValueError("not spelled as this version spells it")
    return row


def spelled(row: Any) -> bytes:
    """Return JSON as an export writes it."""
    return json.dumps(row, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key stands twice")
    return row


def only(row: dict[str, Any], keys: set[str], maybe: frozenset[str] = frozenset()) -> None:
    """Refuse a table that holds more or less than these keys.

    Raises:
        ValueError: it names one.
    """
    wrong = (set(row) ^ keys) - maybe
    if wrong:
        raise ValueError(f"{shown(min(wrong))}: is missing, or is no key of this version")


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are alike in kind too: 1, 1.0 and true are three."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def raw(text: str) -> bytes:
    """Return the bytes of hexadecimal digits: small letters, no spaces.

    Raises:
        ValueError: they are spelled in another way.
    """
    data = bytes.fromhex(text)
    if data.hex() != text:
        raise ValueError("hexadecimal digits in another spelling")
    return data


def certificates(text: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text that holds nothing else.

    Raises:
        ValueError: there is none, or something else.
    """
    try:
        found = x509.load_pem_x509_certificates(text.encode())
        again = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found)
    except (x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise ValueError("not a certificate of X.509 version 3") from error
    if again != text.encode():
        raise ValueError("a certificate in another spelling, or with something beside it")
    return found


def uris(certificate: x509.Certificate) -> list[str]:
    """Return the addresses that a certificate names.

    Raises:
        ValueError: they cannot be read.
    """
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise ValueError("a certificate that names nothing") from error
    return names.value.get_values_for_type(x509.UniformResourceIdentifier)


def issued(certificate: x509.Certificate, issuers: list[x509.Certificate]) -> bool:
    """Tell whether one of these authorities signed a certificate."""
    for issuer in issuers:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return True
    return False


def public_key(certificate: x509.Certificate) -> Any:
    """Return the key of a certificate.

    Raises:
        ValueError: of a kind that nobody here makes.
    """
    try:
        return certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise ValueError("a certificate for a key of an unknown kind") from error


def signed(key: bytes, signature: bytes, name: str, data: bytes) -> bool:
    """Tell whether an Ed25519 key signed bytes under a domain's name."""
    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(key)
        public.verify(signature, domain(name, data))
    except (InvalidSignature, ValueError):
        return False
    return True


def domain(name: str, payload: bytes) -> bytes:
    """Return what is signed or hashed: the name keeps one purpose's bytes from another's."""
    return name.encode("ascii") + b"\x00" + payload


def fields(data: bytes) -> dict[int, Any]:
    """Return the last value of each field of a protobuf message: numbers and bytes.

    Raises:
        ValueError: it is not a message.
    """
    found: dict[int, Any] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            found[number], at = _varint(data, at)
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("a field is longer than its message")
            found[number], at = data[at : at + length], at + length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise ValueError("a number does not end")


def root_from_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """Return the root that a proof leads to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, last, remaining, result = index, size - 1, list(proof), leaf
    while last > 0:
        if node % 2 or node < last:
            if not remaining:
                return None
            sibling = remaining.pop(0)
            left, right = (sibling, result) if node % 2 else (result, sibling)
            result = hashlib.sha256(b"\x01" + left + right).digest()
        node, last = node // 2, last // 2
    return result if not remaining else None


def unpacked(data: bytes) -> bytes:
    """Return what a compressed file holds.

    Raises:
        ValueError: it is damaged, or holds more than any pack.
    """
    reader = zlib.decompressobj(31)
    try:
        found = reader.decompress(data, MAX_FILE_BYTES)
    except zlib.error as error:
        raise ValueError("not a compressed file") from error
    if not reader.eof or reader.unused_data:
        raise ValueError("cut short, too large, or with something behind it")
    return found
