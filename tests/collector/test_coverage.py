"""What monitoring covers, out of the school's own list; and what is wrong, told apart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from browsing import signed_in
from example_rota import ROTA
from live_collector import SCHOOL, Device, LiveCollector, detection_event, heartbeat
from processes import wait_until
from tutelage_collector import coverage
from tutelage_collector.cli.main import main
from tutelage_collector.coverage import Proof, Standing
from tutelage_collector.coverage.inventory import InventoryError
from tutelage_collector.notify import settings
from tutelage_collector.rota import document, keeping
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_coverage import ExpectedDevice
from tutelage_collector.store.records_quiet import Ended, Handling, Spell, Why
from tutelage_wire import codec, times
from tutelage_wire.events import (
    Channel,
    Heartbeat,
    IntegrityFinding,
    IntegrityKind,
    SensorReport,
    SensorState,
)

if TYPE_CHECKING:
    from pathlib import Path

    from receivers import MailServer
    from tutelage_collector.coverage import Coverage, DeviceLine
    from tutelage_collector.state import Credentials

PACK = "kcsie@0.1.0#0123456789abcdef"


def beat(state: SensorState = SensorState.RUNNING, **changes: object) -> Heartbeat:
    sensors = (SensorReport("files", state, "a reason", None),)
    return replace(heartbeat(), **{"packs": (PACK,), "sensors": sensors, **changes})


def self_test(device: Device, seconds: float = 1.0, code: str = "ab2xyz") -> None:
    event = detection_event(
        device,
        canary=code,
        sealed=None,
        account="",
        occurred_at=times.utc_now() - timedelta(seconds=seconds),
    )
    device.send(device.close_batch([codec.encode_event(event)]))


def seen(collector: LiveCollector, later: timedelta = timedelta()) -> Coverage:
    with collector.store() as store:
        return coverage.assess(
            store.devices(),
            store.expected_devices(),
            store.latest_canaries(),
            times.utc_now() + later,
        )


def line(collector: LiveCollector, later: timedelta = timedelta()) -> DeviceLine:
    [one] = seen(collector, later).devices
    return one


def test_a_device_whose_self_test_came_is_proven_with_its_seconds(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.batch_of(beat()))
    assert line(collector).standing is Standing.UNPROVEN
    self_test(device, seconds=2)
    found = line(collector)
    assert found.standing is Standing.PROVEN
    assert found.channels[0].seconds == pytest.approx(2, abs=2)
    assert line(collector, timedelta(days=2.9)).standing is Standing.PROVEN


def test_what_is_wrong_is_told_apart(collector: LiveCollector) -> None:
    device = collector.device()
    assert line(collector).standing is Standing.NEVER_HEARD
    self_test(device)
    for body, standing in (
        (beat(SensorState.FAILED), Standing.BLIND),
        (beat(SensorState.BLIND), Standing.BLIND),
        (beat(blind_spots=("self_test_missed:file",)), Standing.BLIND),
        (beat(packs=()), Standing.BLIND),
        (beat(SensorState.OUT_OF_SCOPE), Standing.POSTURE_ONLY),
        (beat(), Standing.PROVEN),
    ):
        device.send(device.batch_of(body))
        assert line(collector).standing is standing
    assert line(collector, timedelta(days=4)).standing is Standing.SILENT
    assert line(collector, timedelta(minutes=20)).away == ""
    self_test(device, seconds=600)
    assert line(collector).standing is Standing.LATE


def test_the_five_faults_are_told_apart_in_plain_words_on_the_page_and_in_the_report(
    collector: LiveCollector, folder: Path, credentials: Credentials, post: MailServer,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def faults() -> list[str]:
        capsys.readouterr()
        main(["--state", str(folder), "report", "coverage", "--json"])
        return [row["fault"] for row in json.loads(capsys.readouterr().out)["faults"]]

    new, old = collector.device("new"), collector.device("old")
    for one in (new, old):
        one.send(one.batch_of(beat()))
        self_test(one)
    assert faults() == []
    # 1. The agent is down: a spell that the watch noticed.
    with collector.store() as store:
        now = times.utc_now()
        spell = Spell("1", old.id, SCHOOL, Why.UNEXPLAINED, now, now, Handling.TOLD)
        store.change_quiet([spell], [], now)
        assert faults() == ["agent_down"]
        store.change_quiet([], [("1", Ended.HEARD)], now)
    # 2. A channel is blind, by its own word or by a self-test that its device missed.
    old.send(old.batch_of(beat(SensorState.BLIND)))
    assert faults() == ["channel_blind"]
    old.send(old.batch_of(beat(blind_spots=("self_test_missed:file",))))
    assert faults() == ["channel_blind"]
    # 3. The pack is stale.
    new.send(new.batch_of(beat(packs=("kcsie@0.2.0#bb",))))
    old.send(old.batch_of(beat()))
    assert faults() == ["pack_stale"]
    # 4. The line was lost for a while.
    old.send(old.batch_of(beat(packs=("kcsie@0.2.0#bb",))))
    self_test(old, seconds=600)
    assert faults() == ["collector_lost"]
    # 5. An alert is stored and its message refused by the mail server.
    settings.save(folder, settings.Notifiers(email=post.settings))
    post.refuse = "550 nobody of this name"
    rota = ROTA.replace("other:on-call", "email:night@school.example")
    with collector.store() as store:
        keeping.save(store, document.loads(rota, SCHOOL), "dsl", times.utc_now())
    event = detection_event(old)
    old.send(old.close_batch([codec.encode_event(event)]))
    wait_until(lambda: faults() == ["collector_lost", "alert_undelivered"], 60)
    with signed_in(collector, credentials, Role.ICT) as browser:
        page = browser.get("/coverage").text
        assert "The line to this collector was lost for a while" in page
        assert "refused the recipient (550)" in page


def test_a_channel_that_policy_does_not_switch_on_is_not_watched_and_not_blind(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    reports = (
        SensorReport("files", SensorState.RUNNING, "", None),
        SensorReport("window_title", SensorState.OUT_OF_SCOPE, "the policy does not", None),
        SensorReport("browser_history", SensorState.RUNNING, "", None),
    )
    device.send(device.batch_of(beat(sensors=reports)))
    self_test(device)
    found = line(collector)
    assert found.standing is Standing.PARTLY_PROVEN
    proofs = {one.sensor: one.proof for one in found.channels}
    assert proofs == {
        "files": Proof.PROVEN, "window_title": Proof.UNWATCHED, "browser_history": Proof.NOT_YET,
    }  # fmt: skip


def test_an_older_pack_shows(collector: LiveCollector) -> None:
    for label, pack in (("new", "kcsie@0.10.0#aa"), ("old", "kcsie@0.9.0#bb")):
        device = collector.device(label)
        device.send(device.batch_of(beat(packs=(pack,))))
        self_test(device)
    found = {one.name: one.standing for one in seen(collector).devices}
    assert found == {"new": Standing.PROVEN, "old": Standing.STALE}


def test_a_device_that_never_enrolled_counts_against_the_percentage(
    collector: LiveCollector,
) -> None:
    device = collector.device("LIB-PC-01")
    device.send(device.batch_of(beat()))
    assert seen(collector).percent == 100
    with collector.store() as store:
        store.expect_devices(
            SCHOOL,
            [
                ExpectedDevice(SCHOOL, "", "lib-pc-01", "Library"),
                ExpectedDevice(SCHOOL, "PF1", "LIB-PC-02", "Library"),
            ],
        )
    found = seen(collector)
    assert (found.percent, found.from_inventory) == (50, True)
    assert [(one.name, one.standing) for one in found.devices] == [
        ("LIB-PC-02", Standing.MISSING),
        ("LIB-PC-01", Standing.UNPROVEN),
    ]


def test_a_retired_device_is_not_covered_and_not_counted(
    collector: LiveCollector, folder: Path
) -> None:
    device = collector.device()
    device.send(device.batch_of(beat()))
    assert main(["--state", str(folder), "device", "revoke", device.id, "--retire"]) == 0
    assert seen(collector).expected == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour,size\nred,2\n", "no column is called"),
        ("", "no column is called"),
        ("Serial number,Device name\n", "no device below"),
        ("Serial number,Room\nPF1,\n,Library\n", "line 3: has neither"),
        ("Serial,Name\nPF1,a\npf1,b\n", "line 3: 'b' is there twice"),
    ],
)
def test_a_list_that_is_not_one_changes_nothing_and_says_why(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text)
    with pytest.raises(InventoryError, match=says):
        coverage.read_inventory(file, SCHOOL)


def test_lists_of_common_asset_systems_are_read(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(
        "\N{BYTE ORDER MARK}Device name,Serial number,Location,Primary user\r\n"
        "LAP-1,PF1ABC,Höhle,a.teacher\r\nLAP-2,To be filled by O.E.M.,,\r\n".encode()
    )
    assert coverage.read_inventory(file, SCHOOL) == [
        ExpectedDevice(SCHOOL, "PF1ABC", "LAP-1", "Höhle"),
        ExpectedDevice(SCHOOL, "", "LAP-2", ""),
    ]


def test_the_terminal_imports_the_list_and_reports(
    collector: LiveCollector, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = collector.device("LIB-PC-01")
    device.send(device.batch_of(beat(blind_spots=("browser_history:private_windows", "new:one"))))
    file = tmp_path / "list.csv"
    file.write_text("Name,Serial\nLIB-PC-01,\nLIB-PC-02,PF1\n")
    state = ["--state", str(folder)]
    assert main([*state, "inventory", "import", str(file), "--dry-run"]) == 0
    with collector.store() as store:
        assert store.expected_devices() == []
    assert main([*state, "inventory", "import", str(file)]) == 0
    capsys.readouterr()
    assert main([*state, "report", "coverage", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["expected"], told["seeing"], told["percent"]) == (2, 1, 50)
    assert [one["said"] for one in told["blind_spots"]] == [
        "Private browser windows leave no history",
        "new: one",
    ]
    assert main([*state, "report", "coverage", "--csv"]) == 1
    assert "LIB-PC-02" in capsys.readouterr().out
    assert main([*state, "report", "coverage"]) == 1
    assert "1 of 2 devices (50 %, of your own list)" in capsys.readouterr().out


def test_the_page_shows_a_self_test_as_it_arrives(
    collector: LiveCollector, credentials: Credentials
) -> None:
    device = collector.device("Library-PC-01")
    device.send(device.batch_of(beat()))
    with signed_in(collector, credentials, Role.DSL) as browser:
        page = browser.get("/coverage/test", follow_redirects=True)
        code = page.url.params["code"]
        assert f"Tutelage self test {code}" in page.text
        assert "Waiting" in page.text
        self_test(device, code=code)
        page = browser.get(page.url)
        assert "Library-PC-01" in page.text
        assert "Waiting" not in page.text
        page = browser.get("/coverage")
        assert "1 proven by a self-test" in page.text


def test_a_self_test_is_counted_apart_from_what_is_real(collector: LiveCollector) -> None:
    device = collector.device()
    self_test(device)
    with collector.store() as store:
        assert {row.kind for row in store.rollup()} == {"canary"}
        [arrived] = store.canaries_of("ab2xyz")
        assert arrived.channel == Channel.FILE


def test_the_first_page_does_not_call_monitoring_in_order_after_a_missed_self_test(
    collector: LiveCollector, credentials: Credentials
) -> None:
    device = collector.device("Library-PC-01")
    missed = IntegrityFinding(IntegrityKind.SELF_TEST_MISSED, "file")
    device.send(device.batch_of(beat(), missed))
    with signed_in(collector, credentials, Role.ICT) as browser:
        assert "Self test missed" in browser.get("/").text


def test_each_blind_spot_of_an_agent_has_words_and_something_to_do():
    from tutelage_agent.sensors.blind import Blind, spot

    for one in Blind:
        said = coverage.in_words(spot("files", one))
        assert said.said != f"files: {one.value.replace('_', ' ')}", one
        assert said.remedy, one


def test_what_no_device_sees_is_stated_beside_what_this_one_does_not():
    stated = " ".join(coverage.never_seen())
    for word in ("pictures", "sound", "chats", "private", "telephones", "stick", "container"):
        assert word.lower() in stated.lower(), word
