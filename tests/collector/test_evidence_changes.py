"""Evidence under attack: each kind of change is refused, and the first thing wrong is named."""

from __future__ import annotations

import base64
import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

import evidence_changes
from evidence_changes import ED25519_ORDER, P256_ORDER, resign
from live_collector import LiveCollector, detection_event, heartbeat
from small_pack import small_pack
from tutelage_collector import evidence, pki, state
from tutelage_collector.evidence import strict
from tutelage_collector.store.records_documents import PublishedArtefact
from tutelage_policy import build
from tutelage_policy.artefact import packed
from tutelage_wire import codec, documents, keys, names, times

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials, Secrets

THEIR_WORD = {
    "made", "received", "at", "opened", "state", "outcome", "reason", "asked", "decided",
    "carried_out", "note", "kind", "asked_by", "asked_role", "decided_by", "decided_role",
}  # fmt: skip
"""Of the folder's own keys: what only the collector says, so that whoever holds its key may say
otherwise. The verifier and the page name them (``NOT_PROVEN``)."""


@pytest.fixture
def folder(collector: LiveCollector, tmp_path: Path, credentials: Credentials) -> Path:
    """An export with all that one can hold: words, the rule and its pack, audit rows."""
    pack = small_pack()
    artefact = packed(build.canonical(pack))
    device = collector.device()
    found = [detection_event(device, pack=pack.ref, rule_id=pack.rules[at].id) for at in (0, 1)]
    device.send(
        device.batch_of(heartbeat()),
        device.close_batch([codec.encode_event(one) for one in found]),
        device.batch_of(heartbeat()),
    )
    with collector.store() as store:
        key = state.open_recipient_key(store, state.DSL_RECIPIENT, credentials.dsl_passphrase)
        held = state.load(collector.settings.folder)
        for one in found:
            store.audit(
                "terminal", "evidence exported", f"alert {one.id}", "a test", times.utc_now()
            )
        ids = [one.id for one in found]
        name = pack.ref.partition("#")[0]
        store.add_artefact(
            PublishedArtefact(name, documents.sha256(artefact), artefact, times.utc_now())
        )
        evidence.export(store, held, "ret", ids, tmp_path / "evidence", times.utc_now(), key)
    evidence.verify(tmp_path / "evidence")
    return tmp_path / "evidence"


@pytest.fixture
def held(collector: LiveCollector) -> Secrets:
    return state.load(collector.settings.folder)


def refused(folder: Path) -> str:
    with pytest.raises(evidence.Fault) as caught:
        evidence.verify(folder)
    return str(caught.value)


def test_each_kind_of_change_by_who_holds_no_key_is_refused_and_named(
    folder: Path, tmp_path: Path
) -> None:
    changes = evidence_changes.outsiders(folder)
    assert len(changes) > 100
    wrong = []
    for what, change in changes.items():
        shutil.rmtree(tmp_path / "try", ignore_errors=True)
        copy = shutil.copytree(folder, tmp_path / "try" / "copy")
        name = change(copy)
        try:
            evidence.verify(copy)
            wrong.append(f"{what}: taken")
        except evidence.Fault as fault:
            if name not in str(fault):
                wrong.append(f"{what}: said {fault}")
            if not str(fault).isprintable():
                wrong.append(f"{what}: says what a terminal obeys")
    assert not wrong


@pytest.mark.slow
def test_each_byte_of_an_event_and_of_the_signed_list_is_named(folder: Path) -> None:
    event = next(folder.glob("events/*.bin"))
    for path in (event, folder / "manifest.sig", folder / "manifest.json"):
        good = path.read_bytes()
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ 0x20]) + good[at + 1 :])
            assert path.name.partition(".")[0] in refused(folder), f"{path.name} byte {at}"
        path.write_bytes(good)
    evidence.verify(folder)


def test_another_key_that_signs_the_list_is_refused(folder: Path) -> None:
    """Without a certificate for the collector's key, anybody could sign a list of their own."""
    mine = ed25519.Ed25519PrivateKey.generate()
    row = json.loads((folder / "evidence.json").read_bytes())
    row["events"][0]["received"] = "2020-01-01T00:00:00Z"
    resign(folder, row, mine)
    assert "another checkpoint key" in refused(folder)
    row["collector_keys"]["checkpoint"]["key"] = mine.public_key().public_bytes_raw().hex()
    resign(folder, row, mine)
    assert "certificate is for another key" in refused(folder)


def test_an_authority_of_somebody_else_is_shown_by_the_roots_fingerprint(
    folder: Path, collector: LiveCollector
) -> None:
    """Whoever makes a root of their own can make a folder that is whole in itself."""
    root = x509.load_pem_x509_certificate(
        (collector.settings.folder / "ca" / "root.crt.pem").read_bytes()
    )
    finger = root.fingerprint(hashes.SHA256()).hex()
    assert evidence.verify(folder, finger)
    other = pki.make_root("ret", times.utc_now())
    row = json.loads((folder / "evidence.json").read_bytes())
    row["root"] = pki.pem(other.certificate).decode()
    assert finger in "".join(evidence.verify(folder))
    with pytest.raises(evidence.Fault, match="fingerprint"):
        evidence.verify(folder, other.certificate.fingerprint(hashes.SHA256()).hex())


