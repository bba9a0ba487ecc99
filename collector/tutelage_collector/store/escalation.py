"""Who is on duty, who was told, and the messages that are on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records_alerting import Episode
    from tutelage_collector.store.records_escalation import (
        Notice,
        NoticeNews,
        NoticeState,
        RotaVersion,
        Step,
        Told,
    )
    from tutelage_wire.events import EventId


class EscalationStore(Protocol):
    """Rotas, steps of escalation, and the outbox. None of it is a projection."""

    def rota(self, school: str) -> RotaVersion | None:
        """Return the newest rota of a school; None = none was set."""

    def put_rota(self, school: str, document: str, by: str, now: datetime) -> int:
        """Keep a new version, and let escalation decide anew; return its number."""

    def to_look_at(self, now: datetime, limit: int = 500) -> list[Episode]:
        """Return episodes at which escalation must look now, the most urgent first."""

    def steps(self, episode_id: EventId) -> list[Step]:
        """Return who was told of an episode, in order, and whether it reached them."""

    def told(self, duty: str) -> set[EventId]:
        """Return the episodes of which somebody with a duty was told."""

    def tell(self, told: Sequence[Told], now: datetime) -> None:
        """Keep steps, and what is to be sent, in one transaction.

        A message to the same person by the same way that still waits is joined, not doubled.
        """

    def look_again(self, now: datetime) -> None:
        """Let escalation decide anew about all that is open: the clock went back, or a start."""

    def claim_notice(self, kind: str, now: datetime) -> tuple[Notice, NoticeNews] | None:
        """Take the next message of one kind that is due; what nobody needs any more is withdrawn.

        Args:
            kind: of way: ``email`` and so on.
            now: the present moment.
        """

    def end_notice(
        self, notice_id: str, state: NoticeState, error: str, next_at: datetime, now: datetime
    ) -> None:
        """Say how an attempt ended; WAITING = again at ``next_at``."""

    def recover_notices(self, now: datetime) -> int:
        """Send again what was being sent when the collector ended; return how many."""

    def notices(
        self, school: str | None = None, *, state: NoticeState | None = None, limit: int = 200
    ) -> list[Notice]:
        """Return messages, the newest first."""

    def episode_notices(self, episode_id: EventId) -> list[Notice]:
        """Return the messages of one episode, oldest first."""

    def retry_notices(
        self, now: datetime, notice_id: str | None = None, school: str | None = None
    ) -> int:
        """Let dead and waiting messages be tried now; return how many.

        Raises:
            NotFoundError: there is no such message that could be tried.
        """
