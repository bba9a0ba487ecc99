"""Reports that are made by themselves: once, over whole spans, and with nothing of a person."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tutelage_collector import config, state
from tutelage_collector.cli.main import main
from tutelage_collector.errors import ConfigError
from tutelage_collector.figures import Period
from tutelage_collector.notify import settings
from tutelage_collector.notify.settings import Notifiers
from tutelage_collector.reports import posting, schedule
from tutelage_collector.reports.schedule import Every

if TYPE_CHECKING:
    from pathlib import Path

    from receivers import MailServer
    from tutelage_collector.store.records_registers import ReportSchedule

WEDNESDAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
ADDRESS = "https://collector.example"


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def weekly(report: str = "governors", *, attach: bool = True) -> ReportSchedule:
    return schedule.new_schedule(
        report=report, school=None, every=Every.WEEK, address="chair@school.example",
        attach=attach, now=WEDNESDAY,
    )  # fmt: skip


def test_a_week_is_over_on_monday_and_a_term_after_its_last_day() -> None:
    assert weekly().next_on == date(2026, 11, 30)
    due = schedule.due(weekly(), date(2026, 11, 30))
    assert due is not None
    assert due.period == Period(date(2026, 11, 23), date(2026, 11, 29))
    assert due.next_on == date(2026, 12, 7)
    term = replace(
        weekly(), every="term", next_on=schedule.next_day(Every.TERM, date(2026, 11, 25))
    )
    assert term.next_on == date(2027, 1, 1)
    assert schedule.due(term, date(2026, 12, 31)) is None
    found = schedule.due(term, date(2027, 1, 5))
    assert found is not None
    assert found.period == Period(date(2026, 9, 1), date(2026, 12, 31))
    month = replace(weekly(), every="month", next_on=date(2026, 12, 1))
    found = schedule.due(month, date(2026, 12, 3))
    assert found is not None
    assert found.period == Period(date(2026, 11, 1), date(2026, 11, 30))


def test_a_collector_that_was_off_for_weeks_makes_one_report_and_not_five(folder: Path) -> None:
    with closing(state.open_store(config.load(folder))) as store:
        store.add_schedule(weekly())
        assert posting.queue_due(store, MONDAY + timedelta(weeks=5)) == 1
        assert posting.queue_due(store, MONDAY + timedelta(weeks=5)) == 0


def test_reports_with_whole_numbers_are_never_attached(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for report in ("dsl", "head", "annual", "foi", "assurance"):
        with pytest.raises(ConfigError, match="stays on the collector"):
            weekly(report)
    assert (
        run(folder, "report", "schedule", "add", "dsl", "--every", "week", "--to", "no address")
        == 2
    )
    assert "write one e-mail address" in capsys.readouterr().err


def test_a_scheduled_report_is_made_when_it_is_due_and_once(folder: Path, post: MailServer) -> None:
    settings.save(folder, Notifiers(email=post.settings))
    here = config.load(folder)
    with closing(state.open_store(here)) as store:
        store.add_schedule(weekly())
        store.add_schedule(weekly("dsl", attach=False))
        assert posting.run(here, store, ADDRESS, WEDNESDAY) == 0
        assert posting.run(here, store, ADDRESS, MONDAY) == 2
        assert posting.run(here, store, ADDRESS, MONDAY + timedelta(hours=1)) == 0
        sent = [row for row in store.audit_rows() if row.action == "report sent"]
        assert len(sent) == 2
    attached = next(one for one in post.mails if one.is_multipart())
    (pdf,) = [part for part in attached.walk() if part.get_content_type() == "application/pdf"]
    assert pdf.get_filename() == "governors-2026-11-23-2026-11-29.pdf"
    assert pdf.get_payload(decode=True).startswith(b"%PDF-")
    link = next(one for one in post.mails if not one.is_multipart())
    assert "/reports/dsl?from=2026-11-23&to=2026-11-29" in link.get_content()


def test_without_a_mail_server_a_report_waits_and_says_what_to_do(
    folder: Path, post: MailServer
) -> None:
    here = config.load(folder)
    with closing(state.open_store(here)) as store:
        store.add_schedule(weekly())
        assert posting.run(here, store, ADDRESS, MONDAY) == 0
        (waiting,) = store.posts(waiting=True)
        assert "notify set email" in waiting.trouble
        settings.save(folder, Notifiers(email=post.settings))
        assert posting.run(here, store, ADDRESS, MONDAY + timedelta(hours=1)) == 1
        assert store.posts(waiting=True) == []


def test_a_mail_server_that_is_down_loses_no_report(folder: Path, post: MailServer) -> None:
    settings.save(folder, Notifiers(email=post.settings))
    here = config.load(folder)
    post.down()
    with closing(state.open_store(here)) as store:
        store.add_schedule(weekly())
        assert posting.run(here, store, ADDRESS, MONDAY) == 0
        (waiting,) = store.posts(waiting=True)
        assert waiting.tries == 1
        assert "mail server" in waiting.trouble
        assert "@" not in waiting.trouble
        post.up()
        assert posting.run(here, store, ADDRESS, MONDAY + timedelta(minutes=1)) == 0  # too soon
        assert posting.run(here, store, ADDRESS, MONDAY + timedelta(minutes=6)) == 1
    assert len(post.mails) == 1


def test_schedules_are_added_listed_and_removed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "report", "schedule", "add", "effectiveness", "--every", "term",
               "--to", "ict@school.example", "--attach", "--json") == 0  # fmt: skip
    made = json.loads(capsys.readouterr().out)
    assert run(folder, "report", "schedule", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["schedule"], row["sends"], row["trouble"]) == (made["schedule"], "PDF", "")
    assert run(folder, "report", "schedule", "send") == 0
    assert run(folder, "report", "schedule", "remove", made["schedule"]) == 0
    assert run(folder, "report", "schedule", "remove", made["schedule"]) == 2
