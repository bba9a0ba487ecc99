"""Reports: right in every form, small numbers hidden, gaps said, and nothing of a person in any."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pikepdf
import pytest
from pdfua import validate

from live_collector import Device, LiveCollector, detection_event, heartbeat, judgement
from tutelage_collector import config, state
from tutelage_collector.cli.main import main
from tutelage_collector.figures import Period, academic_year, gather, last_days, term_of
from tutelage_collector.reports import annual, catalogue, document, governors, page, paper
from tutelage_collector.reports.document import Table
from tutelage_collector.store.records_registers import ReviewDone
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Grade, RiskArea, SensorReport, SensorState, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutelage_collector.figures import Figures
    from tutelage_collector.reports.document import Document
    from tutelage_wire.events import Event

NAMES = tuple(one.value for one in catalogue.ReportName)
OF_A_PERSON = (
    "pupil.invented",
    "essay.odt",
    "an invented sentence",
    "Library-PC-01",
    "Staff-Laptop",
)
"""What events and devices of these tests carry: account, file, excerpt, and labels."""


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def send(device: Device, *events: Event) -> None:
    device.send(device.close_batch([codec.encode_event(one) for one in events]))


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device that failed a check, is blind in one place, and raised 8 alerts of three kinds."""
    made = collector.device("Library-PC-01")
    sensors = (SensorReport("files", SensorState.RUNNING, "", None),
               SensorReport("browser_history", SensorState.BLIND, "no_profile", None))  # fmt: skip
    beat = replace(heartbeat(), sensors=sensors, blind_spots=("browser_history:private_windows",))
    made.send(
        made.batch_of(judgement(Status.FAIL), beat, lane=TravelLane.BULK), lane=TravelLane.BULK
    )
    send(
        made,
        *(detection_event(made) for _ in range(6)),
        detection_event(
            made, risk_area=RiskArea.CONDUCT, subcategory="bullying", grade=Grade.SAME_DAY
        ),
        detection_event(made, risk_area=RiskArea.CONTACT, subcategory="grooming"),
        detection_event(made, canary="c0ffee"),
    )
    return made


def figures(collector: LiveCollector, period: Period | None = None) -> Figures:
    now = times.utc_now()
    with collector.store() as store:
        return gather(store, collector.settings, now, period or last_days(30, now.date()), None)


def everything_of(made: Document) -> str:
    return json.dumps(document.as_json(made)) + document.as_csv(made) + page.standalone(made)