@pytest.mark.slow
def test_an_insider_who_signs_again_can_change_only_what_is_called_their_word(
    folder: Path, held: Secrets
) -> None:
    row = json.loads((folder / "evidence.json").read_bytes())
    taken: set[str] = set()
    tried = 0
    for path in evidence_changes.leaves(row):
        if path[0] == "rules" and path[2] == "rule" and len(path) > 5:
            continue  # one of each key's values is enough
        for value in evidence_changes.others(evidence_changes.value_at(row, path)):
            tried += 1
            resign(folder, evidence_changes.changed(row, path, value), held.checkpoint_key)
            try:
                evidence.verify(folder)
                taken.add(".".join(str(part) for part in path if not isinstance(part, int)))
            except evidence.Fault:
                pass
    assert tried > 300
    assert {one.rpartition(".")[2] for one in taken} <= THEIR_WORD, taken
    resign(folder, row, held.checkpoint_key)
    evidence.verify(folder)


def test_an_insider_cannot_leave_out_repeat_or_move_what_devices_signed(
    folder: Path, held: Secrets
) -> None:
    good = json.loads((folder / "evidence.json").read_bytes())

    def tried(change: Any) -> str:
        row = json.loads(json.dumps(good))
        change(row)
        resign(folder, row, held.checkpoint_key)
        return refused(folder)

    chain = good["chains"][0]
    assert "follow" in tried(lambda row: row["chains"][0]["batches"].pop(0))
    assert "follow" in tried(lambda row: row["chains"][0]["batches"].reverse())
    assert "does not end" in tried(lambda row: row["chains"][0]["batches"].pop())
    assert "follow" in tried(lambda row: row["chains"][0]["batches"].insert(1, chain["batches"][0]))
    assert "that is none" in tried(lambda row: row["chains"][0]["gaps"].append(1))
    assert "stands twice" in tried(lambda row: row["events"].append(row["events"][0]))
    assert "fired for no event here" in tried(lambda row: row["events"].pop())
    assert "belongs to nothing" in tried(lambda row: (row["events"].pop(), row["rules"].pop()))
    assert "wrong place" in tried(lambda row: row["audit"].reverse())
    assert "was changed" in tried(
        lambda row: row["audit"][0].update(row=[*row["audit"][0]["row"][:-1], "another reason"])
    )
    assert "no key of this version" in tried(lambda row: row.update(note="and he confessed"))
    assert "no key of this version" in tried(lambda row: row["events"][0].update(verdict="guilty"))


def test_signatures_in_another_form_are_refused_or_say_the_same(
    folder: Path, held: Secrets
) -> None:
    """The same Ed25519 signature plus the group's order; the same ECDSA signature mirrored."""
    good = json.loads((folder / "evidence.json").read_bytes())
    row = json.loads(json.dumps(good))
    batch = row["chains"][0]["batches"][0]
    signature = bytes.fromhex(batch["signature"])
    batch["signature"] = evidence_changes.ed25519_other(signature).hex()
    resign(folder, row, held.checkpoint_key)
    assert "signature does not verify" in refused(folder)
    # ECDSA knows two signatures for each: the other one says the same of the same key, and the
    # outsider who puts it in is caught by the signed list as of any other byte.
    row = json.loads(json.dumps(good))
    first, second = decode_dss_signature(bytes.fromhex(row["keys"][0]["signing_key_certificate"]))
    mirrored = encode_dss_signature(first, P256_ORDER - second)
    row["keys"][0]["signing_key_certificate"] = mirrored.hex()
    (folder / "evidence.json").write_bytes(strict.spelled(row))
    assert "evidence.json" in refused(folder)
    assert ED25519_ORDER > 0


def test_a_device_that_an_insider_invents_is_not_of_another_trust(
    folder: Path, held: Secrets
) -> None:
    """A key certified by another authority vouches for nothing here."""
    good = json.loads((folder / "evidence.json").read_bytes())
    stranger = pki.make_intermediate(pki.make_root("ret", times.utc_now()), "ret", times.utc_now())
    key = ec.generate_private_key(ec.SECP256R1())
    device = keys.device_id_of(key.public_key())
    issued = pki.issue_device(
        stranger, key.public_key(), names.DeviceName("ret", "ret-high", device), times.utc_now()
    )
    good["keys"].append({**good["keys"][0], "device": device, "signing_key": "11" * 32,
                         "certificate_chain": issued.chain.decode()})  # fmt: skip
    resign(folder, good, held.checkpoint_key)
    assert "not of the trust's authority" in refused(folder)


def test_a_certificate_for_a_curve_that_nobody_knows_is_refused_and_not_stumbled_over(
    folder: Path, held: Secrets
) -> None:
    """Found by the fuzzer: one byte of the curve's number ended the verifier in a traceback."""
    good = json.loads((folder / "evidence.json").read_bytes())
    known, unknown = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3f030107")
    for path in (("root",), ("intermediates", 0), ("keys", 0, "certificate_chain")):
        text = evidence_changes.value_at(good, path)
        one, end = text.split("-----END CERTIFICATE-----", 1)
        head, body = one.split("-----BEGIN CERTIFICATE-----", 1)
        der = base64.b64decode("".join(body.split())).replace(known, unknown)
        lines = textwrap.fill(base64.b64encode(der).decode(), 64)
        bent = f"{head}-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----{end}"
        resign(folder, evidence_changes.changed(good, path, bent), held.checkpoint_key)
        assert "evidence.json" in refused(folder), path
