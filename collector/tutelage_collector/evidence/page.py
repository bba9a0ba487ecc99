"""The plain page of an evidence folder: for a court, an officer, a parent's solicitor."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import jinja2
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tutelage_collector import excerpts
from tutelage_collector.evidence import told
from tutelage_collector.store.records_approvals import WORDS, ApprovalKind
from tutelage_wire import times
from tutelage_wire.sealed import Content

_SEEN_IN = {
    "file": "a document", "file_name": "the name of a file", "download": "a download",
    "search": "a web search", "title": "the title of a web page", "url": "a web address",
    "window": "the title of a window", "report": "a report that somebody wrote",
}  # fmt: skip
_FIRES = {
    "critical": "by itself: these words in the first or second person are never lowered by context",
    "topic": "with enough of the same subject in one text, or again and again",
}


@cache
def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("tutelage_collector.evidence", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(evidence: dict[str, Any]) -> str:
    """Return the page of what an evidence folder says."""
    root = x509.load_pem_x509_certificate(evidence["root"].encode())
    titles = {(row["pack"], row["rule"]["id"]): row["rule"]["title"] for row in evidence["rules"]}
    return (
        _pages()
        .get_template("page.html")
        .render(
            trust=evidence["trust"],
            made=_said(evidence["made"]),
            devices=len({one["device"] for one in evidence["events"]}),
            events=[_event(one, titles, evidence["answers"]) for one in evidence["events"]],
            rules=[_rule(row["rule"]) for row in evidence["rules"]],
            missing_rules=len(titles)
            < len({(one["pack"], told.rule_of(one)) for one in evidence["events"]}),
            concerns=[_concern(one) for one in evidence["concerns"]],
            decisions=[_decision(one) for one in evidence["decisions"]],
            audit=[_audit(row["row"]) for row in evidence["audit"]],
            fingerprint=root.fingerprint(hashes.SHA256()).hex(),
            not_proven=told.NOT_PROVEN,
        )
    )


def _event(
    row: dict[str, Any], titles: dict[tuple[str, str], str], answers: list[dict[str, Any]]
) -> dict[str, Any]:
    content = row.get("content", {})
    occurred = times.from_ms(min(max(row["occurred_ms"], 0), _LATEST_MS))
    return {
        **row,
        "occurred": f"{_moment(occurred)}, by the device's clock",
        "received": _said(row["received"]),
        "channel": _SEEN_IN.get(row["channel"], row["channel"]),
        "subcategory": row["subcategory"].replace("_", " "),
        "rule": told.rule_of(row),
        "title": titles.get((row["pack"], told.rule_of(row)), ""),
        "words": excerpts.marked(_content(content)) if content else "",
        "sealed": not content,
        "around": "Opened for this export by the holder of a key that the device sealed it to.",
        "account": content.get("account", ""),
        "source": content.get("source", ""),
        "more": [_more(one) for one in answers if one["finding"] == row["id"]],
    }


def _more(row: dict[str, Any]) -> dict[str, Any]:
    content = row.get("content", {})
    return {
        **row,
        "received": _said(row["received"]),
        "words": excerpts.marked(_content(content)) if content else "",
    }


_LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999: a device's clock may say anything."""


def _content(row: dict[str, Any]) -> Content:
    return Content(row["excerpt"], spans=tuple((start, end) for start, end in row["spans"]))


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "fires": _FIRES.get(rule["lane"], rule["lane"])}


def _concern(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "opened": _said(row["opened"]),
        "state": row["state"].replace("_", " "),
        "outcome": row["outcome"].replace("_", " "),
    }


def _decision(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "what": WORDS[ApprovalKind(row["kind"])],
        "asked": _said(row["asked"]),
        "decided": _said(row["decided"]) if row["decided"] else "",
        "carried_out": _said(row["carried_out"]) if row["carried_out"] else "",
    }


def _audit(row: list[Any]) -> dict[str, Any]:
    _, _, at_ms, actor, role, _, action, subject, detail = row
    return {
        "at": _moment(times.from_ms(at_ms)),
        "actor": actor, "role": role, "action": action, "subject": subject, "detail": detail,
    }  # fmt: skip


def _said(text: str) -> str:
    return _moment(datetime.fromisoformat(text))


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"
