"""`tutelage-agent check`, `record` and `attest`, as a person uses them."""

from __future__ import annotations

import json
import sys

import pytest

import recorded_host
from tutelage_agent.cli.main import main
from tutelage_agent.posture import CHECKS

NEGLECTED = str(recorded_host.HOSTS / "ubuntu-20.04-neglected")
MANAGED = str(recorded_host.HOSTS / "ubuntu-24.04-managed-by-the-school")

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="records a Linux machine")


def says(capsys, *words: str) -> tuple[int, str]:
    code = main(words)
    return code, capsys.readouterr().out


def test_a_table_gives_clause_status_what_was_seen_and_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "130")
    code, text = says(capsys, "check", "--recorded", NEGLECTED)
    assert code == 1, "something was found"
    row = next(line for line in text.splitlines() if line.startswith("11.a.2"))
    assert "FAIL" in row
    assert "assessed checks pass" in text
    assert "could be assessed" in text


def test_a_narrow_terminal_gets_a_list(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, text = says(capsys, "check", "--recorded", NEGLECTED)
    assert "FAIL: The system disk is encrypted (11.a.2)" in text
    assert max(len(line) for line in text.splitlines() if line.startswith("  ")) <= 60


def test_profiles_that_disagree_are_shown_side_by_side(capsys):
    name = str(recorded_host.HOSTS / "fedora-43-plain-root-encrypted-stick")
    _, text = says(capsys, "check", "--recorded", name)
    assert "password.policy: FAIL by school-s11, pass by cyber-essentials" in text


def test_json_holds_every_judgement_with_its_evidence(capsys):
    _, text = says(capsys, "check", "--json", "--profile", "all", "--recorded", MANAGED)
    found = json.loads(text)
    assert {row["check"] for row in found["judgements"]} == {check.id for check in CHECKS}
    assert all(row["evidence"] for row in found["judgements"])
    summary = found["summary"]["school-s11"]
    assert summary["pass"] + summary["fail"] == summary["assessed"]


def test_explain_speaks_to_staff_and_to_ict_and_names_the_source(capsys):
    code, text = says(capsys, "check", "--explain", "disk.system", "--recorded", NEGLECTED)
    assert code == 1
    assert "For staff" in text
    assert "For ICT" in text
    assert "sysfs:dm-uuid" in text


def test_an_unknown_check_is_misuse_and_names_the_known(capsys):
    assert main(["check", "--explain", "disk.sytem"]) == 2
    assert "known are" in capsys.readouterr().err


def test_a_folder_that_is_no_recording_is_misuse(capsys, tmp_path):
    assert main(["check", "--recorded", str(tmp_path)]) == 2
    assert "not a recorded machine" in capsys.readouterr().err


def settings(tmp_path) -> str:
    path = tmp_path / "agent.toml"
    (tmp_path / "state").mkdir(exist_ok=True)
    path.write_text(f"state_folder = '{tmp_path / 'state'}'\n")
    return str(path)


@linux_only
def test_a_recording_of_this_machine_is_judged_as_this_machine_is(capsys, tmp_path):
    config = settings(tmp_path)
    code, text = says(capsys, "--config", config, "record", str(tmp_path / "mine"))
    assert code == 0
    assert "answers in" in text
    _, live = says(capsys, "--config", config, "check", "--json", "--profile", "all")
    _, again = says(capsys, "check", "--json", "--profile", "all", "--recorded",
                    str(tmp_path / "mine"))  # fmt: skip

    def verdicts(text: str) -> dict:
        rows = json.loads(text)["judgements"]
        return {(row["check"], row["profile"]): (row["status"], row["reason"]) for row in rows}

    assert verdicts(again) == verdicts(live)


def test_a_recording_never_writes_into_a_folder_with_something_in_it(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    assert main(["--config", settings(tmp_path), "record", str(tmp_path / "mine")]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_what_staff_confirm_is_shown_as_a_persons_word(tmp_path, capsys):
    config = settings(tmp_path)
    assert main(["--config", config, "attest", "--yes", "--aup-version", "2025-09"]) == 0
    _, text = says(capsys, "--config", config, "check", "--json", "--explain", "said.aup")
    row = json.loads(text[text.index("{") :])["judgements"][0]
    assert (row["status"], row["reason"]) == ("pass", "attested")
    assert "version 2025-09" in row["actual"]


def test_an_unknown_statement_is_misuse(tmp_path, capsys):
    assert main(["--config", settings(tmp_path), "attest", "everything"]) == 2
    assert "known are" in capsys.readouterr().err
