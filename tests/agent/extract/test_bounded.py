from __future__ import annotations

import gc
import io
import logging
import os
import subprocess
import sys
import time

import builders
import hostile
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import UNINSPECTABLE, Outcome

BOUND = Limits().wall_ms / 1000 + 3
"""Seconds: the limit, how often the guard looks, and a new child."""


def test_two_hundred_malformed_documents_each_end_in_a_stated_outcome():
    ended = []
    with BoundedExtractor() as extractor:
        extractor.extract(io.BytesIO(builders.docx("warm up")), "a.docx")
        gc.collect()
        before = psutil.Process().memory_info().rss
        for name, data in hostile.malformed(200):
            began = time.monotonic()
            ended.append(extractor.extract(io.BytesIO(data), name).outcome)
            assert time.monotonic() - began < BOUND, name
        del data
        gc.collect()
        grown = (psutil.Process().memory_info().rss - before) >> 20
    print({outcome.value: ended.count(outcome) for outcome in Outcome}, f"parent grew {grown} MiB")
    assert len(ended) == 200
    assert Outcome.MALFORMED in ended
    assert grown < 16


@pytest.mark.slow
def test_twenty_bombs_neither_hang_nor_grow_the_agent():
    bombs = hostile.bombs()
    assert len(bombs) >= 20
    with BoundedExtractor() as extractor:
        extractor.extract(io.BytesIO(builders.docx("warm up")), "a.docx")
        for name in list(bombs):
            data = bombs.pop(name)
            gc.collect()
            before = psutil.Process().memory_info().rss
            began = time.monotonic()
            found = extractor.extract(io.BytesIO(data), name)
            took = time.monotonic() - began
            grown = (psutil.Process().memory_info().rss - before) >> 20
            print(f"{name:16} {len(data):>9} B {found.outcome:10} {took:5.1f} s  +{grown} MiB")
            assert took < BOUND, name
            assert grown < 24, name
            harmless = name in ("scripts.html", "comments.html", "loop.msg", "letters.rtf")
            assert found.outcome in UNINSPECTABLE or harmless, name
        good = extractor.extract(io.BytesIO(builders.docx("still here")), "a.docx")
    assert good.text == "still here"


@pytest.mark.slow
@settings(max_examples=300)
@given(
    start=st.sampled_from(
        [b"", b"PK\x03\x04", b"%PDF-1.4\n", b"{\\rtf1 ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
         b"<html>", b"<?xml?>", b"Subject: x\r\nFrom: y\r\n"]
    ),
    middle=st.sampled_from([b"", *(make("some words") for make in builders.KINDS.values())]),
    rest=st.binary(max_size=2000),
    cut=st.integers(0, 6000),
)  # fmt: skip
def test_no_bytes_crash_the_child_or_go_unanswered(extractor, start, middle, rest, cut):
    data = start + middle[:cut] + rest + middle[cut:]
    found = extractor.extract(io.BytesIO(data), "")
    assert found.outcome not in (Outcome.CRASHED, Outcome.TIMEOUT)


def test_a_child_that_takes_too_long_is_ended_and_replaced():
    with BoundedExtractor(Limits(wall_ms=1_000, cpu_seconds=30)) as extractor:
        slow = b"{\\rtf1{\\fonttbl" + b"\\f1" * 800_000 + b"}}"
        assert extractor.extract(io.BytesIO(slow), "a.rtf").outcome is Outcome.TIMEOUT
        assert extractor.extract(io.BytesIO(b"next"), "a.txt").text == "next"
        assert extractor.started == 2


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_child_that_uses_up_its_processor_time_is_a_time_out():
    with BoundedExtractor(Limits(cpu_seconds=0, wall_ms=60_000)) as extractor:
        slow = b"{\\rtf1{\\fonttbl" + b"\\f1" * 200_000 + b"}}"
        assert extractor.extract(io.BytesIO(slow), "a.rtf").outcome is Outcome.TIMEOUT


def test_a_killed_child_is_a_crash_and_the_next_document_is_read():
    with BoundedExtractor() as extractor:
        extractor.extract(io.BytesIO(b"first"), "a.txt")
        child = _child_of(extractor)
        child.kill()
        child.wait()
        assert extractor.extract(io.BytesIO(b"second"), "a.txt").text == "second"
        assert extractor.started == 2


