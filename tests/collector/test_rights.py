"""Retention, holds, erasure, subject access: what goes, what stays, and that it still verifies."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from live_collector import SCHOOL, Device, LiveCollector, detection_event, heartbeat, judgement
from tutelage_collector import approvals, evidence, state
from tutelage_collector.cli import main as cli
from tutelage_collector.concerns import desk, workflow
from tutelage_collector.errors import ConfigError, NotAllowedError
from tutelage_collector.rights import holds, retention, schedule
from tutelage_collector.rights.schedule import Kept
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_collector.store.records_concerns import Change, ConcernState
from tutelage_collector.store.records_rights import HoldKind
from tutelage_wire import codec, times
from tutelage_wire.events import Grade, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_collector.store.sqlite import SqliteStore
    from tutelage_wire.events import Event

NOW = times.utc_now()
YEARS = NOW + timedelta(days=800)


def send(device: Device, *events: Event) -> list[Event]:
    device.send(device.close_batch([codec.encode_event(event) for event in events]))
    return list(events)


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    return collector.device()


def projections(store: SqliteStore) -> list[object]:
    return [
        store.alerts(),
        store.judgements(),
        store.drifts(times.from_ms(0)),
        sorted(store.rollup(), key=str),
        [(view.device.id, view.last_seen_at, view.heartbeat) for view in store.devices()],
    ]


def agreed(store: SqliteStore, kind: ApprovalKind, subject: str) -> str:
    """Return an approval that lead and head gave."""
    lead, head = store.account(Role.DSL.value), store.account(Role.HEAD.value)
    assert lead is not None
    assert head is not None
    asked = approvals.ask(store, lead, kind, subject, "8.d", times.utc_now())
    approvals.decide(store, head, asked.id, times.utc_now(), "", approve=True)
    return asked.id


def test_threat_23_what_is_erased_is_on_record_and_every_chain_still_verifies(
    collector: LiveCollector, device: Device, credentials: Credentials, tmp_path: Path
) -> None:
    gone, stays = send(device, detection_event(device), detection_event(device))
    send(device, detection_event(device))
    files = [collector.settings.database, collector.settings.database.with_suffix(".db-wal")]
    sealed = codec.encode_event(gone)[-120:]
    with collector.store() as store:
        exported_before = tmp_path / "before"
        held = state.load(collector.settings.folder)
        evidence.export(store, held, "ret", [gone.id], exported_before, NOW)
        before = projections(store)
        approval = agreed(store, ApprovalKind.DELETE, f"alert {gone.id}")
        found = store.alert(gone.id)
        assert found is not None
        approvals.use(store, approval, ApprovalKind.DELETE, f"alert {gone.id}", "dsl", NOW)
        assert store.erase([retention.place_of(found)], "dsl", "8.d.1", approval, NOW) == 1
        assert store.alert(gone.id) is None
        assert store.check() == []
        assert sorted(store.rollup(), key=str) == before[3]
        after = projections(store)
        store.rebuild()
        assert projections(store) == after
        evidence.export(store, held, "ret", [stays.id], tmp_path / "after", NOW)
        (erased,) = store.erasures()
        assert erased.place.event_id == gone.id
        assert erased.approval_id == approval
    for path in files:
        assert not path.exists() or sealed not in path.read_bytes(), path
    assert evidence.verify(tmp_path / "after")
    assert evidence.verify(exported_before)
    # And the chain goes on.
    send(device, detection_event(device))
    with collector.store() as store:
        assert store.check() == []
        assert len(store.alerts()) == 3


def test_the_schedule_erases_what_is_due_and_a_dry_run_erases_nothing(
    collector: LiveCollector, device: Device
) -> None:
    send(device, detection_event(device), detection_event(device, grade=Grade.DIGEST))
    terms = schedule.load(collector.settings.folder)
    with collector.store() as store:
        soon = retention.due(store, terms, NOW + timedelta(days=91))
        assert {one.term.kept: one.count for one in soon if one.count} == {Kept.ALERTS_LOW: 1}
        assert len(store.alerts()) == 2
        retention.apply(store, soon, "schedule", NOW)
        assert [one.grade for one in store.alerts()] == [5]
        retention.apply(store, retention.due(store, terms, YEARS), "schedule", NOW)
        assert store.alerts() == []
        assert store.check() == []


def test_posture_that_changed_nothing_goes_and_all_tables_stay_as_they_were(
    collector: LiveCollector, device: Device
) -> None:
    for status in (Status.PASS, Status.PASS, Status.FAIL, Status.FAIL, Status.FAIL, Status.PASS):
        device.send(device.batch_of(judgement(status), heartbeat()))
    terms = schedule.load(collector.settings.folder)
    with collector.store() as store:
        before = projections(store)
        found = retention.due(store, terms, YEARS)
        done = retention.apply(store, found, "schedule", NOW)
        # Five of six heartbeats; the second PASS and the second and third FAIL.
        assert done[Kept.POSTURE] == 8
        assert projections(store) == before
        store.rebuild()
        assert projections(store) == before
        assert store.check() == []
        again = retention.due(store, terms, YEARS)
        assert sum(one.count for one in again) == 0


def test_a_hold_and_an_open_complaint_freeze_what_is_due(
    collector: LiveCollector, device: Device
) -> None:
    held, complained, free = send(device, *(detection_event(device) for _ in range(3)))
    terms = schedule.load(collector.settings.folder)
    with collector.store() as store:
        holds.place(store, HoldKind.LEGAL, f"alert {held.id}", "a claim", SCHOOL, "dsl", NOW)
        holds.place(store, HoldKind.COMPLAINT, f"alert {complained.id}", "8.f", SCHOOL, "head", NOW)
        (alerts,) = (o for o in retention.due(store, terms, YEARS) if o.term.kept is Kept.ALERTS)
        assert [place.event_id for place in alerts.places] == [free.id]
        assert alerts.held == 2
        (mine,) = (one for one in store.holds() if one.kind is HoldKind.LEGAL)
        wrong = agreed(store, ApprovalKind.RELEASE_HOLD, "hold ffff")
        with pytest.raises(NotAllowedError, match="ask for this one"):
            holds.release(store, mine.id, wrong, "dsl", NOW)
        right = agreed(store, ApprovalKind.RELEASE_HOLD, f"hold {mine.id}")
        holds.release(store, mine.id, right, "dsl", NOW)
        (alerts,) = (o for o in retention.due(store, terms, YEARS) if o.term.kept is Kept.ALERTS)
        assert alerts.held == 1


@pytest.mark.parametrize("kind", [ApprovalKind.RETAIN, ApprovalKind.REPORT_TO_POLICE])
def test_what_two_people_decided_to_keep_is_not_erased_by_the_schedule(
    collector: LiveCollector, device: Device, kind: ApprovalKind
) -> None:
    (event,) = send(device, detection_event(device))
    terms = schedule.load(collector.settings.folder)
    with collector.store() as store:
        agreed(store, kind, f"alert {event.id}")
        retention.apply(store, retention.due(store, terms, YEARS), "schedule", NOW)
        assert store.alert(event.id) is not None


def test_what_is_in_a_concern_stays_until_it_closed_and_then_needs_two_people(
    collector: LiveCollector, device: Device
) -> None:
    (event,) = send(device, detection_event(device))
    terms = schedule.load(collector.settings.folder)
    late = NOW + timedelta(days=4000)
    with collector.store() as store:
        found = desk.alerts_of(store, [event.id])
        said = workflow.Said("dsl", NOW)
        change = workflow.open_from_alerts(workflow.new_id(), found, None, said)
        concern = desk.begin(store, change, said)
        retention.apply(store, retention.due(store, terms, late), "schedule", NOW)
        assert store.alert(event.id) is not None
        closed = replace(concern, state=ConcernState.CLOSED, closed_at=NOW)
        store.change_concern(Change(closed, ()), concern)
        retention.apply(store, retention.due(store, terms, YEARS), "schedule", NOW)
        assert store.alert(event.id) is not None
        assert retention.apply(store, retention.due(store, terms, late), "schedule", NOW) == {}
        approval = agreed(store, ApprovalKind.RETENTION, retention.SUBJECT)
        retention.apply(store, retention.due(store, terms, late), "head", NOW, approval)
        assert store.alert(event.id) is None
        assert store.check() == []


def test_a_school_may_keep_less_or_ask_more_people_and_never_fewer(folder: Path) -> None:
    path = folder / "retention.toml"
    path.write_text('[alerts]\ndays = 180\nbasis = "our DPIA"\n')
    assert schedule.load(folder)[Kept.ALERTS].days == 180
    for text, said in (
        ("[alert]\ndays = 1\n", "known here"),
        ("[alerts]\ndays = 1\n", "a whole number"),
        ("[alerts_of_concerns]\ntwo_people = false\n", "only be set to true"),
        ("[alerts]\nyears = 1\n", "not a setting"),
        ("alerts = [", "cannot be read"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            schedule.load(folder)


def test_all_of_one_person_is_given_to_them_without_the_names_of_others(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    send(device, detection_event(device, excerpt="Robin Invented told me to stay away"))
    send(device, detection_event(device, account="other", excerpt="somebody else entirely"))
    out = tmp_path / "access"
    reading, writing = os.pipe()
    os.write(writing, credentials.dsl_passphrase.encode())
    os.close(writing)
    words = [
        "--state", str(collector.settings.folder), "rights", "export", "--account", "a1b2c3d4",
        "--without", "robin", "--without", "Invented", "--reason", "asked on 3 May",
        "--out", str(out), "--passphrase-fd", str(reading),
    ]  # fmt: skip
    assert cli.main(words) == 0
    os.close(reading)
    held = json.loads((out / "held.json").read_text())
    (alert,) = held["alerts"]
    assert alert["excerpt"] == "[another person] [another person] told me to stay away"
    page = (out / "held.html").read_text()
    for word in ("Robin", "somebody else entirely"):
        assert word not in page
        assert word not in json.dumps(held)
    assert "Before you hand this over" in page
    with collector.store() as store:
        assert store.audit_rows(1)[0].action == "subject access export"


def test_threat_23_erasing_takes_two_people_and_stops_at_a_hold(
    collector: LiveCollector,
    device: Device,
    credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
) -> None:
    send(device, detection_event(device), detection_event(device))
    subject = "account a1b2c3d4"

    def erase(approval: str) -> int:
        reading, writing = os.pipe()
        os.write(writing, dict(credentials.passwords)["dsl"].encode())
        os.close(writing)
        try:
            return cli.main(
                ["--state", str(collector.settings.folder), "rights", "erase", "--account",
                 "a1b2c3d4", "--approval", approval, "--as", "dsl", "--password-fd", str(reading)]
            )  # fmt: skip
        finally:
            os.close(reading)

    assert erase("nothing") == 2
    with collector.store() as store:
        approval = agreed(store, ApprovalKind.ERASE, subject)
        hold = holds.place(store, HoldKind.LEGAL, subject, "a claim", SCHOOL, "head", NOW)
    assert erase(approval) == 2
    assert "on hold" in capsys.readouterr().err
    with collector.store() as store:
        release = agreed(store, ApprovalKind.RELEASE_HOLD, f"hold {hold.id}")
        holds.release(store, hold.id, release, "head", NOW)
    assert erase(approval) == 0
    with collector.store() as store:
        assert store.alerts() == []
        assert store.check() == []
    state_words = ["--state", str(collector.settings.folder)]
    capsys.readouterr()
    assert cli.main([*state_words, "rights", "erased", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert cli.main([*state_words, "retention", "run", "--dry-run"]) == 0
    assert cli.main([*state_words, "retention", "show"]) == 0
    assert re.search(r"six years", capsys.readouterr().out)


def test_the_impact_assessment_says_what_is_configured(folder: Path, tmp_path: Path) -> None:
    (folder / "retention.toml").write_text('[alerts]\ndays = 181\nbasis = "our own"\n')
    out = tmp_path / "dpia.md"
    assert cli.main(["--state", str(folder), "report", "dpia", "--out", str(out)]) == 0
    text = out.read_text()
    for said in ("| 181 | no | our own |", "- dsl", "| ICT manager | 1 |", "none published"):
        assert said in text
    assert "{{" not in text
    assert "{%" not in text


def test_what_people_wrote_in_a_concern_is_erased_and_its_steps_stay(
    collector: LiveCollector, device: Device
) -> None:
    (event,) = send(device, detection_event(device))
    with collector.store() as store:
        found = desk.alerts_of(store, [event.id])
        said = workflow.Said("dsl", NOW)
        change = workflow.open_from_alerts(workflow.new_id(), found, None, said)
        concern = desk.begin(store, change, said)
        words = '{"sealed": "an invented marker of sealed words"}'
        note = workflow.note(concern, replace(said, sealed=words))
        desk.take(store, concern, note, said)
        before = [(one.number, one.kind) for one in store.concern_entries(concern.id)]
        assert store.erase_words(concern.id, "head", "too old", NOW) == 1
        after = store.concern_entries(concern.id)
        assert [(one.number, one.kind) for one in after] == before
        assert not any(one.sealed for one in after)
    for path in collector.settings.folder.glob("collector.db*"):
        assert b"an invented marker" not in path.read_bytes()
