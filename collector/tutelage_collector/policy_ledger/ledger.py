"""What ships and what people said of it, together: the ledger as it stands today. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.policy_ledger.model import Clause, Kind, clauses
from tutelage_collector.registers.due import Standing, add_months, standing
from tutelage_collector.registers.offices import Office

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tutelage_collector.store.records_registers import LedgerMark


@dataclass(frozen=True, slots=True)
class Entry:
    """One clause with its owner and review as people have them."""

    clause: Clause
    owner: Office
    reviewed_on: date | None
    reviewed_by: str
    review_by: date | None
    standing: Standing
    note: str


def entries(marks: Mapping[str, LedgerMark], today: date) -> list[Entry]:
    """Return all clauses in the order of the policy."""
    return [_entry(one, marks.get(one.id), today) for one in clauses()]


def entry(clause_id: str, marks: Mapping[str, LedgerMark], today: date) -> Entry:
    """Return one clause.

    Raises:
        NotFoundError: the policy has none of this id.
    """
    wanted = clause_id.strip().lower()
    for one in clauses():
        if one.id == wanted:
            return _entry(one, marks.get(one.id), today)
    near = [one.id for one in clauses() if one.id.startswith(wanted[:3])][:8]
    hint = f"; near it: {', '.join(near)}" if near else "; see: ledger list"
    raise NotFoundError(f"clause {clause_id}: not in the policy{hint}")


def counted(found: list[Entry]) -> dict[Kind, int]:
    """Return how many clauses there are of each kind."""
    return {kind: sum(one.clause.kind is kind for one in found) for kind in Kind}


def _entry(clause: Clause, mark: LedgerMark | None, today: date) -> Entry:
    done = mark.reviewed_on if mark else None
    due = add_months(done, clause.review_months) if done else None
    return Entry(
        clause=clause,
        owner=Office(mark.owner) if mark and mark.owner else clause.owner,
        reviewed_on=done,
        reviewed_by=mark.reviewed_by if mark else "",
        review_by=due,
        standing=standing(due, today),
        note=mark.note if mark else "",
    )
