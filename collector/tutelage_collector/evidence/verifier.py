#!/usr/bin/env python3
"""Check an evidence folder of Tutelage: offline, years later, without Tutelage.

Run it beside the folder's files:  python3 verify.py [FOLDER] [--root SHA256] [--list]
It needs Python 3.9 or newer and the package "cryptography", and nothing else. It checks that

1. every file is as it was when the folder was made (the collector signed the list of hashes, and
   the trust's authority certified the collector's key),
2. each event is in a batch that its device signed (RFC 6962 proof, Ed25519), and what the folder
   says of it is what its signed bytes say,
3. the device's key was certified by a certificate of the trust's own authority,
4. the batches form one chain up to the collector's signed checkpoint, its gaps declared,
5. where the content key was disclosed, the words are those that the device sealed,
6. the rules shown are those of the pack whose fingerprint the device signed,
7. each audit row shown is one of the collector's signed chain,

and prints the first thing that is wrong. ``NOT_PROVEN`` says what no folder can prove by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tutelage_collector.evidence.signed_events import check_answer, check_event, read_header
from tutelage_collector.evidence.strict import (
    Fault,
    certificates,
    domain,
    entries,
    fields,
    issued,
    only,
    parsed,
    public_key,
    raw,
    read,
    same,
    shown,
    signed,
    uris,
)
from tutelage_collector.evidence.told import (
    NOT_PROVEN,
    answered,
    audit,
    claims,
    nothing_else,
    packs,
)

if TYPE_CHECKING:
    from cryptography import x509

VERSION = 2
MANIFEST, SIGNATURE, EVIDENCE = "manifest.json", "manifest.sig", "evidence.json"
PROGRAM, PAGE = "verify.py", "read-me-first.html"
_NAMED = re.compile(r"events/[0-9a-f]{32}\.bin|packs/[0-9a-f]{64}\.pack")
_KEY_USES = ("checkpoint", "audit")


def verify(folder: Path, root_sha256: str = "", program: bytes = b"") -> list[str]:
    """Return what was checked, in sentences.

    Args:
        folder: of the evidence.
        root_sha256: fingerprint that the trust's root must have; "" = not known.
        program: the bytes of the ``verify.py`` that checks now; b"" = not known.

    Raises:
        Fault: the first thing that is wrong.
    """
    said: list[str] = []
    try:
        evidence, contents = _files(folder)
        issuers = _authority(evidence, root_sha256, said)
        own = _own_keys(evidence, issuers)
        said.append(f"{len(contents)} files are as the collector signed them")
        keys = {key["signing_key"]: key for key in evidence["keys"]}
        _all_different(keys, evidence["keys"])
        for key in keys.values():
            _device_key(key, issuers, evidence["trust"])
        said.append(f"{len(keys)} signing keys are certified by the trust's authority")
        headers: dict[str, set[str]] = {}
        for chain in evidence["chains"]:
            headers.setdefault(chain["device"], set()).update(_chain(chain, keys, evidence, own))
        said.append(f"{len(evidence['chains'])} chains lead to a signed checkpoint")
        gaps = sum(len(chain["gaps"]) for chain in evidence["chains"])
        said.append(f"{gaps} gaps in them are declared" if gaps else "no number in them is missing")
        for event in evidence["events"]:
            check_event(contents, event, evidence["trust"], headers)
        said.append(f"{len(evidence['events'])} events are what their devices signed")
        findings = {event["id"] for event in evidence["events"]}
        for answer in evidence["answers"]:
            check_answer(contents, answer, evidence["trust"], headers, findings)
        if evidence["answers"]:
            said.append(f"{len(evidence['answers'])} later answers are what their devices signed")
        packs(contents, evidence, said)
        audit(evidence, own["audit"], said)
        nothing_else(contents, evidence, {EVIDENCE, PROGRAM, PAGE})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Fault(f"{EVIDENCE}: not as this version writes it ({error})") from error
    if program and contents[PROGRAM] != program:
        said.append(f"{PROGRAM} in it is another program than this one: go by this one")
    return said


def _all_different(keys: dict[str, Any], rows: list[Any]) -> None:
    if len(keys) != len(rows):
        raise Fault(f"{EVIDENCE}: a signing key stands twice")


def listed(folder: Path) -> list[str]:
    """Return what each event says of itself, from the bytes that its device signed."""
    evidence, contents = _files(folder)
    lines = []
    for event in evidence["events"]:
        told = claims(contents[event["file"]])
        lines.append(
            f"{event['id']}: {told['risk_area']}, {told['subcategory']}, grade {told['grade']}, "
            f"seen in {told['channel']}, rule {told['rule']} of {told['pack']}"
        )
    for answer in evidence["answers"]:
        told = answered(contents[answer["file"]])
        lines.append(f"{answer['id']}: asked for more of {told['finding']}: {told['state']}")
    return [shown(line) for line in lines]


def _files(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return what the folder says, and the bytes of its files, each of them read once."""
    manifest = read(folder, MANIFEST)
    try:
        row = parsed(manifest)
        only(row, {"version", "checkpoint_key", "files"})
        key, version = raw(row["checkpoint_key"]), row["version"]
        listed = {str(name): str(digest) for name, digest in row["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(f"{MANIFEST}: cannot be read; it was changed") from error
    if not same(version, VERSION):
        raise Fault(
            f"{MANIFEST}: version {version!r}; this verifier reads version {VERSION}. The "
            f"{PROGRAM} in the folder reads its own"
        )
    written = read(folder, SIGNATURE)
    try:
        signature = raw(written.decode("ascii"))
    except ValueError as error:
        raise Fault(f"{SIGNATURE}: was changed after the folder was made") from error
    if not signed(key, signature, "tutelage/evidence/v1", manifest):
        raise Fault(f"{MANIFEST} or {SIGNATURE} was changed: the signature is not its")
    if not {EVIDENCE, PROGRAM, PAGE} <= set(listed):
        raise Fault(f"{MANIFEST}: a file that belongs to every folder is not in it")
    for name in listed:
        if name not in (EVIDENCE, PROGRAM, PAGE) and not _NAMED.fullmatch(name):
            raise Fault(f"{MANIFEST}: {shown(name)}: no name that this version writes")
    entries(folder, {*listed, MANIFEST, SIGNATURE})
    contents: dict[str, bytes] = {}
    for name, digest in sorted(listed.items()):
        contents[name] = read(folder, name)
        if hashlib.sha256(contents[name]).hexdigest() != digest:
            raise Fault(f"{name}: was changed after the folder was made")
    evidence: dict[str, Any] = parsed(contents[EVIDENCE])
    only(evidence, {
        "trust", "made", "root", "intermediates", "collector_keys", "keys", "chains", "events",
        "answers", "rules", "concerns", "decisions", "audit",
    })  # fmt: skip
    if evidence["collector_keys"]["checkpoint"]["key"] != row["checkpoint_key"]:
        raise Fault(f"{EVIDENCE}: names another checkpoint key than {MANIFEST}")
    return evidence, contents


def _authority(evidence: dict[str, Any], wanted: str, said: list[str]) -> list[x509.Certificate]:
    """Return the intermediates, each of them issued by the root."""
    (root,) = certificates(evidence["root"])
    found = root.fingerprint(hashes.SHA256()).hex()
    if wanted and found != wanted.lower().replace(":", ""):
        raise Fault(f"{EVIDENCE}: root: fingerprint {found}, expected {shown(wanted)}")
    if not issued(root, [root]):
        raise Fault(f"{EVIDENCE}: the root did not sign itself")
    issuers = []
    for text in evidence["intermediates"]:
        (issuer,) = certificates(text)
        if not issued(issuer, [root]):
            raise Fault(f"{EVIDENCE}: an intermediate is not of this root")
        issuers.append(issuer)
    said.append(
        f"the root's fingerprint is {found}"
        + ("" if wanted else ": compare it with the school's own")
    )
    return issuers


def _own_keys(evidence: dict[str, Any], issuers: list[x509.Certificate]) -> dict[str, bytes]:
    """Return the collector's own keys, which the trust's authority certified."""
    found: dict[str, bytes] = {}
    only(evidence["collector_keys"], set(_KEY_USES))
    for use in _KEY_USES:
        row = evidence["collector_keys"][use]
        only(row, {"key", "certificate"})
        where = f"{EVIDENCE}: the collector's {use} key"
        (certificate,) = certificates(row["certificate"])
        public = public_key(certificate)
        if not issued(certificate, issuers):
            raise Fault(f"{where}: its certificate is not of the trust's authority")
        if uris(certificate) != [f"tutelage://{evidence['trust']}/collector/{use}"]:
            raise Fault(f"{where}: its certificate is for something else")
        found[use] = raw(row["key"])
        if not isinstance(public, ed25519.Ed25519PublicKey) or (
            public.public_bytes_raw() != found[use]
        ):
            raise Fault(f"{where}: its certificate is for another key")
    return found


def _device_key(key: dict[str, Any], issuers: list[x509.Certificate], trust: str) -> None:
    only(key, {"device", "signing_key", "signing_key_certificate", "certificate_chain", "at"})
    where = f"{EVIDENCE}: key of device {shown(key['device'])}"
    chain = certificates(key["certificate_chain"])
    if not issued(chain[0], issuers) or any(one not in issuers for one in chain[1:]):
        raise Fault(f"{where}: its certificate is not of the trust's authority")
    named = uris(chain[0])
    if not any(
        uri.startswith(f"tutelage://{trust}/") and uri.endswith(f"/device/{key['device']}")
        for uri in named
    ):
        raise Fault(f"{where}: its certificate names {named}")
    public = public_key(chain[0])
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Fault(f"{where}: its certificate is not for ECDSA")
    statement = domain("tutelage/signing-key/v1", raw(key["signing_key"]))
    try:
        public.verify(raw(key["signing_key_certificate"]), statement, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Fault(f"{where}: the certified key did not vouch for the signing key") from error


def _chain(
    chain: dict[str, Any], keys: dict[str, Any], evidence: dict[str, Any], own: dict[str, bytes]
) -> list[str]:
    """Check one chain; return its headers."""
    only(chain, {
        "device", "epoch", "lane", "batches", "gaps", "checkpoint", "checkpoint_signature",
    })  # fmt: skip
    place = f"device {chain['device']} epoch {chain['epoch']} lane {chain['lane']}"
    head, following = bytes(32), 1
    gaps = list(chain["gaps"])
    for batch in chain["batches"]:
        only(batch, {"header", "signature", "signing_key"})
        data = raw(batch["header"])
        header = read_header(data)
        first = header["first_sequence"]
        where = f"{EVIDENCE}: {place} sequence {first}"
        named = (header["device_id"].hex(), header["epoch"], header["lane"])
        if not same(named, (chain["device"], chain["epoch"], chain["lane"])):
            raise Fault(f"{where}: the header is of another place")
        if header["trust_id"] != evidence["trust"]:
            raise Fault(f"{where}: signed for another trust")
        key = keys.get(batch["signing_key"])
        if key is None or key["device"] != chain["device"]:
            raise Fault(f"{where}: signed with a key that is not its device's")
        if not signed(raw(key["signing_key"]), raw(batch["signature"]), "tutelage/batch/v1", data):
            raise Fault(f"{where}: the device's signature does not verify")
        if same(gaps[:1], [first]) and first > following:
            gaps.pop(0)
        elif first != following or header["previous_head"] != head:
            raise Fault(f"{where}: does not follow the batch before it")
        head = hashlib.sha256(domain("tutelage/head/v1", data)).digest()
        following = first + header["count"]
    if gaps:
        raise Fault(f"{EVIDENCE}: {place}: declares a gap before {gaps[0]} that is none")
    body = raw(chain["checkpoint"])
    if not signed(
        own["checkpoint"], raw(chain["checkpoint_signature"]), "tutelage/checkpoint/v1", body
    ):
        raise Fault(f"{EVIDENCE}: {place}: the checkpoint's signature does not verify")
    said = fields(body)
    of = (said[1].hex(), said[2], said[3], said[7].decode())
    if not same(of, (chain["device"], chain["epoch"], chain["lane"], evidence["trust"])):
        raise Fault(f"{EVIDENCE}: {place}: the checkpoint is of another chain")
    if said.get(4) != following or said.get(5) != head:
        raise Fault(f"{EVIDENCE}: {place}: the chain does not end where its checkpoint says")
    return [batch["header"] for batch in chain["batches"]]


def main() -> int:
    """Check the folder that is named, or the one that this file lies in."""
    parser = argparse.ArgumentParser(description="Check an evidence folder of Tutelage, offline.")
    here = Path(__file__).resolve().parent
    parser.add_argument("folder", type=Path, nargs="?", default=here, metavar="FOLDER")
    parser.add_argument("--root", default="", metavar="SHA256", help="the root's fingerprint")
    parser.add_argument("--list", action="store_true", help="what each event says, as signed")
    chosen = parser.parse_args()
    try:
        for sentence in verify(chosen.folder, chosen.root, Path(__file__).read_bytes()):
            print(f"ok: {sentence}")  # noqa: T201
        for line in listed(chosen.folder) if chosen.list else ():
            print(line)  # noqa: T201
    except Fault as fault:
        print(f"WRONG: {fault}")  # noqa: T201
        return 1
    print("Nothing is wrong. What this does not prove:")  # noqa: T201
    for sentence in NOT_PROVEN:
        print(f"- {sentence}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
