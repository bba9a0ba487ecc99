"""Evidence: whole, provable by anyone, silent about others, and every changed byte is named."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

import evidence_changes
from live_collector import Device, LiveCollector, detection_event, heartbeat
from tutelage_collector import evidence, state
from tutelage_collector.errors import NotFoundError
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_wire.events import EventId

SECRET = "somebody else's invented sentence"


@pytest.fixture
def chosen(collector: LiveCollector) -> tuple[Device, EventId]:
    """One alert in a batch with another child's, between other batches."""
    device = collector.device()
    mine, other = detection_event(device), detection_event(device, excerpt=SECRET)
    device.send(
        device.batch_of(heartbeat()),
        device.close_batch([codec.encode_event(event) for event in (other, mine, other)]),
        device.batch_of(heartbeat()),
    )
    device.send(device.batch_of(heartbeat(), lane=TravelLane.BULK), lane=TravelLane.BULK)
    return device, mine.id


def export(
    collector: LiveCollector, into: Path, *events: EventId, credentials: Credentials | None = None
) -> Path:
    folder = collector.settings.folder
    with collector.store() as store:
        key = (
            state.open_recipient_key(store, state.DSL_RECIPIENT, credentials.dsl_passphrase)
            if credentials
            else None
        )
        held = state.load(folder)
        evidence.export(store, held, "ret", list(events), into, times.utc_now(), key)
    return into


def test_an_export_is_verified_by_its_own_script_without_us(
    collector: LiveCollector, chosen: tuple[Device, EventId], tmp_path: Path
) -> None:
    folder = export(collector, tmp_path / "evidence", chosen[1])
    root = x509.load_pem_x509_certificate(
        (collector.settings.folder / "ca" / "root.crt.pem").read_bytes()
    )
    finger = root.fingerprint(hashes.SHA256()).hex()
    done = subprocess.run(
        [sys.executable, "-S", "-c", _RUN_ALONE, str(folder), "--root", finger],
        capture_output=True, text=True, check=False,
        env={"PACKAGES": next(p for p in sys.path if p.endswith("site-packages"))},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing is wrong." in done.stdout
    assert "tutelage" not in done.stderr
    with pytest.raises(evidence.Fault, match="fingerprint"):
        evidence.verify(folder, "00" * 32)


_RUN_ALONE = """
import os, runpy, sys
sys.path.append(os.environ["PACKAGES"])
folder = sys.argv[1]
sys.argv[0] = folder + "/verify.py"
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    assert not [name for name in sys.modules if name.startswith("tutelage")]
"""


def test_an_export_holds_nothing_of_other_children(
    collector: LiveCollector,
    chosen: tuple[Device, EventId],
    tmp_path: Path,
    credentials: Credentials,
) -> None:
    folder = export(collector, tmp_path / "evidence", chosen[1], credentials=credentials)
    with collector.store() as store:
        others = [one for one in store.alerts() if one.event_id != chosen[1]]
    assert others
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert SECRET.encode() not in data
            for other in others:
                assert other.event not in data
                assert other.event_id.encode() not in data


def test_disclosed_words_are_proven_to_be_what_the_device_sealed(
    collector: LiveCollector,
    chosen: tuple[Device, EventId],
    tmp_path: Path,
    credentials: Credentials,
) -> None:
    sealed = export(collector, tmp_path / "sealed", chosen[1])
    assert "invented sentence" not in (sealed / "evidence.json").read_text()
    folder = export(collector, tmp_path / "opened", chosen[1], credentials=credentials)
    row = json.loads((folder / "evidence.json").read_text())["events"][0]
    assert row["content"]["excerpt"] == "an invented sentence"
    evidence.verify(folder)


def test_any_changed_byte_is_named(
    collector: LiveCollector,
    chosen: tuple[Device, EventId],
    tmp_path: Path,
    credentials: Credentials,
) -> None:
    folder = export(collector, tmp_path / "evidence", chosen[1], credentials=credentials)
    chance = random.Random(5)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        good = file.read_bytes()
        for _ in range(12):
            at = chance.randrange(len(good))
            file.write_bytes(
                good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :]
            )
            with pytest.raises(evidence.Fault) as caught:
                evidence.verify(folder)
            assert file.name.partition(".")[0] in str(caught.value)
        file.write_bytes(good)
    evidence.verify(folder)


def test_an_insider_who_signs_again_is_caught_by_the_devices_signature(
    collector: LiveCollector, chosen: tuple[Device, EventId], tmp_path: Path
) -> None:
    """Who holds the collector's key can sign another list of files, and proves nothing by it."""
    folder = export(collector, tmp_path / "evidence", chosen[1])
    held = state.load(collector.settings.folder)

    def resign(change: object) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy", dirs_exist_ok=True)
        row = json.loads((folder / "evidence.json").read_text())
        change(row, copy)  # type: ignore[operator]
        evidence_changes.resign(copy, row, held.checkpoint_key)

    def change_event(row: dict[str, object], copy: Path) -> None:
        file = copy / "events" / f"{chosen[1]}.bin"
        data = file.read_bytes()
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    def drop_batch(row: dict, copy: Path) -> None:  # type: ignore[type-arg]
        del row["chains"][0]["batches"][0]

    def other_key(row: dict, copy: Path) -> None:  # type: ignore[type-arg]
        row["keys"][0]["signing_key"] = "00" * 32

    for change, said in (
        (change_event, "not in the batch that its device signed"),
        (drop_batch, "does not follow the batch before it"),
        (other_key, "did not vouch"),
    ):
        resign(change)
        with pytest.raises(evidence.Fault, match=said):
            evidence.verify(tmp_path / "copy")


def test_an_event_that_is_not_there_cannot_be_exported(
    collector: LiveCollector, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="no alert of this id"):
        export(collector, tmp_path / "evidence", "0" * 32)  # type: ignore[arg-type]
