"""Letting a device in: at once, or once a person said so; what its hardware was before.

Takes the places of a token's quota, issues certificates, and keeps all of it; what comes over the
wire is ``enrolment_service``'s, whether the keys are right is ``enrolment``'s.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import hardware, pki
from tutelage_collector.enrolment import RefusedError
from tutelage_collector.store.records import Device, DeviceState, EnrolmentProof
from tutelage_collector.store.records_waiting import Keys, WaitingDevice, WaitingState
from tutelage_wire import keys
from tutelage_wire.names import DeviceName

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tutelage_collector.enrolment import Applicant, Request
    from tutelage_collector.pki import Issuer
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Evidence, Token
    from tutelage_wire.events import DeviceId


@dataclass(frozen=True, slots=True)
class Caller:
    """From where and when a device asks."""

    address: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """A device that was let in, and its certificate."""

    device: Device
    issued: pki.IssuedDevice


class Joining:
    """The door of one trust."""

    def __init__(self, trust: str, intermediate: Callable[[], Issuer], store: Store) -> None:
        """Let devices of ``trust`` in; ``intermediate`` is whoever issues at that moment."""
        self._trust, self._intermediate, self._store = trust, intermediate, store

    def ask(
        self,
        asked: Request,
        applicant: Applicant,
        token: Token,
        known: Device | None,
        said: Evidence,
        caller: Caller,
    ) -> Joined | WaitingDevice:
        """Let a device in whose keys and token are good, or keep that it waits for a person.

        Raises:
            RefusedError: the quota is used up, or a person said no.
        """
        if known is not None:
            return self._let_in(asked, applicant, token, known, said, caller, None)
        waits = self._store.waiting_of(applicant.device_id)
        if waits is None:
            met = hardware.meet(said, self._store.devices_like(said), caller.now)
            reason = hardware.why_wait(token, met)
            if not reason:
                return self._let_in(asked, applicant, token, None, said, caller, met)
            waits = _waiting(asked, applicant, token, said, reason, caller)
            self._store.add_waiting(waits)
        return self.decided(waits, asked, applicant, token, caller)

    def decided(
        self,
        waits: WaitingDevice,
        asked: Request,
        applicant: Applicant,
        token: Token,
        caller: Caller,
    ) -> Joined | WaitingDevice:
        """Return what a person decided so far of a request.

        Raises:
            RefusedError: the person said no, or the quota is used up.
        """
        if waits.state is WaitingState.REFUSED:
            raise RefusedError("a person decided that this device does not join: ask ICT")
        if waits.state is WaitingState.WAITING:
            return waits
        met = hardware.meet(waits.evidence, self._store.devices_like(waits.evidence), caller.now)
        joined = self._let_in(asked, applicant, token, None, waits.evidence, caller, met)
        self._store.end_waiting(waits.request_id)
        return joined

    def _let_in(
        self,
        asked: Request,
        applicant: Applicant,
        token: Token,
        known: Device | None,
        said: Evidence,
        caller: Caller,
        met: hardware.Met | None,
    ) -> Joined:
        # The pure decision saw a quota; only this compare-and-set takes a place of it.
        if known is None and not self._store.spend_token(token.id):
            raise RefusedError("the join token has let in all devices of its quota")
        now = caller.now
        placement = known.placement if known else token.placement
        name = DeviceName(self._trust, placement.school, applicant.device_id)
        issued = pki.issue_device(self._intermediate(), applicant.key, name, now)
        device = Device(
            id=applicant.device_id,
            placement=placement,
            state=DeviceState.ACTIVE,
            epoch=known.epoch if known else 1,
            tls_key=keys.spki(applicant.key),
            signing_key=applicant.signing_key,
            token_id=token.id,
            enrolled_at=now,
            certificate_expires_at=issued.expires_at,
            evidence=said,
        )
        self._store.add_proof(proof_of(device.id, asked, issued, now))
        self._store.add_device(device)
        self._store.audit(
            caller.address, "device enrolled" if known is None else "device enrolled again",
            f"device {device.id}", f"token {token.id} school {placement.school}", now,
        )  # fmt: skip
        if met is not None:
            self._settle(device, met, caller)
        return Joined(device, issued)

    def _settle(self, device: Device, met: hardware.Met, caller: Caller) -> None:
        """Retire what was re-imaged; say what shares its numbers with a device in use."""
        for old in met.same:
            self._store.set_device_state(old.id, DeviceState.RETIRED)
            self._store.audit(
                caller.address, "device retired", f"device {old.id}",
                f"its hardware joined anew as device {device.id}", caller.now,
            )  # fmt: skip
        for other in met.in_use:
            self._store.audit(
                caller.address, "hardware seen twice", f"device {device.id}",
                f"device {other.id} has the same numbers and is in use: a clone, or a number that "
                "several share", caller.now,
            )  # fmt: skip


def proof_of(
    device_id: DeviceId, asked: Request, issued: pki.IssuedDevice, now: datetime
) -> EnrolmentProof:
    """Return what shows years later whose key signed a batch."""
    return EnrolmentProof(
        device_id, asked.signing_key, now, asked.signing_key_certificate, issued.chain
    )


def _waiting(
    asked: Request,
    applicant: Applicant,
    token: Token,
    said: Evidence,
    reason: str,
    caller: Caller,
) -> WaitingDevice:
    return WaitingDevice(
        request_id=secrets.token_hex(16),
        device_id=applicant.device_id,
        token_id=token.id,
        school=token.placement.school,
        keys=Keys(
            asked.csr, asked.signing_key, asked.signing_key_certificate, asked.csr_countersignature
        ),
        evidence=said,
        reason=reason,
        address=caller.address,
        asked_at=caller.now,
    )
