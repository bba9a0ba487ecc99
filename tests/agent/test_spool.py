"""What is in the spool survives: a kill, a damaged file, a full disk; and leaves when it may."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_agent.config import SpoolSettings
from tutelage_agent.errors import SpoolError
from tutelage_agent.spool import Chain, Priority, Spool
from tutelage_wire import batch, codec, keys
from tutelage_wire.batch import TravelLane
from tutelage_wire.checkpoint import CheckpointBody
from tutelage_wire.events import DeviceId, EventId

KEY = b"k" * 32
DEVICE = DeviceId("ab" * 16)
SIGNER = ed25519.Ed25519PrivateKey.generate()
CHAIN = Chain("ret", DEVICE, SIGNER.sign)
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def clock():
    return NOON


def open_spool(folder, **settings):
    return Spool(folder, KEY, SpoolSettings(**settings), clock)


@pytest.fixture
def spool(tmp_path):
    one = open_spool(tmp_path / "spool")
    one.start_epoch(1)
    yield one
    one.close()


def fill(spool, lane, count, priority=Priority.CONCERN, size=20):
    for number in range(count):
        spool.append(f"{number:0{size}}".encode(), lane, priority)


def checkpoint(lane, next_sequence, epoch=1):
    return CheckpointBody(DEVICE, epoch, lane, next_sequence, bytes(32), NOON, "ret")


def all_batches(spool, lane):
    after, found = 0, []
    while (one := spool.next_batch(lane, after)) is not None:
        after = one[0]
        found.append(one[1])
    return found


def test_what_is_found_again_after_a_crash_is_kept_once_also_when_the_first_was_sent(tmp_path):
    """A sensor is killed after it reported and before it noted how far it had read."""
    lane, name = TravelLane.URGENT, EventId("ab" * 16)
    spool = open_spool(tmp_path / "spool")
    spool.start_epoch(1)
    spool.append(b"found", lane, Priority.CONCERN, name)
    assert spool.close_batch(lane, CHAIN)
    spool.acknowledge(checkpoint(lane, 2))
    spool.close()
    again = open_spool(tmp_path / "spool")
    again.append(b"found", lane, Priority.CONCERN, name)
    assert not again.close_batch(lane, CHAIN)
    again.append(b"another", lane, Priority.CONCERN, EventId("cd" * 16))
    assert again.close_batch(lane, CHAIN)
    assert [one.events for one in all_batches(again, lane)] == [(b"another",)]
    again.close()


def test_events_come_out_in_order_signed_and_chained(spool):
    fill(spool, TravelLane.BULK, 250)
    while spool.close_batch(TravelLane.BULK, CHAIN):
        pass
    batches = all_batches(spool, TravelLane.BULK)
    head, expected = batch.NO_HEAD, 1
    for one in batches:
        header = codec.decode_header(one.header)
        keys.verify_ed25519(
            SIGNER.public_key().public_bytes_raw(), one.signature, batch.signed_bytes(one.header)
        )
        batch.verify_contents(one, header)
        assert (header.previous_head, header.first_sequence) == (head, expected)
        head, expected = batch.head_of(one.header), header.next_sequence
    assert [len(one.events) for one in batches] == [100, 100, 50]
    assert b"".join(event for one in batches for event in one.events) == b"".join(
        f"{number:020}".encode() for number in range(250)
    )


def test_the_same_bytes_are_sent_again_after_a_restart(tmp_path):
    first = open_spool(tmp_path / "spool")
    first.start_epoch(1)
    fill(first, TravelLane.URGENT, 3)
    first.close_batch(TravelLane.URGENT, CHAIN)
    before = all_batches(first, TravelLane.URGENT)
    first.close()
    again = open_spool(tmp_path / "spool")
    assert all_batches(again, TravelLane.URGENT) == before
    again.close()


def test_nothing_is_deleted_without_a_checkpoint_and_everything_with_one(spool):
    fill(spool, TravelLane.URGENT, 3)
    spool.close_batch(TravelLane.URGENT, CHAIN)
    spool.acknowledge(checkpoint(TravelLane.URGENT, 1))
    assert spool.stats().events == 3
    spool.acknowledge(checkpoint(TravelLane.URGENT, 4))
    assert spool.stats().events == 0
    fill(spool, TravelLane.URGENT, 1)
    spool.close_batch(TravelLane.URGENT, CHAIN)
    header = codec.decode_header(all_batches(spool, TravelLane.URGENT)[0].header)
    assert header.first_sequence == 4


def test_a_checkpoint_of_another_epoch_deletes_nothing(spool):
    fill(spool, TravelLane.URGENT, 3)
    spool.close_batch(TravelLane.URGENT, CHAIN)
    spool.acknowledge(checkpoint(TravelLane.URGENT, 4, epoch=9))
    assert spool.stats().events == 3


def test_threat_09_a_restored_older_copy_asks_for_a_new_epoch(spool):
    spool.acknowledge(checkpoint(TravelLane.BULK, 500))
    assert spool.epoch_wanted == "state_lost"
    fill(spool, TravelLane.BULK, 2)
    assert not spool.close_batch(TravelLane.BULK, CHAIN)
    spool.start_epoch(2)
    assert spool.close_batch(TravelLane.BULK, CHAIN)
    assert codec.decode_header(all_batches(spool, TravelLane.BULK)[0].header).epoch == 2


def test_threat_01_no_word_of_an_event_is_readable_in_the_files(spool, tmp_path):
    spool.append(b"an invented sentence of a pupil", TravelLane.URGENT, Priority.CONCERN)
    for path in (tmp_path / "spool").iterdir():
        assert b"invented" not in path.read_bytes()


@pytest.mark.parametrize("seed", range(6))
def test_threat_04_a_damaged_spool_is_put_aside_and_salvaged_row_by_row(tmp_path, seed):
    folder = tmp_path / "spool"
    first = open_spool(folder)
    first.start_epoch(1)
    fill(first, TravelLane.BULK, 3000, size=300)
    first.close()
    path = folder / "bulk.db"
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for _ in range(8):
        at = rng.randrange(4096, len(data) - 4096) if seed else 0
        data[at : at + 4096] = rng.randbytes(4096)
    path.write_bytes(data)
    again = open_spool(folder)
    while again.next_batch(TravelLane.BULK, 0) is not None:
        pass
    again.start_epoch(2)
    while again.close_batch(TravelLane.BULK, CHAIN):
        pass
    damages = again.take_damages()
    salvaged = sum(len(one.events) for one in all_batches(again, TravelLane.BULK))
    assert [one.lane for one in damages] == [TravelLane.BULK]
    assert list(folder.glob("bulk.db.quarantine-*"))
    if seed:  # seed 0 destroys the first page, and with it the schema: nothing can be read
        assert salvaged == damages[0].salvaged
        assert salvaged >= 2400
        assert salvaged + damages[0].lost >= 2990
    again.close()


def test_rubbish_in_place_of_the_spool_does_not_stop_the_agent(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "urgent.db").write_bytes(os.urandom(20_000))
    one = open_spool(folder)
    one.append(b"new", TravelLane.URGENT, Priority.CONCERN)
    assert one.epoch_wanted
    assert [damage.lane for damage in one.take_damages()] == [TravelLane.URGENT]
    one.close()


def test_over_its_bounds_it_gives_up_heartbeats_first_and_concerns_last(tmp_path):
    one = open_spool(tmp_path / "spool", max_bytes=60_000)
    one.start_epoch(1)
    fill(one, TravelLane.BULK, 100, Priority.HEARTBEAT, size=1000)
    one.close_batch(TravelLane.BULK, CHAIN)
    fill(one, TravelLane.BULK, 20, Priority.CONCERN, size=1001)
    one.keep_within_bounds()
    dropped = one.take_dropped()
    assert 60 <= dropped <= 70
    while one.close_batch(TravelLane.BULK, CHAIN):
        pass
    batches = all_batches(one, TravelLane.BULK)
    tombstones = sum(len(each.evicted) for each in batches)
    never_batched = 120 - sum(len(each.events) for each in batches)
    assert tombstones + never_batched == dropped
    for each in batches:
        batch.verify_contents(each, codec.decode_header(each.header))
    kept = [event for each in batches for event in each.events if len(event) == 1001]
    assert len(kept) == 20
    assert not batches[-1].evicted
    one.close()


OPEN_AS_NOBODY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from tutelage_agent.config import SpoolSettings
from tutelage_agent.errors import SpoolError
from tutelage_agent.spool import Spool
os.setuid(65534)
try:
    Spool(Path(sys.argv[1]), b"k" * 32, SpoolSettings(), lambda: datetime.now(UTC))
except SpoolError as error:
    print(error)
"""


