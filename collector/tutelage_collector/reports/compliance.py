"""The compliance report as rows and PDF. It holds device labels, no person and no excerpt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.reports import paper
from tutelage_wire import codec, times
from tutelage_wire.errors import WireError
from tutelage_wire.events import ComplianceFinding, Status

if TYPE_CHECKING:
    from tutelage_collector.compliance import Report, Standing
    from tutelage_collector.compliance.report import Because
    from tutelage_collector.output import Row

_WITHOUT_ACTION = frozenset({Status.PASS, Status.NOT_APPLICABLE})
_MAX_LISTED = 200


def clause_rows(report: Report) -> list[Row]:
    """Return one row a sentence: counts, share and the devices behind each number."""
    return [
        {
            "clause": row.clause.id,
            "sentence": row.clause.sentence,
            "short": row.clause.short,
            "answered_by": row.clause.by.value,
            "pass": len(row.passed),
            "assessed": row.assessed,
            "percent": row.percent,
            "fail": len(row.failed),
            "unknown": len(row.unknown),
            "exempt": len(row.exempt),
            "not_applicable": len(row.not_applicable),
            "devices": {
                "pass": list(row.passed),
                "fail": list(row.failed),
                "unknown": list(row.unknown),
                "exempt": list(row.exempt),
                "not_applicable": list(row.not_applicable),
            },
        }
        for row in report.rows
    ]


def device_rows(report: Report, *, everything: bool = False) -> list[Row]:
    """Return one row a device, sentence and check that somebody should look at.

    Args:
        report: the report.
        everything: also what is in order.
    """
    rows: list[Row] = []
    for standing in report.standings:
        for because in standing.because:
            if everything or because.status not in _WITHOUT_ACTION:
                rows.append(_device_row(standing, because))
    return rows


def _device_row(standing: Standing, because: Because) -> Row:
    finding = _finding(because)
    return {
        "clause": standing.clause.id,
        "device": standing.device.id,
        "label": standing.device.evidence.label,
        "school": standing.device.placement.school,
        "profile": standing.device.placement.profile,
        "check": because.check_id,
        "title": finding.title if finding else "",
        "status": because.status.value,
        "found": finding.actual if finding else "",
        "expected": finding.expected if finding else "",
        "why": because.why or (finding.reason if finding else ""),
        "who_acts": finding.actor.value if finding else "",
        "what_to_do": (finding.advice_ict or finding.advice_staff) if finding else "",
        "observed": times.text(because.judgement.observed_at) if because.judgement else None,
        "failing_since": (
            times.text(because.judgement.first_failed_at)
            if because.judgement and because.judgement.first_failed_at
            else None
        ),
    }


def _finding(because: Because) -> ComplianceFinding | None:
    if because.judgement is None:
        return None
    try:
        body = codec.decode_event(because.judgement.event).body
    except WireError:  # a newer agent's finding: its status counts, its words cannot be shown
        return None
    return body if isinstance(body, ComplianceFinding) else None


def due_rows(report: Report) -> list[Row]:
    """Return what will breach in the next fortnight if nobody acts."""
    return [
        {
            "day": due.day.isoformat(),
            "weekday": due.day.strftime("%A"),
            "check": due.check_id,
            "devices": len(due.devices),
            "device_ids": list(due.devices),
        }
        for due in report.due
    ]


def as_json(report: Report) -> Row:
    """Return the whole report as one JSON value."""
    return {
        "made": times.text(report.at),
        "school": report.school,
        "devices": len(report.devices),
        "stale_after_days": report.stale_after.days,
        "clauses": clause_rows(report),
        "due": due_rows(report),
        "to_do": device_rows(report),
    }


def as_pdf(report: Report) -> bytes:
    """Return the report as tagged PDF (PDF/UA-1)."""
    data = as_json(report)
    to_do = device_rows(report)
    data["to_do"] = to_do[:_MAX_LISTED]
    data["left_out"] = max(0, len(to_do) - _MAX_LISTED)
    return paper.typeset("compliance.typ", data, report.at)
