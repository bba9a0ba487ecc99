"""Text that matches nothing, and accounts out of scope, leave no byte anywhere.

A real agent reads documents and a browser's history full of marks that stand nowhere else. Then
every file that it wrote is searched (spool, logs, what a crash left), and so are the bytes of every
event as they were put on the line, and all that the collector keeps.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from processes import AgentFolder, CollectorProcess, wait_until
from tutelage_wire import codec
from tutelage_wire.events import DetectionFinding
from tutelage_wire.times import utc_now

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the agent by a signal"),
]

HARMLESS, FAR, OUTSIDE, TITLE, NAME, BROKEN = (
    "quixotrell", "vermaldine", "sordinette", "plaxibourne", "zephyrandal", "mortigrane",
)  # fmt: skip
MARKS = (HARMLESS, FAR, OUTSIDE, TITLE, NAME, BROKEN)
FILLER = " ".join(["The tide was out and the boats lay on the sand."] * 10)
HISTORY = """
CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER, visit_time INTEGER,
    transition INTEGER DEFAULT 0, originator_cache_guid TEXT DEFAULT '');
CREATE TABLE keyword_search_terms(keyword_id INTEGER, url_id INTEGER, term LONGVARCHAR);
"""


def visit(home, url, title, phone=""):
    folder = home / ".config" / "chromium" / "Default"
    fresh = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    at = int((utc_now() - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
    with closing(sqlite3.connect(folder / "History")) as db, db:
        if fresh:
            db.executescript(HISTORY)
        page = db.execute("INSERT INTO urls(url, title) VALUES (?, ?)", (url, title)).lastrowid
        db.execute(
            "INSERT INTO visits(url, visit_time, originator_cache_guid) VALUES (?, ?, ?)",
            (page, at, phone),
        )


def write(agent, home):
    """Everything that an agent may meet, with marks where nothing may leave."""
    docs = agent.documents
    (docs / f"{NAME} essay.txt").write_text(f"{HARMLESS} and {HARMLESS}")
    (docs / "far.txt").write_text(f"{FAR} {FILLER} I want to kill myself. {FILLER} {FAR}")
    (docs / "broken.docx").write_bytes(b"PK\x03\x04" + BROKEN.encode() * 50)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 " + BROKEN.encode() * 50)
    outside = docs.parent / "another account"
    outside.mkdir()
    (outside / "theirs.txt").write_text(f"I want to kill myself {OUTSIDE}")
    (docs / "link.txt").symlink_to(outside / "theirs.txt")
    visit(home, f"https://a.example/{TITLE}?q={TITLE}", f"All about {TITLE}")
    visit(home, f"https://b.example/{OUTSIDE}", f"I want to kill myself {OUTSIDE}", phone="x")


def kill_in_the_middle(agent, log, home):
    """Kill the agent while it reads: what lies about then must go at the next start."""
    long = agent.documents / "long.txt"
    long.write_text(f"{HARMLESS} {FILLER} " * 4_000)
    process = agent.run(log, home=home)
    wait_until(
        lambda: "far.txt" in _cursor(agent), 180, "nothing was read; a pack is compiled first"
    )
    long.write_text(f"{HARMLESS} {FILLER} {FILLER} " * 4_000)
    process.kill()
    process.wait(30)
    (agent.state / "status.json").unlink()
    copy = agent.state / "history-killed"
    copy.mkdir()
    (copy / "history.db-wal").write_bytes(f"{TITLE} {OUTSIDE}".encode())


def files_with(folder, marks, *, leave=()):
    """Return (file, mark) for each mark in any file below ``folder``, in UTF-8 or UTF-16."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink() or any(one in path.name for one in leave):
            continue
        data = path.read_bytes()
        for mark in marks:
            if mark.encode() in data or mark.encode("utf-16-le") in data:
                found.append((path.name, mark))
    return found


def test_what_matches_nothing_leaves_no_byte_in_files_crash_output_or_on_the_line(
    tmp_path, monkeypatch
):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    home = tmp_path / "home"
    home.mkdir()
    agent = AgentFolder(
        tmp_path / "agent",
        collector.bundle(tmp_path / "bundle.json"),
        browser_history={"enabled": True, "look_every": 0.5},
        selftest={"enabled": False},
    )
    log = tmp_path / "output" / "agent.log"
    log.parent.mkdir()
    collector.stop()  # so that everything waits in the spool, to be looked at
    write(agent, home)
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    kill_in_the_middle(agent, log, home)
    process = agent.run(log, home=home)
    status = agent.state / "status.json"
    wait_until(lambda: status.exists() and "1 profiles read" in _again(status, home), 180)
    wait_until(lambda: "far.txt" in _cursor(agent), 60, "the documents were not read")
    time.sleep(3)
    process.send_signal(signal.SIGABRT)
    process.wait(30)

    kept = ("files.cursor", "downloads.cursor")  # names of files stay on the device, in these
    assert files_with(agent.state, MARKS, leave=kept) == []
    texts = (HARMLESS, FAR, OUTSIDE, TITLE, BROKEN)
    assert files_with(agent.state, texts) == []
    assert files_with(log.parent, MARKS) == []
    assert files_with(passing, MARKS) == []
    assert "Fatal Python error" in log.read_text(), "the crash was a real one"

    collector.start()
    process = agent.run(log, home=home)
    found = lambda: [  # noqa: E731
        event for event in collector.events() if isinstance(event.body, DetectionFinding)
    ]
    wait_until(lambda: bool(found()), 60, "the document that matches was reported")
    time.sleep(2)
    process.terminate()
    process.wait(30)
    events = collector.events()
    for event in events:
        data = codec.encode_event(event)
        assert not any(mark.encode() in data for mark in MARKS), event.body
    assert len(found()) == 1, "and nothing of the account out of scope"
    collector.stop()
    assert files_with(collector.folder, MARKS) == []
    assert files_with(log.parent, MARKS) == []


def _again(status, home):
    visit(home, f"https://a.example/{TITLE}/{time.monotonic()}", f"More of {TITLE}")
    time.sleep(0.5)
    return status.read_text()


def _cursor(agent):
    try:
        with closing(sqlite3.connect(f"file:{agent.state}/files.cursor?mode=ro", uri=True)) as db:
            return str([bytes(row[0]) for row in db.execute("SELECT name FROM file")])
    except sqlite3.Error:
        return ""
