"""Whether a device may join, and whether it may renew: pure decisions over what it sent."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import pki
from tutelage_collector.errors import CertificateError, CollectorError
from tutelage_collector.store.records import DeviceState
from tutelage_wire import enrolment, keys
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import ec

    from tutelage_collector.store.records import Device, Token
    from tutelage_wire.events import DeviceId

_SIGNING_KEY_BYTES = 32


class RefusedError(CollectorError):
    """A device may not join or renew. The message may be shown to who asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a device sent to join or to renew."""

    nonce: bytes
    csr: bytes
    signing_key: bytes
    signing_key_certificate: bytes
    csr_countersignature: bytes
    proof: bytes
    """The token's MAC, or the signature by the present TLS key."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks, once its keys have proven each other."""

    device_id: DeviceId
    key: ec.EllipticCurvePublicKey
    signing_key: bytes


@dataclass(frozen=True, slots=True)
class Renewal:
    """New keys of a device, and the TLS key that it proved to hold."""

    applicant: Applicant
    proven_by: bytes


def admit(
    request: Request, secret: bytes, token: Token | None, known: Device | None, now: datetime
) -> Applicant:
    """Return who may join, or refuse.

    Args:
        request: whose nonce the caller has already taken back (once, in time).
        secret: of the token that it names, whether there is one or not.
        token: that it names, if there is one.
        known: a device with the same id, if there is one.
        now: the present moment.

    Raises:
        RefusedError: with a reason that tells a guesser nothing about which tokens exist.
    """
    # 1. Who does not hold the token's secret learns nothing else.
    expected = enrolment.token_mac(secret, request.nonce, request.csr, request.signing_key)
    if token is None or not hmac.compare_digest(expected, request.proof):
        raise RefusedError(
            "the join token is not known here, or this request was made for other keys: "
            "use the bundle file of this collector as it is"
        )
    # 2. Is the token good now?
    if token.revoked:
        raise RefusedError("the join token was revoked: ask for a new bundle (token create)")
    if not token.not_before <= now <= token.not_after:
        raise RefusedError("the join token is not valid now: ask for a new bundle (token create)")
    applicant = _applicant(request)
    # 3. The same device again (its answer was lost) takes no second place of the quota.
    if known is not None:
        if known.state is not DeviceState.ACTIVE:
            raise RefusedError(f"device {known.id} is {known.state.value} here")
        if (known.tls_key, known.signing_key) != (keys.spki(applicant.key), request.signing_key):
            raise RefusedError(f"device {known.id} is enrolled with other keys")
    elif token.used >= token.quota:
        raise RefusedError(
            f"the join token has let in all {token.quota} devices of its quota: "
            "ask for a new bundle (token create)"
        )
    return applicant


def renew(request: Request, known: Device | None, met: Sequence[bytes]) -> Renewal:
    """Return the new keys of a device that proved a pair of its own. Allowed after expiry.

    Args:
        request: whose nonce the caller has already taken back.
        known: the device that it names, if there is one.
        met: further TLS keys of it that may prove: certified, and never met so far. Its answer was
            kept, and it asks again before it came with it.

    Raises:
        RefusedError: it did not prove it, or may not speak any more.
    """
    if known is None or known.state is not DeviceState.ACTIVE:
        raise RefusedError("this device is not enrolled here (any more): enrol it again")
    statement = enrolment.renewal_statement(request.nonce, request.csr, request.signing_key)
    for tls_key in (known.tls_key, *met):
        try:
            keys.verify_p256(pki.load_public_key(tls_key), request.proof, statement)
        except SignatureError:
            continue
        return Renewal(_applicant(request), tls_key)
    raise RefusedError(f"device {known.id}: the renewal is not signed with its present key")


def poll(request: Request, request_id: str) -> Applicant:
    """Return who waits for a person's approval, once it proved to be the one who asked.

    Raises:
        RefusedError: it did not.
    """
    applicant = _applicant(request)
    statement = enrolment.poll_statement(request.nonce, request_id)
    try:
        keys.verify_p256(applicant.key, request.proof, statement)
    except SignatureError as error:
        raise RefusedError("this is not signed with the key of the device that waits") from error
    return applicant


def _applicant(request: Request) -> Applicant:
    """Check that the two keys of a device vouch for each other."""
    if len(request.signing_key) != _SIGNING_KEY_BYTES:
        raise RefusedError("the event-signing key is not a raw Ed25519 key")
    try:
        key = pki.read_csr(request.csr)
        keys.verify_p256(
            key,
            request.signing_key_certificate,
            enrolment.signing_key_statement(request.signing_key),
        )
        keys.verify_ed25519(
            request.signing_key, request.csr_countersignature, enrolment.csr_statement(request.csr)
        )
    except CertificateError as error:
        raise RefusedError(str(error)) from error
    except SignatureError as error:
        raise RefusedError("the device's two keys do not vouch for each other") from error
    return Applicant(keys.device_id_of(key), key, request.signing_key)
