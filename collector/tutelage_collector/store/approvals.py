"""What the store promises about decisions that need two people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import Role
    from tutelage_collector.store.records_approvals import Approval


class ApprovalStore(Protocol):
    """Requests and their decisions. Each step is one transaction together with its audit row."""

    def add_approval(self, approval: Approval) -> None:
        """Keep a new request."""

    def approval(self, approval_id: str) -> Approval | None:
        """Return one request."""

    def approvals(self, school: str | None = None, limit: int = 200) -> list[Approval]:
        """Return requests, newest first; of a school, and of the whole trust."""

    def decide_approval(
        self, approval_id: str, name: str, role: Role, note: str, now: datetime, *, approve: bool
    ) -> Approval:
        """Approve or refuse a request that still waits.

        Raises:
            NotFoundError: there is none of this id that still waits, or this person asked.
        """

    def use_approval(self, approval_id: str, name: str, now: datetime) -> Approval:
        """Take an approval for what it allows: once, and in time.

        Raises:
            NotFoundError: there is none of this id that holds and was not used.
        """
