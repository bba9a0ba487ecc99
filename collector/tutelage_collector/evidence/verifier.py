#!/usr/bin/env python3
"""Check an evidence folder of Tutelage: offline, years later, without Tutelage.

Run it beside the folder's files:  python3 verify.py [FOLDER] [--root SHA256]
It needs Python 3.9 or newer and the package "cryptography", and nothing else. It checks that

1. every file is as it was when the folder was made (the collector signed the list of hashes),
2. each event is in a batch that its device signed (RFC 6962 proof, Ed25519),
3. the device's key was certified by a certificate of the trust's own authority,
4. the batches form one unbroken chain up to the collector's signed checkpoint,
5. where the content key was disclosed, the words are those that the device sealed,

and prints the first thing that is wrong. What nobody can check from the folder alone is whether
the authority is the school's: compare the root's fingerprint with one from another source.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
MANIFEST, SIGNATURE, EVIDENCE = "manifest.json", "manifest.sig", "evidence.json"
MAX_FILE_BYTES = 64 * 2**20


DETECTION_FIELD, SEALED_FIELD = 11, 17
"""Of an event, and of a detection (event.proto)."""


class Fault(Exception):  # noqa: N818 - a word for the reader of a report
    """The first thing that is wrong, with where it is."""


def verify(folder: Path, root_sha256: str = "") -> list[str]:
    """Return what was checked, in sentences.

    Raises:
        Fault: the first thing that is wrong.
    """
    said: list[str] = []
    try:
        evidence, contents = _files(folder, said)
        root = _authority(evidence, root_sha256, said)
        keys = {key["signing_key"]: key for key in evidence["keys"]}
        for key in keys.values():
            _device_key(key, root, evidence["intermediate"], evidence["trust"])
        said.append(f"{len(keys)} signing keys are certified by the trust's authority")
        for chain in evidence["chains"]:
            _chain(chain, keys, evidence)
        said.append(f"{len(evidence['chains'])} chains lead to a signed checkpoint")
        gaps = sum(len(chain["gaps"]) for chain in evidence["chains"])
        said.append(f"{gaps} gaps in them are declared" if gaps else "no number in them is missing")
        for event in evidence["events"]:
            _event(contents, event, evidence)
        said.append(f"{len(evidence['events'])} events are what their devices signed")
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Fault(f"{EVIDENCE}: not as this version writes it ({error!r})") from error
    return said


def _files(folder: Path, said: list[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what the folder says, and the bytes of its files, each of them read once."""
    manifest = _read(folder, MANIFEST)
    try:
        row = json.loads(manifest)
        key = bytes.fromhex(row["checkpoint_key"])
        listed = {str(name): str(digest) for name, digest in row["files"].items()}
        version = row["version"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"{MANIFEST}: cannot be read; it was changed") from error
    if version != VERSION:
        raise Fault(f"{MANIFEST}: version {version}; this verifier reads version {VERSION}")
    try:
        written = _read(folder, SIGNATURE)
        signature = bytes.fromhex(written.decode("ascii"))
        if written != signature.hex().encode():  # another spelling of the same number
            raise Fault(f"{SIGNATURE}: was changed after the folder was made")
        signed = _domain("tutelage/evidence/v1", manifest)
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError, UnicodeDecodeError) as error:
        raise Fault(f"{MANIFEST} or {SIGNATURE} was changed: the signature is not its") from error
    present = {
        str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()
    } - {MANIFEST, SIGNATURE}
    for name in sorted(present - set(listed)):
        raise Fault(f"{name}: was added after the folder was made")
    contents: dict[str, bytes] = {}
    for name, digest in sorted(listed.items()):
        contents[name] = _read(folder, name)
        if hashlib.sha256(contents[name]).hexdigest() != digest:
            raise Fault(f"{name}: was changed after the folder was made")
    said.append(f"{len(listed)} files are as the collector signed them")
    evidence: dict[str, Any] = json.loads(contents[EVIDENCE])
    if evidence["checkpoint_key"] != row["checkpoint_key"]:
        raise Fault(f"{EVIDENCE}: names another checkpoint key than {MANIFEST}")
    return evidence, contents


def _authority(evidence: dict[str, Any], wanted: str, said: list[str]) -> x509.Certificate:
    root = _certificate(evidence["root"])
    found = root.fingerprint(hashes.SHA256()).hex()
    if wanted and found != wanted.lower().replace(":", ""):
        raise Fault(f"{EVIDENCE}: root: fingerprint {found}, expected {wanted}")
    try:
        root.verify_directly_issued_by(root)
        intermediate = _certificate(evidence["intermediate"])
        intermediate.verify_directly_issued_by(root)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise Fault(f"{EVIDENCE}: the intermediate is not of this root") from error
    said.append(f"the root's fingerprint is {found}: compare it with the school's own")
    return root


