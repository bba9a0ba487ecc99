"""What an evidence folder tells beside signatures: claims, rules, audit rows, decisions.

It needs the standard library only; ``program`` puts it into the ``verify.py`` of every folder.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tutelage_collector.evidence.strict import (
    Fault,
    domain,
    fields,
    only,
    raw,
    same,
    shown,
    signed,
    unpacked,
)

NOT_PROVEN = (
    "Who sat at the device: a device signs, not a person.",
    "That the device's clock was right. The time of receipt beside it is the collector's word.",
    "That the root is the school's, unless you compared its fingerprint with one that came by "
    "another way (--root).",
    "That nobody invented a device: whoever holds the keys of the collector's authority could "
    "enrol one and let it sign. The school's own list of devices shows which are real.",
    "That nothing is missing: events, audit rows and decisions were chosen by who made the "
    "folder. The digests that leads and governors keep show whether the rest was changed.",
    "What the page and the decisions say beyond signed bytes: that is the school's word, signed "
    "with the collector's key.",
    "That words mean what the rule takes them to mean. A person has to read them.",
)
"""Said on the page and at the end of each check."""

DETECTION, SEALED = 11, 17
"""Fields of an event, and of a detection (event.proto)."""
ANSWER, ANSWER_SEALED = 16, 3
"""The same of what a device sent later, when a person asked for more of the text."""
STATES = ("", "sent", "not_kept", "switched_off")
RISK_AREAS = ("", "content", "contact", "conduct", "commerce", "circumvention", "disclosure")
CHANNELS = (
    "", "file", "file_name", "download", "search", "title", "url", "window", "report",
)  # fmt: skip
CLAIMED = (
    "risk_area", "subcategory", "grade", "channel", "rule", "pack", "occurred_ms",
)  # fmt: skip


def claims(data: bytes) -> dict[str, Any]:
    """Return what an event says of itself; ``occurred_ms`` by the device's clock, since 1970.

    Raises:
        KeyError: it is no detection.
    """
    found = fields(fields(data)[DETECTION])
    return {
        "risk_area": RISK_AREAS[found.get(2, 0)],
        "subcategory": found.get(3, b"").decode(),
        "grade": found.get(4, 0),
        "channel": CHANNELS[found.get(7, 0)],
        "rule": found.get(1, b"").decode(),
        "pack": found.get(11, b"").decode(),
        "occurred_ms": found.get(13, 0),
    }


def rule_of(event: dict[str, Any]) -> str:
    """Return the id of the rule that fired; of a marked one only where its words are disclosed."""
    try:
        rule = json.loads(event["content"]["explanation"])["rule"]
    except (KeyError, TypeError, ValueError):
        return str(event["rule"])
    return str(rule)


def answered(data: bytes) -> dict[str, Any]:
    """Return which finding an answer is about, and how the device answered.

    Raises:
        KeyError: it is no answer.
    """
    found = fields(fields(data)[ANSWER])
    return {"finding": found.get(1, b"").hex(), "state": STATES[found.get(2, 0)]}


def answer_id(finding: str) -> str:
    """Return the id that the answer about a finding has."""
    return hashlib.sha256(domain("tutelage/context/v1", raw(finding))).hexdigest()[:32]


def packs(contents: dict[str, bytes], evidence: dict[str, Any], said: list[str]) -> None:
    """Check that each rule shown is in the pack whose fingerprint a device signed."""
    found: dict[str, dict[str, Any]] = {}
    for row in evidence["rules"]:
        only(row, {"pack", "file", "rule"})
        if not any(
            (one["pack"], rule_of(one)) == (row["pack"], row["rule"]["id"])
            for one in evidence["events"]
        ):
            raise Fault(f"evidence.json: rule {shown(row['rule']['id'])}: fired for no event here")
        if row["file"] not in found:
            built = unpacked(contents[row["file"]])
            digest = hashlib.sha256(built).hexdigest()
            if row["file"] != f"packs/{digest}.pack":
                raise Fault(f"{row['file']}: holds another pack than its name says")
            found[row["file"]] = {rule["id"]: rule for rule in json.loads(built)["rules"]}
        fingerprint = row["file"][len("packs/") :][:16]
        if row["pack"].rpartition("#")[2] != fingerprint:
            raise Fault(f"{row['file']}: is not the pack {shown(row['pack'])} that the device used")
        if not same(found[row["file"]].get(row["rule"]["id"]), row["rule"]):
            raise Fault(f"evidence.json: rule {shown(row['rule']['id'])}: is not that of its pack")
    if found:
        said.append(f"{len(evidence['rules'])} rules are those of the packs that devices used")
    missing = {(one["pack"], rule_of(one)) for one in evidence["events"]} - {
        (row["pack"], row["rule"]["id"]) for row in evidence["rules"]
    }
    if missing:
        said.append(
            f"{len(missing)} rules are not in this folder: the collector had no such pack, or what "
            "they found stays sealed"
        )


def audit(evidence: dict[str, Any], key: bytes, said: list[str]) -> None:
    """Check that each audit row shown is one of the chain that the collector signed."""
    last = 0
    for row in evidence["audit"]:
        only(row, {"row", "previous", "head", "signature"})
        number = row["row"][1]
        where = f"evidence.json: audit row {number}"
        if type(number) is not int or number <= last:
            raise Fault(f"{where}: stands in the wrong place")
        last = number
        text = json.dumps(row["row"], ensure_ascii=False, separators=(",", ":"))
        made = domain(
            "tutelage/audit-row/v1", raw(row["previous"]) + text.encode("utf-8", "replace")
        )
        if row["row"][0] != evidence["trust"] or hashlib.sha256(made).hexdigest() != row["head"]:
            raise Fault(f"{where}: was changed")
        if not signed(key, raw(row["signature"]), "tutelage/audit/v1", raw(row["head"])):
            raise Fault(f"{where}: is not signed with the collector's audit key")
    said.append(f"{len(evidence['audit'])} audit rows are of the collector's signed log")


def nothing_else(contents: dict[str, bytes], evidence: dict[str, Any], always: set[str]) -> None:
    """Refuse a file that nothing refers to, and a table of another shape."""
    used = {event["file"] for event in evidence["events"]}
    if len(used) != len(evidence["events"]):
        raise Fault("evidence.json: an event stands twice")
    if len({one["finding"] for one in evidence["answers"]}) != len(evidence["answers"]):
        raise Fault("evidence.json: an answer stands twice")
    used |= {answer["file"] for answer in evidence["answers"]}
    used |= {row["file"] for row in evidence["rules"]}
    for name in set(contents) - used - always:
        raise Fault(f"{name}: belongs to nothing in evidence.json")
    for row in evidence["concerns"]:
        only(row, {"id", "events", "opened", "state", "outcome"})
    for row in evidence["decisions"]:
        only(row, {
            "id", "kind", "subject", "reason", "state", "asked_by", "asked_role", "asked",
            "decided_by", "decided_role", "decided", "note", "carried_out",
        })  # fmt: skip
