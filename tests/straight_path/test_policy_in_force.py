"""The installed programs: a policy is signed and published, and running devices keep to it."""

from __future__ import annotations

import getpass
import gzip
import json
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import pytest

import signed_policy
from ceremony import Ceremony
from made_history import History
from opens import Opens
from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from small_pack import small_pack
from tutelage_agent import status
from tutelage_collector import state
from tutelage_collector.store.records_documents import PublishedArtefact
from tutelage_policy.build import canonical, seal
from tutelage_wire import documents, times
from tutelage_wire.events import DetectionFinding, Heartbeat, SensorState

pytestmark = pytest.mark.slow

RAFT = "How painful is dying, I want to kill myself tonight"
PRIVATE = "I want to kill myself, written at home"
ALL_DAY = {"spans": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00",
                      "to": "00:00"}], "only_in_term": False}  # fmt: skip


class School:
    """A collector, the trust's people, and one pupil's device with a running agent."""

    def __init__(self, tmp_path):
        self.collector = CollectorProcess(tmp_path / "collector")
        self.collector.start()
        self.people = Ceremony("trust")
        self.people.collector_key = state.load(self.collector.folder).checkpoint_key
        self.publish(self.people.root())
        bundle = self.collector.bundle(tmp_path / "bundle.json")
        self.agent = AgentFolder(tmp_path / "agent", bundle, selftest={"enabled": False})
        self.log = tmp_path / "agent.log"
        self.process = self.agent.run(self.log)

    def publish(self, *documents):
        with closing(state.open_store(self.collector.settings)) as store:
            signed_policy.publish(store, "trust", *documents)

    def policy(self, version, **changes):
        self.publish(signed_policy.signed(self.people, version, **changes))
        wait_until(lambda: self.status().policy.startswith(f"version {version},"), 30,
                   self.log.read_text()[-2000:])  # fmt: skip

    def status(self):
        return status.read(self.agent.state) or Nothing()

    def sensor(self, name):
        return {one.name: one for one in self.status().sensors}.get(name)

    def runs(self, name, wanted=True):
        def settled():
            one = self.sensor(name)
            return one is not None and (one.state == SensorState.RUNNING.value) is wanted

        wait_until(settled, 90, self.log.read_text()[-2000:])

    def save(self, name, text):
        (self.agent.documents / name).write_text(text, encoding="utf-8")

    def bodies(self, kind):
        return [one.body for one in self.collector.events() if isinstance(one.body, kind)]

    def end(self):
        self.process.terminate()
        self.process.wait(30)
        self.collector.stop()


class Nothing:
    """An agent that has said nothing yet."""

    policy, sensors = "", ()


@pytest.fixture
def school(tmp_path):
    made = School(tmp_path)
    yield made
    made.end()


