"""What the store promises: all or nothing, durable, rebuildable, never going back."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from live_collector import (
    Device,
    LiveCollector,
    detection_event,
    heartbeat,
    judgement,
    new_token,
)
from tutelage_collector import config, projection, serving, state
from tutelage_collector.errors import StoreError, StoreFullError, StoreReadOnlyError
from tutelage_collector.store.sqlite import SqliteStore
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Status
from tutelage_wire.v1 import batch_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator


def tables(store: SqliteStore) -> dict[str, list[object]]:
    """Return all projections in a form that can be compared."""
    return {
        "alerts": list(store.alerts()),
        "judgements": list(store.judgements()),
        "rollup": list(store.rollup()),
        "drifts": list(store.drifts(times.from_ms(0))),
        "seen": [(view.device.id, view.last_seen_at, view.heartbeat) for view in store.devices()],
    }


def test_projections_made_anew_from_the_batches_are_the_same(collector: LiveCollector) -> None:
    for _ in range(2):
        device = collector.device()
        device.send(
            device.batch_of(judgement(Status.PASS), heartbeat(), judgement(Status.FAIL)),
            device.close_batch([codec.encode_event(detection_event(device))]),
            device.batch_of(judgement(Status.PASS), heartbeat()),
        )
    with collector.store() as store:
        before = tables(store)
        assert len(before["drifts"]) == 4
        rebuilt = store.rebuild()
        assert (rebuilt.batches, rebuilt.unreadable) == (6, 0)
        assert tables(store) == before
        assert store.check() == []


def test_an_event_that_came_again_in_a_new_epoch_is_one_alert(collector: LiveCollector) -> None:
    device = collector.device()
    event = codec.encode_event(detection_event(device))
    device.send(device.close_batch([event]))
    device.open_epoch("spool_salvaged")
    device.send(device.close_batch([event]))
    with collector.store() as store:
        assert len(store.alerts()) == 1
        assert len(list(store.batches())) == 2
        assert sum(row.events for row in store.rollup() if row.kind == "detection") == 1


def test_threat_20_a_changed_byte_in_the_database_is_found(collector: LiveCollector) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    with closing(sqlite3.connect(collector.settings.database)) as thief, thief:
        (raw,) = thief.execute("SELECT raw FROM batch").fetchone()
        changed = raw[:-70] + bytes([raw[-70] ^ 1]) + raw[-69:]
        thief.execute("UPDATE batch SET raw = ?", (changed,))
    with collector.store() as store:
        (fault,) = store.check()
    assert f"device {device.id} epoch 1 lane urgent sequence 1" in fault


def test_rows_of_the_audit_log_cannot_be_changed_or_removed(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "collector.db")) as insider:
        for attack in ("UPDATE audit SET actor = 'somebody else'", "DELETE FROM audit"):
            with pytest.raises(sqlite3.IntegrityError, match="appended"):
                insider.execute(attack)


def test_a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_its_rows(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.db"
    first = (Path(state.__file__).parent / "store" / "migrations" / "0001_first.sql").read_text(
        encoding="utf-8"
    )
    with closing(sqlite3.connect(path)) as old:
        old.executescript(f"{first}; PRAGMA user_version=1;")
        old.execute("INSERT INTO audit VALUES ('ret', 1, 5, 'a', 'b', 'c', 'd')")
        old.commit()
    with closing(SqliteStore(path, "ret", projection.project)) as store:
        assert [row.actor for row in store.audit_rows()] == ["a"]
        assert store.exemptions() == []
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("PRAGMA user_version").fetchone()[0] >= 2


def test_a_database_of_a_newer_collector_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version=9999")
        newer.commit()
    with pytest.raises(StoreError, match="install the newer collector"):
        SqliteStore(path, "ret", projection.project)


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "collector.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="is damaged"):
        SqliteStore(path, "ret", projection.project)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 3 MB, as root on Linux."""
    where = tmp_path / "disk"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(where)]
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("a small file system needs Linux and mount")
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        # No part that could be installed: a right that a container may not have.
        pytest.skip(f"mounting is not allowed here: {done.stderr.decode().strip()}")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk_asks_agents_for_patience_and_loses_nothing(
    made: tuple[Path, object], small_disk: Path
) -> None:
    folder = shutil.copytree(made[0], small_disk / "state")
    with LiveCollector(folder) as live:
        device = live.device()
        large = [device.batch_of(*[judgement(actual="x" * 40_000)] * 20) for _ in range(6)]
        receipts = device.send(*large)
        stored = [r for r in receipts if r.result == batch_pb2.APPEND_RESULT_STORED]
        assert receipts[-1].result == batch_pb2.APPEND_RESULT_RETRY
        assert receipts[-1].retry_after_ms > 0
        assert "StoreFullError" in receipts[-1].message
        assert str(folder) not in receipts[-1].message
        subprocess.run(["mount", "-o", "remount,size=40m", str(small_disk)], check=True)
        again = device.send(*large)
        assert [r.result for r in again[: len(stored)]] == (
            [batch_pb2.APPEND_RESULT_DUPLICATE] * len(stored)
        )
        assert {r.result for r in again[len(stored) :]} == {batch_pb2.APPEND_RESULT_STORED}
        with live.store() as store:
            assert len(list(store.batches())) == len(large)
            assert store.check() == []


