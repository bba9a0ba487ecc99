"""What the collector keeps, as protocols; ``tests/collector/test_store.py`` tries them.

Promises of every implementation:

- ``append`` is one transaction: batch bytes unchanged, chain heads by compare-and-set, and all
  projections, or nothing. It returns only after the commit is on the disk.
- Every key begins with the trust: one trust never reads another's rows.
- Projections hold nothing that ``rebuild`` cannot make again from the stored batches.
- Audit rows are appended and never changed.
- All methods may be called from any thread, and raise ``StoreError`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tutelage_collector.store.alerting import AlertingStore
from tutelage_collector.store.approvals import ApprovalStore
from tutelage_collector.store.concerns import ConcernStore
from tutelage_collector.store.context import ContextStore
from tutelage_collector.store.coverage import CoverageStore
from tutelage_collector.store.device_keys import DeviceKeyStore
from tutelage_collector.store.documents import DocumentStore
from tutelage_collector.store.escalation import EscalationStore
from tutelage_collector.store.ict import IctStore
from tutelage_collector.store.log import LogStore
from tutelage_collector.store.passkeys import PasskeyStore
from tutelage_collector.store.people import PeopleStore
from tutelage_collector.store.quiet import QuietStore
from tutelage_collector.store.recipients import RecipientStore
from tutelage_collector.store.registers import FigureStore, RegisterStore, ScheduleStore
from tutelage_collector.store.retention import RetentionStore
from tutelage_collector.store.rights import RightsStore
from tutelage_collector.store.waiting import WaitingStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import (
        Account,
        Alert,
        Append,
        Appended,
        AuditRow,
        Device,
        DeviceState,
        DeviceView,
        Drift,
        EnrolmentProof,
        Evidence,
        Head,
        IntegrityEvent,
        Judgement,
        Rebuilt,
        RollupRow,
        StoredBatch,
        Token,
    )
    from tutelage_collector.store.records_allowed import Cover, Exemption
    from tutelage_wire.batch import TravelLane
    from tutelage_wire.events import DeviceId, EventId, IntegrityKind


class EvidenceStore(Protocol):
    """Batches and the chains that they make."""

    def append(self, group: Sequence[Append]) -> list[Appended]:
        """Store a group of verified batches in one durable transaction, in order.

        Raises:
            StoreError: nothing of the group was kept.
        """

    def head(self, device_id: DeviceId, epoch: int, lane: TravelLane) -> Head | None:
        """Return where a chain stands; None = nothing stored."""

    def batches(self, device_id: DeviceId | None = None) -> Iterator[StoredBatch]:
        """Yield stored batches in the order in which they came."""

    def rebuild(self) -> Rebuilt:
        """Make all projections again from the stored batches, in one transaction."""


class DeviceStore(Protocol):
    """Enrolled devices."""

    def add_device(self, device: Device) -> None:
        """Keep a newly enrolled device, or the same one enrolled again with the same keys."""

    def add_proof(self, proof: EnrolmentProof) -> None:
        """Keep what a device sent to join or renew, before its keys are used."""

    def proofs(self, device_id: DeviceId) -> list[EnrolmentProof]:
        """Return the proof of each certificate that a device ever had, oldest first."""

    def device(self, device_id: DeviceId) -> Device | None:
        """Return one device."""

    def devices(self, school: str | None = None) -> list[DeviceView]:
        """Return devices by label, with their latest sign of life."""

    def devices_like(self, said: Evidence) -> list[DeviceView]:
        """Return devices that share a hardware number with what one says of itself."""

    def barred_devices(self) -> set[DeviceId]:
        """Return all devices that may not speak (any more)."""

    def set_device_state(self, device_id: DeviceId, state: DeviceState) -> None:
        """Revoke or retire a device, or let it back.

        Raises:
            NotFoundError: there is no such device.
        """

    def open_epoch(self, device_id: DeviceId, detail: str, now: datetime) -> int:
        """Begin the device's next epoch, record it as an integrity event, return its number."""


class TokenStore(Protocol):
    """Join tokens."""

    def add_token(self, token: Token) -> None:
        """Keep a new token."""

    def token(self, token_id: str) -> Token | None:
        """Return one token."""

    def tokens(self) -> list[Token]:
        """Return all tokens, newest first."""

    def spend_token(self, token_id: str) -> bool:
        """Use one place of the quota, atomically; False = none was left or it was revoked."""

    def revoke_token(self, token_id: str) -> None:
        """Let nobody in with it any more.

        Raises:
            NotFoundError: there is no such token.
        """