def test_sensors_start_and_stop_with_the_policy_and_nothing_out_of_scope_is_read(school):
    school.runs("files")  # the built-in policy watches a pupil's documents
    assert "Built-in" in school.status().policy
    # 1. A policy that does not watch documents: the sensor stops, and what is written stays unread.
    school.policy(1, profile={"pupil": {"sensors": ["downloads"]}})
    school.runs("files", wanted=False)
    assert "does not watch this" in school.sensor("files").reason
    # 2. One that does, in hours that are now: it starts again, without a restart of the agent.
    school.policy(2, hours={"day": ALL_DAY},
                  profile={"pupil": {"sensors": ["files"], "hours": "day"}})  # fmt: skip
    school.runs("files")
    school.save("essay.txt", RAFT)
    wait_until(lambda: school.bodies(DetectionFinding), 30, "no finding")
    # 3. Its lawful basis has expired: all of it stops and says so; the checks go on.
    ended = {"lawful_basis": "public_task", "dpia": "DPIA-7", "signed_by": "Headteacher",
             "signed_on": "2025-09-01", "expires_on": "2026-08-31"}  # fmt: skip
    school.policy(3, basis=ended)
    school.runs("files", wanted=False)
    assert "has expired" in school.status().policy or "expired" in school.sensor("files").reason
    wait_until(lambda: any(one.kind == "monitoring_stopped"
                           for one in school.collector.integrity()), 20)  # fmt: skip
    school.save("later.txt", PRIVATE)
    school.policy(4)
    school.runs("files")
    wait_until(lambda: any(one.kind == "monitoring_resumed"
                           for one in school.collector.integrity()), 20)  # fmt: skip
    versions = {one.policy_version for one in school.bodies(Heartbeat)}
    assert {0, 1, 2, 3, 4} <= versions
    assert sum(school.status().checks.values()) > 0
    # 4. The notice says what is in force, to whoever asks at the device.
    said = subprocess.run(
        agent_command(school.agent.settings, "notice", "--json", "--audience", "child"),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(said.stdout)
    assert (found["policy_version"], found["school"]) == (4, "Rowan High")
    assert "Childline: 0800 1111" in str(found)


def test_threat_08_no_event_is_lost_while_policies_change(school):
    school.runs("files")
    for version in range(1, 5):
        school.save(f"essay {version}.txt", f"{RAFT}, number {version}")
        school.policy(version)
    wait_until(lambda: len(school.bodies(DetectionFinding)) >= 4, 60, "a finding was lost")
    kinds = {one.kind for one in school.collector.integrity()}
    assert not kinds & {"sequence_gap", "chain_fork", "batch_refused", "policy_refused"}


def test_a_running_agent_takes_a_signed_pack_and_detects_with_it(school):
    school.runs("files")
    rules = tuple(
        replace(rule, matches=tuple(one for one in rule.matches if "wanna" not in one))
        for rule in small_pack().rules
    )
    pack = seal(replace(small_pack(), version="2.0.0", rules=rules))
    data = gzip.compress(canonical(pack))
    artefact = PublishedArtefact("small@2.0.0", documents.sha256(data), data, times.utc_now())
    with closing(state.open_store(school.collector.settings)) as store:
        store.add_artefact(artefact)
    row = {"name": "small", "version": "2.0.0", "sha256": pack.sha256,
           "artefact": artefact.sha256.hex(), "least_rules": len(pack.rules)}  # fmt: skip
    school.policy(1, pack=[row])
    wait_until(lambda: school.status().pack == pack.ref, 90, school.log.read_text()[-2000:])
    school.save("boats.txt", "tonight i want to sink the raft")
    wait_until(lambda: school.bodies(DetectionFinding), 60, "no finding")
    assert {one.pack for one in school.bodies(DetectionFinding)} == {pack.ref}
    assert {one.packs for one in school.bodies(Heartbeat)} >= {(pack.ref,)}


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what was opened")
def test_of_an_account_that_is_left_out_nothing_is_opened_and_of_one_that_is_no_more_it_is(
    school, tmp_path
):
    home = tmp_path / "home"
    History(home).visit("https://a.example/theirs", "I want to kill myself")
    for folder in ("Documents", "Downloads"):
        (home / folder).mkdir()
    (home / "Documents" / "diary.txt").write_text(RAFT)
    (home / ".config" / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Documents"')
    watched = {"sensors": ["files", "downloads", "browser_history", "usage"], "hours": "all_day"}
    left_out = {"pupil": {**watched, "accounts_left_out": [getpass.getuser()]}}
    school.policy(1, hours={"all_day": ALL_DAY}, profile=left_out)
    school.process.terminate()
    school.process.wait(30)
    # 1. They are left out: sensors run, and nothing below their home is opened.
    settings = school.agent.settings.read_text()
    for name in ("browser_history", "usage"):
        settings = settings.replace(f"[{name}]\nenabled = false", f"[{name}]\nenabled = true")
    here = json.dumps([str(school.agent.documents)])
    settings = settings.replace(f"folders = {here}", "folders = []")
    school.agent.settings.write_text(settings)
    opens = Opens(home)
    school.process = school.agent.run(school.log, home=home)
    for name in ("files", "downloads", "browser_history", "usage"):
        school.runs(name)
    time.sleep(12)  # each of them has looked again
    assert opens.seen() == set()
    # 2. They are left out no more, without a restart.
    school.policy(2, hours={"all_day": ALL_DAY}, profile={"pupil": watched})
    wait_until(lambda: len(school.bodies(DetectionFinding)) >= 2, 60, "document and title")
    # 3. They are left out again: what they do from now on is not opened.
    school.policy(3, hours={"all_day": ALL_DAY}, profile=left_out)
    time.sleep(2)
    opens.seen()
    (tmp_path / "more.txt").write_text(RAFT)
    (tmp_path / "more.txt").rename(home / "Documents" / "more.txt")
    time.sleep(12)
    assert opens.seen() == set()
    opens.close()
