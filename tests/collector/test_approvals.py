"""Decisions of two people: never one person twice, never one side twice, never for another act."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from browsing import signed_in, token
from live_collector import SCHOOL, LiveCollector
from tutelage_collector import access, approvals, config, secrecy, state
from tutelage_collector.cli import main as cli
from tutelage_collector.errors import NotAllowedError, NotFoundError
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.records_allowed import Cover
from tutelage_collector.store.records_approvals import ApprovalKind, ApprovalState
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_collector.store.sqlite import SqliteStore

NOW = times.utc_now()
SUBJECT = "alert 0123456789abcdef"
KIND = ApprovalKind.DELETE


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteStore]:
    with closing(state.open_store(config.load(folder))) as opened:
        yield opened


def person(store: SqliteStore, role: Role, name: str = "", school: str = SCHOOL) -> Account:
    """Return an account of a role; ``init`` made those of dsl, ict and head."""
    found = store.account(name or role.value)
    if found is None:
        store.add_account(Account(name or role.value, role, school, "no password fits this"))
        found = store.account(name or role.value)
    assert found is not None
    return found


def test_one_asks_and_the_other_side_decides(store: SqliteStore) -> None:
    lead, head = person(store, Role.DSL), person(store, Role.HEAD)
    asked = approvals.ask(store, lead, KIND, SUBJECT, "8.c.1: could cause harm", NOW)
    assert [one.id for one in approvals.visible(store, head, NOW)] == [asked.id]
    done = approvals.decide(store, head, asked.id, NOW, "seen together", approve=True)
    assert (done.state, done.decided_by) == (ApprovalState.APPROVED, "head")
    approvals.use(store, asked.id, KIND, SUBJECT, "dsl", NOW)
    said = [(row.actor, row.action, row.subject) for row in reversed(store.audit_rows())]
    assert said[-3:] == [
        ("dsl", "asked to delete the material", SUBJECT),
        ("head", "approved to delete the material", SUBJECT),
        ("dsl", "began to delete the material", SUBJECT),
    ]


def test_nobody_approves_what_they_asked_for_nor_does_their_own_side(store: SqliteStore) -> None:
    lead, deputy = person(store, Role.DSL), person(store, Role.DEPUTY)
    asked = approvals.ask(store, lead, KIND, SUBJECT, "because", NOW)
    with pytest.raises(NotAllowedError, match="another person"):
        approvals.decide(store, lead, asked.id, NOW, "", approve=True)
    with pytest.raises(NotAllowedError, match="the headteacher decides"):
        approvals.decide(store, deputy, asked.id, NOW, "", approve=True)
    with pytest.raises(NotAllowedError):
        approvals.decide(store, person(store, Role.ICT), asked.id, NOW, "", approve=True)


def test_an_approval_is_good_for_its_own_act_once_and_in_time(store: SqliteStore) -> None:
    lead, head = person(store, Role.DSL), person(store, Role.HEAD)
    asked = approvals.ask(store, head, KIND, SUBJECT, "because", NOW)
    with pytest.raises(NotFoundError, match="still to be used"):
        approvals.use(store, asked.id, KIND, SUBJECT, "head", NOW)
    approvals.decide(store, lead, asked.id, NOW, "", approve=True)
    with pytest.raises(NotAllowedError, match="ask for this one"):
        approvals.use(store, asked.id, ApprovalKind.ERASE, SUBJECT, "head", NOW)
    with pytest.raises(NotAllowedError, match="ask for this one"):
        approvals.use(store, asked.id, KIND, "alert ffff", "head", NOW)
    with pytest.raises(NotFoundError):
        approvals.use(store, asked.id, KIND, SUBJECT, "head", NOW + timedelta(days=8))
    approvals.use(store, asked.id, KIND, SUBJECT, "head", NOW)
    with pytest.raises(NotFoundError):
        approvals.use(store, asked.id, KIND, SUBJECT, "head", NOW)


def test_a_decision_about_a_lead_passes_leads_by_and_needs_the_trust(store: SqliteStore) -> None:
    lead, head = person(store, Role.DSL), person(store, Role.HEAD)
    trust = person(store, Role.HEAD, "trust-head", school="")
    kind = ApprovalKind.REPORT_TO_POLICE
    asked = approvals.ask(store, head, kind, "concern 7", "because", NOW, about=Role.DSL)
    assert approvals.visible(store, lead, NOW) == []
    with pytest.raises(NotAllowedError, match="your own side"):
        approvals.decide(store, lead, asked.id, NOW, "", approve=True)
    approvals.decide(store, trust, asked.id, NOW, "", approve=True)
    with pytest.raises(NotAllowedError, match="your own side"):
        approvals.ask(store, head, kind, "concern 8", "because", NOW, about=Role.HEAD)


def test_what_was_asked_for_cannot_be_changed_or_decided_again_in_the_database(
    store: SqliteStore, folder: Path
) -> None:
    lead, head = person(store, Role.DSL), person(store, Role.HEAD)
    asked = approvals.ask(store, lead, KIND, SUBJECT, "because", NOW)
    approvals.decide(store, head, asked.id, NOW, "no", approve=False)
    with closing(sqlite3.connect(folder / "collector.db")) as insider:
        for attack in (
            "UPDATE approval SET subject = 'alert ffff'",
            "UPDATE approval SET decided_by = 'somebody'",
            "DELETE FROM approval",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                insider.execute(attack)


def test_a_senior_leader_is_the_head_only_while_standing_in(store: SqliteStore) -> None:
    lead, leader = person(store, Role.DSL), person(store, Role.LEADER)
    head = person(store, Role.HEAD)
    asked = approvals.ask(store, lead, KIND, SUBJECT, "because", NOW)
    with pytest.raises(NotAllowedError):
        approvals.decide(store, leader, asked.id, NOW, "", approve=True)
    access.check_cover(head, leader)
    with pytest.raises(NotAllowedError, match="two people stay two"):
        access.check_cover(head, lead)
    until = NOW + timedelta(days=2)
    store.add_cover(Cover("c1", "head", "leader", NOW, until, "a course", "head", NOW))
    approvals.decide(store, leader, asked.id, NOW, "", approve=True)
    late = until + timedelta(hours=1)
    assert access.acts_as(store, leader, late) is Role.LEADER


def test_in_a_terminal_each_of_the_two_proves_who_they_are(
    folder: Path, credentials: Credentials, capsys: pytest.CaptureFixture[str]
) -> None:
    passwords = dict(credentials.passwords)

    def run(*words: str, account: str, password: str) -> int:
        reading, writing = os.pipe()
        os.write(writing, password.encode())
        os.close(writing)
        who = ["--as", account, "--password-fd", str(reading)]
        return cli.main(["--state", str(folder), "approval", *words, *who])

    ask = ("ask", "delete", SUBJECT, "--reason", "8.c.1")
    assert run(*ask, account="dsl", password="not this") == 2
    assert run(*ask, account="dsl", password=passwords["dsl"]) == 0
    found = re.search(r"Approval (\w+) waits", capsys.readouterr().out)
    assert found is not None
    assert cli.main(["--state", str(folder), "approval", "list", "--json"]) == 1
    assert run("approve", found[1], account="dsl", password=passwords["dsl"]) == 2
    assert "another person decides" in capsys.readouterr().err
    assert run("approve", found[1], account="head", password=passwords["head"]) == 0
    assert cli.main(["--state", str(folder), "approval", "list"]) == 0


def test_the_page_lets_the_second_person_decide_and_nobody_else(
    collector: LiveCollector, credentials: Credentials
) -> None:
    passwords = dict(credentials.passwords)
    with collector.store() as store:
        store.add_account(
            Account("gov", Role.GOVERNOR, SCHOOL, secrecy.hash_password("an invented one"))
        )
    passwords["gov"] = "an invented one"
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}

    def signed_in(name: str) -> tuple[httpx.Client, str]:
        client = httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30)
        client.post("/sign-in", data={"name": name, "password": passwords[name]})
        token = re.search(r'name="form_token" value="([^"]+)"', client.get("/").text)
        assert token is not None
        return client, token[1]

    with contextlib.ExitStack() as stack:
        lead, lead_token = signed_in("dsl")
        head, head_token = signed_in("head")
        governor, _ = signed_in("gov")
        for client in (lead, head, governor):
            stack.callback(client.close)
        form = {"kind": "delete", "subject": SUBJECT, "reason": "8.c.1", "form_token": lead_token}
        assert lead.post("/approvals", data=form).status_code == 303
        (address,) = re.findall(r'action="(/approvals/\w+/approve)"', head.get("/approvals").text)
        assert address not in lead.get("/approvals").text
        assert lead.post(address, data={"form_token": lead_token}).status_code == 403
        assert governor.get("/approvals").status_code == 403
        done = head.post(address, data={"form_token": head_token, "note": "seen together"})
        assert done.status_code == 303
        assert "seen together" in lead.get("/approvals").text


def test_who_signed_in_a_while_ago_proves_who_they_are_before_they_decide(
    folder: Path, credentials: Credentials
) -> None:
    moved = [timedelta(0)]
    with (
        LiveCollector(folder, lambda: times.utc_now() + moved[0]) as live,
        signed_in(live, credentials, Role.HEAD) as head,
    ):
        with live.store() as store:
            lead = store.account("dsl")
            assert lead is not None
            asked = approvals.ask(store, lead, KIND, SUBJECT, "8.c.1", live.clock())
        path, form = f"/approvals/{asked.id}/approve", {"form_token": token(head)}
        moved[0] = timedelta(minutes=11)
        assert "Your password" in head.get("/approvals").text
        for more in ({}, {"password": "guessed"}, {"answer": "{}"}):
            answer = head.post(path, data=form | more)
            assert answer.status_code == 401
            assert 'role="alert"' in answer.text
        with live.store() as store:
            assert store.approval(asked.id).decided_at is None
            refused = [row for row in store.audit_rows() if row.action == "decision refused"]
        assert len(refused) == 2
        password = {"password": dict(credentials.passwords)["head"]}
        assert head.post(path, data=form | password).status_code == 303
        assert "Your password" not in head.get("/approvals").text
