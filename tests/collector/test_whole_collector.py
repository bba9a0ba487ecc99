"""The whole collector in an insider's hands: files, keys, backup, memory, the ICT account."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import parts
from live_collector import Device, detection_event, new_token
from processes import CollectorProcess
from tutelage_collector import excerpts, serving, state
from tutelage_collector.cli.main import main
from tutelage_wire import codec

if TYPE_CHECKING:
    from collections.abc import Iterator

EXCERPT, ACCOUNT, FILE = "an invented sentence that nobody wrote", "pupil.invented", "essay.odt"
NOTE = "An invented note of the lead on an invented pupil"
SECRETS = (EXCERPT, ACCOUNT, FILE, NOTE)


def forms(secret: str) -> Iterator[bytes]:
    """Yield how a text may lie in memory or in a file."""
    yield secret.encode()
    yield secret.encode("utf-16-le")
    yield secret.encode("utf-32-le")
    yield b64encode(secret.encode())[:-4]


def memory_of(process: int) -> Iterator[bytes]:
    """Yield the readable memory of a process, region by region."""
    own = Path("/proc") / str(process)
    with (own / "maps").open() as maps, (own / "mem").open("rb", 0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if found is None or "[v" in line:
                continue
            first, last = (int(one, 16) for one in found.groups())
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(first)
                yield memory.read(last - first)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[CollectorProcess]:
    made = CollectorProcess(tmp_path / "state")
    made.start()
    yield made
    made.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_threat_13_the_whole_collector_and_icts_account_hold_no_word_and_the_passphrase_does(
    collector: CollectorProcess, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        parts.missing("reading a process's memory needs root")
    folder, trust = collector.folder, collector.settings.trust
    answers = serving.read(folder)
    assert answers is not None
    bundle = new_token(collector.settings, school=collector.settings.school)
    device = Device(replace(bundle, enrol_address=answers.enrol, link_address=answers.link))
    device.enrol()
    events = [detection_event(device, excerpt=EXCERPT) for _ in range(5)]
    device.send(device.close_batch([codec.encode_event(one) for one in events]))
    (tmp_path / "note").write_text(NOTE)
    note = ["concern", "create", events[0].id, "--text", str(tmp_path / "note"), "--by", "dsl"]
    assert main(["--state", str(folder), *note]) == 0
    passwords, phrase = collector.credentials["passwords"], collector.credentials["dsl_passphrase"]

    # 1. Every page and download that the ICT manager's account reaches.
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=answers.web, headers=headers, timeout=60) as browser:
        browser.post("/sign-in", data={"name": "ict", "password": passwords["ict"]})
        seen, waiting = set(), {"/", f"/alerts/{events[0].id}", f"/alerts/{events[0].id}/sealed"}
        while waiting and len(seen) < 80:
            path = waiting.pop()
            seen.add(path)
            answer = browser.get(path)
            for secret in SECRETS:
                assert secret not in answer.text, path
            links = re.findall(r'href="(/[^"#]*)"', answer.text)
            waiting |= {one for one in links if one not in seen and "live" not in one}
        assert len(seen) > 8

    # 2. Every file, a backup of the database, and the memory of the idle process.
    backup = tmp_path / "backup.db"
    with (
        contextlib.closing(sqlite3.connect(collector.settings.database)) as live,
        contextlib.closing(sqlite3.connect(backup)) as copy,
    ):
        live.backup(copy)
    places = {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    places["backup"] = backup.read_bytes()
    assert collector.process is not None
    places["memory"] = b"\0".join(memory_of(collector.process.pid))
    assert len(places["memory"]) > 20 * 2**20
    # What is there in clear is found in the same way: the search itself works.
    assert events[0].id.encode() in places[str(collector.settings.database)] + places["backup"]
    assert b"tutelage_collector" in places["memory"]
    for place, data in places.items():
        for secret in (*SECRETS, phrase):
            for form in forms(secret):
                assert form not in data, place

    # 3. The passphrase, and nothing else, opens them.
    with contextlib.closing(state.open_store(collector.settings)) as store:
        key = state.open_recipient_key(store, "dsl", phrase)
        opener = excerpts.opener(key, trust, store)
        for alert in store.alerts():
            content = opener(alert)
            assert content is not None
            assert (content.excerpt, content.account, content.source) == (EXCERPT, ACCOUNT, FILE)
        (concern,) = store.concerns()
        words = [
            excerpts.note_text(one, key, trust, store) for one in store.concern_entries(concern.id)
        ]
    assert NOTE in words
