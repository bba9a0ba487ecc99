"""Joining a collector: from a bundle file to a certificate.

The join token never travels: what does is an HMAC with it over the collector's nonce, the
certificate request and the event-signing key, so that a caught request enrols nobody else
(reference: architecture.md, section 3.2).
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
from cryptography import x509

from tutelage_agent.errors import AwaitedError, EnrolmentError, RefusedError
from tutelage_agent.identity import DeviceKeys, Membership
from tutelage_agent.tls_identity import certificate_request
from tutelage_wire import enrolment, keys
from tutelage_wire.events import AgeBand, DeviceId
from tutelage_wire.names import COLLECTOR_NAME
from tutelage_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tutelage_wire.bundle import Bundle

TIMEOUT = 20.0  # seconds for each call
RENEW_BEFORE = timedelta(days=30)
"""Of a certificate's 90 days: a laptop in a drawer over the summer comes back in time."""
_SPOOL_KEY_BYTES = 32
PENDING_WAIT = 5.0  # seconds between two questions, where the collector names none


@dataclass(frozen=True, slots=True)
class Evidence:
    """What helps a person match the device with the inventory; none of it is believed."""

    label: str
    system: str
    machine_id_hash: str
    agent_version: str
    supersedes: str = ""
    """The device id that this machine had before."""
    serial: str = ""
    """The number on its case."""
    tpm_ek_hash: str = ""
    """Which TPM it has: the same after a re-installation."""


async def enrol(
    bundle: Bundle,
    device_keys: DeviceKeys,
    evidence: Evidence,
    say: Callable[[str], None],
    patience: float = 0.0,
    spool_key_of: str = "",
    take_spool_key: Callable[[DeviceId, bytes], object] = lambda owner, key: None,
) -> Membership:
    """Ask the collector to take this device.

    Args:
        bundle: with the join token.
        device_keys: freshly drawn.
        evidence: what helps a person match the device with the inventory.
        say: told, in a sentence, when an approval is awaited.
        patience: seconds to wait for a person's approval.
        spool_key_of: id of the device whose spool key this machine's spool is under, "" = none.
        take_spool_key: told whose spool key the collector gave, and the key.

    Raises:
        EnrolmentError: refused, not reachable, or not approved in time; it says what to do.
    """
    csr = certificate_request(device_keys.tls)
    async with _channel(bundle) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        try:
            nonce = (await stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT)).nonce
            reply = await stub.Enrol(
                enrolment_pb2.EnrolRequest(
                    token_id=bundle.token_id,
                    nonce=nonce,
                    token_mac=enrolment.token_mac(
                        bundle.token_secret, nonce, csr, device_keys.signing_public
                    ),
                    csr=csr,
                    signing_key=device_keys.signing_public,
                    signing_key_certificate=device_keys.tls.sign(
                        enrolment.signing_key_statement(device_keys.signing_public)
                    ),
                    csr_countersignature=device_keys.signing.sign(enrolment.csr_statement(csr)),
                    evidence=enrolment_pb2.Evidence(**asdict(evidence)),
                    spool_key_of=bytes.fromhex(spool_key_of),
                ),
                timeout=TIMEOUT,
            )
            issued = await _await_decision(
                stub, bundle, device_keys, reply, say, patience, spool_key_of
            )
        except grpc.aio.AioRpcError as error:
            raise EnrolmentError(_unreachable(bundle, error)) from error
    member = _membership(bundle, device_keys, issued)
    if len(issued.spool_key) == _SPOOL_KEY_BYTES:  # an older collector gives none
        take_spool_key(DeviceId(issued.spool_key_of.hex()), issued.spool_key)
    return member


def is_due(member: Membership, now: datetime) -> bool:
    """Tell whether the device's certificate should be renewed: it ends soon, or has ended."""
    return ends_at(member) - now < RENEW_BEFORE


def ends_at(member: Membership) -> datetime:
    """Return when the device's certificate ends."""
    leaf = x509.load_pem_x509_certificates(member.certificate_chain.encode())[0]
    return leaf.not_valid_after_utc


async def renew(
    member: Membership, present: DeviceKeys, fresh: DeviceKeys, number: int
) -> Membership:
    """Return the membership with a certificate for new keys, also after the old one ended.

    An answer that is lost on the way costs nothing: the collector goes on taking the present keys
    until it has met the new ones, and the same request may be made again.

    Args:
        member: as it is.
        present: keys that the collector knows.
        fresh: keys that are to take their place.
        number: of the pair ``fresh`` in the key store.

    Raises:
        EnrolmentError: refused or not reachable; it says what to do.
    """
    bundle, csr = member.bundle, certificate_request(fresh.tls)
    async with _channel(bundle) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        try:
            nonce = (await stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT)).nonce
            statement = enrolment.renewal_statement(nonce, csr, fresh.signing_public)
            reply = await stub.Renew(
                enrolment_pb2.RenewRequest(
                    device_id=bytes.fromhex(member.device_id),
                    nonce=nonce,
                    csr=csr,
                    signing_key=fresh.signing_public,
                    signature=present.tls.sign(statement),
                    signing_key_certificate=fresh.tls.sign(
                        enrolment.signing_key_statement(fresh.signing_public)
                    ),
                    csr_countersignature=fresh.signing.sign(enrolment.csr_statement(csr)),
                ),
                timeout=TIMEOUT,
            )
        except grpc.aio.AioRpcError as error:
            raise EnrolmentError(_unreachable(bundle, error)) from error
    if reply.WhichOneof("outcome") != "issued":
        raise RefusedError(
            f"{bundle.enrol_address}: the certificate was not renewed: {reply.refused.reason}"
        )
    issued = reply.issued
    if issued.device_id.hex() != member.device_id or issued.trust_id != bundle.trust_id:
        raise EnrolmentError(
            f"{bundle.enrol_address}: renewed for another device or trust: not used"
        )
    chain = issued.certificate_chain.decode("ascii", "replace")
    _check_chain(chain, fresh, bundle)
    return replace(member, certificate_chain=chain, key_number=number)


