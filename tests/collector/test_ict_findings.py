"""What devices tell the ICT manager: kept once, made anew, listed, and shown to ICT alone."""

from __future__ import annotations

import json

import httpx

from tutelage_collector.cli.main import main
from tutelage_collector.store.records import Role
from tutelage_wire import codec, times
from tutelage_wire.events import IctFinding, UsageCounts

DETAIL = "vpn: nordvpn; program: exe; from: internet"
FOUND = IctFinding("circumvention_tool", DETAIL, "a" * 64, "p" * 32)
TODAY = times.utc_now().date()


def sent(collector, *bodies):
    device = collector.device("Laptop 7")
    device.send(device.batch_of(*bodies))
    return device


def test_a_finding_is_stored_and_told_twice_it_is_the_same(collector):
    device = collector.device("Laptop 7")
    again = codec.encode_event(device.event(FOUND))
    for _ in range(2):
        device.send(device.close_batch([again]))
    with collector.store() as store:
        (row,) = store.ict_findings()
        assert (row.kind, row.detail, row.sha256) == (FOUND.kind, DETAIL, "a" * 64)
        assert store.ict_findings(kind="storage_arrived") == []
        assert store.ict_findings(school="elsewhere") == []


def test_counts_by_category_are_summed_over_devices_and_a_day_told_again_counts_once(collector):
    counts = UsageCounts(TODAY, "p" * 32, (("games", 12), ("unlisted", 40)))
    device = sent(collector, counts, counts)
    other = collector.device("Laptop 8")
    other.send(other.batch_of(counts))
    with collector.store() as store:
        rows = [(one.category, one.visits, one.devices) for one in store.site_counts(TODAY)]
    assert rows == [("unlisted", 80, 2), ("games", 24, 2)]
    assert device.id != other.id


def test_both_are_made_anew_from_the_batches(collector):
    sent(collector, FOUND, UsageCounts(TODAY, "p" * 32, (("games", 12),)))
    with collector.store() as store:
        before = (store.ict_findings(), store.site_counts(TODAY))
        store.rebuild()
        assert (store.ict_findings(), store.site_counts(TODAY)) == before
        assert before[0]


def test_a_kind_that_is_no_word_is_stored_and_said_to_be_unreadable(collector):
    sent(collector, IctFinding("<script>", "x"))
    with collector.store() as store:
        assert store.ict_findings() == []
        assert [one.kind for one in store.integrity()] == ["event_unreadable"]


def test_the_command_lists_them_for_people_and_programs(collector, capsys):
    sent(collector, FOUND, UsageCounts(TODAY, "p" * 32, (("games", 12),)))
    state = str(collector.settings.folder)
    assert main(["--state", state, "ict", "list", "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["device"] == "Laptop 7"
    assert row["said"] == "A VPN, proxy or anonymity tool"
    assert main(["--state", state, "ict", "list", "--kind", "tunnel_up"]) == 0
    assert main(["--state", state, "ict", "sites"]) == 0
    assert "games\t12\t1" in capsys.readouterr().out


def test_ict_sees_what_to_do_and_how_staff_use_their_devices_is_the_heads(collector, credentials):
    weeks = IctFinding("non_work_use", "over the threshold of 20% in 2026-W48", "", "q" * 32)
    sent(collector, FOUND, weeks, UsageCounts(TODAY, "p" * 32, (("games", 12),)))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    pages = {}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as browser:
        for role in (Role.DSL, Role.ICT, Role.HEAD):
            browser.cookies.clear()
            secret = dict(credentials.passwords)[role.value]
            browser.post("/sign-in", data={"name": role.value, "password": secret})
            pages[role] = browser.get("/found")
    assert pages[Role.DSL].status_code == 403
    for said in ("Laptop 7", DETAIL, "block it by policy", "Games"):
        assert said in pages[Role.ICT].text
    assert "2026-W48" not in pages[Role.ICT].text
    assert "2026-W48" in pages[Role.HEAD].text
    assert DETAIL not in pages[Role.HEAD].text
