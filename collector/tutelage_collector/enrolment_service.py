"""Listener A: TLS with the collector's certificate only. Nonces, limits, audit; no decision.

A nonce is good once and for five minutes. Refusals are counted by address, so that nobody tries
tokens at leisure; a whole school behind one address enrols freely.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutelage_collector import enrolment, pki, spool_keys, tokens
from tutelage_collector.enrolment import RefusedError, Request
from tutelage_collector.errors import CertificateError, StoreError
from tutelage_collector.joining import Caller, Joined, Joining, proof_of
from tutelage_collector.limits import Refusals
from tutelage_collector.store.records import Device, Evidence
from tutelage_collector.store.records_device_keys import PairState
from tutelage_wire import keys, times
from tutelage_wire.enrolment import NONCE_BYTES
from tutelage_wire.errors import WireError
from tutelage_wire.events import DeviceId
from tutelage_wire.names import DeviceName
from tutelage_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

if TYPE_CHECKING:
    from datetime import datetime

    import grpc

    from tutelage_collector.config import Config
    from tutelage_collector.live_keys import LiveKeys
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_waiting import WaitingDevice
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
NONCE_LIFE = timedelta(minutes=5)
MAX_NONCES = 20_000
"""More than that are not waited for: the oldest is forgotten."""
REFUSALS = 30
REFUSALS_WITHIN = timedelta(minutes=1)
_MAX_TEXT = 200
_POLL_AFTER_MS = 10_000


class Nonces:
    """Random numbers that were given out and not yet used."""

    def __init__(self) -> None:
        """Begin without any."""
        self._given: OrderedDict[bytes, datetime] = OrderedDict()

    def give(self, now: datetime) -> bytes:
        """Return a fresh one."""
        while self._given and (
            len(self._given) >= MAX_NONCES or next(iter(self._given.values())) + NONCE_LIFE < now
        ):
            self._given.popitem(last=False)
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._given[nonce] = now
        return nonce

    def take(self, nonce: bytes, now: datetime) -> bool:
        """Use one up; False = it was never given, was used, or is too old."""
        given = self._given.pop(nonce, None)
        return given is not None and now <= given + NONCE_LIFE


class EnrolmentService(enrolment_pb2_grpc.EnrolmentServicer):
    """Answers on listener A."""

    def __init__(self, config: Config, live: LiveKeys, store: Store, clock: Clock) -> None:
        """Answer for one trust.

        Args:
            config: whose devices these are.
            live: the authority's keys, as they are now.
            store: where devices, tokens and the audit log are.
            clock: the collector's.
        """
        self._config, self._live, self._store, self._clock = config, live, store, clock
        self._joining = Joining(config.trust, self._issuer, store)
        self._nonces = Nonces()
        self._refusals = Refusals(REFUSALS, REFUSALS_WITHIN)

    async def Challenge(  # noqa: N802 - the name is the wire's
        self, request: enrolment_pb2.ChallengeRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> enrolment_pb2.ChallengeReply:
        """Give a nonce."""
        now = self._clock()
        return enrolment_pb2.ChallengeReply(
            nonce=self._nonces.give(now), collector_time_ms=times.to_ms(now)
        )

    async def Enrol(  # noqa: N802
        self, request: enrolment_pb2.EnrolRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> enrolment_pb2.EnrolReply:
        """Certify a new device, or say why not."""
        address, now = _address(context), self._clock()
        try:
            self._admit_call(address, request.nonce, now)
            return await asyncio.to_thread(self._enrol, request, address, now)
        except (RefusedError, StoreError) as error:
            return await self._refuse(address, f"token {request.token_id[:16]}", error, now)

    async def Poll(  # noqa: N802
        self, request: enrolment_pb2.PollRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> enrolment_pb2.EnrolReply:
        """Answer who waits for a person's approval, and proves to be the one who asked."""
        address, now = _address(context), self._clock()
        try:
            self._admit_call(address, request.nonce, now)
            return await asyncio.to_thread(self._poll, request, address, now)
        except (RefusedError, StoreError) as error:
            return await self._refuse(address, f"request {request.request_id[:32]}", error, now)

    async def Renew(  # noqa: N802
        self, request: enrolment_pb2.RenewRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> enrolment_pb2.EnrolReply:
        """Certify new keys of a device that proves its present one."""
        address, now = _address(context), self._clock()
        try:
            self._admit_call(address, request.nonce, now)
            issued = await asyncio.to_thread(self._renew, request, address, now)
        except (RefusedError, StoreError) as error:
            subject = f"device {request.device_id.hex()[:32]}"
            return await self._refuse(address, subject, error, now)
        return enrolment_pb2.EnrolReply(issued=issued)

    def _issuer(self) -> pki.Issuer:
        return self._live.held.authority.intermediate

    def _admit_call(self, address: str, nonce: bytes, now: datetime) -> None:
        if self._refusals.too_many(address, now):
            raise RefusedError("too many refused requests from this address: wait a minute")
        if not self._nonces.take(nonce, now):
            raise RefusedError("the nonce was used before or is older than five minutes: try again")

    def _enrol(
        self, request: enrolment_pb2.EnrolRequest, address: str, now: datetime
    ) -> enrolment_pb2.EnrolReply:
        asked = Request(
            nonce=request.nonce,
            csr=request.csr,
            signing_key=request.signing_key,
            signing_key_certificate=request.signing_key_certificate,
            csr_countersignature=request.csr_countersignature,
            proof=request.token_mac,
        )
        token = self._store.token(request.token_id)
        secret = tokens.secret_of(self._live.held.token_key, request.token_id)
        known = self._store.device(_claimed_id(request.csr))
        applicant = enrolment.admit(asked, secret, token, known, now)
        if token is None:
            raise RefusedError("the join token is not known here")
        said = _evidence(request.evidence)
        caller = Caller(address, now)
        outcome = self._joining.ask(asked, applicant, token, known, said, caller)
        return self._answer(outcome, DeviceId(request.spool_key_of.hex()), caller)

    def _poll(
        self, request: enrolment_pb2.PollRequest, address: str, now: datetime
    ) -> enrolment_pb2.EnrolReply:
        waits = self._store.waiting_request(request.request_id)
        if waits is None:
            raise RefusedError("no enrolment waits here under this number: enrol again")
        held = waits.keys
        asked = Request(
            nonce=request.nonce,
            csr=held.csr,
            signing_key=held.signing_key,
            signing_key_certificate=held.signing_key_certificate,
            csr_countersignature=held.csr_countersignature,
            proof=request.signature,
        )
        applicant = enrolment.poll(asked, waits.request_id)
        token = self._store.token(waits.token_id)
        if token is None or token.revoked:
            raise RefusedError("the join token was revoked: ask for a new bundle (token create)")
        caller = Caller(address, now)
        outcome = self._joining.decided(waits, asked, applicant, token, caller)
        return self._answer(outcome, DeviceId(request.spool_key_of.hex()), caller)

    def _answer(
        self, outcome: Joined | WaitingDevice, spool_key_of: DeviceId, caller: Caller
    ) -> enrolment_pb2.EnrolReply:
        if isinstance(outcome, Joined):
            issued = self._issued(outcome.device, outcome.issued, caller.now)
            owner = spool_keys.first_owner(outcome.device, spool_key_of, self._store.device)
            issued.spool_key = spool_keys.key_of(
                self._live.held.token_key, self._config.trust, owner
            )
            issued.spool_key_of = bytes.fromhex(owner)
            if owner != outcome.device.id:
                self._store.audit(
                    caller.address, "spool key given again", f"device {outcome.device.id}",
                    f"of device {owner}, whose place it takes", caller.now,
                )  # fmt: skip
            return enrolment_pb2.EnrolReply(issued=issued)
        pending = enrolment_pb2.Pending(
            request_id=outcome.request_id, reason=outcome.reason, retry_after_ms=_POLL_AFTER_MS
        )
        return enrolment_pb2.EnrolReply(pending=pending)

    def _renew(
        self, request: enrolment_pb2.RenewRequest, address: str, now: datetime
    ) -> enrolment_pb2.Issued:
        asked = Request(
            nonce=request.nonce,
            csr=request.csr,
            signing_key=request.signing_key,
            signing_key_certificate=request.signing_key_certificate,
            csr_countersignature=request.csr_countersignature,
            proof=request.signature,
        )
        known = self._store.device(DeviceId(request.device_id.hex()))
        waiting = [
            pair.tls_key
            for pair in (self._store.key_pairs(known.id) if known else ())
            if pair.state is PairState.CERTIFIED
        ]
        renewal = enrolment.renew(asked, known, waiting)
        if known is None:
            raise RefusedError("this device is not enrolled here")
        if renewal.proven_by != known.tls_key:
            self._store.meet_keys(known.id, renewal.proven_by, now)
        applicant = renewal.applicant
        name = DeviceName(self._config.trust, known.placement.school, known.id)
        issued = pki.issue_device(self._issuer(), applicant.key, name, now)
        # The proof first: no batch may ever be signed with a key that nothing vouches for.
        self._store.add_proof(proof_of(known.id, asked, issued, now))
        self._store.certify_keys(
            known.id, keys.spki(applicant.key), applicant.signing_key, issued.expires_at, now
        )
        self._store.audit(address, "certificate renewed", f"device {known.id}", "", now)
        return self._issued(known, issued, now)

    def _issued(
        self, device: Device, issued: pki.IssuedDevice, now: datetime
    ) -> enrolment_pb2.Issued:
        place = device.placement
        return enrolment_pb2.Issued(
            device_id=bytes.fromhex(device.id),
            certificate_chain=issued.chain,
            trust_id=self._config.trust,
            school_id=place.school,
            group=place.group,
            profile=place.profile,
            age_band=place.age_band,
            epoch=device.epoch,
            collector_time_ms=times.to_ms(now),
            device_class=place.device_class,
        )

    async def _refuse(
        self, address: str, subject: str, error: Exception, now: datetime
    ) -> enrolment_pb2.EnrolReply:
        self._refusals.note(address, now)
        reason = str(error)
        if isinstance(error, StoreError):
            _LOG.error("enrolment: %s", error)
            reason = "the collector cannot store devices at the moment: try again later"
        else:
            try:
                await asyncio.to_thread(
                    self._store.audit, address, "enrolment refused", subject, reason, now
                )
            except StoreError as fault:
                _LOG.error("a refused enrolment could not be audited: %s", fault)
        return enrolment_pb2.EnrolReply(refused=enrolment_pb2.Refused(reason=reason))


def _claimed_id(csr: bytes) -> DeviceId:
    """Return the id of the key that a request is for, or "" where it cannot be read."""
    try:
        return keys.device_id_of(pki.read_csr(csr))
    except (CertificateError, WireError):
        return DeviceId("")


def _evidence(said: enrolment_pb2.Evidence) -> Evidence:
    return Evidence(
        label=said.label[:_MAX_TEXT],
        system=said.system[:_MAX_TEXT],
        serial=said.serial[:_MAX_TEXT],
        hardware_uuid=said.hardware_uuid[:_MAX_TEXT],
        machine_id_hash=said.machine_id_hash[:_MAX_TEXT],
        tpm_ek_hash=said.tpm_ek_hash[:_MAX_TEXT],
        agent_version=said.agent_version[:_MAX_TEXT],
        supersedes=said.supersedes[:_MAX_TEXT],
    )


def _address(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """Return the caller's address without its port."""
    return context.peer().rpartition(":")[0] or "unknown"
