"""Drills of the keys that people hold: policy, safeguarding lead, a lost passphrase.

All by command, with a device connected that goes on sealing and sending.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from drill import Flow, typed
from linked_device import Linked
from live_collector import SCHOOL, TRUST, LiveCollector, detection
from processes import wait_until
from tutelage_agent.trust.sealed_to import SealedTo
from tutelage_collector import config, excerpts, state
from tutelage_collector.cli.main import main
from tutelage_collector.errors import SecretError
from tutelage_collector.recipients import holder, quorum
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import times
from tutelage_wire.bundle import Recipient
from tutelage_wire.documents import Role

WORDS = "an invented sentence"


class Sealing(Linked):
    """A device that seals to whom it was told last."""

    sealed_to = None

    def prepare(self, document, fetch):
        if self.sealed_to is None:
            first = tuple(one.public_key for one in self.member.bundle.recipients)
            self.sealed_to = SealedTo(self.member.bundle.school_id, first)
        return self.sealed_to.prepare(document, fetch)

    def readers(self):
        return list(self.sealed_to or [one.public_key for one in self.member.bundle.recipients])

    def found(self, event_id):
        """Return a finding, sealed to whoever reads at this moment."""
        sealed_to = tuple(Recipient("reader", key) for key in self.readers())
        bundle = replace(self.member.bundle, recipients=sealed_to)
        return detection(SimpleNamespace(bundle=bundle, id=self.member.device_id), event_id, WORDS)


class School:
    """A collector with a ceremony behind it, a device, and everything as its people type it."""

    def __init__(self, live, credentials, desk, capsys):
        self.live, self.desk, self.capsys = live, desk, capsys
        self.phrase = credentials.dsl_passphrase
        desk.mkdir()
        self.run("policy", "identity", "--out", desk / "id.json")
        said = self.run("policy", "init-root", "--collector", desk / "id.json", "--json",
                        "--out", desk / "keys")  # fmt: skip
        self.phrases = json.loads(said)["passphrases"]
        self.root = desk / "keys" / "root-1.signed"
        self.run("policy", "publish", self.root)

    def run(self, *words, signed_by=(), phrase="", status=0):
        """Run a command; return what it said."""
        lines = phrase or "".join(f"{self.phrases[name]}\n" for name in signed_by)
        keys = [word for name in signed_by for word in ("--key", self.desk / "keys" / name)]
        words = ["--state", self.live.settings.folder, *words, *keys]
        if lines:
            with typed(lines) as descriptor:
                ended = main([*map(str, words), "--passphrase-fd", str(descriptor)])
        else:
            ended = main([*map(str, words)])
        said = self.capsys.readouterr()
        assert ended == status, said.out + said.err
        return said.out

    def new_list(self):
        """Publish the list of recipients, as the two people sign it."""
        path = self.desk / "list.signed"
        self.run("recipient", "document", "--out", path)
        self.run("policy", "sign", path, signed_by=("recipients-1.key", "recipients-2.key"))
        self.run("policy", "publish", path)

    def device(self, folder):
        """Let a device in, which seals to whoever reads now."""
        self.new_list()
        return Sealing(folder / "device", self.live.bundle())

    def reads(self, name, phrase, events):
        """Return how many of some events a recipient opens with a passphrase."""
        with self.live.store() as store:
            try:
                key = state.open_recipient_key(store, name, phrase)
            except SecretError:
                return 0
            opener = excerpts.opener(key, TRUST, store)
            count = 0
            for event_id in events:
                try:
                    count += opener(store.alert(event_id)).excerpt == WORDS
                except SecretError:
                    continue
            return count


def drawn(said):
    """Return the passphrase and the key that a command showed once."""
    phrase = re.search(r"shown only now: (\S+)", said)[1]
    return phrase, re.search(r"^Key (\w{16})", said, re.MULTILINE)[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "state"
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    return folder, state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)


@pytest.fixture
def school(made, tmp_path, capsys):
    folder, credentials = made
    with LiveCollector(shutil.copytree(folder, tmp_path / "collector")) as live:
        yield School(live, credentials, tmp_path / "desk", capsys)


def test_drill_policy_key_is_exchanged_while_events_flow(school, tmp_path):
    device = school.device(tmp_path)
    policy = school.desk / "policy.toml"
    school.run("policy", "new", "--trust", TRUST, "--out", policy)
    school.run("policy", "sign", policy, signed_by=("policy.key",))
    school.run("policy", "publish", school.desk / "policy-1.signed")
    flow = Flow(device)
    with flow.flowing():
        wait_until(lambda: device.keeper.version(Role.POLICY) == 1, 20, "policy 1")
        flow.on()
        said = school.run("policy", "key", "--name", "policy-2", "--json", "--out",
                          school.desk / "keys" / "policy-2.key")  # fmt: skip
        school.phrases["policy-2.key"] = json.loads(said)["passphrase"]
        root = school.desk / "root-2.signed"
        change = f"policy={school.desk / 'keys' / 'policy-2.key'}"
        school.run("policy", "rotate-root", school.root, "--set", change, "--out", root,
                   signed_by=("root-1.key", "root-2.key"))  # fmt: skip
        school.run("policy", "publish", root)
        wait_until(lambda: device.keeper.version(Role.ROOT) == 2, 20, "root 2")
        assert device.keeper.version(Role.POLICY) == 1  # the last good one stays in force
        flow.on()
        policy.write_text(policy.read_text().replace("\nversion = 1", "\nversion = 2"))
        school.run("policy", "sign", policy, signed_by=("policy.key",))
        school.run("policy", "publish", school.desk / "policy-2.signed", status=2)
        school.run("policy", "sign", policy, signed_by=("policy-2.key",))
        school.run("policy", "publish", school.desk / "policy-2.signed")
        wait_until(lambda: device.keeper.version(Role.POLICY) == 2, 20, "policy 2")
        flow.on()
    flow.nothing_lost(school.live)


def test_drill_recipient_is_exchanged_and_a_deputy_removed_while_events_flow(school, tmp_path):
    """What is old is opened by the new key and by the deputy; what is new not by the deputy."""
    deputy, deputy_id = drawn(school.run("recipient", "add", "deputy-1", phrase=school.phrase))
    device = school.device(tmp_path)
    flow = Flow(device, device.found, pause=0.02)
    with flow.flowing():
        flow.on(8)
        old_key = device.readers()
        before = flow.on(2)
        # The lead's key is exchanged, with everything shared; the deputy leaves.
        lead, _ = drawn(school.run("recipient", "rotate", "dsl", phrase=school.phrase))
        school.run("recipient", "remove", "deputy-1")
        school.new_list()
        wait_until(lambda: device.readers() != old_key, 20, "the new list")
        middle = flow.on(2)
        flow.on(8)
    wait_until(lambda: len(device.readers()) == 1)
    with school.live.store() as store:
        assert store.alert(flow.kept[-1]) is not None
    old, new, every = flow.kept[: before - 4], flow.kept[middle:], flow.kept
    # Between the exchange and the list, devices still sealed to the old key: it opens that.
    gap = [one for one in every if one not in old and one not in new]
    assert school.reads("dsl", lead, old) == len(old)
    assert school.reads("dsl", lead, new) == len(new)
    assert school.reads("dsl", school.phrase, gap) + school.reads("dsl", lead, gap) >= len(gap)
    assert school.reads("deputy-1", deputy, every) == 0  # the collector gives out nothing more
    with school.live.store() as store:
        for event_id in new:
            found = excerpts.find(store.alert(event_id), TRUST, store)
            assert not found.opens_with(bytes.fromhex(deputy_id))
    # Once nothing is sealed to the old key any more, the rest is shared and the old key ends.
    school.run("recipient", "share", "dsl", "--to-key", lead_key(school), phrase=school.phrase)
    assert school.reads("dsl", lead, every) == len(every)
    flow.nothing_lost(school.live)


def test_drill_lost_passphrase_is_won_back_by_cards_while_events_flow(school, tmp_path):
    cards = recovery_cards(school, tmp_path)
    device = school.device(tmp_path)
    flow = Flow(device, device.found, pause=0.02)
    with flow.flowing():
        flow.on(8)
        # The passphrase is gone. Two of three people come with their cards.
        typed_in = tmp_path / "typed"
        typed_in.write_text("\n".join(cards[:2]))
        before = device.readers()
        said = school.run("recipient", "recover", "dsl", "--cards-from", typed_in)
        lead, _ = drawn(said)
        old = flow.on(2) - 4
        assert school.reads("dsl", lead, flow.kept[:6]) == 6
        school.new_list()
        wait_until(lambda: device.readers() != before, 20, "the new list")
        new = flow.on(2)
        flow.on(8)
    assert old > 6
    assert school.reads("dsl", lead, flow.kept[new:]) == len(flow.kept[new:])
    # What came between the two steps was sealed to the lost key and to the cards.
    school.run("recipient", "share", "dsl", "--to-key", lead_key(school), "--cards-from", typed_in)
    assert school.reads("dsl", lead, flow.kept) == len(flow.kept)
    assert school.reads("dsl", "a guess", flow.kept) == 0
    flow.nothing_lost(school.live)


def test_drill_lost_passphrase_is_won_back_by_a_colleague_while_events_flow(school, tmp_path):
    deputy, _ = drawn(school.run("recipient", "add", "deputy-1", phrase=school.phrase))
    device = school.device(tmp_path)
    flow = Flow(device, device.found, pause=0.02)
    with flow.flowing():
        flow.on(8)
        # The lead draws a new key; the deputy opens with theirs and shares.
        before = device.readers()
        lead, _ = drawn(school.run("recipient", "rotate", "dsl"))
        school.new_list()
        wait_until(lambda: device.readers() != before, 20, "the new list")
        flow.on(8)
    assert school.reads("dsl", lead, flow.kept) < len(flow.kept)
    school.run("recipient", "share", "dsl", "--to-key", lead_key(school), "--recipient", "deputy-1",
               phrase=deputy)  # fmt: skip
    assert school.reads("dsl", lead, flow.kept) == len(flow.kept)
    flow.nothing_lost(school.live)


def lead_key(school):
    """Return the name of the lead's present key, as its holder reads it out."""
    rows = json.loads(school.run("recipient", "list", "--json"))
    (key,) = [row["key_id"] for row in rows if (row["name"], row["state"]) == ("dsl", "active")]
    return key


def recovery_cards(school, folder):
    """Make the recovery key; return the words of its three cards, which else are on paper only."""
    made = holder.draw("recovery", RecipientKind.RECOVERY)
    offer = holder.Offer("recovery", RecipientKind.RECOVERY, made.own.offer.public_key, "")
    path = folder / "recovery.offer.json"
    path.write_text(holder.dumps_offer(offer))
    school.run("recipient", "add", "recovery", "--from", path)
    return list(quorum.split(made.private))