@pytest.mark.parametrize("exists", [True, False])
def test_a_read_only_folder_says_what_to_do(exists):
    if os.geteuid() != 0:
        pytest.skip("needs root to become another account")
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "spool"
        if exists:
            open_spool(folder).close()
            folder.chmod(0o755)
            for path in folder.iterdir():
                path.chmod(0o644)
        done = subprocess.run(
            [sys.executable, "-c", OPEN_AS_NOBODY, str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert "give the agent's account this folder" in done.stdout, done


def test_a_full_disk_says_so_and_loses_nothing(tmp_path):
    """A real small file system, filled to the last byte."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], check=True)
    try:
        one = open_spool(mount / "spool")
        one.start_epoch(1)
        kept, said = 0, ""
        while not said:
            try:
                one.append(b"x" * 20_000, TravelLane.URGENT, Priority.CONCERN)
                kept += 1
            except SpoolError as error:
                said = str(error)
        assert "disk is full" in said
        assert one.stats().events == kept
        one.close()
        again = open_spool(mount / "spool")
        assert again.stats().events == kept
        again.close()
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_threat_28_a_spool_whose_key_was_lost_is_put_aside_not_read(tmp_path):
    first = open_spool(tmp_path / "spool")
    first.append(b"one", TravelLane.URGENT, Priority.CONCERN)
    first.close()
    other = Spool(tmp_path / "spool", b"z" * 32, SpoolSettings(), clock)
    other.start_epoch(1)
    other.close_batch(TravelLane.URGENT, CHAIN)
    assert [damage.salvaged for damage in other.take_damages()] == [0]
    other.close()


def test_files_are_private(spool, tmp_path):
    for path in (tmp_path / "spool").glob("*.db"):
        assert path.stat().st_mode & 0o077 == 0
    assert sqlite3.threadsafety >= 1
    assert Path(tmp_path / "spool").stat().st_mode & 0o077 == 0
