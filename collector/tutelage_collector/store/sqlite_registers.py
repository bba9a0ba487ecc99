"""What people keep up, in SQLite."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError, StoreError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_registers import (
    AgreementVersion,
    Completion,
    Holder,
    LedgerMark,
    Member,
    ReviewDone,
    ReviewTrigger,
    Signature,
)
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterable


class SqliteRegisters(Database):
    """The part of the store that holds posts, agreements, training, reviews and marks."""

    def set_holder(self, holder: Holder) -> None:
        """Keep who holds a post, instead of who held it before."""
        self._put(
            "INSERT OR REPLACE INTO office_holder VALUES (?, ?, ?, ?, ?, ?)",
            (holder.school, holder.office, holder.holder, holder.cover, times.to_ms(holder.since)),
        )

    def clear_holder(self, school: str, office: str) -> None:
        """Forget who holds a post."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM office_holder WHERE trust = ? AND school = ? AND office = ?",
                (self._trust, school, office),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"{office} of {school}: nobody holds it; see: roles list")

    def holders(self, school: str | None = None) -> list[Holder]:
        """Return who holds which post."""
        rows = self._of_school(
            "school, office, holder, cover, since_ms FROM office_holder", "school, office", school
        )
        return [Holder(row[0], row[1], row[2], row[3], times.from_ms(row[4])) for row in rows]

    def set_mark(self, mark: LedgerMark) -> None:
        """Keep what people said of a clause, instead of what they said before."""
        day = mark.reviewed_on.isoformat() if mark.reviewed_on else ""
        self._put(
            "INSERT OR REPLACE INTO ledger_mark VALUES (?, ?, ?, ?, ?, ?)",
            (mark.clause, mark.owner, day, mark.reviewed_by, mark.note),
        )

    def marks(self) -> dict[str, LedgerMark]:
        """Return the marks by clause."""
        rows = self._rows(
            "SELECT clause, owner, reviewed_day, reviewed_by, note FROM ledger_mark "
            "WHERE trust = ? ORDER BY clause",
            self._trust,
        )
        return {
            row[0]: LedgerMark(
                row[0], row[1], date.fromisoformat(row[2]) if row[2] else None, row[3], row[4]
            )
            for row in rows
        }

    def add_members(self, people: Iterable[Member]) -> None:
        """Keep people who are expected to sign and to be trained; known ones stay as they are."""
        self._put_all(
            "INSERT OR IGNORE INTO register_person VALUES (?, ?, ?, ?, ?)",
            [(one.school, one.kind, one.reference, one.since.isoformat()) for one in people],
        )

    def remove_member(self, school: str, kind: str, reference: str) -> None:
        """Expect nothing more of somebody; what was signed and taken stays."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM register_person "
                "WHERE trust = ? AND school = ? AND kind = ? AND reference = ?",
                (self._trust, school, kind, reference),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"{kind} {reference} of {school}: not expected; see: aup due")

    def members(self, school: str | None = None) -> list[Member]:
        """Return who is expected."""
        rows = self._of_school(
            "school, kind, reference, since_day FROM register_person",
            "school, kind, reference",
            school,
        )
        return [Member(row[0], row[1], row[2], date.fromisoformat(row[3])) for row in rows]

    def add_agreement(self, version: AgreementVersion) -> None:
        """Publish a version."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO agreement_version VALUES (?, ?, ?, ?, ?, ?)",
                (self._trust, version.version, version.appendix, version.text, version.digest,
                 times.to_ms(version.published_at)),
            )  # fmt: skip
            if not cursor.rowcount:
                raise StoreError(
                    f"agreement {version.version}, appendix {version.appendix}: is published "
                    "already and stays as it is; give the new text a new version"
                )

    def agreements(self) -> list[AgreementVersion]:
        """Return all versions, the oldest first."""
        rows = self._rows(
            "SELECT version, appendix, text, digest, published_ms FROM agreement_version "
            "WHERE trust = ? ORDER BY published_ms, version, appendix",
            self._trust,
        )
        return [
            AgreementVersion(row[0], row[1], row[2], row[3], times.from_ms(row[4])) for row in rows
        ]

    def add_signatures(self, signatures: Iterable[Signature]) -> None:
        """Keep signatures; the same one twice is one."""
        self._put_all(
            "INSERT OR IGNORE INTO agreement_signature VALUES (?, ?, ?, ?, ?, ?)",
            [
                (one.school, one.kind, one.reference, one.version, one.signed_on.isoformat())
                for one in signatures
            ],
        )

    def signatures(self, school: str | None = None) -> list[Signature]:
        """Return all signatures."""
        rows = self._of_school(
            "school, kind, reference, version, signed_day FROM agreement_signature",
            "school, kind, reference, signed_day",
            school,
        )
        return [
            Signature(row[0], row[1], row[2], row[3], date.fromisoformat(row[4])) for row in rows
        ]

    def add_completions(self, completions: Iterable[Completion]) -> None:
        """Keep courses taken; the same one twice is one."""
        self._put_all(
            "INSERT OR IGNORE INTO training VALUES (?, ?, ?, ?, ?, ?)",
            [
                (one.school, one.kind, one.reference, one.course, one.taken_on.isoformat())
                for one in completions
            ],
        )

    def completions(self, school: str | None = None) -> list[Completion]:
        """Return all courses taken."""
        rows = self._of_school(
            "school, kind, reference, course, taken_day FROM training",
            "school, kind, reference, taken_day",
            school,
        )
        return [
            Completion(row[0], row[1], row[2], row[3], date.fromisoformat(row[4])) for row in rows
        ]

    def add_review(self, done: ReviewDone) -> None:
        """Keep that a review was made."""
        self._put(
            "INSERT OR REPLACE INTO review_done VALUES (?, ?, ?, ?, ?, ?)",
            (done.school, done.review, done.done_on.isoformat(), done.office, done.note),
        )

    def reviews_done(self, school: str | None = None) -> list[ReviewDone]:
        """Return all reviews made, the oldest first."""
        rows = self._of_school(
            "school, review, done_day, office, note FROM review_done",
            "done_day, school, review",
            school,
        )
        return [
            ReviewDone(row[0], row[1], date.fromisoformat(row[2]), row[3], row[4]) for row in rows
        ]

    def add_trigger(self, trigger: ReviewTrigger) -> None:
        """Keep that a review is wanted before its time."""
        self._put(
            "INSERT OR REPLACE INTO review_trigger VALUES (?, ?, ?, ?, ?, ?)",
            (trigger.school, trigger.review, trigger.asked_on.isoformat(),
             trigger.due_on.isoformat(), trigger.because),
        )  # fmt: skip

    def triggers(self, school: str | None = None) -> list[ReviewTrigger]:
        """Return what brings reviews forward."""
        rows = self._of_school(
            "school, review, asked_day, due_day, because FROM review_trigger",
            "asked_day, school, review",
            school,
        )
        return [
            ReviewTrigger(
                row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]), row[4]
            )
            for row in rows
        ]

    def _of_school(self, what: str, order: str, school: str | None) -> list[Any]:
        """Return rows of one school or all; ``what`` and ``order`` are constants of this file."""
        sql = f"SELECT {what} WHERE trust = ? AND (? IS NULL OR school = ?) ORDER BY {order}"
        return self._rows(sql, self._trust, school, school)

    def _put(self, sql: str, values: tuple[object, ...]) -> None:
        self._put_all(sql, [values])

    def _put_all(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        with self._transaction() as cursor:
            cursor.executemany(sql, [(self._trust, *row) for row in rows])
