"""30,000 files in bursts over 20,000 folders, the agent killed twice: each match exactly once."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from processes import AgentFolder, CollectorProcess, wait_until
from tutelage_wire.events import Channel, DetectionFinding

FOLDERS, FILES, BURSTS, ONE_IN = 20_000, 30_000, 12, 100

pytestmark = pytest.mark.slow


@pytest.fixture
def collector(tmp_path):
    made = CollectorProcess(tmp_path / "collector")
    made.start()
    yield made
    made.stop()


def matching(number: int) -> str:
    return f"Sheet {number:05}. I want to kill myself and nobody knows."


def harmless(number: int) -> str:
    return f"Sheet {number:05}. The tide was out and the boats lay on the sand."


def test_every_matching_file_is_reported_exactly_once(tmp_path, collector):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    agent = AgentFolder(
        tmp_path / "agent",
        collector.bundle(tmp_path / "bundle.json"),
        downloads={"enabled": False},
        selftest={"enabled": False},
    )
    folders = [agent.documents / f"{n // 200:03}" / f"{n:05}" for n in range(FOLDERS)]
    for folder in folders[: FOLDERS // 2]:
        folder.mkdir(parents=True)
    log = tmp_path / "agent.log"
    process = agent.run(log)
    kills = set(chance.sample(range(1, BURSTS), 2))
    wanted = 0
    try:
        for burst in range(BURSTS):
            if burst == BURSTS // 3:
                for folder in folders[FOLDERS // 2 :]:
                    folder.mkdir(parents=True)
            there = folders if burst >= BURSTS // 3 else folders[: FOLDERS // 2]
            for number in range(burst * FILES // BURSTS, (burst + 1) * FILES // BURSTS):
                hit = number % ONE_IN == 0
                wanted += hit
                text = matching(number) if hit else harmless(number)
                (chance.choice(there) / f"n{number}.txt").write_text(text, encoding="utf-8")
                if burst in kills and number == burst * FILES // BURSTS + 700:
                    process.kill()
                    process.wait()
                    process = agent.run(log)
            time.sleep(1)

        def stored() -> Counter[str]:
            return Counter(
                event.body.content_hash
                for event in collector.events()
                if isinstance(event.body, DetectionFinding) and event.body.channel is Channel.FILE
            )

        def all_there() -> bool:
            time.sleep(5)
            return len(stored()) >= wanted

        wait_until(all_there, 900, f"not every file was reported: {log.read_text()[-2000:]}")
        time.sleep(20)  # whatever comes twice has come by then
        found = stored()
    finally:
        process.terminate()
        process.wait(60)
    assert wanted == FILES // ONE_IN
    assert len(found) == wanted
    assert [key for key, times in found.items() if times != 1] == []
    broken = {"sequence_gap", "chain_fork", "batch_refused", "epoch_opened"}
    assert [one.kind for one in collector.integrity() if one.kind in broken] == []
