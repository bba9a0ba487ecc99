"""Reporting a concern at a device: sealed before it is kept, never read back, never flooded."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from tutelage_agent.cli.main import main
from tutelage_agent.detection import Subject
from tutelage_agent.reporter import travel_of
from tutelage_agent.reporting import How, Report, ReportPage, Urgency, finding_of
from tutelage_wire import sealed, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import AgeBand, DeviceId, EventId, Grade, Route
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = "Robin Invented is being sent horrible messages."
DEVICE, EVENT = DeviceId("ab" * 16), EventId("cd" * 16)


@pytest.fixture
def taken() -> list[Report]:
    """What the page handed on."""
    return []


@pytest.fixture
def page(taken: list[Report]) -> Iterator[ReportPage]:
    """A page that answers."""
    made = ReportPage(0, taken.append)
    made.start()
    yield made
    made.stop()


def token_of(page: ReportPage) -> str:
    return httpx.get(page.address).text.partition('name="token" value="')[2].partition('"')[0]


def form(page: ReportPage, **changes: str) -> dict[str, str]:
    return {
        "token": token_of(page), "words": WORDS, "how": "I saw it", "urgency": "now", "name": "",
    } | changes  # fmt: skip


def test_what_is_reported_is_sealed_to_the_lead_and_travels_at_once() -> None:
    private = x25519.X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    subject = Subject("ret", DEVICE, AgeBand.SECONDARY, bytes(32), (public,), bytes(32))
    report = Report(WORDS, How.MYSELF, Urgency.NOW, "Alex Invented")
    found = finding_of(report, subject, EVENT, times.utc_now())
    assert (found.grade, found.route) == (Grade.WITHIN_5_MINUTES, Route.SUPPORT)
    assert travel_of(found)[0] is TravelLane.URGENT
    assert "Robin" not in repr(found)
    assert found.sealed is not None
    content = sealed.open_sealed(found.sealed, private, SealContext("ret", DEVICE, EVENT))
    assert (content.excerpt, content.account, content.source) == (
        WORDS, "Alex Invented", "It happened to me",
    )  # fmt: skip
    seen = finding_of(Report(WORDS, How.SAW, Urgency.SOON), subject, EVENT, times.utc_now())
    assert (seen.grade, seen.route) == (Grade.SAME_DAY, Route.CONCERN)


def test_the_page_takes_a_report_gives_help_and_shows_nothing_again(
    page: ReportPage, taken: list[Report]
) -> None:
    assert "0800 1111" in httpx.get(page.address).text
    answer = httpx.post(page.address, data=form(page))
    assert answer.status_code == 200
    assert "It is on its way" in answer.text
    assert taken == [Report(WORDS, How.SAW, Urgency.NOW)]
    assert "Robin" not in answer.text + httpx.get(page.address).text


def test_the_page_answers_to_itself_only(page: ReportPage, taken: list[Report]) -> None:
    data = form(page)
    assert httpx.get(page.address, headers={"host": "evil.invalid"}).status_code == 404
    for headers in ({"origin": "https://evil.invalid"}, {"host": "evil.invalid"}):
        assert httpx.post(page.address, data=data, headers=headers).status_code == 403
    assert httpx.post(page.address, data=data | {"token": "x"}).status_code == 403
    assert httpx.get(page.address.replace("/report", "/else")).status_code == 404
    assert taken == []


def test_the_page_bounds_how_much_and_how_often(page: ReportPage, taken: list[Report]) -> None:
    assert httpx.post(page.address, data=form(page, words="x" * 20_000)).status_code == 413
    for wrong in ({"words": " "}, {"how": "made up"}, {"urgency": ""}):
        assert httpx.post(page.address, data=form(page, **wrong)).status_code == 400
    for _ in range(5):
        assert httpx.post(page.address, data=form(page)).status_code == 200
    assert httpx.post(page.address, data=form(page)).status_code == 429
    assert len(taken) == 5


def test_a_person_at_a_terminal_reports_through_the_running_agent(
    page: ReportPage,
    taken: list[Report],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = page.address.split(":")[2].partition("/")[0]
    config = tmp_path / "agent.toml"
    config.write_text(f'state_folder = "{tmp_path.as_posix()}"\n[report]\nport = {port}\n')
    monkeypatch.setattr(sys, "stdin", io.StringIO(WORDS))
    words = ("report-concern", "--text", "-", "--how", "saw", "--urgency", "now")
    assert main(["--config", str(config), *words]) == 0
    assert taken == [Report(WORDS, How.SAW, Urgency.NOW)]
    assert "Childline" in capsys.readouterr().out
    page.stop()
    assert main(["--config", str(config), *words]) == 2
    assert "in person" in capsys.readouterr().err
