"""Reporting a concern without an account: it arrives sealed, and floods and tells nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

import parts
from tutelage_collector import sealing, state
from tutelage_collector.concerns import access, workflow
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_concerns import ConcernId, ConcernState, EntryId, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials

WORDS = "Robin Invented is being sent horrible messages."


def report(collector: LiveCollector, **changes: str) -> dict[str, str]:
    """Return what the report page's script sends."""
    concern_id, entry_id = ConcernId(workflow.new_id()), EntryId(workflow.new_id())
    bound = access.binding(collector.settings.trust, concern_id, entry_id)
    with collector.store() as store:
        sealed = sealing.seal(WORDS, state.readers(store), bound)
    form = {
        "concern_id": concern_id, "entry_id": entry_id, "sealed": sealed, "about": "pupil",
        "urgency": "now",
    }  # fmt: skip
    return form | changes


@pytest.fixture
def anybody(collector: LiveCollector) -> Iterator[httpx.Client]:
    """A browser of somebody without an account."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as client:
        yield client


def test_a_pupil_reports_in_their_browser_and_only_the_lead_reads_it(
    collector: LiveCollector, credentials: Credentials
) -> None:
    program = parts.need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = running.new_page(viewport={"width": 390, "height": 800})
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
        page.goto(f"{collector.serving.web}/report")
        assert "0800 1111" in (page.text_content("main") or "")
        page.check("input[value=now]")
        # Who has no key yet cannot be written to, which the page says before anything is typed.
        page.select_option("#about", "staff")
        assert "Tell an adult whom you trust" in (page.text_content("#nobody") or "")
        page.select_option("#about", "pupil")
        assert page.text_content("#nobody") == ""
        page.select_option("#how", "I saw it")
        page.fill("#what", WORDS)
        page.click("main form button")
        page.wait_for_selector("text=It has arrived")
        running.close()
    assert not [one for one in sent if "Robin" in one]
    with collector.store() as store:
        (concern,) = store.concerns()
        (entry,) = [one for one in store.concern_entries(concern.id) if one.sealed]
    assert (concern.source, concern.state, concern.grade) == (Source.REPORT, ConcernState.NEW, 5)
    with collector.store() as store:
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
    bound = access.binding(collector.settings.trust, concern.id, entry.id)
    assert sealing.open_text(entry.sealed, key, bound) == f"How I know: I saw it\n{WORDS}"


def test_people_are_told_of_a_report_as_of_an_alert_until_somebody_acknowledges(
    collector: LiveCollector, anybody: httpx.Client, credentials: Credentials
) -> None:
    form = report(collector)
    assert anybody.post("/report", data=form).status_code == 200
    with collector.store() as store:
        (episode,) = store.episodes(waiting=True)
        assert (episode.id, episode.handling, episode.grade) == (
            form["concern_id"], Handling.LADDER, 5,
        )  # fmt: skip
    password = dict(credentials.passwords)["dsl"]
    anybody.post("/sign-in", data={"name": "dsl", "password": password})
    answer = anybody.get(f"/alerts/{form['concern_id']}")
    assert answer.headers["location"] == f"/concerns/{form['concern_id']}"
    page = anybody.get(answer.headers["location"]).text
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    address = f"/concerns/{form['concern_id']}/acknowledge"
    assert anybody.post(address, data={"form_token": token}).status_code == 303
    with collector.store() as store:
        assert store.episodes(waiting=True) == []


def test_the_report_page_takes_only_what_it_offers_sealed_and_from_itself(
    collector: LiveCollector, anybody: httpx.Client
) -> None:
    for changes in (
        {"sealed": ""},
        {"sealed": WORDS},
        {"about": "somebody"},
        {"school": "another"},
        {"concern_id": "x"},
    ):
        assert anybody.post("/report", data=report(collector, **changes)).status_code == 400
    with collector.store() as store:
        assert store.concerns() == []
    evil = {"sec-fetch-site": "cross-site"}
    assert anybody.post("/report", data=report(collector), headers=evil).status_code == 403


def test_whoever_reports_very_often_has_to_wait_and_is_sent_to_an_adult(
    collector: LiveCollector, anybody: httpx.Client
) -> None:
    for _ in range(5):
        assert anybody.post("/report", data=report(collector)).status_code == 200
    answer = anybody.post("/report", data=report(collector))
    assert answer.status_code == 429
    assert "in person" in answer.text


def test_a_report_about_the_lead_is_not_announced_to_the_lead(collector: LiveCollector) -> None:
    with collector.store() as store:
        said = workflow.Said("report", collector.clock())
        about = workflow.About.DSL
        change = workflow.open_by_hand(
            ConcernId("0" * 32), "ret-high", about, 5, Source.REPORT, said
        )
        store.add_concern(change)
        assert store.episodes() == []
