"""To whom devices seal: signed by people, obeyed while connected, and closed to insiders."""

from __future__ import annotations

import pytest

from ceremony import Ceremony, signing
from linked_device import Linked
from live_collector import SCHOOL, TRUST, LiveCollector
from processes import wait_until
from tutelage_agent.trust.sealed_to import SealedTo
from tutelage_collector import config, policy_files, published, state
from tutelage_collector.cli.main import main
from tutelage_collector.recipients import holder
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import documents, times
from tutelage_wire.documents import Role
from tutelage_wire.recipients import SealTo, body_of
from tutelage_wire.sealed import Content, SealContext, open_sealed, seal


class Sealing(Linked):
    """A device that seals to whom it was told last."""

    sealed_to = None

    def prepare(self, document, fetch):
        if self.sealed_to is None:
            bundle = self.member.bundle
            first = tuple(one.public_key for one in bundle.recipients)
            self.sealed_to = SealedTo(bundle.school_id, first)
        return self.sealed_to.prepare(document, fetch)

    def readers(self):
        return list(self.sealed_to or [one.public_key for one in self.member.bundle.recipients])


@pytest.fixture
def collector(tmp_path):
    folder = tmp_path / "collector"
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)
    with LiveCollector(folder) as live:
        yield live


@pytest.fixture
def people(collector):
    made = Ceremony(TRUST)
    made.collector_key = state.load(collector.settings.folder).checkpoint_key
    return made


def publish(collector, document):
    with collector.store() as store:
        published.publish(store, document, TRUST, times.utc_now(), {})


def signed_list(collector, people, path):
    """Write the list with the command, and sign it as the two people do."""
    words = ["--state", str(collector.settings.folder), "recipient", "document", "--out", str(path)]
    assert main(words) == 0
    draft = policy_files.read_signed(path)
    return documents.sign(Role.RECIPIENTS, draft.payload, signing(people.recipient_keys))


def test_a_connected_device_seals_to_a_new_deputy_after_people_signed_the_list(
    collector, people, tmp_path
):
    publish(collector, people.root())
    device = Sealing(tmp_path / "device", collector.bundle())
    drawn = holder.draw("deputy-1", RecipientKind.DEPUTY)
    offer = tmp_path / "offer.json"
    offer.write_text(holder.dumps_offer(drawn.own.offer))
    add = ("recipient", "add", "deputy-1", "--from", str(offer))
    assert main(["--state", str(collector.settings.folder), *add]) == 0
    deputy = drawn.own.offer.public_key
    with device.running():
        wait_until(lambda: device.uplink.state.connected, 15, "connected")
        assert deputy not in device.readers()
        publish(collector, signed_list(collector, people, tmp_path / "list"))
        wait_until(lambda: deputy in device.readers(), 15, str(device.kinds()))
    assert len(device.readers()) == 2
    context = SealContext(TRUST, device.member.device_id, "0" * 32)
    closed = seal(Content("an invented sentence"), device.sealed_to, context)
    assert open_sealed(closed, drawn.private, context).excerpt == "an invented sentence"


def test_threat_13_a_collector_with_all_its_own_keys_adds_no_reader(collector, people, tmp_path):
    """It signs with every key that it holds, offers an emptied list and one of another school."""
    publish(collector, people.root())
    device = Sealing(tmp_path / "device", collector.bundle())
    before = device.readers()
    thief = holder.draw("thief", RecipientKind.DEPUTY).own.offer.public_key
    forged = documents.write_payload(
        people.head(Role.RECIPIENTS, 2), body_of([SealTo("dsl", "", thief)])
    )
    for signers in ([people.collector_key], people.recipient_keys[:1]):
        document = documents.sign(Role.RECIPIENTS, forged, signing(signers))
        with collector.store() as store, pytest.raises(Exception, match="signed by"):
            published.publish(store, document, TRUST, times.utc_now(), {})
    emptied = [
        body_of([]),
        body_of([SealTo("dsl", "another-school", thief)]),
        {"recipients": [{"name": "dsl", "school": "", "public_key": "00"}]},
    ]
    with device.running():
        for version, body in enumerate(emptied, 1):
            payload = documents.write_payload(people.head(Role.RECIPIENTS, version), body)
            signed = documents.sign(Role.RECIPIENTS, payload, signing(people.recipient_keys))
            publish(collector, signed)
            wait_until(
                lambda: any(one.startswith("policy_refused") for one in device.kinds()), 15, "said"
            )
            device.told.clear()
            assert device.readers() == before


def test_publishing_a_list_that_leaves_nobody_is_refused_at_the_collector(
    collector, people, tmp_path, capsys
):
    publish(collector, people.root())
    payload = documents.write_payload(people.head(Role.RECIPIENTS, 1), body_of([]))
    signed = documents.sign(Role.RECIPIENTS, payload, signing(people.recipient_keys))
    path = tmp_path / "emptied.signed"
    path.write_bytes(documents.encode(signed))
    folder = str(collector.settings.folder)
    assert main(["--state", folder, "policy", "publish", str(path)]) == 2
    assert "1 to 64 allowed" in capsys.readouterr().err
