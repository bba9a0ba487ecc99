"""Concerns: from alerts to the outcome, and what never lies in the database in clear."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from made_concerns import NOTE, NOW, SAID, SEALED, by_hand, opened, passphrase_fd, run, send, typed
from tutelage_collector import config, sealing, state
from tutelage_collector.concerns import access, desk, rules, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError, ConflictError, SecretError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_concerns import (
    About,
    ConcernId,
    ConcernState,
    EntryId,
    IctActionKind,
    Outcome,
    Police,
)
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire.events import AgeBand, Grade, RiskArea

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


def test_a_concern_goes_from_an_alert_to_its_outcome_in_a_terminal(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = collector.settings.folder
    event = send(device)
    typed(monkeypatch, NOTE)
    assert run(folder, "concern", "create", event, "--text", "-", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["state"], made["about"], made["grade"]) == ("in_review", "pupil", 5)
    concern = made["concern"][:8]
    typed(monkeypatch, "Robin Invented")
    assert run(folder, "concern", "link", concern, "--pseudonym", "a1b2c3d4", "--text", "-") == 0
    assert run(folder, "concern", "act", concern, "block_site", "--site", "Chat.Example.org") == 0
    assert run(folder, "concern", "close", concern) == 2
    assert "choose an outcome first" in capsys.readouterr().err
    assert run(folder, "concern", "outcome", concern, "safeguarding_concern") == 0
    assert run(folder, "concern", "close", concern) == 2
    assert "police" in capsys.readouterr().err
    assert run(folder, "concern", "police", concern, "not_needed") == 0
    assert run(folder, "concern", "close", concern) == 0
    capsys.readouterr()
    assert run(folder, "concern", "show", concern, "--json") == 0
    without = capsys.readouterr().out
    assert "Robin" not in without
    words = ("concern", "show", concern, "--json", "--passphrase-fd", passphrase_fd(credentials))
    assert run(folder, *words) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["state"] == "closed"
    assert [line["text"] for line in row["timeline"] if line["text"]] == [NOTE, "Robin Invented"]
    assert row["events"][0]["excerpt"] == "an invented sentence"


def test_the_database_alone_tells_no_word_and_no_name_of_a_concern(
    collector: LiveCollector, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = collector.settings.folder
    event = send(device)
    typed(monkeypatch, NOTE)
    run(folder, "concern", "create", event, "--text", "-")
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert any(one.name == "collector.db" for one in files)
    for file in files:
        assert b"Robin" not in file.read_bytes(), file.name


def test_ict_sees_what_to_do_and_not_for_whom(
    collector: LiveCollector, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = collector.settings.folder
    assert run(folder, "concern", "create", send(device), "--json") == 0
    concern = json.loads(capsys.readouterr().out)["concern"]
    run(folder, "concern", "act", concern, "take_device_in", "--device", device.id)
    capsys.readouterr()
    assert run(folder, "concern", "actions", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["what"], row["device"], row["state"]) == ("take_device_in", device.id, "open")
    assert concern not in json.dumps(row)
    assert run(folder, "concern", "done", row["action"]) == 0
    assert run(folder, "concern", "done", row["action"]) == 2
    with collector.store() as store:
        kinds = [one.kind.value for one in store.concern_entries(ConcernId(concern))]
    assert kinds[-2:] == ["action_asked", "action_done"]


def test_a_site_for_ict_is_a_sites_name_and_nothing_else() -> None:
    for text in ("Robin Invented is bullied", "robin", "https://a.example/robin", "a.example/x"):
        with pytest.raises(ConcernError, match="ICT reads this"):
            workflow.ask_ict(by_hand(), IctActionKind.BLOCK_SITE, text, None, SAID)


def test_where_else_the_same_was_seen_is_told_in_counts_first(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = collector.settings.folder
    first, second, third = (collector.device(name) for name in ("one", "two", "three"))
    mine = send(first, content_hash="aa" * 16)
    send(second, content_hash="aa" * 16, rule_id="conduct.test.0002", account="b1b2c3d4")
    send(third)
    run(folder, "concern", "create", mine, "--json")
    concern = json.loads(capsys.readouterr().out)["concern"]
    assert run(folder, "concern", "spread", concern, "--json") == 1
    text, rule = json.loads(capsys.readouterr().out)
    assert (text["alerts"], text["devices"], text["which"]) == (1, 1, None)
    assert (rule["alerts"], rule["devices"]) == (1, 1)
    run(folder, "concern", "spread", concern, "--devices", "--json")
    text, rule = json.loads(capsys.readouterr().out)
    assert (text["which"], rule["which"]) == ([second.id], [third.id])
    with collector.store() as store:
        looks = [row for row in store.audit_rows() if row.action == "concern: spread looked"]
    assert [row.detail for row in looks] == ["14 days, devices", "14 days"]


def test_two_people_cannot_change_one_concern_over_each_other(collector: LiveCollector) -> None:
    with collector.store() as store:
        concern = desk.begin(store, opened(), SAID)
        desk.take(store, concern, workflow.decide(concern, Outcome.PASTORAL, SAID), SAID)
        with pytest.raises(ConflictError, match="somebody else changed it"):
            desk.take(store, concern, workflow.decide(concern, Outcome.STAFF_HR, SAID), SAID)


def test_a_self_test_never_becomes_a_concern(
    collector: LiveCollector, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    event = send(device, canary="c1")
    assert run(collector.settings.folder, "concern", "create", event) == 2
    assert "self-test" in capsys.readouterr().err


def test_alerts_of_staff_devices_make_a_concern_that_only_the_headteacher_sees(
    collector: LiveCollector, device: Device
) -> None:
    event = send(device, age_band=AgeBand.ADULT)
    with collector.store() as store:
        alerts = desk.alerts_of(store, [event])
    concern = workflow.open_from_alerts(ConcernId("0" * 32), alerts, None, SAID).concern
    assert concern.about is About.STAFF
    assert access.may_see(concern, Role.HEAD, concern.school)
    assert not access.may_see(concern, Role.DSL, concern.school)
    assert not access.may_see(concern, Role.ICT, concern.school)
    assert not access.may_see(concern, Role.HEAD, "another-school")


def test_a_concern_about_the_headteacher_goes_past_them_to_the_trust() -> None:
    concern = by_hand(About.HEAD)
    assert not access.may_see(concern, Role.HEAD, concern.school)
    assert not access.may_see(concern, Role.DSL, None)
    assert access.may_see(concern, Role.HEAD, None)


def test_words_about_staff_are_never_sealed_to_the_safeguarding_lead(folder: Path) -> None:
    with closing(state.open_store(config.load(folder))) as store:
        everybody = state.readers(store)
    assert access.readers(everybody, About.PUPIL) == everybody
    with pytest.raises(SecretError, match="the headteacher has no key yet"):
        access.readers(everybody, About.DSL)
    public = everybody[0].public_key
    head = sealing.Reader("k-invented", public, RecipientKind.HEAD)
    cards = sealing.Reader("recovery", public, RecipientKind.RECOVERY)
    assert access.readers((*everybody, head), About.STAFF) == (head,)
    assert access.readers((*everybody, head, cards), About.STAFF) == (head, cards)
    with pytest.raises(SecretError, match="the headteacher has no key yet"):
        access.readers((*everybody, cards), About.STAFF)


def test_a_grade_5_or_illegal_concern_is_not_closed_before_the_police_were_considered() -> None:
    grave = by_hand(grade=5)
    illegal = replace(by_hand(), subcategory="nudes", risk_area=RiskArea.CONDUCT.value)
    for concern in (grave, illegal):
        decided = workflow.decide(concern, Outcome.PASTORAL, SAID).concern
        with pytest.raises(ConcernError, match=r"7\.g, 12\.c"):
            workflow.close(decided, SAID)
        considered = workflow.consider_police(decided, Police.NOT_NEEDED, SAID).concern
        assert workflow.close(considered, SAID).concern.state is ConcernState.CLOSED
    mistaken = workflow.decide(grave, Outcome.FALSE_POSITIVE_CONTEXT, SAID).concern
    assert workflow.close(mistaken, SAID).concern.state is ConcernState.CLOSED
    mild = workflow.decide(by_hand(), Outcome.PASTORAL, SAID).concern
    assert workflow.close(mild, SAID).concern.state is ConcernState.CLOSED


def test_a_closed_concern_opens_again_only_with_a_reason_and_is_decided_anew() -> None:
    closed = workflow.close(workflow.decide(by_hand(), Outcome.PASTORAL, SAID).concern, SAID)
    with pytest.raises(ConcernError, match="say why"):
        workflow.reopen(closed.concern, SAID)
    again = workflow.reopen(closed.concern, SEALED).concern
    assert (again.state, again.outcome) == (ConcernState.IN_REVIEW, None)
    with pytest.raises(ConcernError, match="open it again first"):
        workflow.decide(closed.concern, Outcome.PASTORAL, SAID)


def test_a_complaint_freezes_a_closed_concern_until_it_ends() -> None:
    closed = workflow.close(
        workflow.decide(by_hand(), Outcome.PASTORAL, SAID).concern, SAID
    ).concern
    assert not rules.holds_material(closed)
    frozen = workflow.complaint(closed, SAID, is_open=True).concern
    assert rules.holds_material(frozen)
    assert not rules.holds_material(workflow.complaint(frozen, SAID, is_open=False).concern)
    with pytest.raises(ConcernError, match="open already"):
        workflow.complaint(frozen, SAID, is_open=True)


def test_how_complete_logging_on_cpoms_is_counts_only_what_belongs_there() -> None:
    logged = workflow.log_on_cpoms(
        workflow.decide(by_hand(), Outcome.SAFEGUARDING, SAID).concern,
        "INC-1042",
        Said("dsl", NOW + timedelta(hours=3)),
    ).concern
    late = workflow.decide(by_hand(), Outcome.CYBER_BULLYING, SAID).concern
    not_asked = workflow.decide(by_hand(), Outcome.FALSE_POSITIVE_RULE, SAID).concern
    found = rules.logged([logged, late, not_asked, by_hand()], NOW + timedelta(hours=25))
    assert (found.due, found.done, found.overdue, found.median_hours) == (2, 1, (late.id,), 3.0)
    with pytest.raises(ConcernError, match="as it stands there"):
        workflow.log_on_cpoms(late, "Robin Invented, Year 8", SAID)


def test_what_a_browser_sealed_to_somebody_else_is_refused(folder: Path) -> None:
    with closing(state.open_store(config.load(folder))) as store:
        readers = state.readers(store)
    binding = access.binding("ret", ConcernId("0" * 32), EntryId("1" * 32))
    stranger = sealing.Reader("stranger", bytes(range(32)))
    right = sealing.seal(NOTE, readers, binding)
    assert sealing.check(right, readers) == right
    for other in ((stranger,), (*readers, stranger)):
        with pytest.raises(SecretError, match="load the page again"):
            sealing.check(sealing.seal(NOTE, other, binding), readers)
    for broken in ("", "{}", "[]", '{"suite": "x"}', "[" * 9_000, NOTE):
        with pytest.raises(SecretError):
            sealing.check(broken, readers)


def test_words_that_were_moved_to_another_concern_do_not_open(
    folder: Path, credentials: Credentials
) -> None:
    with closing(state.open_store(config.load(folder))) as store:
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        readers = state.readers(store)
    here = access.binding("ret", ConcernId("0" * 32), EntryId("1" * 32))
    there = access.binding("ret", ConcernId("2" * 32), EntryId("1" * 32))
    closed = sealing.seal(NOTE, readers, here)
    assert sealing.open_text(closed, key, here) == NOTE
    with pytest.raises(SecretError, match="another place"):
        sealing.open_text(closed, key, there)


def test_concerns_survive_when_projections_are_made_anew(
    collector: LiveCollector, device: Device
) -> None:
    event = send(device, grade=Grade.SAME_DAY)
    with collector.store() as store:
        change = workflow.open_from_alerts(
            ConcernId("0" * 32), desk.alerts_of(store, [event]), None, SAID
        )
        made = desk.begin(store, change, SAID)
        store.rebuild()
        assert store.concern(made.id) == made
        assert [one.event_id for one in store.concern_alerts(made.id)] == [event]
        assert store.concerns_of([event]) == {event: [made.id]}


def test_the_terminal_shows_a_concern_to_those_who_work_on_it_and_to_nobody_else(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = collector.settings.folder
    with collector.store() as store:
        concern = desk.begin(store, opened(About.DSL), Said("head", NOW))
    for account, code in (("dsl", 2), ("ict", 2), ("head", 0), ("nobody", 2)):
        assert run(folder, "concern", "show", concern.id, "--by", account) == code
    assert run(folder, "concern", "complaint", concern.id, "open", "--by", "dsl") == 2
    assert "not known" in capsys.readouterr().err
