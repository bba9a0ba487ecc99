"""``rota`` and ``notify`` as people and scripts type them."""

from __future__ import annotations

import io
import json
from contextlib import closing
from typing import TYPE_CHECKING

from example_rota import ROTA
from receivers import ACCOUNT, PASSWORD, Hook, MailServer
from tutelage_collector import config, state
from tutelage_collector.cli.main import main
from tutelage_collector.rota import keeping

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def shown(capsys: pytest.CaptureFixture[str]) -> object:
    return json.loads(capsys.readouterr().out)


def test_a_fresh_collector_says_who_would_be_told_and_what_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "rota", "show") == 0
    out = capsys.readouterr().out
    assert "No rota was set" in out
    assert "1. dsl-1 (safeguarding lead): at once, on the collector's console" in out
    assert run(folder, "rota", "check") == 1
    assert "nobody sees it at night" in capsys.readouterr().out


def test_a_rota_goes_out_as_a_document_and_comes_in_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rota.toml"
    file.write_text(ROTA)
    assert run(folder, "rota", "import", str(file), "--by", "dsl") == 0
    capsys.readouterr()
    assert run(folder, "rota", "show", "--toml") == 0
    first = capsys.readouterr().out
    file.write_text(first)
    assert run(folder, "rota", "import", str(file), "--by", "head") == 0
    capsys.readouterr()
    run(folder, "rota", "show", "--toml")
    assert capsys.readouterr().out == first
    file.write_text(ROTA.replace("mon-fri", "weekdays"))
    assert run(folder, "rota", "import", str(file), "--by", "dsl") == 2
    assert "[[cover]] number 1: days" in capsys.readouterr().err
    with closing(state.open_store(config.load(folder))) as store:
        changes = [one for one in store.audit_rows() if one.action == "rota changed"]
    assert [one.actor for one in changes] == ["head", "dsl"]


def test_every_row_can_be_set_and_removed_by_itself(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ("--by", "dsl")
    steps = (
        ("set", "person", "night-1", "--duty", "out_of_hours", "--way", "email:n@school.example"),
        ("set", "hours", "night-1", "--days", "sat sun", "--from", "17:00", "--until", "08:00"),
        ("set", "term", "Autumn", "2026-09-02", "2026-12-18"),
        ("set", "holiday", "Half-term", "2026-10-26", "2026-10-30"),
        ("set", "away", "dsl-1", "2026-12-01", "2026-12-02"),
        ("set", "day", "--quiet-from", "22:00"),
    )
    for step in steps:
        assert run(folder, "rota", *step, *by) == 0, step
    capsys.readouterr()
    assert run(folder, "rota", "show", "--json") == 0
    found = shown(capsys)
    assert isinstance(found, dict)
    assert found["version"] == len(steps)
    assert found["hours"][1]["hours"] == "sat sun, 17:00 to 08:00 the next day"
    assert found["quiet"] == "22:00 to 07:00"
    for row in ("hours 2", "term 1", "holiday 1", "away 1", "person night-1"):
        assert run(folder, "rota", "remove", *row.split(), *by) == 0, row
    assert run(folder, "rota", "remove", "hours", "9", *by) == 2
    capsys.readouterr()
    with closing(state.open_store(config.load(folder))) as store:
        assert [one.id for one in keeping.load(store, "ret-high").people] == ["dsl-1", "head-1"]


def test_mail_and_webhook_are_set_up_tried_and_never_shown(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    post = MailServer(tmp_path / "mail")
    post.up()
    with Hook().serving() as hook:
        try:
            monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
            email = ("--host", "localhost", "--port", str(post.settings.port), "--sender", ACCOUNT,
                     "--account", ACCOUNT, "--ca-file", post.settings.ca_file)  # fmt: skip
            assert run(folder, "notify", "set", "email", *email) == 0
            assert run(folder, "notify", "set", "webhook", "desk", "--url", hook.settings.url) == 0
            secret = capsys.readouterr().out.split()[-1]
            assert run(folder, "notify", "show", "--json") == 0
            out = capsys.readouterr().out
            assert PASSWORD not in out
            assert secret not in out
            words = ("notify", "test", "email:dsl@school.example", "webhook:desk", "--json")
            # The receiver holds another secret: it refuses, and the command says so.
            assert run(folder, *words) == 1
            rows = shown(capsys)
            assert isinstance(rows, list)
            assert [one["through"] for one in rows] == [True, False]
            assert rows[1]["error"] == "the webhook answered 401"
            assert "a test message" in post.raw[0].decode()
        finally:
            post.down()
    assert run(folder, "notify", "remove", "webhook", "desk") == 0
    assert run(folder, "notify", "remove", "webhook", "desk") == 2
    assert run(folder, "notify", "list", "--json") == 0
    assert run(folder, "notify", "retry", "0123") == 2
