"""Writes one concern for CPOMS, and hashes what its evidence is."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from tutelage_collector.errors import StateError
from tutelage_collector.reports import spreadsheet
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tutelage_collector.cpoms.categories import Category
    from tutelage_collector.output import Row
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern

NARRATIVE, CSV, JSON = "narrative.txt", "cpoms.csv", "cpoms.json"


def evidence_hash(alerts: Sequence[Alert]) -> str:
    """Return one hash over what the devices signed: SHA-256 over the sorted events' SHA-256.

    ``evidence export`` proves the same events; whoever has them can make this number again.
    """
    if not alerts:
        return ""
    each = sorted(hashlib.sha256(one.event).hexdigest() for one in alerts)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def row_of(
    concern: Concern,
    alerts: Sequence[Alert],
    category: Category,
    linked: Sequence[str],
    summary: str,
    identifier: str = "",
) -> Row:
    """Return a concern as one row.

    Args:
        concern: the one.
        alerts: of the concern.
        category: CPOMS's.
        linked: names of linked pupils, opened; or their pseudonyms.
        summary: the narrative; "" = sealed.
        identifier: of the pupil in the MIS, where people were imported.
    """
    occurred = min((one.occurred_at for one in alerts), default=concern.opened_at)
    return {
        "event_id": concern.id,
        "site": concern.school,
        "mis_id": identifier,
        "linked": "; ".join(linked),
        "occurred_at": times.text(occurred),
        "category": category.category,
        "subcategory": category.subcategory,
        "severity": concern.grade,
        "source": f"Tutelage ({concern.source.value})",
        "summary": summary,
        "outcome": concern.outcome.value if concern.outcome else "",
        "evidence_hash": evidence_hash(alerts),
    }


def write(folder: Path, row: Row, narrative: str) -> None:
    """Write the three files into a new folder that only its owner reads.

    Raises:
        StateError: the folder exists or cannot be written.
    """
    files = {
        NARRATIVE: narrative + "\n",
        CSV: spreadsheet.as_csv([row]),
        JSON: json.dumps(row, indent=2, ensure_ascii=False) + "\n",
    }
    try:
        folder.mkdir(mode=0o700, parents=True)
        for name, text in files.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
    except FileExistsError as error:
        raise StateError(f"{folder}: is there already; name a new folder with --out") from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
