"""The audit log: what an insider with the database can do to it, and how each way shows."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from example_rota import ROTA
from live_collector import SCHOOL, LiveCollector
from receivers import MailServer
from tutelage_collector import access, config, daily, projection, state
from tutelage_collector.cli import main as cli
from tutelage_collector.notify import settings as notify_settings
from tutelage_collector.notify.settings import Notifiers
from tutelage_collector.store import audit_chain
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.sqlite import SqliteStore
from tutelage_wire import times

if TYPE_CHECKING:
    from pathlib import Path

_TRIGGERS = ("audit_is_never_changed", "audit_is_never_deleted")
NOW = times.utc_now()


@pytest.fixture
def logged(folder: Path) -> Path:
    """A state folder with eight more rows in its log."""
    with closing(state.open_store(config.load(folder))) as store:
        for number in range(8):
            store.audit("dsl", "alert viewed", f"alert {number}", "", NOW)
    return folder


def verify(folder: Path, *against: Path) -> int:
    words = [word for path in against for word in ("--against", str(path))]
    return cli.main(["--state", str(folder), "audit", "verify", *words])


def attack(folder: Path, *statements: str) -> None:
    """Do as somebody would who owns the database, and knows of the triggers."""
    with closing(sqlite3.connect(folder / "collector.db")) as insider, insider:
        for name in _TRIGGERS:
            insider.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            insider.execute(statement)


def test_a_log_that_nobody_touched_is_whole(logged: Path) -> None:
    assert verify(logged) == 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor = 'ict' WHERE number = 4", "audit row 4"),
        ("UPDATE audit SET detail = 'x' WHERE number = 4", "audit row 4"),
        ("UPDATE audit SET actor_role = 'head' WHERE number = 4", "audit row 4"),
        ("UPDATE audit SET at_ms = at_ms + 1 WHERE number = 4", "audit row 4"),
        ("DELETE FROM audit WHERE number = 4", "audit rows 4 to 4 were removed"),
        ("UPDATE audit SET signature = zeroblob(64) WHERE number = 4", "not signed"),
        ("UPDATE audit SET head = NULL WHERE number = 4", "without the chain"),
    ],
)
def test_threat_20_a_changed_or_removed_audit_row_is_named(
    logged: Path, capsys: pytest.CaptureFixture[str], statement: str, said: str
) -> None:
    attack(logged, statement)
    assert verify(logged) == 1
    assert said in capsys.readouterr().out


def test_two_rows_that_changed_places_are_found(logged: Path) -> None:
    attack(
        logged,
        "UPDATE audit SET number = 99 WHERE number = 4",
        "UPDATE audit SET number = 4 WHERE number = 5",
        "UPDATE audit SET number = 5 WHERE number = 99",
    )
    assert verify(logged) == 1


def test_a_log_written_anew_without_the_audit_key_is_not_believed(logged: Path) -> None:
    with closing(state.open_store(config.load(logged))) as store:
        rows = store.audit_log()
    attack(logged, "DELETE FROM audit")
    with closing(SqliteStore(logged / "collector.db", "ret", projection.project)) as forged:
        for row in rows[:4]:
            forged.audit(row.actor, row.action, row.subject, row.detail, row.at)
    assert verify(logged) == 1


def test_a_log_cut_short_is_whole_in_itself_and_shown_by_a_digest_kept_elsewhere(
    logged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    made = ["--state", str(logged), "store", "digest", "--out", str(kept / "friday.json")]
    assert cli.main(made) == 0
    assert verify(logged, kept) == 0
    attack(logged, "DELETE FROM audit WHERE number > 5")
    assert verify(logged) == 0
    assert verify(logged, kept) == 1
    assert "the log was cut short" in capsys.readouterr().out
    # Even filled up again with rows that are signed in order.
    with closing(state.open_store(config.load(logged))) as store:
        for number in range(9):
            store.audit("dsl", "alert viewed", f"alert {number}", "", NOW)
    assert verify(logged) == 0
    assert verify(logged, kept) == 1
    assert "written anew" in capsys.readouterr().out


def test_a_folder_without_digests_is_not_taken_for_agreement(logged: Path, tmp_path: Path) -> None:
    assert verify(logged, tmp_path / "kept") == 2


def test_a_serving_collector_writes_one_digest_a_day(collector: LiveCollector) -> None:
    path = collector.settings.folder / "digests" / f"{collector.clock():%Y-%m-%d}.json"
    for _ in range(100):
        if path.exists():
            break
        time.sleep(0.05)
    said = json.loads(json.loads(path.read_text())["digest"])
    assert said["trust"] == "ret"
    assert said["audit"][0] >= 1
    assert path.stat().st_mode & 0o077 == 0


def test_rows_from_before_the_chain_are_vouched_for_by_the_first_of_it(logged: Path) -> None:
    attack(logged, "UPDATE audit SET head = NULL, signature = NULL")
    with closing(state.open_store(config.load(logged))) as store:
        store.audit("dsl", "alert viewed", "alert 9", "", NOW)
    assert verify(logged) == 0
    attack(logged, "UPDATE audit SET actor = 'ict' WHERE number = 3")
    assert verify(logged) == 1


def test_who_sees_whose_rows() -> None:
    head = Account("head", Role.HEAD, SCHOOL, "")
    trust = Account("trust", Role.HEAD, "", "")
    lead, ict = Account("dsl", Role.DSL, SCHOOL, ""), Account("ict", Role.ICT, SCHOOL, "")
    seen = {
        viewer.name: [
            actor_role or "terminal"
            for actor, actor_role in (
                ("dsl", "dsl"), ("deputy", "deputy"), ("ict", "ict"), ("head", "head"),
                ("terminal", ""),
            )
            if access.may_see_audit_of(viewer, viewer.role, actor, actor_role)
        ]
        for viewer in (head, trust, lead, ict)
    }  # fmt: skip
    assert seen == {
        "head": ["dsl", "deputy", "ict", "head", "terminal"],
        "trust": ["dsl", "deputy", "ict", "head", "terminal"],
        "dsl": ["dsl", "deputy", "ict", "terminal"],
        "ict": ["ict"],
    }


def test_the_chain_is_not_moved_by_how_a_text_is_written(logged: Path) -> None:
    with closing(state.open_store(config.load(logged))) as store:
        store.audit("dsl", "é\x00", '"],[', "\U0001f614", NOW)
        key = state.audit_key(logged).public_key().public_bytes_raw()
        assert audit_chain.faults(store.audit_log(), "ret", key) == []


def test_the_digest_goes_by_mail_to_leads_and_heads_once_and_after_an_outage(
    logged: Path, tmp_path: Path
) -> None:
    settings = config.load(logged)
    post = MailServer(tmp_path / "post")
    with closing(state.open_store(settings)) as store:
        store.put_rota(SCHOOL, ROTA, "dsl", NOW)
        post.up()
        notify_settings.save(logged, Notifiers(email=post.settings))
        post.down()
        key = state.load(logged).checkpoint_key
        daily.run(settings, store, key, NOW)
        assert post.mails == []
        post.up()
        try:
            daily.run(settings, store, key, NOW)
            daily.run(settings, store, key, NOW)
        finally:
            post.down()
        assert sorted(post.recipients) == [
            "deputy@school.example", "dsl@school.example", "head@school.example",
        ]  # fmt: skip
        (attached,) = post.mails[0].iter_attachments()  # type: ignore[attr-defined]
        kept = tmp_path / "mailbox"
        kept.mkdir()
        (kept / attached.get_filename()).write_bytes(attached.get_content())
    assert verify(logged, kept) == 0
    attack(logged, "DELETE FROM audit WHERE number > 2")
    assert verify(logged, kept) == 1