def test_memory_returns_children_are_replaced_and_idle_ones_end():
    with BoundedExtractor(Limits(files_per_child=3, idle_ms=300)) as extractor:
        for _ in range(7):
            extractor.extract(io.BytesIO(b"text"), "a.txt")
        assert extractor.started == 3
        deadline = time.monotonic() + 5
        while extractor.child_process is not None:
            assert time.monotonic() < deadline, "an idle child stays"
            time.sleep(0.05)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how Linux counts")
def test_a_large_parent_does_not_make_its_children_look_large():
    ballast = bytearray(Limits().resident_per_child)
    with BoundedExtractor() as extractor:
        for _ in range(3):
            extractor.extract(io.BytesIO(b"text"), "a.txt")
        assert extractor.started == 1
    del ballast


def test_a_document_over_the_size_bound_is_not_read_and_a_long_text_is_cut(tmp_path):
    with BoundedExtractor(Limits(document_bytes=1000, plain_bytes=5000)) as extractor:
        big = io.BytesIO(builders.pdf("x") + bytes(2000))
        assert extractor.extract(big, "a.pdf").outcome is Outcome.TOO_LARGE
        assert extractor.started == 0
        path = tmp_path / "long.txt"
        path.write_bytes(b"word " * 10_000)
        with path.open("rb", buffering=0) as stream:
            found = extractor.extract(stream, "long.txt")
        assert (len(found.text), found.truncated) == (5000, True)


def test_pictures_do_not_reach_a_child():
    with BoundedExtractor() as extractor:
        picture = io.BytesIO(b"\xff\xd8\xff\xe0" + bytes(10_000))
        assert extractor.extract(picture, "a.jpg").outcome is Outcome.UNSUPPORTED
        assert extractor.started == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_child_is_confined():
    with BoundedExtractor() as extractor:
        extractor.extract(io.BytesIO(b"text"), "a.txt")
        limits = _child_of(extractor)
        assert limits.rlimit(psutil.RLIMIT_AS)[0] == Limits().memory_bytes
        assert limits.rlimit(psutil.RLIMIT_FSIZE)[0] == 0
        assert limits.rlimit(psutil.RLIMIT_NOFILE)[0] == Limits().open_files
        assert limits.rlimit(psutil.RLIMIT_CORE)[0] == 0
        assert limits.nice() == psutil.Process().nice() + Limits().nice
        assert "PATH" not in limits.environ()


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root can give it up"
)
def test_root_is_given_up_where_the_interpreter_is_readable_by_everybody():
    system = "/usr/bin/python3"
    if not os.access(system, os.X_OK):
        pytest.skip("no system Python on this machine")
    ours = [entry for entry in sys.path if "lib/python" not in entry or "site-packages" in entry]
    code = (
        f"import sys, os; sys.path[:0] = {ours!r}\n"
        "from tutelage_agent.extract import child\n"
        "from tutelage_agent.extract.limits import Limits\n"
        "child.confine(Limits())\n"
        "print(os.getresuid(), os.getgroups(), open('/proc/self/net/dev').read().count(':'))"
    )
    run = subprocess.run([system, "-c", code], capture_output=True, text=True, check=False)
    if "SRE module mismatch" in run.stderr or "ImportError" in run.stderr:
        pytest.skip("the system's Python is another version than the tests'")
    assert run.stdout.strip() == "(65534, 65534, 65534) [] 1", run.stderr


def test_no_byte_of_a_document_reaches_a_log(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret = "heliotrope"
    with BoundedExtractor(Limits(wall_ms=300)) as extractor:
        for kind, make in builders.KINDS.items():
            data = make(f"{secret} " * 50)
            for piece in (data, data[: len(data) // 2], data + data):
                extractor.extract(io.BytesIO(piece), f"{secret}.{kind}")
        extractor.extract(io.BytesIO(b"{\\rtf1{\\fonttbl" + b"\\f1" * 200_000), f"{secret}.rtf")
        extractor.extract(io.BytesIO(b"after the time-out"), f"{secret}.txt")
        assert secret not in " ".join(_child_of(extractor).cmdline())
    assert caplog.records, "a time-out is logged"
    seen = caplog.text + "".join(capfd.readouterr())
    assert secret not in seen


def _child_of(extractor: BoundedExtractor) -> psutil.Process:
    assert extractor.child_process is not None
    return psutil.Process(extractor.child_process)
