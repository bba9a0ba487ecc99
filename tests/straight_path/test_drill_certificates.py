"""Drills: the collector's certificate, the intermediate, the checkpoint key; devices connected."""

from __future__ import annotations

import shutil
import ssl
from contextlib import closing
from dataclasses import replace

import httpx
import pytest
from cryptography import x509

from ceremony import Ceremony
from drill import Flow, typed
from linked_device import Linked
from live_collector import SCHOOL, TRUST, LiveCollector
from live_collector import Device as Speaker
from processes import wait_until
from tutelage_collector import authority, checkpoint_keys, config, evidence, pki, published, state
from tutelage_collector.cli.main import main
from tutelage_wire import codec, names, times


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "state"
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)
    return folder


@pytest.fixture
def collector(made, tmp_path):
    with LiveCollector(shutil.copytree(made, tmp_path / "collector")) as live:
        yield live


@pytest.fixture
def device(collector, tmp_path):
    return Linked(tmp_path / "device", collector.bundle())


def run(collector, *words, status=0):
    """Run a command as the page of drills has it."""
    assert main(["--state", str(collector.settings.folder), *map(str, words)]) == status


def shown_at(address, root):
    """Return the certificate that a handshake with an address shows."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context(cadata=root)
    context.check_hostname = True
    import socket

    with (
        socket.create_connection((host, int(port)), 10) as plain,
        context.wrap_socket(plain, server_hostname=names.COLLECTOR_NAME) as closed,
    ):
        return x509.load_der_x509_certificate(closed.getpeercert(binary_form=True))


def test_drill_collector_certificate_is_exchanged_while_events_flow(collector, device, capsys):
    root = device.member.bundle.ca_certificate
    before = shown_at(collector.serving.enrol, root).serial_number
    flow = Flow(device)
    with flow.flowing():
        flow.on()
        run(collector, "certificate", "renew", "--host", "collector.rowan.example")
        wait_until(lambda: shown_at(collector.serving.enrol, root).serial_number != before, 20)
        flow.on()
        # Who comes from now on meets the new one, and who was there stays.
        Speaker(collector.bundle()).enrol()
        flow.on()
    flow.nothing_lost(collector)
    shown = shown_at(collector.serving.enrol, root)
    assert "collector.rowan.example" in authority.hosts_of(shown)
    assert "Renewed until" in capsys.readouterr().out


def test_drill_collector_certificate_of_the_pages(made, tmp_path):
    live = LiveCollector(shutil.copytree(made, tmp_path / "collector"))
    listen = replace(live.settings.listen, host="0.0.0.0", advertise="localhost")
    live.settings = replace(live.settings, listen=listen)
    root = authority.read(made, authority.ROOT).decode()
    with live:
        where = live.serving.web.removeprefix("https://")
        before = page_certificate(where, root)
        run(live, "certificate", "renew")
        wait_until(lambda: page_certificate(where, root) != before, 20, "the pages' certificate")
        trusted = ssl.create_default_context(cadata=root)
        with httpx.Client(base_url=live.serving.web, verify=trusted, timeout=30) as browser:
            assert browser.get("/sign-in").status_code == 200


def page_certificate(where, root):
    host, _, port = where.rpartition(":")
    return ssl.get_server_certificate((host, int(port)))


def test_drill_collector_certificate_renews_itself_before_it_ends(made, tmp_path):
    from tutelage_collector import upkeep

    folder = shutil.copytree(made, tmp_path / "collector")
    settings, now = config.load(folder), times.utc_now()
    before = authority.load(folder).server_chain
    with closing(state.open_store(settings)) as store:
        upkeep.run(settings, store, now)
        assert authority.load(folder).server_chain == before
        soon = authority.leaf_of(before).not_valid_after_utc.replace(day=1)
        upkeep.run(settings, store, soon)
    fresh = authority.leaf_of(authority.load(folder).server_chain)
    assert fresh.not_valid_after_utc.year == soon.year + 10


def under(collector, name):
    """Return the name of the authority of a device's latest certificate."""
    with collector.store() as store:
        chain = store.latest_certificates()[name]
    return pki.issuer_of(authority.leaf_of(chain))[:8].hex()


