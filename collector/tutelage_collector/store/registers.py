"""Protocols of what people keep up, and of the counts that reports are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from tutelage_collector.store.records_registers import (
        ActivityRow,
        AgreementVersion,
        AlertCount,
        Completion,
        Holder,
        IntegrityCount,
        LedgerMark,
        Member,
        ReportPost,
        ReportSchedule,
        ReviewDone,
        ReviewTrigger,
        SelfTestCount,
        Signature,
        Waited,
    )


JudgedRow = tuple[str, str, str, str, int, str]
"""(device, school, check, status, observed ms, clauses one a line): a tuple, as a trust has a
hundred thousand and a report only counts them."""


class RegisterStore(Protocol):
    """Posts, agreements, training, reviews, marks of the ledger. Rebuilding leaves them alone."""

    def set_holder(self, holder: Holder) -> None:
        """Keep who holds a post, instead of who held it before."""

    def clear_holder(self, school: str, office: str) -> None:
        """Forget who holds a post.

        Raises:
            NotFoundError: nobody holds it.
        """

    def holders(self, school: str | None = None) -> list[Holder]:
        """Return who holds which post."""

    def set_mark(self, mark: LedgerMark) -> None:
        """Keep what people said of a clause, instead of what they said before."""

    def marks(self) -> dict[str, LedgerMark]:
        """Return the marks by clause."""

    def add_members(self, people: Iterable[Member]) -> None:
        """Keep people who are expected to sign and to be trained; known ones stay as they are."""

    def remove_member(self, school: str, kind: str, reference: str) -> None:
        """Expect nothing more of somebody; what was signed and taken stays.

        Raises:
            NotFoundError: nobody of this kind and reference is expected.
        """

    def members(self, school: str | None = None) -> list[Member]:
        """Return who is expected."""

    def add_agreement(self, version: AgreementVersion) -> None:
        """Publish a version.

        Raises:
            StoreError: this version of this appendix is published already.
        """

    def agreements(self) -> list[AgreementVersion]:
        """Return all versions, the oldest first."""

    def add_signatures(self, signatures: Iterable[Signature]) -> None:
        """Keep signatures; the same one twice is one."""

    def signatures(self, school: str | None = None) -> list[Signature]:
        """Return all signatures."""

    def add_completions(self, completions: Iterable[Completion]) -> None:
        """Keep courses taken; the same one twice is one."""

    def completions(self, school: str | None = None) -> list[Completion]:
        """Return all courses taken."""

    def add_review(self, done: ReviewDone) -> None:
        """Keep that a review was made."""

    def reviews_done(self, school: str | None = None) -> list[ReviewDone]:
        """Return all reviews made, the oldest first."""

    def add_trigger(self, trigger: ReviewTrigger) -> None:
        """Keep that a review is wanted before its time."""

    def triggers(self, school: str | None = None) -> list[ReviewTrigger]:
        """Return what brings reviews forward."""


class ScheduleStore(Protocol):
    """Reports that are made by themselves, and what waits to be sent."""

    def add_schedule(self, schedule: ReportSchedule) -> None:
        """Keep a new schedule."""

    def remove_schedule(self, schedule_id: str) -> None:
        """Make no more reports by it; what waits is sent all the same.

        Raises:
            NotFoundError: there is none of this id.
        """

    def schedules(self) -> list[ReportSchedule]:
        """Return all schedules, the next one first."""

    def post_due(self, post: ReportPost, next_on: date) -> bool:
        """Queue a report and move its schedule on, in one transaction.

        Returns:
            Whether it was queued: False where the schedule moved on or away meanwhile.
        """

    def posts(self, *, waiting: bool = False, limit: int = 200) -> list[ReportPost]:
        """Return what was queued, newest first; only what still waits, where ``waiting``."""

    def post_sent(self, post_id: str, now: datetime) -> None:
        """Note that a report was sent."""

    def post_failed(self, post_id: str, trouble: str, next_try_at: datetime) -> None:
        """Note why a report could not be sent, and when to try again."""


class FigureStore(Protocol):
    """Counts for reports. None of them reads an event's bytes."""

    def activity(self, first: date, last: date, school: str | None = None) -> list[ActivityRow]:
        """Return events by month and kind, both days included."""

    def alert_counts(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[AlertCount]:
        """Return real alerts received in a span, ``until`` not included, by what they are."""

    def alerts_by_school(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[tuple[str, int]]:
        """Return how many real alerts each school had in a span."""

    def waited(
        self, first: datetime, until: datetime, now: datetime, school: str | None = None
    ) -> list[Waited]:
        """Return episodes that people are told of at once and that opened in a span."""

    def judged(self, profile: str, school: str | None = None) -> list[JudgedRow]:
        """Return the latest judgements without what they say, for counting."""

    def self_tests(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[SelfTestCount]:
        """Return self-tests received in a span, by channel."""

    def integrity_counts(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[IntegrityCount]:
        """Return what happened to the monitoring in a span, by kind."""

    def schools(self) -> list[str]:
        """Return the schools that have devices, by name."""
