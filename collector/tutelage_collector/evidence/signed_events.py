"""One event of an evidence folder: that its device signed it, and that it says what is shown.

``program`` puts it into the ``verify.py`` of every folder, as it does its neighbours.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tutelage_collector.evidence.strict import (
    Fault,
    domain,
    fields,
    only,
    raw,
    root_from_proof,
    same,
    shown,
)
from tutelage_collector.evidence.told import (
    ANSWER,
    ANSWER_SEALED,
    CLAIMED,
    DETECTION,
    SEALED,
    answer_id,
    answered,
    claims,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACED = {"id", "device", "file", "header", "index", "proof", "received"}
_DISCLOSED = frozenset(("content_key", "content", "sealed_by"))


def check_event(
    contents: dict[str, bytes], event: dict[str, Any], trust: str, headers: dict[str, set[str]]
) -> None:
    """Check a finding: that its device signed it, that it says what is shown, and its words."""
    only(event, _PLACED | set(CLAIMED), _DISCLOSED)
    data = _placed(contents, event, headers, claims)
    if _DISCLOSED & set(event):
        _words(event, fields(fields(fields(data)[DETECTION])[SEALED]), trust)


def check_answer(
    contents: dict[str, bytes],
    answer: dict[str, Any],
    trust: str,
    headers: dict[str, set[str]],
    findings: set[str],
) -> None:
    """Check what a device sent when a person asked for more of the text around a finding."""
    only(answer, _PLACED | {"finding", "state"}, _DISCLOSED)
    data = _placed(contents, answer, headers, answered)
    if answer["finding"] not in findings or answer["id"] != answer_id(answer["finding"]):
        raise Fault(
            f"evidence.json: event {shown(answer['id'])}: answers about nothing in this folder"
        )
    if _DISCLOSED & set(answer):
        _words(answer, fields(fields(fields(data)[ANSWER])[ANSWER_SEALED]), trust)


def _placed(
    contents: dict[str, bytes],
    event: dict[str, Any],
    headers: dict[str, set[str]],
    claimed: Callable[[bytes], dict[str, Any]],
) -> bytes:
    """Return an event's bytes, if its device signed them and they say what is shown of them."""
    where = f"event {shown(event['id'])}"
    if event["file"] != f"events/{event['id']}.bin":
        raise Fault(f"evidence.json: {where}: names another file than its own")
    data = contents[event["file"]]
    if fields(data).get(1, b"").hex() != event["id"]:
        raise Fault(f"{event['file']}: holds another event than {event['id']}")
    for name, value in claimed(data).items():
        if not same(event[name], value):
            raise Fault(f"evidence.json: {where}: {name} is not what its device signed")
    if event["header"] not in headers.get(event["device"], ()):
        raise Fault(f"evidence.json: {where}: its batch is not in its device's chain")
    header = read_header(raw(event["header"]))
    leaf = hashlib.sha256(b"\x00" + data).digest()
    proof = [raw(one) for one in event["proof"]]
    if type(event["index"]) is not int or (
        root_from_proof(leaf, event["index"], header["count"], proof) != header["merkle_root"]
    ):
        raise Fault(f"evidence.json: {where}: is not in the batch that its device signed")
    return data


def _words(event: dict[str, Any], sealed: dict[int, Any], trust: str) -> None:
    where = f"event {shown(event['id'])}"
    # The device's name when it sealed: it may have lost its keys and joined again since.
    bound = domain("tutelage/seal/v1", "|".join((trust, event["sealed_by"], event["id"])).encode())
    box = sealed[2]
    try:
        plain = AESGCM(raw(event["content_key"])).decrypt(box[:12], box[12:], bound)
    except (InvalidTag, ValueError) as error:
        raise Fault(f"{where}: the disclosed key does not open what was sealed") from error
    length = int.from_bytes(plain[:4], "big")
    if not same(json.loads(plain[4 : 4 + length]), event["content"]):
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