def test_every_report_is_made_in_every_form(
    collector: LiveCollector, device: Device, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = collector.settings.folder
    for name in NAMES:
        assert run(folder, "report", name) == 0
        assert run(folder, "report", name, "--json") == 0
        capsys.readouterr()
        assert run(folder, "report", name, "--csv") == 0
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        assert set(rows[0]) == {"section", "table", "row", "column", "value"}
        for form in ("pdf", "html"):
            file = tmp_path / f"{name}.{form}"
            assert run(folder, "report", name, f"--{form}", str(file)) == 0
            assert file.stat().st_size > 1_000
    assert run(folder, "report", "dsl", "--from", "2026-10-02", "--to", "2026-10-01") == 2
    assert "is after" in capsys.readouterr().err


def test_every_report_on_paper_is_accessible(
    collector: LiveCollector, device: Device, tmp_path: Path
) -> None:
    """Checked by pdfua, which is no part of what made them, and by a look at the tags."""
    now = times.utc_now()
    with collector.store() as store:
        for entry in catalogue.CATALOGUE.values():
            period = catalogue.usual_period(entry, now.date())
            made = catalogue.make(entry, store, collector.settings, now, period, None)
            file = tmp_path / f"{entry.name}.pdf"
            file.write_bytes(paper.as_pdf(made))
            found = validate(str(file)).findings
            assert not found, (entry.name, [one.message for one in found])
            with pikepdf.open(file) as pdf:
                assert str(pdf.Root.Lang) == "en-GB"
                assert pdf.Root.MarkInfo.Marked
                assert pdf.Root.ViewerPreferences.DisplayDocTitle
                assert made.title in str(pdf.docinfo["/Title"])
                tags = Counter(_tags(pdf.Root.StructTreeRoot))
            tables = sum(isinstance(one, Table) for part in made.sections for one in part.blocks)
            assert tags["/Table"] == tables
            assert tags["/TH"] >= tables
            assert tags["/H1"] == 1
            assert tags["/H2"] == len(made.sections)


def _tags(node: pikepdf.Object) -> Iterator[str]:
    """Yield the kinds of all elements below a node of the structure tree."""
    if "/S" in node:
        yield str(node.S)
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            yield from _tags(kid)


def test_the_same_report_has_the_same_bytes(collector: LiveCollector, device: Device) -> None:
    made = governors.document(figures(collector))
    assert paper.as_pdf(made) == paper.as_pdf(made)


def test_the_governors_report_holds_no_name_and_no_small_number(
    collector: LiveCollector, device: Device
) -> None:
    made = governors.document(figures(collector))
    table = document.as_json(made)["sections"]["alerts"]["tables"]["alerts"]  # type: ignore[index]
    rows = {row["area"]: row for row in table}
    assert rows["All"]["total"] == 8  # the self-test is nobody's and counts nowhere
    assert rows["Conduct"]["grade_3"] == "hidden"
    assert rows["Contact"]["total"] == "hidden"
    # Hidden as well, because it would give the small ones away: all but the total.
    assert rows["Content"]["total"] == "hidden"
    for word in OF_A_PERSON:
        assert word not in everything_of(made)
    text = re.sub(
        r"grade_?\d|\d{4}-\d\d-\d\d", "", json.dumps(document.as_json(made)["sections"]["alerts"])
    )  # type: ignore[index]
    assert not re.search(r'": [1-4][,}\]]', text)


def test_no_report_holds_a_name_a_file_or_an_excerpt(
    collector: LiveCollector, device: Device
) -> None:
    now = times.utc_now()
    with collector.store() as store:
        for entry in catalogue.CATALOGUE.values():
            period = catalogue.usual_period(entry, now.date())
            made = catalogue.make(entry, store, collector.settings, now, period, None)
            for word in (*OF_A_PERSON, device.id):
                assert word not in everything_of(made), entry.name


def test_coverage_counts_silent_devices_and_each_profile(
    collector: LiveCollector, device: Device
) -> None:
    collector.device("Staff-Laptop")
    seen = figures(collector).coverage
    (pupils,) = seen.profiles
    assert (pupils.profile, pupils.enrolled, pupils.heard, pupils.silent) == ("pupil", 2, 1, 1)
    assert pupils.never == 1


def test_effectiveness_says_what_is_blind_silent_and_untested(
    collector: LiveCollector, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = collector.settings.folder
    collector.device("Staff-Laptop")
    with collector.store() as store:
        store.add_review(
            ReviewDone("ret-high", "filter-check", times.utc_now().date(), "ict_manager", "6 of 6")
        )
    assert run(folder, "report", "effectiveness", "--json") == 0
    made = json.loads(capsys.readouterr().out)["sections"]
    assert "1 of 2 devices are silent" in made["coverage"]["points"][0]
    (spot,) = made["blind_spots"]["tables"]["blind_spots"]
    assert spot["devices"] == 1
    assert {"Browser history", "Files"} == {
        row["sensor"] for row in made["sensors"]["tables"]["sensors"]
    }
    (test,) = made["self_tests"]["tables"]["self_tests"]
    assert (test["tests"], test["devices"]) == (1, 1)
    checks = {row["check"]: row for row in made["checks"]["tables"]["checks"]}
    assert any(row["result"] == "6 of 6" for row in checks.values())
    assert any(row["made"] == "never" for row in checks.values())


def test_nothing_tested_and_nothing_heard_is_a_stated_gap_and_never_good_news(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "report", "effectiveness") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "No device is enrolled: nothing is monitored." in said
    assert "No self-test arrived" in said


def test_the_annual_review_drafts_a_risk_assessment_from_the_years_figures(
    collector: LiveCollector, device: Device
) -> None:
    year = academic_year(times.utc_now().date())
    made = document.as_json(annual.document(figures(collector, year)))["sections"]
    risks = made["risk_assessment"]["tables"]["risks"]  # type: ignore[index]
    assert len(risks) == len(RiskArea)
    assert risks[0]["noticed"].startswith("about 5")
    assert made["policy"]["points"]  # type: ignore[index]
    assert not re.search(r'"(now|before|alerts)": [1-9]', json.dumps(made))


def test_a_trend_needs_more_than_a_handful() -> None:
    assert annual.trend(19, 1) == "too few to say"
    assert annual.trend(60, 40) == "grew"
    assert annual.trend(30, 40) == "fell"
    assert annual.trend(42, 40) == "steady"


def test_a_share_in_words_gives_no_small_number_away() -> None:
    assert governors.share(3, 4) == "too few to say"
    assert governors.share(40, 40) == "all"
    assert governors.share(38, 40) == "most"
    assert governors.share(2, 40) == "few"
    assert governors.share(30, 40) == "75 %"


def test_terms_and_years_cover_the_calendar_without_a_gap() -> None:
    day = date(2025, 9, 1)
    while day < date(2027, 9, 1):
        _, term = term_of(day)
        assert term.first <= day <= term.last
        year = academic_year(day)
        assert year.first <= term.first
        assert term.last <= year.last
        day += timedelta(days=1)
    assert academic_year(date(2026, 8, 31)) == Period(date(2025, 9, 1), date(2026, 8, 31))
    assert Period(date(2024, 2, 29), date(2024, 3, 1)).a_year_before().first == date(2023, 2, 28)


def test_days_at_both_ends_count_and_those_beside_do_not(folder: Path) -> None:
    settings = config.load(folder)
    with closing(state.open_store(settings)) as store:
        period = Period(date(2026, 10, 1), date(2026, 10, 31))
        assert period.begins == datetime(2026, 10, 1, tzinfo=UTC)
        assert period.ends == datetime(2026, 11, 1, tzinfo=UTC)
        assert store.activity(period.first, period.last) == []


def test_what_is_unknown_is_said_and_is_not_nought() -> None:
    assert document.said(None) == "not known"
    assert document.said(0) == "0"
    assert document.said(document.HIDDEN) == "hidden"


def test_alerts_that_retention_erased_are_said_to_be_missing(
    collector: LiveCollector, device: Device
) -> None:
    whole = figures(collector)
    assert "Erased by" not in everything_of(governors.document(whole))
    later = replace(whole, alerts=whole.alerts[:1])
    assert "Erased by the retention schedule" in everything_of(governors.document(later))
    assert "Erased by the retention schedule" in everything_of(annual.document(later))