def test_drill_intermediate_with_the_root_key_on_another_computer(
    collector, device, tmp_path, capsys
):
    """Request here, sign there, answer here; retire; all devices come under the new one."""
    safe = tmp_path / "safe"
    safe.mkdir()
    run(collector, "certificate", "move-root", "--out", safe / "root.key.pem")
    phrase = capsys.readouterr().out.split("than the file: ")[1].split()[0]
    shutil.copy(collector.settings.folder / authority.ROOT, safe / "root.crt.pem")
    first = under(collector, device.member.device_id)
    flow = Flow(device)
    with flow.flowing():
        flow.on()
        run(collector, "certificate", "new-intermediate", "--request", safe / "request.pem")
        sign = ("certificate", "sign", safe / "request.pem", "--root-key", safe / "root.key.pem",
                "--root", safe / "root.crt.pem", "--out", safe / "answer.pem")  # fmt: skip
        with typed(phrase) as descriptor:
            assert main([*map(str, sign), "--passphrase-fd", str(descriptor)]) == 0
        run(collector, "certificate", "new-intermediate", "--answer", safe / "answer.pem")
        said = capsys.readouterr().out
        seen = [line.split("ingerprint")[1].split(":")[1] for line in said.splitlines()
                if "ingerprint" in line]  # fmt: skip
        assert seen[0] == seen[1]
        flow.on()
        assert under(collector, device.member.device_id) == first  # stays, and stays connected
        wait_until(lambda: under(collector, collector.device("newcomer").id) != first, 20)
        run(collector, "certificate", "retire", first)
        wait_until(lambda: under(collector, device.member.device_id) != first, 20, "renewed")
        flow.on()
    flow.nothing_lost(collector)
    capsys.readouterr()
    run(collector, "certificate", "show", status=1)
    assert "retired, " in capsys.readouterr().out


def test_drill_intermediate_that_was_stolen_is_revoked_while_events_flow(collector, device, capsys):
    first = under(collector, device.member.device_id)
    stolen = state.load(collector.settings.folder).authority.intermediate
    root_key = collector.settings.folder / authority.ROOT_KEY
    flow = Flow(device)
    with flow.flowing():
        flow.on()
        run(collector, "certificate", "new-intermediate", "--root-key", root_key)
        run(collector, "certificate", "revoke", first)
        wait_until(lambda: under(collector, device.member.device_id) != first, 20, "renewed")
        flow.on()
    flow.nothing_lost(collector)
    # The thief certifies a key of their own for this device: nothing listens to it.
    thief = Speaker(device.member.bundle)
    name = names.DeviceName(TRUST, SCHOOL, device.member.device_id)
    for issuer in (stolen, state.load(collector.settings.folder).authority.intermediate):
        chain = pki.issue_device(issuer, thief.tls.public_key(), name, times.utc_now()).chain
        with thief.link(chain=chain) as channel:
            call = thief.greet(channel)
            assert call.code().name == "FAILED_PRECONDITION"
    with pytest.raises(SystemExit):
        main(["certificate", "revoke"])
    run(collector, "certificate", "revoke", under(collector, device.member.device_id), status=2)
    assert "issues now: replace it first" in capsys.readouterr().err


def test_drill_intermediate_leaves_evidence_of_before_and_after_provable(
    collector, tmp_path, capsys
):
    from live_collector import detection_event

    speaker = collector.device()
    events = []

    def find():
        event = detection_event(speaker)
        events.append(event.id)
        speaker.send(speaker.close_batch([codec.encode_event(event)]))

    find()
    root_key = collector.settings.folder / authority.ROOT_KEY
    run(collector, "certificate", "new-intermediate", "--root-key", root_key)
    run(collector, "certificate", "new-checkpoint-key")
    held = state.load(collector.settings.folder)
    other = collector.device("other")
    event = detection_event(other)
    events.append(event.id)
    other.send(other.close_batch([codec.encode_event(event)]))
    with collector.store() as store:
        evidence.export(store, held, TRUST, events, tmp_path / "out", times.utc_now())
    assert "2 events are what their devices signed" in evidence.verify(tmp_path / "out")


def test_drill_checkpoint_key_is_exchanged_while_events_flow(collector, device, tmp_path):
    people = Ceremony(TRUST)
    people.collector_key = state.load(collector.settings.folder).checkpoint_key
    with collector.store() as store:
        published.publish(store, people.root(), TRUST, times.utc_now(), {})
    before = state.load(collector.settings.folder).checkpoint_keys
    run(collector, "store", "digest", "--out", tmp_path / "before.json")
    flow = Flow(device)
    with flow.flowing():
        flow.on()
        run(collector, "certificate", "new-checkpoint-key")
        fresh = state.load(collector.settings.folder).checkpoint_keys
        wait_until(lambda: fresh.present_public in device.uplink._keys.believed.values(), 20)
        flow.on()
        assert before.present_public in fresh.public()
    flow.nothing_lost(collector)
    # A digest of before is still compared, and a restarted device believes the new key alone.
    run(collector, "store", "check", "--against", tmp_path / "before.json")
    again = Flow(device)
    with again.flowing():
        again.on()
        assert list(device.uplink._keys.believed.values()) == [fresh.present_public]
    again.nothing_lost(collector)
    # Freshness goes on under the key that the people's root names, until they name the new one.
    run(collector, "certificate", "show", status=1)
    assert checkpoint_keys.load(collector.settings.folder).signing()[1:]
