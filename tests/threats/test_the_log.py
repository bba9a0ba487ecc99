"""A collector that shows two logs, or cuts one short: its own signatures tell, at each device."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from linked_device import Linked
from live_collector import LiveCollector, heartbeat
from tutelage_agent import witness
from tutelage_collector import digests, state
from tutelage_collector.cli import main as cli
from tutelage_wire.events import IntegrityKind

if TYPE_CHECKING:
    from pathlib import Path


def say(linked: Linked, collector: LiveCollector, *, times: int = 1) -> None:
    """Connect to a collector, send signs of life as an agent does, and end."""
    bundle = replace(
        linked.member.bundle,
        link_address=collector.serving.link,
        enrol_address=collector.serving.enrol,
    )
    linked.member = replace(linked.member, bundle=bundle)
    with linked.running():
        for _ in range(times):
            linked.reporter.report(replace(heartbeat(), log_roots=linked.witness.roots()))
            until = time.monotonic() + 20
            while linked.spool.stats().events:
                assert time.monotonic() < until, "the collector took nothing"
                time.sleep(0.02)


def command(folder: Path, *words: str) -> int:
    return cli.main(["--state", str(folder), *words])


def copied(collector: LiveCollector, into: Path) -> Path:
    with collector.store() as store:
        store.close()
    return shutil.copytree(collector.settings.folder, into)


@pytest.fixture
def witnesses(collector: LiveCollector, tmp_path: Path) -> tuple[Linked, Linked]:
    """Two devices of one collector, which both have been told of its log."""
    devices = tuple(Linked(tmp_path / name, collector.bundle()) for name in ("laptop", "tablet"))
    for one in devices:
        say(one, collector, times=2)
    return devices[0], devices[1]


def test_threat_24_two_logs_that_are_shown_to_two_devices_are_named_by_what_both_kept(
    collector: LiveCollector,
    witnesses: tuple[Linked, Linked],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop, tablet = witnesses
    second = copied(collector, tmp_path / "second")
    # From here on each device is shown a log of its own; each is whole in itself.
    say(laptop, collector)
    with LiveCollector(second) as other:
        say(tablet, other)
        assert command(collector.settings.folder, "audit", "verify") == 0
        assert command(second, "audit", "verify") == 0
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(laptop.folder / witness.FILE, kept / "laptop.json")
    assert command(collector.settings.folder, "audit", "verify", "--against", str(kept)) == 0
    shutil.copy(tablet.folder / witness.FILE, kept / "tablet.json")
    capsys.readouterr()
    for folder in (collector.settings.folder, second):
        assert command(folder, "audit", "verify", "--against", str(kept)) == 1
        said = capsys.readouterr().out
        assert "two different logs" in said
        assert laptop.member.device_id in said
        assert tablet.member.device_id in said


def test_threat_24_a_device_that_is_moved_from_one_log_to_another_tells_of_the_first(
    collector: LiveCollector, witnesses: tuple[Linked, Linked], tmp_path: Path
) -> None:
    """The second log is longer: the device alone cannot see that it is another one."""
    laptop, tablet = witnesses
    second = copied(collector, tmp_path / "second")
    say(laptop, collector)
    with LiveCollector(second) as other:
        say(tablet, other, times=3)
        say(laptop, other)
        with other.store() as store:
            found = [one for one in store.integrity() if one.kind == IntegrityKind.LOG_DIFFERS]
        assert [one.device_id for one in found] == [laptop.member.device_id]
        assert "another log of" in found[0].detail
        assert command(second, "audit", "verify") == 1


def test_threat_24_a_log_that_was_cut_short_is_noticed_by_each_device_at_once(
    collector: LiveCollector, witnesses: tuple[Linked, Linked], tmp_path: Path
) -> None:
    laptop, tablet = witnesses
    older = copied(collector, tmp_path / "older")
    say(laptop, collector, times=3)
    say(tablet, collector)
    assert not [one for one in laptop.told + tablet.told if one.kind is IntegrityKind.LOG_DIFFERS]
    with LiveCollector(older) as back:
        for one in witnesses:
            say(one, back)
            said = [found for found in one.told if found.kind is IntegrityKind.LOG_DIFFERS]
            assert len(said) == 1
            assert "cut short or put back" in said[0].detail
        with back.store() as store:
            kinds = {one.kind: one.detail for one in store.integrity()}
        assert "cut short or put back" in kinds[IntegrityKind.LOG_DIFFERS]


def test_threat_24_who_holds_no_records_checks_with_a_proof_that_the_log_only_grew(
    collector: LiveCollector,
    witnesses: tuple[Linked, Linked],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop, _ = witnesses
    held = state.load(collector.settings.folder)
    kept = tmp_path / "kept"
    kept.mkdir()
    with collector.store() as store:
        (kept / "monday.json").write_text(
            digests.make(store, "ret", held.checkpoint_key, collector.clock())
        )
    hidden = copied(collector, tmp_path / "hidden")
    say(laptop, collector, times=3)
    shutil.copy(laptop.folder / witness.FILE, kept / "laptop.json")
    prove = ["audit", "prove", "--against", str(kept), "--out"]
    check = ["audit", "check", "--against", str(kept)]
    nowhere = tmp_path / "nowhere"
    assert command(collector.settings.folder, *prove, str(tmp_path / "whole")) == 0
    assert command(nowhere, *check, str(tmp_path / "whole")) == 0
    assert "only grew" in capsys.readouterr().out
    # The same from records in which the laptop's last batches were never stored.
    assert command(hidden, *prove, str(tmp_path / "short")) == 0
    assert command(nowhere, *check, str(tmp_path / "short")) == 1
    assert "cut short" in capsys.readouterr().out
    text = (tmp_path / "whole").read_text()
    at = text.index('"only_grew"') + 40
    (tmp_path / "bent").write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
    assert command(nowhere, *check, str(tmp_path / "bent")) != 0


def test_threat_24_a_batch_that_an_insider_removes_leaves_a_log_that_no_device_was_shown(
    collector: LiveCollector, witnesses: tuple[Linked, Linked]
) -> None:
    """Also where the chain's end was moved with it, so that nothing else is missing."""
    import sqlite3

    laptop, _ = witnesses
    with sqlite3.connect(collector.settings.database) as database:
        database.execute("DELETE FROM batch WHERE number = 1")
        database.execute("DELETE FROM log_edge")
    with collector.store() as store:
        assert store.check() == []
    assert command(collector.settings.folder, "audit", "verify") == 1
    assert laptop.told == []
