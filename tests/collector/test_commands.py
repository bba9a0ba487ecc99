"""The commands, as people and scripts type them: real processes, real status codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from live_collector import Device, LiveCollector, detection_event, judgement
from tutelage_collector import ports, serving
from tutelage_collector.cli.main import main
from tutelage_collector.errors import ServeError
from tutelage_wire import bundle, codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Status

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device with one alert and one failed check."""
    made = collector.device("Library-PC-01")
    made.send(made.close_batch([codec.encode_event(detection_event(made))]))
    made.send(made.batch_of(judgement(Status.FAIL), lane=TravelLane.BULK), lane=TravelLane.BULK)
    return made


def test_init_shows_its_secrets_once_and_keeps_none_in_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state"
    assert run(folder, "init", "--trust", "ret", "--school", "ret-high", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    secrets = [shown["dsl_passphrase"], *shown["passwords"].values()]
    for file in folder.rglob("*"):
        if file.is_file():
            assert not any(secret.encode() in file.read_bytes() for secret in secrets)
            assert not file.stat().st_mode & 0o077 or file.name.startswith("collector.db")
    assert run(folder, "init", "--trust", "ret", "--school", "ret-high") == 2
    assert "choose another folder" in capsys.readouterr().err


def test_a_missing_collector_is_said_with_the_command_that_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere", "device", "list") == 2
    assert "tutelage-collector init" in capsys.readouterr().err


def test_a_broken_setting_names_file_key_and_remedy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = folder / "collector.toml"
    settings.write_text(settings.read_text() + "\n[ingest]\ngroup_ms = 0\n")
    assert run(folder, "token", "list") == 2
    assert "collector.toml: ingest.group_ms: 0 is outside of 1 to 1000" in capsys.readouterr().err


def test_a_token_is_made_listed_and_revoked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bundle.json"
    assert run(folder, "token", "create", "--quota", "30", "--out", str(file)) == 0
    made = bundle.loads(file.read_text())
    assert file.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert run(folder, "token", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["token"], row["state"], row["quota"]) == (made.token_id, "open", 30)
    assert run(folder, "token", "revoke", made.token_id) == 0
    capsys.readouterr()
    run(folder, "token", "list", "--json")
    assert json.loads(capsys.readouterr().out)[0]["state"] == "revoked"
    assert run(folder, "token", "revoke", "0" * 16) == 2


def test_an_account_is_made_given_a_new_password_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(folder, "account", "set", "deputy-1", "--role", "dsl") == 0
    passwords = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert len(set(passwords)) == 2
    run(folder, "account", "list", "--json")
    rows = json.loads(capsys.readouterr().out)
    (made,) = [row for row in rows if row["account"] == "deputy-1"]
    assert (made["role"], made["school"], made["state"]) == ("dsl", "ret-high", "active")
    assert run(folder, "account", "remove", "deputy-1") == 0
    assert run(folder, "account", "remove", "deputy-1") == 2


def test_alerts_stay_sealed_without_the_passphrase(
    collector: LiveCollector, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(collector.settings.folder, "alert", "watch", "--from-start", "--count", "1") == 0
    out = capsys.readouterr().out
    assert "sealed to the safeguarding lead" in out
    assert "invented sentence" not in out
    assert device.id[:12] in out


def test_alerts_open_with_the_passphrase_from_a_descriptor_and_that_is_on_record(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reading, writing = os.pipe()
    os.write(writing, credentials.dsl_passphrase.encode() + b"\n")
    os.close(writing)
    words = ("alert", "list", "--json", "--passphrase-fd", str(reading))
    assert run(collector.settings.folder, *words) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["excerpt"], row["device"]) == ("an invented sentence", device.id)
    with collector.store() as store:
        assert store.audit_rows()[0].action == "excerpt opened"
    reading, writing = os.pipe()
    os.write(writing, b"a wrong one")
    os.close(writing)
    assert run(collector.settings.folder, *words[:-1], str(reading)) == 2
    assert "does not open this key" in capsys.readouterr().err


def test_the_report_ends_with_status_1_where_a_device_fails(
    collector: LiveCollector, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(collector.settings.folder, "report", "compliance", "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["clauses"][0]["devices"]["fail"] == [device.id]
    words = ("exemption", "add", "disk.encryption", "--device", device.id, "--reason", "ordered",
             "--control", "locked room", "--approver", "headteacher", "--days", "5")  # fmt: skip
    assert run(collector.settings.folder, *words) == 0
    assert run(collector.settings.folder, "report", "compliance", "--csv", "--devices") == 0
    assert "exempt until" in capsys.readouterr().out


def test_a_terminal_is_not_steered_by_what_a_device_says(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    collector.device("\x1b[2J\x1b]0;owned\x07evil")
    run(collector.settings.folder, "device", "list")
    assert "\x1b" not in capsys.readouterr().out


def test_a_taken_port_is_passed_over_and_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ports.free_port("127.0.0.1", port) > port
        with pytest.raises(ServeError, match=f"port {port} on 127.0.0.1 is taken"):
            ports.bind("127.0.0.1", port)


def test_serve_says_when_it_is_ready_and_ends_in_order(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tutelage_collector.cli", "--state", str(folder), "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Ready.")
    found = serving.read(folder)
    assert found is not None
    assert found.process == process.pid
    second = subprocess.run(
        [sys.executable, "-m", "tutelage_collector.cli", "--state", str(folder), "serve"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "another collector" in second.stderr
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout.read().strip() == "Stopped."
    process.stdout.close()
    assert time.monotonic() - began < 20
    assert serving.read(folder) is None


def test_an_account_is_disabled_covered_and_signed_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    def run(*words: str) -> int:
        return main(["--state", str(folder), "account", *words])

    assert run("set", "slt", "--role", "leader") == 0
    assert run("cover", "head", "--by", "dsl", "--days", "2", "--reason", "away") == 2
    assert "two people stay two" in capsys.readouterr().err
    assert run("cover", "head", "--by", "slt", "--days", "2", "--reason", "a course") == 0
    capsys.readouterr()
    assert run("covers", "--json") == 1
    (cover,) = json.loads(capsys.readouterr().out)
    assert (cover["absent"], cover["covering"], cover["holds"]) == ("head", "slt", True)
    assert run("uncover", cover["cover"]) == 0
    assert run("covers") == 0
    assert run("disable", "ict") == 0
    assert run("sign-out", "dsl") == 0
    capsys.readouterr()
    assert run("list", "--json") == 0
    states = {row["account"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states["ict"] == "disabled"
    assert run("enable", "ict") == 0