def _device_key(key: dict[str, Any], root: x509.Certificate, intermediate: str, trust: str) -> None:
    where = f"{EVIDENCE}: key of device {key['device']}"
    leaf = _certificate(key["certificate_chain"])
    issuer = _certificate(intermediate)
    try:
        leaf.verify_directly_issued_by(issuer)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (
        InvalidSignature,
        ValueError,
        TypeError,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
    ) as error:
        raise Fault(f"{where}: its certificate is not of the trust's authority") from error
    if not any(
        uri.startswith(f"tutelage://{trust}/") and uri.endswith(f"/device/{key['device']}")
        for uri in uris
    ):
        raise Fault(f"{where}: its certificate names {uris}")
    public = leaf.public_key()
    statement = _domain("tutelage/signing-key/v1", bytes.fromhex(key["signing_key"]))
    try:
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise Fault(f"{where}: its certificate is not for ECDSA")
        certificate = bytes.fromhex(key["signing_key_certificate"])
        public.verify(certificate, statement, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Fault(f"{where}: the certified key did not vouch for the signing key") from error


def _chain(chain: dict[str, Any], keys: dict[str, Any], evidence: dict[str, Any]) -> None:
    place = f"device {chain['device']} epoch {chain['epoch']} lane {chain['lane']}"
    head, following = bytes(32), 1
    gaps = {int(number) for number in chain["gaps"]}
    for batch in chain["batches"]:
        raw = bytes.fromhex(batch["header"])
        header = read_header(raw)
        where = f"{EVIDENCE}: {place} sequence {header['first_sequence']}"
        named = (header["device_id"].hex(), header["epoch"], header["lane"])
        if named != (chain["device"], chain["epoch"], chain["lane"]):
            raise Fault(f"{where}: the header is of another place")
        if header["trust_id"] != evidence["trust"]:
            raise Fault(f"{where}: signed for another trust")
        key = keys.get(batch["signing_key"])
        if key is None or key["device"] != chain["device"]:
            raise Fault(f"{where}: signed with a key that is not its device's")
        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["signing_key"]))
            public.verify(bytes.fromhex(batch["signature"]), _domain("tutelage/batch/v1", raw))
        except InvalidSignature as error:
            raise Fault(f"{where}: the device's signature does not verify") from error
        first = header["first_sequence"]
        if first not in gaps and (first != following or header["previous_head"] != head):
            raise Fault(f"{where}: does not follow the batch before it")
        head = hashlib.sha256(_domain("tutelage/head/v1", raw)).digest()
        following = first + header["count"]
    body = bytes.fromhex(chain["checkpoint"])
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(
            bytes.fromhex(evidence["checkpoint_key"])
        ).verify(
            bytes.fromhex(chain["checkpoint_signature"]), _domain("tutelage/checkpoint/v1", body)
        )
    except InvalidSignature as error:
        raise Fault(f"{EVIDENCE}: {place}: the checkpoint's signature does not verify") from error
    said = fields(body)
    if said.get(4) != following or said.get(5) != head:
        raise Fault(f"{EVIDENCE}: {place}: the chain does not end where its checkpoint says")


def _event(contents: dict[str, bytes], event: dict[str, Any], evidence: dict[str, Any]) -> None:
    where = f"event {event['id']}"
    data = contents[event["file"]]
    if fields(data).get(1, b"").hex() != event["id"]:
        raise Fault(f"{event['file']}: holds another event than {event['id']}")
    header_raw = bytes.fromhex(event["header"])
    header = read_header(header_raw)
    if not any(
        batch["header"] == event["header"]
        for chain in evidence["chains"]
        if chain["device"] == event["device"]
        for batch in chain["batches"]
    ):
        raise Fault(f"{where}: its batch is not in its device's chain")
    leaf = hashlib.sha256(b"\x00" + data).digest()
    proof = [bytes.fromhex(one) for one in event["proof"]]
    root = root_from_proof(leaf, event["index"], header["count"], proof)
    if root != header["merkle_root"]:
        raise Fault(f"{where}: is not in the batch that its device signed")
    if "content_key" in event:
        _words(event, data, evidence["trust"], where)


def _words(event: dict[str, Any], data: bytes, trust: str, where: str) -> None:
    sealed = fields(fields(fields(data)[DETECTION_FIELD])[SEALED_FIELD])
    # The device's name when it sealed: it may have lost its keys and joined again since.
    sealer = event.get("sealed_by", event["device"])
    bound = _domain("tutelage/seal/v1", "|".join((trust, sealer, event["id"])).encode())
    box = sealed[2]
    try:
        plain = AESGCM(bytes.fromhex(event["content_key"])).decrypt(box[:12], box[12:], bound)
    except (InvalidTag, ValueError) as error:
        raise Fault(f"{where}: the disclosed key does not open what was sealed") from error
    length = int.from_bytes(plain[:4], "big")
    if json.loads(plain[4 : 4 + length]) != event["content"]:
        raise Fault(f"{where}: the words shown are not those that were sealed")


def read_header(data: bytes) -> dict[str, Any]:
    """Return the fields of a batch header (protobuf; batch.proto)."""
    row = fields(data)
    return {
        "device_id": row[1],
        "epoch": row[2],
        "lane": row[3],
        "first_sequence": row[4],
        "count": row[5],
        "previous_head": row[6],
        "merkle_root": row[7],
        "trust_id": row[8].decode(),
    }


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


def _certificate(pem: str) -> x509.Certificate:
    """Return the first certificate of a text.

    Raises:
        ValueError: there is none.
    """
    try:
        return x509.load_pem_x509_certificates(pem.encode())[0]
    except (x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise ValueError("not a certificate of X.509 version 3") from error


def _domain(name: str, payload: bytes) -> bytes:
    return name.encode("ascii") + b"\x00" + payload


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Fault(f"{name}: lies outside of the folder")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Fault(f"{name}: larger than anything that this version writes")
        return path.read_bytes()
    except OSError as error:
        raise Fault(f"{name}: is missing or cannot be read") from error


def main() -> int:
    """Check the folder that is named, or the one that this file lies in."""
    words = [word for word in sys.argv[1:] if word != "--root"]
    wanted = ""
    if "--root" in sys.argv:
        wanted = words.pop()
    folder = Path(words[0]) if words else Path(__file__).resolve().parent
    try:
        for sentence in verify(folder, wanted):
            print(f"ok: {sentence}")  # noqa: T201
    except Fault as fault:
        print(f"WRONG: {fault}")  # noqa: T201
        return 1
    print("Nothing is wrong.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