def _check_chain(chain: str, fresh: DeviceKeys, bundle: Bundle) -> None:
    """Refuse a certificate that would lock this device out once it were used.

    Raises:
        EnrolmentError: it is not for the new key, or not of the trust's own authority.
    """
    try:
        leaf, intermediate = x509.load_pem_x509_certificates(chain.encode())[:2]
        leaf.verify_directly_issued_by(intermediate)
        intermediate.verify_directly_issued_by(
            x509.load_pem_x509_certificate(bundle.ca_certificate.encode())
        )
        fits = keys.spki(leaf.public_key()) == keys.spki(fresh.tls.public_key())
    except keys.NOT_A_CERTIFICATE as error:
        raise EnrolmentError(
            f"{bundle.enrol_address}: a certificate that is not of the trust's own authority: "
            "not used"
        ) from error
    if not fits:
        raise EnrolmentError(f"{bundle.enrol_address}: a certificate for another key: not used")


async def _await_decision(
    stub: enrolment_pb2_grpc.EnrolmentStub,
    bundle: Bundle,
    device_keys: DeviceKeys,
    reply: enrolment_pb2.EnrolReply,
    say: Callable[[str], None],
    patience: float,
    spool_key_of: str,
) -> enrolment_pb2.Issued:
    while True:
        match reply.WhichOneof("outcome"):
            case "issued":
                return reply.issued
            case "pending" if patience > 0:
                pending = reply.pending
                say(f"Waiting for approval on the collector ({pending.reason}) ...")
                wait = pending.retry_after_ms / 1000 or PENDING_WAIT
                await asyncio.sleep(min(wait, patience))
                patience -= wait
                challenge = await stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT)
                statement = enrolment.poll_statement(challenge.nonce, pending.request_id)
                reply = await stub.Poll(
                    enrolment_pb2.PollRequest(
                        request_id=pending.request_id,
                        nonce=challenge.nonce,
                        signature=device_keys.tls.sign(statement),
                        spool_key_of=bytes.fromhex(spool_key_of),
                    ),
                    timeout=TIMEOUT,
                )
            case "pending":
                raise AwaitedError(
                    f"{bundle.enrol_address}: waits for a person's approval "
                    f"({reply.pending.reason}): approve it on the collector, then enrol again"
                )
            case "refused":
                raise EnrolmentError(f"{bundle.enrol_address}: refused: {reply.refused.reason}")
            case _:
                raise EnrolmentError(
                    f"{bundle.enrol_address}: an answer that this agent does not know; "
                    "is the collector newer than this agent?"
                )


def _membership(
    bundle: Bundle, device_keys: DeviceKeys, issued: enrolment_pb2.Issued
) -> Membership:
    device_id = DeviceId(issued.device_id.hex())
    if device_id != device_keys.device_id or issued.trust_id != bundle.trust_id:
        raise EnrolmentError(
            f"{bundle.enrol_address}: gave a certificate for another device or trust: not used"
        )
    return Membership(
        device_id=device_id,
        certificate_chain=issued.certificate_chain.decode("ascii"),
        bundle=bundle,
        group=issued.group,
        profile=issued.profile,
        age_band=AgeBand(issued.age_band),
        device_class=issued.device_class,
        first_epoch=issued.epoch,
    )


def _channel(bundle: Bundle) -> grpc.aio.Channel:
    credentials = grpc.ssl_channel_credentials(root_certificates=bundle.ca_certificate.encode())
    return grpc.aio.secure_channel(
        bundle.enrol_address,
        credentials,
        options=[
            ("grpc.ssl_target_name_override", COLLECTOR_NAME),
            ("grpc.max_receive_message_length", 256 * 2**10),
            ("grpc.enable_http_proxy", 0),
        ],
    )


def _unreachable(bundle: Bundle, error: grpc.aio.AioRpcError) -> str:
    details = error.details() or error.code().name
    if "CERTIFICATE_VERIFY_FAILED" in details:
        return (
            f"{bundle.enrol_address}: whoever answers there is not the collector of this bundle "
            "(its certificate is not from the trust's own authority): a filter or proxy may be "
            "intercepting; exempt this address from TLS inspection"
        )
    if error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}:
        return (
            f"{bundle.enrol_address}: no collector answers there: is it running, and does the "
            "firewall let this port through?"
        )
    return f"{bundle.enrol_address}: {error.code().name}: {details}"
