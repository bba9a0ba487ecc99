"""The concerns' pages, in a real browser and without one: sealed before they are sent."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest

import parts
from browsing import sign_in, token
from live_collector import Device, LiveCollector, detection_event
from tutelage_collector import state
from tutelage_collector.concerns import desk, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_concerns import About, ConcernId, ConcernState, Source
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from playwright.sync_api import Page

    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records_concerns import Concern
    from tutelage_wire.events import EventId

NOTE = "Robin Invented told their tutor about it on Monday 😔."


def send(device: Device, **changes: object) -> EventId:
    event = detection_event(device, **changes)
    device.send(device.close_batch([codec.encode_event(event)]))
    return event.id


def make(collector: LiveCollector, about: About = About.PUPIL, *events: EventId) -> Concern:
    said = Said("dsl", times.utc_now())
    concern_id = ConcernId(workflow.new_id())
    with collector.store() as store:
        if events:
            alerts = desk.alerts_of(store, events)
            change = workflow.open_from_alerts(concern_id, alerts, about, said)
        else:
            change = workflow.open_by_hand(concern_id, "ret-high", about, 3, Source.PERSON, said)
        return desk.begin(store, change, said)


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A pupil's device."""
    return collector.device("Library-PC-01")


@contextlib.contextmanager
def chromium() -> Iterator[Page]:
    program = parts.need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running.new_page()
        running.close()


def test_a_safeguarding_lead_works_a_concern_to_its_end_without_a_word_leaving_in_clear(
    collector: LiveCollector, device: Device, credentials: Credentials
) -> None:
    event, web = send(device), collector.serving.web
    with chromium() as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
        page.goto(f"{web}/sign-in")
        page.fill("#name", "dsl")
        page.fill("#password", dict(credentials.passwords)["dsl"])
        page.click("main button")
        page.goto(f"{web}/alerts/{event}")
        page.click("text=Make a concern")
        page.fill("#note", NOTE)
        page.click("main form button")
        page.wait_for_url("**/concerns/*")
        address = page.url
        assert "Sealed." in (page.text_content(".timeline") or "")
        page.fill("#passphrase", "not this one")
        page.click("#open button")
        page.wait_for_selector("#trouble:not([hidden])")
        page.fill("#passphrase", credentials.dsl_passphrase)
        page.click("#open button")
        page.wait_for_selector(".timeline .opened")
        assert page.text_content(".timeline .opened") == NOTE
        assert "an invented sentence" in (page.text_content("[aria-labelledby=alerts]") or "")
        page.fill("#pupil", "Robin Invented")
        page.click("text=Link the pupil")
        page.wait_for_selector("text=Pupil linked")
        page.select_option("#outcome", "safeguarding_concern")
        page.click("text=Record the outcome")
        page.wait_for_selector("text=Outcome decided")
        page.click("text=Close the concern")
        page.wait_for_selector("text=record first whether")
        page.goto(address)
        page.select_option("#police", "not_needed")
        page.click("text=Record the decision")
        page.fill("#reference", "INC-1042")
        page.click("text=It is logged")
        page.wait_for_selector("text=Logged as")
        page.click("text=Close the concern")
        page.wait_for_selector("text=Open it again")
    with collector.store() as store:
        (concern,) = store.concerns()
        assert concern.state is ConcernState.CLOSED
        assert concern.cpoms_reference == "INC-1042"
    carried = [one for one in sent if "Robin" in one or credentials.dsl_passphrase in one]
    assert not carried
    for file in collector.settings.folder.rglob("*"):
        assert not file.is_file() or b"Robin" not in file.read_bytes(), file.name


def test_each_role_sees_its_own_concerns_and_ict_none(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    pupil, staff, head = (make(collector, one) for one in (About.PUPIL, About.DSL, About.HEAD))
    expected = {
        Role.DSL: {pupil.id: 200, staff.id: 404, head.id: 404},
        Role.HEAD: {pupil.id: 404, staff.id: 200, head.id: 404},
        Role.ICT: {pupil.id: 403, staff.id: 403, head.id: 403},
    }
    for role, answers in expected.items():
        sign_in(browser, credentials, role)
        listed = browser.get("/concerns").text
        for concern_id, code in answers.items():
            assert browser.get(f"/concerns/{concern_id}").status_code == code
            assert browser.get(f"/concerns/{concern_id}/sealed").status_code == code
            form = {"form_token": token(browser)}
            answer = browser.post(f"/concerns/{concern_id}/complaint", data=form)
            assert answer.status_code == (303 if code == 200 else code)
            assert (concern_id in listed) is (code == 200)


def test_words_that_a_browser_did_not_seal_are_refused_and_stored_nowhere(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    concern = make(collector)
    sign_in(browser, credentials, Role.DSL)
    form = {"form_token": token(browser), "entry_id": "0" * 32, "sealed": NOTE}
    assert browser.post(f"/concerns/{concern.id}/note", data=form).status_code == 400
    unsealed = {"form_token": token(browser), "note": NOTE}
    assert browser.post(f"/concerns/{concern.id}/note", data=unsealed).status_code == 409
    with collector.store() as store:
        assert len(store.concern_entries(concern.id)) == 1


def test_ict_ticks_off_what_it_was_asked_and_reads_no_reason(
    collector: LiveCollector, device: Device, browser: httpx.Client, credentials: Credentials
) -> None:
    concern = make(collector, About.PUPIL, send(device))
    sign_in(browser, credentials, Role.DSL)
    form = {"form_token": token(browser), "what": "block_site", "site": "chat.example.org"}
    assert browser.post(f"/concerns/{concern.id}/act", data=form).status_code == 303
    sign_in(browser, credentials, Role.ICT)
    page = browser.get("/actions").text
    assert "chat.example.org" in page
    for secret in (concern.id, "self_harm", "Self-harm", "a1b2c3d4"):
        assert secret not in page
    address = re.search(r'action="(/actions/[^"]+)"', page)
    assert address is not None
    assert browser.post(address[1], data={"form_token": token(browser)}).status_code == 303
    with collector.store() as store:
        assert store.ict_actions()[0].done_by == "ict"


def test_an_alert_that_became_a_concern_leads_to_it(
    collector: LiveCollector, device: Device, browser: httpx.Client, credentials: Credentials
) -> None:
    event = send(device)
    concern = make(collector, About.PUPIL, event)
    sign_in(browser, credentials, Role.DSL)
    assert f"/concerns/{concern.id}" in browser.get(f"/alerts/{event}").text
    assert "part of a concern" in browser.get(f"/alerts/{event}").text


def test_a_wish_that_the_page_does_not_offer_is_refused(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    concern = make(collector)
    sign_in(browser, credentials, Role.DSL)
    base = {"form_token": token(browser)}
    for step, form, code in (
        ("outcome", {"outcome": "made_up"}, 400),
        ("police", {}, 400),
        ("act", {"what": "block_site", "site": "Robin is bullied"}, 409),
        ("nothing", {}, 404),
        ("acknowledge", {}, 409),
    ):
        answer = browser.post(f"/concerns/{concern.id}/{step}", data=base | form)
        assert answer.status_code == code, step
        assert "Robin" not in answer.text
    with collector.store() as store:
        assert state.readers(store)
