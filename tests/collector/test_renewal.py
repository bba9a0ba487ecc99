"""A certificate is renewed by who proves the present key, also after it ended; by nobody else."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from live_collector import TIMEOUT, Device, LiveCollector, heartbeat
from tutelage_collector import ports
from tutelage_collector.errors import ServeError
from tutelage_collector.store.records import DeviceState, Role
from tutelage_wire import enrolment, keys, times
from tutelage_wire.v1 import batch_pb2, enrolment_pb2

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials


def renew(
    device: Device, fresh: Device, present: ec.EllipticCurvePrivateKey
) -> enrolment_pb2.EnrolReply:
    """Ask to certify the keys of ``fresh`` for ``device``, proven with the key ``present``."""
    with device.enrolment() as stub:
        nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT).nonce
        asked = fresh.enrol_request(nonce)
        statement = enrolment.renewal_statement(nonce, asked.csr, asked.signing_key)
        reply = stub.Renew(
            enrolment_pb2.RenewRequest(
                device_id=bytes.fromhex(device.id),
                nonce=nonce,
                csr=asked.csr,
                signing_key=asked.signing_key,
                signature=keys.sign_p256(present, statement),
                signing_key_certificate=asked.signing_key_certificate,
                csr_countersignature=asked.csr_countersignature,
            ),
            timeout=TIMEOUT,
        )
    assert isinstance(reply, enrolment_pb2.EnrolReply)
    return reply


def test_a_device_renews_with_its_present_key_and_keeps_its_name_and_chain(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    name = device.id
    fresh = Device(device.bundle)
    issued = renew(device, fresh, device.tls).issued
    assert issued.device_id.hex() == name

    # The chain goes on under the new signing key, and the old batches still verify.
    class Renewed(Device):
        id = name  # type: ignore[assignment]

    speaker = Renewed(
        device.bundle, "laptop", fresh.tls, fresh.signing, issued.certificate_chain, 1,
        device.next, device.heads,
    )  # fmt: skip
    (receipt,) = speaker.send(speaker.batch_of(heartbeat()))
    assert receipt.result == batch_pb2.APPEND_RESULT_STORED
    with collector.store() as store:
        assert store.check() == []


def test_nobody_renews_for_a_device_without_its_key(collector: LiveCollector) -> None:
    device = collector.device()
    thief = Device(device.bundle)
    assert "not signed with its present key" in renew(device, thief, thief.tls).refused.reason


def test_a_revoked_device_does_not_renew(collector: LiveCollector) -> None:
    device = collector.device()
    with collector.store() as store:
        store.set_device_state(device.id, DeviceState.REVOKED)
    reply = renew(device, Device(device.bundle), device.tls)
    assert "not enrolled here (any more)" in reply.refused.reason


def test_two_keys_that_do_not_vouch_for_each_other_are_not_certified(
    collector: LiveCollector,
) -> None:
    device = Device(collector.bundle())
    with device.enrolment() as stub:
        nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT).nonce
        asked = device.enrol_request(nonce)
        other = ed25519.Ed25519PrivateKey.generate()
        asked.csr_countersignature = other.sign(enrolment.csr_statement(asked.csr))
        reply = stub.Enrol(asked, timeout=TIMEOUT)
    assert "do not vouch" in reply.refused.reason


def test_a_certificate_lasts_ninety_days_and_begins_before_every_wrong_clock(
    collector: LiveCollector,
) -> None:
    leaf = x509.load_pem_x509_certificates(collector.device().chain)[0]
    assert leaf.not_valid_before_utc.year == 2000
    rest = leaf.not_valid_after_utc - times.utc_now()
    assert timedelta(days=89) < rest <= timedelta(days=90)


def test_pages_are_served_over_tls_as_soon_as_the_network_can_reach_them(
    folder: Path, credentials: Credentials
) -> None:
    live = LiveCollector(folder)
    listen = replace(live.settings.listen, host="0.0.0.0", advertise="localhost")
    live.settings = replace(live.settings, listen=listen)
    trusted = ssl.create_default_context(cafile=folder / "ca" / "root.crt.pem")
    with live, httpx.Client(base_url=live.serving.web, verify=trusted, timeout=30) as browser:
        assert live.serving.web.startswith("https://localhost:")
        form = {"name": "head", "password": dict(credentials.passwords)[Role.HEAD.value]}
        answer = browser.post("/sign-in", data=form, headers={"sec-fetch-site": "same-origin"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tutelage=")
        assert "secure" in cookie.lower()
        assert "strict-transport-security" in answer.headers
        assert browser.get("/").status_code == 200


def test_a_collector_whose_devices_know_its_port_does_not_move(folder: Path) -> None:
    with LiveCollector(folder) as live:
        live.device()
    taken = ports.bind("127.0.0.1", 0)
    with taken:
        again = LiveCollector(folder)
        listen = replace(again.settings.listen, link_port=taken.getsockname()[1])
        again.settings = replace(again.settings, listen=listen)
        with pytest.raises(ServeError, match="enrolled devices look for"), again:
            pass