class FindingStore(Protocol):
    """What agents found: alerts, judgements, integrity events, counts."""

    def alerts(self, school: str | None = None, limit: int = 200) -> list[Alert]:
        """Return alerts, newest first, self-tests included and marked."""

    def alert(self, event_id: EventId) -> Alert | None:
        """Return one alert."""

    def alerts_after(self, cursor: int, limit: int = 200) -> tuple[int, list[Alert]]:
        """Return alerts stored after ``cursor`` in storing order, and the new cursor; 0 = all."""

    def last_alert(self) -> int:
        """Return the cursor of the alert stored last."""

    def judgements(
        self,
        device_id: DeviceId | None = None,
        school: str | None = None,
        profile: str | None = None,
    ) -> list[Judgement]:
        """Return the latest judgements."""

    def drifts(self, since: datetime, school: str | None = None) -> list[Drift]:
        """Return how judgements changed since a moment, oldest first."""

    def integrity(
        self, school: str | None = None, limit: int = 200, device_id: DeviceId | None = None
    ) -> list[IntegrityEvent]:
        """Return integrity events, newest first."""

    def add_integrity(
        self,
        kind: IntegrityKind,
        device_id: DeviceId | None,
        school: str,
        detail: str,
        now: datetime,
    ) -> None:
        """Record what the collector found; the same within a minute only counts up."""

    def rollup(self, school: str | None = None, since_day: str = "") -> list[RollupRow]:
        """Return counts by day, school, kind, area and grade."""


class ExemptionStore(Protocol):
    """What people allow in spite of a failed check."""

    def add_exemption(self, exemption: Exemption) -> None:
        """Keep a new exemption."""

    def exemptions(self, school: str | None = None) -> list[Exemption]:
        """Return all exemptions, the ended ones too, newest first."""

    def end_exemption(self, exemption_id: str, now: datetime) -> None:
        """End an exemption before its time.

        Raises:
            NotFoundError: there is none of this id that still holds.
        """


class AccountStore(Protocol):
    """People who sign in, and who stands in for whom."""

    def add_account(self, account: Account) -> None:
        """Keep an account, or replace the one of the same name.

        Its sessions then end, and its passkeys go: they may be another person's.
        """

    def account(self, name: str) -> Account | None:
        """Return one account."""

    def accounts(self) -> list[Account]:
        """Return all accounts, by name."""

    def remove_account(self, name: str) -> None:
        """Forget an account.

        Raises:
            NotFoundError: there is none of this name.
        """

    def set_account_active(self, name: str, *, active: bool) -> None:
        """Let an account sign in, or not; its sessions end.

        Raises:
            NotFoundError: there is none of this name.
        """

    def set_password(self, name: str, password_hash: str, now: datetime) -> None:
        """Give an account another password; its sessions end.

        Raises:
            NotFoundError: there is none of this name.
        """

    def end_sessions(self, name: str) -> None:
        """Sign an account out everywhere.

        Raises:
            NotFoundError: there is none of this name.
        """

    def note_sign_in(self, name: str, now: datetime, *, right: bool) -> None:
        """Keep when an account last signed in, and how often its password was wrong since."""

    def add_cover(self, cover: Cover) -> None:
        """Keep who stands in for whom."""

    def covers(self, now: datetime | None = None) -> list[Cover]:
        """Return who stands in for whom, newest first; ``now`` given, only what holds then."""

    def end_cover(self, cover_id: str, now: datetime) -> None:
        """End a cover before its time.

        Raises:
            NotFoundError: there is none of this id that still holds.
        """


class AuditStore(Protocol):
    """What people did, in a signed chain (``audit_chain``)."""

    def audit(self, actor: str, action: str, subject: str, detail: str, now: datetime) -> None:
        """Append one row, with the role and school that the actor's account has now."""

    def audit_rows(self, limit: int = 200) -> list[AuditRow]:
        """Return audit rows, newest first."""

    def audit_log(self) -> list[AuditRow]:
        """Return the whole log, oldest row first."""


class Store(
    EvidenceStore,
    LogStore,
    DeviceStore,
    DeviceKeyStore,
    TokenStore,
    FindingStore,
    ExemptionStore,
    AccountStore,
    DocumentStore,
    AlertingStore,
    ConcernStore,
    PeopleStore,
    CoverageStore,
    AuditStore,
    ApprovalStore,
    RightsStore,
    RetentionStore,
    WaitingStore,
    EscalationStore,
    RegisterStore,
    ScheduleStore,
    FigureStore,
    IctStore,
    ContextStore,
    RecipientStore,
    QuietStore,
    PasskeyStore,
    Protocol,
):
    """All of it. One trust a store object."""

    def check(self) -> list[str]:
        """Return what is wrong with the stored data, in words; empty = nothing."""

    def close(self) -> None:
        """Finish what is being written and let go of the files."""
