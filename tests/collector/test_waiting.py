"""Devices that a person lets in, and what their hardware says: re-imaged, cloned, too often."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from live_collector import Device, LiveCollector, heartbeat, placement
from tutelage_agent.cli import main as agent_cli
from tutelage_collector import hardware, state, tokens
from tutelage_collector.cli import main as cli
from tutelage_collector.store.records import DeviceState, Evidence
from tutelage_wire import bundle as bundles
from tutelage_wire import enrolment, keys, times
from tutelage_wire.v1 import enrolment_pb2

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_wire.bundle import Bundle


def careful(collector: LiveCollector, *, approve: bool = True, quota: int = 10) -> Bundle:
    """Return a bundle whose devices a person lets in."""
    token = tokens.new_token(
        placement(), quota, timedelta(days=1), times.utc_now(), approve=approve
    )
    with collector.store() as store:
        store.add_token(token)
        recipients = store.recipients()
    held = state.load(collector.settings.folder)
    made = tokens.bundle_of(token, held, recipients, "ret", "", "")
    return replace(made, enrol_address=collector.serving.enrol, link_address=collector.serving.link)


def poll(device: Device, request_id: str, key: Device | None = None) -> enrolment_pb2.EnrolReply:
    with device.enrolment() as stub:
        nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=20).nonce
        signature = keys.sign_p256((key or device).tls, enrolment.poll_statement(nonce, request_id))
        return stub.Poll(
            enrolment_pb2.PollRequest(request_id=request_id, nonce=nonce, signature=signature),
            timeout=20,
        )


@dataclass
class Numbered(Device):
    """A device that tells a serial number."""

    serial: str = "PF-3X9-17"

    def enrol_request(self, nonce: bytes) -> enrolment_pb2.EnrolRequest:
        request = super().enrol_request(nonce)
        request.evidence.serial = self.serial
        return request


def test_threat_11_a_device_waits_until_a_person_lets_it_in(collector: LiveCollector) -> None:
    device = Device(careful(collector))
    first = device.ask()
    assert first.WhichOneof("outcome") == "pending"
    request_id = first.pending.request_id
    assert poll(device, request_id).pending.request_id == request_id
    assert device.ask().pending.request_id == request_id
    with collector.store() as store:
        assert store.device(device.id) is None
        store.decide_waiting(request_id, "ict", times.utc_now(), approve=True)
    reply = poll(device, request_id)
    assert reply.WhichOneof("outcome") == "issued"
    device.chain, device.epoch = reply.issued.certificate_chain, reply.issued.epoch
    device.send(device.batch_of(heartbeat()))
    with collector.store() as store:
        assert store.waiting() == []
        said = [row.action for row in reversed(store.audit_rows())]
        assert said[-3:] == ["device waits to be let in", "device let in", "device enrolled"]


def test_only_the_device_that_asked_learns_the_answer(collector: LiveCollector) -> None:
    device, thief = Device(careful(collector)), Device(careful(collector))
    request_id = device.ask().pending.request_id
    with collector.store() as store:
        store.decide_waiting(request_id, "ict", times.utc_now(), approve=True)
    assert "not signed" in poll(thief, request_id, thief).refused.reason
    assert "no enrolment waits" in poll(thief, "0" * 32, thief).refused.reason


def test_what_a_person_refused_stays_out_and_the_quota_is_kept(collector: LiveCollector) -> None:
    bundle = careful(collector, quota=1)
    refused, first, second = (Device(bundle) for _ in range(3))
    ids = [one.ask().pending.request_id for one in (refused, first, second)]
    with collector.store() as store:
        for request_id, approve in zip(ids, (False, True, True), strict=True):
            store.decide_waiting(request_id, "ict", times.utc_now(), approve=approve)
    assert "does not join" in poll(refused, ids[0]).refused.reason
    assert "does not join" in refused.ask().refused.reason
    assert poll(first, ids[1]).WhichOneof("outcome") == "issued"
    assert "quota" in poll(second, ids[2]).refused.reason


def test_the_ict_manager_lets_devices_in_by_page_and_by_command(
    collector: LiveCollector, credentials: Credentials, capsys: pytest.CaptureFixture[str]
) -> None:
    by_page, by_command = Device(careful(collector), "Room 12 PC 3"), Device(careful(collector))
    wanted = by_page.ask().pending.request_id
    other = by_command.ask().pending.request_id
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as browser:
        password = dict(credentials.passwords)["ict"]
        browser.post("/sign-in", data={"name": "ict", "password": password})
        text = browser.get("/waiting").text
        assert "Room 12 PC 3" in text
        token = re.search(r'name="form_token" value="([^"]+)"', text)
        assert token is not None
        answer = browser.post(f"/waiting/{wanted}/approve", data={"form_token": token[1]})
        assert answer.status_code == 303
    assert poll(by_page, wanted).WhichOneof("outcome") == "issued"
    words = ["--state", str(collector.settings.folder), "device"]
    assert cli.main([*words, "waiting", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["request"] for row in rows] == [other]
    assert cli.main([*words, "approve", other[:8]]) == 0
    assert cli.main([*words, "approve", other[:8]]) == 2
    assert cli.main([*words, "waiting"]) == 0
    assert poll(by_command, other).WhichOneof("outcome") == "issued"


def test_an_agent_that_was_let_in_meanwhile_joins_with_the_keys_it_asked_with(
    collector: LiveCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "agent.toml"
    settings.write_text(f'state_folder = "{tmp_path / "agent"}"\n')
    file = tmp_path / "bundle.json"
    file.write_text(bundles.dumps(careful(collector)))
    words = ["--config", str(settings), "enrol", "--bundle", str(file)]
    assert agent_cli.main(words) != 0
    assert "waits for a person's approval" in capsys.readouterr().err
    with collector.store() as store:
        (one,) = store.waiting()
        store.decide_waiting(one.request_id, "ict", times.utc_now(), approve=True)
    assert agent_cli.main(words) == 0
    with collector.store() as store:
        assert store.device(one.device_id) is not None
        assert store.waiting() == []


def test_hardware_that_was_silent_and_joins_anew_takes_the_place_of_the_old_device(
    collector: LiveCollector,
) -> None:
    bundle = careful(collector, approve=False)
    old = Numbered(bundle)
    old.enrol()
    soon = Numbered(bundle)
    soon.enrol()
    with collector.store() as store:
        assert {view.device.state for view in store.devices()} == {DeviceState.ACTIVE}
        assert "hardware seen twice" in [row.action for row in store.audit_rows()]
        met = hardware.meet(
            Evidence(serial="pf-3x9-17"), store.devices(), times.utc_now() + timedelta(days=2)
        )
    assert {one.id for one in met.same} == {old.id, soon.id}


def test_the_same_hardware_again_and_again_waits_for_a_person(collector: LiveCollector) -> None:
    bundle = careful(collector, approve=False)
    for _ in range(3):
        Numbered(bundle).enrol()
    assert "three times within an hour" in Numbered(bundle).ask().pending.reason


@pytest.mark.parametrize(
    "serial", ["", "To be filled by O.E.M.", "Default string", "00000000", "FFFF-FFFF", "0"]
)
def test_numbers_that_the_factory_forgot_to_fill_in_say_nothing(
    collector: LiveCollector, serial: str
) -> None:
    bundle = careful(collector, approve=False)
    for _ in range(4):
        Numbered(bundle, serial=serial).enrol()
    with collector.store() as store:
        assert "hardware seen twice" not in [row.action for row in store.audit_rows()]
