"""A concern in CPOMS's words, and what a false positive tells the authors of the pack."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from made_concerns import NOTE, by_hand, passphrase_fd, run, send, typed
from tutelage_collector.cpoms import categories
from tutelage_collector.errors import ConfigError
from tutelage_collector.store.records_concerns import (
    ConcernId,
)

if TYPE_CHECKING:
    from pathlib import Path

    from live_collector import Device, LiveCollector
    from tutelage_collector.state import Credentials


@pytest.fixture(autouse=True)
def lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safeguarding lead sits at the terminal."""
    monkeypatch.setenv("TUTELAGE_ACCOUNT", "dsl")


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A pupil's device."""
    return collector.device("Library-PC-01")


def test_a_concern_is_exported_in_cpoms_words_and_opened_on_the_holders_side(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = collector.settings.folder
    event = send(device, excerpt="=HYPERLINK(1) invented", subcategory="bullying")
    typed(monkeypatch, NOTE)
    run(folder, "concern", "create", event, "--text", "-", "--json")
    concern = json.loads(capsys.readouterr().out)["concern"]
    typed(monkeypatch, "=Robin Invented")
    run(folder, "concern", "link", concern, "--text", "-")
    run(folder, "concern", "outcome", concern, "cyber_bullying")
    capsys.readouterr()
    assert run(folder, "cpoms", "status") == 0
    assert run(folder, "cpoms", "export", concern) == 0
    closed = capsys.readouterr().out
    assert "Robin" not in closed
    assert "(sealed)" in closed
    out = tmp_path / "for-cpoms"
    words = ("cpoms", "export", concern, "--out", str(out), "--passphrase-fd")
    assert run(folder, *words, passphrase_fd(credentials)) == 0
    text = (out / "narrative.txt").read_text()
    for part in ("Incident", "Voice of the child", "Action", "Category\nCyber-bullying", NOTE,
                 "=HYPERLINK(1) invented", "Linked students\n=Robin Invented"):  # fmt: skip
        assert part in text
    row = json.loads((out / "cpoms.json").read_text())
    with collector.store() as store:
        (alert,) = store.concern_alerts(ConcernId(concern))
    one = hashlib.sha256(alert.event).hexdigest().encode()
    assert row["evidence_hash"] == hashlib.sha256(one).hexdigest()
    assert row["category"] == "Cyber-bullying"
    (flat,) = csv.DictReader(io.StringIO((out / "cpoms.csv").read_text()))
    assert flat["linked"] == "'=Robin Invented"
    assert all(file.stat().st_mode & 0o077 == 0 for file in (out, *out.iterdir()))
    assert run(folder, *words, passphrase_fd(credentials)) == 2
    assert run(folder, "cpoms", "log", concern, "INC-1042") == 0
    capsys.readouterr()
    run(folder, "cpoms", "status", "--json")
    status = json.loads(capsys.readouterr().out)
    assert (status["due"], status["logged"], status["overdue"]) == (1, 1, [])


def test_a_school_writes_its_own_cpoms_categories_and_a_slip_names_its_place(
    folder: Path,
) -> None:
    (folder / "cpoms.toml").write_text(
        '[default]\ncategory = "E-safety"\n[area.conduct]\ncategory = "E-safety"\n'
        'subcategory = "Conduct"\n'
    )
    own = categories.load(folder)
    assert str(own.of(replace(by_hand(), risk_area="conduct"))) == "E-safety > Conduct"
    assert str(own.of(by_hand())) == "E-safety"
    for text, said in (
        ("[default]\n", "default: needs category"),
        ('[default]\ncategory = "x"\n[areas]\n', "areas: not known"),
        ('[default]\ncategory = "x"\n[area.conduct]\nname = "x"\n', "area.conduct: needs"),
        ("default = 3\n", "write it as tables"),
        ("[", "not TOML"),
    ):
        with pytest.raises(ConfigError, match=said):
            categories.parse(text, "cpoms.toml")


def test_feedback_tells_the_packs_authors_the_rule_and_the_shape_and_no_word(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = collector.settings.folder
    event = send(device, rule_id="content.suicide.0001", excerpt="Robin wants to say something odd")
    run(folder, "concern", "create", event, "--json")
    concern = json.loads(capsys.readouterr().out)["concern"]
    assert run(folder, "concern", "feedback", concern) == 2
    run(folder, "concern", "outcome", concern, "false_positive_context")
    capsys.readouterr()
    fd = passphrase_fd(credentials)
    assert run(folder, "concern", "feedback", concern, "--json", "--passphrase-fd", fd) == 0
    text = capsys.readouterr().out
    (row,) = json.loads(text)
    assert row["rule"] == "content.suicide.0001"
    assert "matched word" in row["shape"]
    assert "Robin" not in text
    assert device.id not in text
    typed(monkeypatch, "i want to die")
    assert run(folder, "concern", "feedback", concern, "--json", "--text", "-") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["rule_today"], row["grade_today"]) == ("content.suicide.0001", 5)
    assert "ignores" in row["change"]
