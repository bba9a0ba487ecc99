"""A person at the device makes its agent silent: ICT is told within minutes, by a real message."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

import signed_policy
from ceremony import Ceremony
from example_rota import ROTA
from processes import AgentFolder, CollectorProcess, collector_cli, wait_until
from receivers import MailServer
from tutelage_collector import config, state
from tutelage_collector.notify import settings

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

_EVERY_DAY = {
    "only_in_term": False,
    "spans": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00",
               "to": "00:00"}],
}  # fmt: skip
_ICT = '\n[[person]]\nid = "ict-1"\nduty = "ict"\nways = ["email:ict@school.example"]\n'


class School:
    """A collector that is always in school hours, a mail server, and a device with an agent."""

    def __init__(self, folder: Path) -> None:
        self.post = MailServer(folder / "mail")
        self.post.up()
        made = CollectorProcess(folder / "collector")
        text = (made.folder / config.FILE_NAME).read_text(encoding="utf-8")
        # Six heartbeats of the second that this agent has, where an installed one has a minute.
        quiet = "\n[quiet]\nafter_seconds = 6\nhold_seconds = 1\n"
        (made.folder / config.FILE_NAME).write_text(text + quiet, encoding="utf-8")
        settings.save(made.folder, settings.Notifiers(email=self.post.settings))
        (folder / "rota.toml").write_text(ROTA + _ICT, encoding="utf-8")
        collector_cli(made.folder, "rota", "import", str(folder / "rota.toml"), "--by", "dsl")
        people = Ceremony("trust")
        people.collector_key = state.load(made.folder).checkpoint_key
        rule = {"pupil": {"sensors": ["files"], "hours": "every_day"}}
        policy = signed_policy.signed(people, 1, hours={"every_day": _EVERY_DAY}, profile=rule)
        with closing(state.open_store(made.settings)) as store:
            signed_policy.publish(store, "trust", people.root(), policy)
        made.start()
        self.collector = made
        self.agent = AgentFolder(
            folder / "agent",
            made.bundle(folder / "bundle.json"),
            uplink={"heartbeat_every": 1, "bulk_wait": 0.05, "backoff_first": 0.05},
        )
        self.running = self.start(folder)

    def start(self, folder: Path) -> subprocess.Popen[bytes]:
        started = self.agent.run(folder / "agent.log")
        wait_until(self.seen, 60, "the agent is not heard")
        return started

    def seen(self) -> bool:
        with closing(state.open_store(self.collector.settings)) as store:
            [one] = store.devices()
            return one.heartbeat is not None

    def subjects(self) -> list[str]:
        return [f"{one['To']}: {one['Subject']}" for one in self.messages()]

    def messages(self) -> list[Message]:
        """What came beside the day's digest to keep."""
        return [one for one in self.post.mails if "to keep" not in str(one["Subject"])]

    def end(self) -> None:
        self.running.kill()
        self.running.wait(30)
        self.collector.stop()
        self.post.down()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path)
    yield made
    made.end()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_threat_02_an_agent_that_was_killed_held_or_stopped_is_told_to_ict(
    school: School, how: signal.Signals
) -> None:
    assert school.subjects() == []
    school.running.send_signal(how)
    told = "ict@school.example: Tutelage: 1 device went quiet"
    wait_until(lambda: school.subjects() == [told], 60, "nobody was told")
    body = school.messages()[0].get_content()  # type: ignore[attr-defined]
    assert "/quiet" in body
    listed = collector_cli_found(school.collector.folder, "quiet", "list")
    stopped = "was told to end while the device stays on"
    assert (stopped in listed) is (how is signal.SIGTERM)


@pytest.mark.slow
def test_threat_02_an_agent_that_systemd_brings_back_at_once_is_told_to_nobody(
    school: School, tmp_path: Path
) -> None:
    school.running.kill()
    school.running.wait(30)
    school.running = school.start(tmp_path)
    with pytest.raises(AssertionError):
        wait_until(lambda: school.subjects() != [], 15)


def collector_cli_found(folder: Path, *words: str) -> str:
    """Run a verb that ends with 1, because it found something; return what it printed."""
    with pytest.raises(AssertionError) as found:
        collector_cli(folder, *words)
    return str(found.value)