def test_a_full_disk_and_a_read_only_one_are_told_apart_in_plain_words(small_disk: Path) -> None:
    store = SqliteStore(small_disk / "collector.db", "ret", projection.project)
    with closing(store), pytest.raises(StoreFullError, match="no room is left"):
        fill(store)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreReadOnlyError, match="write access"):
        SqliteStore(small_disk / "other.db", "ret", projection.project)


def fill(store: SqliteStore) -> None:
    """Write until there is no room."""
    for number in range(10_000):
        store.audit("a", "b", "c", "x" * 5_000, times.from_ms(number))


def test_a_collector_killed_at_any_moment_keeps_what_it_acknowledged_exactly_once(
    folder: Path,
) -> None:
    """200 events, ten kills at random points; the device sends again what was not acknowledged."""
    settings = config.load(folder)
    device = Device(new_token(settings))
    chance = random.Random(20261126)
    waiting: list[tuple[int, bytes]] = []
    acknowledged = 0
    made = 0
    while acknowledged < 200:
        process = subprocess.Popen(
            [sys.executable, "-m", "tutelage_collector.cli", "--state", str(folder), "serve"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            device.bundle = replace(device.bundle, **addresses(folder, process.pid))
            if not device.chain:
                device.enrol()
            wanted = min(made + chance.randint(20, 40), 200)
            while made < wanted:
                made += 1
                event = codec.encode_event(detection_event(device))
                waiting.append((made, codec.encode_batch(device.close_batch([event]))))
            until = time.monotonic() + chance.uniform(0.02, 0.4)
            with device.link() as channel:
                stream = channel.stream_stream(
                    "/tutelage.v1.AgentLink/Urgent",
                    response_deserializer=batch_pb2.Receipt.FromString,
                )(iter([raw for _, raw in waiting]), timeout=30)
                try:
                    for receipt in stream:
                        acknowledged = device.believes(receipt).next_sequence - 1
                        if time.monotonic() > until and made < 200:
                            process.send_signal(signal.SIGKILL)
                except grpc.RpcError:
                    pass
        finally:
            process.kill()
            process.wait()
        waiting = [(number, raw) for number, raw in waiting if number > acknowledged]
    with closing(state.open_store(settings)) as store:
        assert len(store.alerts(limit=1_000)) == 200
        assert sorted(alert.sequence for alert in store.alerts(limit=1_000)) == [*range(1, 201)]
        assert store.integrity() == []
        assert store.check() == []
        assert sum(row.events for row in store.rollup()) == 200


def addresses(folder: Path, process: int) -> dict[str, str]:
    """Return where a collector answers, once it does."""
    for _ in range(600):
        found = serving.read(folder)
        if found is not None and found.process == process:
            return {"enrol_address": found.enrol, "link_address": found.link}
        time.sleep(0.05)
    pytest.fail("the collector did not start")


def test_what_is_older_than_the_stale_bound_is_left_to_the_reader(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    old = times.utc_now() - timedelta(days=90)
    device.send(
        device.batch_of(judgement(observed_at=old), lane=TravelLane.BULK), lane=TravelLane.BULK
    )
    with collector.store() as store:
        (found,) = store.judgements()
    assert found.status is Status.PASS
    assert found.observed_at == times.from_ms(times.to_ms(old))
