"""People with rights at the collector: what they do quietly is seen, what they undo is noticed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from asked_device import EARLIER, Asked, wait_for
from live_collector import SCHOOL, TRUST, LiveCollector, detection_event, heartbeat, judgement
from tutelage_collector import access, contexts, digests, state
from tutelage_collector.alerts import who
from tutelage_collector.cli import main as cli
from tutelage_collector.store.records import Role
from tutelage_wire import codec, times
from tutelage_wire.context import ContextState
from tutelage_wire.events import EventId, Status

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tutelage_collector.store.records import Alert


def test_threat_22_an_exemption_shows_in_the_report_and_to_the_safeguarding_lead(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    device = collector.device()
    device.send(device.batch_of(judgement(Status.FAIL)))
    words = ["--state", str(collector.settings.folder)]
    quietly = [
        *words, "exemption", "add", "disk.encryption", "--device", device.id, "--reason", "later",
        "--control", "in a safe", "--approver", "ict", "--days", "30",
    ]  # fmt: skip
    assert cli.main(quietly) == 0
    capsys.readouterr()
    cli.main([*words, "report", "compliance", "--json"])
    assert '"exempt": 1' in capsys.readouterr().out
    with collector.store() as store:
        lead = store.account("dsl")
        assert lead is not None
        seen = [
            row.action
            for row in store.audit_rows()
            if access.may_see_audit_of(lead, Role.DSL, row.actor, row.actor_role)
        ]
    assert any("exemption" in action for action in seen)


def test_threat_22_a_device_that_was_revoked_quietly_is_on_record_for_the_lead(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    device = collector.device()
    words = ["--state", str(collector.settings.folder)]
    assert cli.main([*words, "device", "revoke", device.id]) == 0
    capsys.readouterr()
    assert cli.main([*words, "audit", "list", "--json", "--subject", f"device {device.id}"]) == 0
    actions = [row["action"] for row in json.loads(capsys.readouterr().out)]
    assert actions == ["device revoked", "device enrolled"]


def test_threat_24_a_collector_put_back_to_an_older_copy_is_noticed_by_the_next_batch(
    collector: LiveCollector, tmp_path: Path
) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    folder = collector.settings.folder
    # Two histories of one school, from one moment on.
    with collector.store() as store:
        store.close()
    other = shutil.copytree(folder, tmp_path / "older")
    device.send(device.batch_of(heartbeat()))
    with LiveCollector(other) as older:
        device.bundle = replace(
            device.bundle, link_address=older.serving.link, enrol_address=older.serving.enrol
        )
        device.send(device.batch_of(heartbeat()))
        with older.store() as store:
            assert [one.kind for one in store.integrity()] == ["sequence_gap"]


def test_threat_24_what_was_shown_once_and_hidden_later_differs_from_the_kept_digest(
    collector: LiveCollector, tmp_path: Path
) -> None:
    device = collector.device()
    with collector.store() as store:
        store.close()
    hidden = shutil.copytree(collector.settings.folder, tmp_path / "hidden")
    device.send(device.batch_of(heartbeat()))
    held = state.load(collector.settings.folder)
    kept = tmp_path / "kept.json"
    with collector.store() as store:
        kept.write_text(digests.make(store, "ret", held.checkpoint_key, collector.clock()))
    words = ["audit", "verify", "--against", str(kept)]
    assert cli.main(["--state", str(collector.settings.folder), *words]) == 0
    assert cli.main(["--state", str(hidden), *words]) == 1


def test_threat_30_what_ict_sees_names_no_pupil_and_no_kind_of_harm(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.close_batch([codec.encode_event(detection_event(device))]))
    with collector.store() as store:
        assert [who(one) for one in store.alerts(SCHOOL)] == [Role.DSL]


def test_threat_13_who_owns_the_collector_gets_no_word_more_out_of_a_device_and_is_seen(
    collector: LiveCollector, tmp_path: Path
) -> None:
    device, made_up = Asked(tmp_path / "device", collector.bundle()), EventId("ab" * 16)
    with device.running():
        event = device.write_down()
        wait_for(lambda: alert_of(collector, event) is not None)
        # 1. Past the pages: no reason and no audit row; also for what the device never reported.
        now = times.to_ms(times.utc_now())
        rows = [
            (TRUST, one, now, device.member.device_id, SCHOOL, "dsl", "", now + 10**9)
            for one in (event, made_up)
        ]
        with closing(sqlite3.connect(collector.settings.database)) as insider, insider:
            insider.executemany("INSERT INTO context_request VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

        def sent() -> bool:
            with collector.store() as store:
                return len(store.context_answers([event, made_up])) == 2

        wait_for(sent)
    # 2. What came is what was sealed to the readers; no file and no key of the folder opens it.
    files = [one for one in collector.settings.folder.rglob("*") if one.is_file()]
    assert EARLIER.encode() not in b"".join(one.read_bytes() for one in files)
    with collector.store() as store:
        states = {one.finding: one.state for one in store.context_answers([event, made_up])}
        assert states == {event: ContextState.SENT, made_up: ContextState.NOT_KEPT}
        # 3. The log has no row for it; and where the request is taken away, the page says so.
        assert len([line for line in store.check() if "no audit row says so" in line]) == 2
        with closing(sqlite3.connect(collector.settings.database)) as insider, insider:
            insider.execute("DELETE FROM context_request")
        assert not [line for line in store.check() if "no audit row" in line]
        alert = store.alert(event)
        assert alert is not None
        stands = contexts.look(store, TRUST, alert, times.utc_now())
    assert (stands.standing, stands.came) == (contexts.Standing.UNASKED, False)
    assert "nobody is on record who asked for it" in stands.says


def alert_of(collector: LiveCollector, event: EventId) -> Alert | None:
    with collector.store() as store:
        return store.alert(event)
