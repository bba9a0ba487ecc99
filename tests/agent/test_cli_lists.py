from __future__ import annotations

import json
import os

import pytest

from tutelage_agent.cli.main import main


@pytest.fixture
def agent(tmp_path, capsys):
    settings = tmp_path / "agent.toml"
    settings.write_text(f"state_folder = {json.dumps(str(tmp_path / 'state'))}\n")

    def run(*words, expect=0):
        code = main(["--config", str(settings), "lists", *map(str, words)])
        said = capsys.readouterr()
        assert code == expect, said
        return said.out + said.err

    return run


def test_a_list_of_other_people_is_added_shown_found_and_removed(agent, tmp_path):
    names = tmp_path / "casinos.txt"
    names.write_text("0.0.0.0 bet.test\n||casino.test^\n# a comment\n")
    assert "Added: 2 sites" in agent("add", names, "--category", "gambling", "--grade", "2")
    (row,) = [one for one in json.loads(agent("show", "--json"))["sites"] if one["id"] == "casinos"]
    assert (row["category"], row["grade"], row["entries"], row["from"]) == (
        "gambling", 2, 2, "this device",
    )  # fmt: skip
    assert "casinos: casinos (gambling)" in agent("find", "https://www.bet.test/x")
    assert "Removed" in agent("remove", "casinos")
    assert "On no list" in agent("find", "bet.test")


def test_a_restricted_list_travels_to_other_devices_without_a_name_in_it(agent, tmp_path):
    names, made = tmp_path / "names.txt", tmp_path / "made.list"
    names.write_text("secret.test\n")
    agent(
        "add", names, "--id", "national", "--title", "National list", "--category", "illegal",
        "--grade", "5", "--restricted", "--out", made,
    )  # fmt: skip
    assert b"secret" not in made.read_bytes()
    said = agent("add", made)
    assert "secret" not in said
    assert "(restricted)" in agent("show")
    kept = tmp_path / "state" / "lists" / "national.list"
    assert kept.read_bytes() == made.read_bytes()
    if os.name == "posix":
        assert kept.stat().st_mode & 0o077 == 0
    assert "National list" in agent("find", "secret.test")


def test_what_cannot_be_used_says_why_and_what_to_do(agent, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n")
    assert "--category" in agent("add", empty, expect=2)
    assert "no domain in it" in agent("add", empty, "--category", "games", expect=2)
    assert "cannot be read" in agent("add", tmp_path / "none.txt", expect=2)
    assert "lists show" in agent("remove", "../../etc/passwd", expect=2)
    bad = tmp_path / "state" / "lists"
    bad.mkdir(parents=True)
    (bad / "broken.list").write_bytes(b"nonsense")
    assert "Not used: broken.list" in agent("show", expect=1)
