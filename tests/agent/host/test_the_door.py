"""The only door to the machine: every failure is an outcome, and nothing but the list is run."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recorded_host
from tutelage_agent.host import Command, HostError, Outcome, System, commands, files, processes
from tutelage_agent.host.allowed import ALLOWED
from tutelage_agent.host.dbus import error_reply, plain
from tutelage_agent.host.local import LocalHost, pseudonym
from tutelage_agent.host.proven import ProvenHost
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.host.recording import RecordingHost, write
from tutelage_agent.host.scrub import scrubber_for
from tutelage_agent.posture import DeviceClass, Profile, load_reference, run_checks

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX programs")


def shell(script: str, **more) -> Command:
    return Command("test", ("/bin/sh",), ("-c", script), **more)


@posix_only
@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (shell("echo seen"), Outcome.VALUE),
        (shell("exit 3"), Outcome.ERROR),
        (shell("exit 3", codes=frozenset({3})), Outcome.VALUE),
        (shell("echo 'Operation not permitted' >&2; exit 1"), Outcome.DENIED),
        (shell("sleep 30 & sleep 30", timeout=0.3), Outcome.TIMEOUT),
        (Command("test", ("/nonexistent/program",)), Outcome.ABSENT),
    ],
)
def test_a_program_ends_in_an_outcome_and_never_in_an_exception(command, outcome):
    assert commands.run(command).outcome is outcome


@posix_only
def test_a_child_that_keeps_the_output_open_does_not_hold_us():
    reading = commands.run(shell("sleep 20 & echo done", timeout=5.0))
    assert reading.value.text == "done\n"


@posix_only
def test_a_program_sees_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", "/tmp/evil.so")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    text = commands.run(shell("env")).value.text
    assert "evil" not in text
    assert "LC_ALL=C.UTF-8" in text


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_a_parameter_that_is_not_of_its_form_is_never_run(text):
    command = Command("test", ("/bin/echo",), ("{0}",), parameters=(r"[a-z]{1,8}",))
    if not (text.isascii() and text.isalpha() and text.islower() and len(text) <= 8):
        with pytest.raises(HostError):
            commands.argv(command, (text,))


def test_every_allowed_program_is_absolute_and_has_a_pattern_for_each_place():
    for system, table in ALLOWED.items():
        for command in table.values():
            assert all(path.startswith("/") or path[1:3] == ":\\" for path in command.paths), (
                system,
                command.id,
            )
            places = [word for word in command.arguments if word.startswith("{")]
            assert len(places) == len(command.parameters), command.id


def test_every_program_in_a_recording_is_one_that_may_be_run():
    for folder in recorded_host.machines():
        host = RecordedHost(folder)
        for key in host.tables.get("commands", {}):
            name, _, rest = key.partition("(")
            words = rest.partition(")")[0].split(", ") if rest else ()
            commands.argv(ALLOWED[host.system][name], tuple(words))


def test_files_that_would_block_or_never_end_are_an_error(tmp_path):
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        assert files.read(tmp_path / "fifo").outcome is Outcome.ERROR
    large = tmp_path / "large"
    large.write_bytes(bytes(files.MAX_BYTES + 1))
    assert files.read(large).outcome is Outcome.ERROR
    assert files.read(large, 512).value == bytes(512)
    assert files.read(tmp_path / "none").outcome is Outcome.ABSENT


@pytest.mark.skipif(sys.platform != "linux", reason="procfs")
def test_a_sysctl_is_read_although_the_kernel_refuses_large_reads():
    assert files.read(Path("/proc/sys/kernel/osrelease")).seen


@pytest.mark.skipif(sys.platform != "linux", reason="procfs")
def test_running_programs_are_seen_and_a_hidden_list_is_a_refusal(tmp_path):
    own = Path(f"/proc/{os.getpid()}/comm").read_text().strip()
    assert own in processes.names().value
    (tmp_path / str(os.getpid())).mkdir()
    assert processes.names(tmp_path).outcome is Outcome.DENIED
    (tmp_path / str(os.getpid())).rmdir()
    assert processes.names(tmp_path).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("org.freedesktop.DBus.Error.ServiceUnknown", Outcome.ABSENT),
        ("org.freedesktop.DBus.Error.AccessDenied", Outcome.DENIED),
        ("org.freedesktop.DBus.Error.NoReply", Outcome.TIMEOUT),
        ("com.example.Broken", Outcome.ERROR),
    ],
)
def test_an_error_of_dbus_is_an_outcome(name, outcome):
    assert error_reply(name).outcome is outcome


@given(st.recursive(st.one_of(st.integers(), st.text(), st.booleans(), st.binary(), st.none()),
                    lambda inner: st.one_of(st.lists(inner), st.tuples(st.text(), inner),
                                            st.dictionaries(st.text(), inner))))  # fmt: skip
def test_any_reply_of_dbus_becomes_plain_values(found):
    plain(found)


@pytest.fixture
def home(tmp_path) -> Path:
    """The files of a machine on which two invented people work."""
    root = tmp_path / "root"
    record = struct.Struct("<hxxi32s4s32s256shhiii16s20s")
    texts = {
        "etc/hostname": "bloggs-laptop\n",
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n"
        "jbloggs:x:1000:1000:Jane Bloggs,,,:/home/jbloggs:/bin/bash\n",
        "etc/shadow": "root:*:1::::::\njbloggs:$y$j9T$abcdefgh$0123456789abcdef:1::::::\n",
        "etc/group": "sudo:x:27:jbloggs\njbloggs:x:1000:\n",
        "etc/sudoers": "jbloggs ALL=(ALL) ALL # jane.bloggs@school.example\n",
        "etc/machine-id": "8c5f1d2e3a4b5c6d7e8f9a0b1c2d3e4f\n",
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "proc/self/mountinfo": "29 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
        "30 29 8:3 / /home/jbloggs/Private rw - ext4 /dev/sda3 rw\n",
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "var/log").mkdir(parents=True)
    (root / "var/log/wtmp").write_bytes(
        b"".join(
            record.pack(7, 1, b"tty2", b"2", name, b"tty2", 0, 0, 1, 1790000000, 0, b"", b"")
            for name in (b"jbloggs", b"kpatel")
        )
    )
    return root


def test_a_recording_names_nobody_and_is_judged_as_the_machine_was(home, tmp_path):
    local = LocalHost(root=home, state=tmp_path / "state", salt=b"one")
    local.system = System.LINUX

    def verdicts(host) -> dict:
        found = run_checks(
            host, profiles=tuple(Profile), device_class=DeviceClass.ASSIGNED,
            reference=load_reference(), now=host.now(),
        )  # fmt: skip
        return {(j.check_id, j.profile): (j.status, j.reason) for j in found}

    host = RecordingHost(local)
    before = verdicts(host)
    write(host, tmp_path / "mine", title="a laptop", scrubber=scrubber_for(local))
    everything = b"".join(
        str(path).removeprefix(str(tmp_path)).encode() + path.read_bytes()
        for path in sorted((tmp_path / "mine").rglob("*"))
        if path.is_file()
    )
    for secret in (b"jbloggs", b"Bloggs", b"kpatel", b"bloggs-laptop", b"0123456789abcdef",
                   b"8c5f1d2e", b"school.example"):  # fmt: skip
        assert secret not in everything, secret
    assert verdicts(RecordedHost(tmp_path / "mine")) == before


def test_what_was_not_recorded_is_unsupported_and_never_a_guess(tmp_path):
    (tmp_path / "host.toml").write_text(
        '[machine]\ntitle = "t"\nprovenance = "captured"\nmade_from = "test"\nsystem = "linux"\n'
        "recorded_at = 2026-11-25T09:00:00Z\nprivileged = true\nwhole = false\n"
    )
    host = RecordedHost(tmp_path)
    assert host.text("/etc/shadow").outcome is Outcome.UNSUPPORTED
    assert host.processes().outcome is Outcome.UNSUPPORTED
    assert host.sessions().outcome is Outcome.UNSUPPORTED
    assert ProvenHost(host).text("/etc/shadow").outcome is Outcome.UNSUPPORTED


def test_a_pseudonym_needs_the_devices_own_key():
    assert pseudonym(b"one", "1000") == pseudonym(b"one", "1000")
    assert pseudonym(b"one", "1000") != pseudonym(b"two", "1000")
