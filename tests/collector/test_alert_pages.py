"""Alerts, rota and messages as people use them: with a keyboard, live, and each only their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import parts
from browsing import signed_in, token
from live_collector import LiveCollector, detection_event
from tutelage_collector import acknowledging
from tutelage_collector.rota import keeping
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_escalation import Reason, Step, Told
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tutelage_collector.state import Credentials
    from tutelage_wire.events import EventId


def raise_alert(collector: LiveCollector, **changes: object) -> EventId:
    device = collector.device("Library-PC-01")
    event = detection_event(device, **changes)
    device.send(device.close_batch([codec.encode_event(event)]))
    return event.id


@pytest.fixture
def page(collector: LiveCollector, credentials: Credentials) -> Iterator[Page]:
    """The safeguarding lead's Chromium, as wide as a telephone, at the list of alerts."""
    program = parts.need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 390, "height": 800})
        tab.goto(f"{collector.serving.web}/sign-in")
        tab.fill("#name", "dsl")
        tab.fill("#password", dict(credentials.passwords)["dsl"])
        tab.click("main button")
        tab.goto(f"{collector.serving.web}/alerts")
        yield tab
        chromium.close()


def tab_to(page: Page, text: str) -> None:
    """Press Tab until something with this text has the focus, which must be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        if text in focused:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"no way to {text!r} with the Tab key")


def test_an_alert_appears_by_itself_and_is_acknowledged_with_the_keyboard_alone(
    collector: LiveCollector, page: Page
) -> None:
    page.wait_for_selector("#live:not([hidden])")
    first = raise_alert(collector)
    page.wait_for_selector("text=Self-harm")
    tab_to(page, "Self-harm")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/{first}")
    tab_to(page, "I am looking at this")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=acknowledged it")
    with collector.store() as store:
        assert acknowledging.episode_of(store, first).acknowledged_by == "dsl"


def test_what_a_command_acknowledges_moves_on_the_open_page(
    collector: LiveCollector, page: Page
) -> None:
    first = raise_alert(collector)
    page.wait_for_selector("h2:has-text('Nobody has looked yet') .tag")
    with collector.store() as store:
        acknowledging.acknowledge(store, first, "head", times.utc_now())
    page.wait_for_selector("h2:has-text('Somebody has looked')")


def test_the_headteacher_sees_what_climbed_up_and_nothing_else(
    collector: LiveCollector, credentials: Credentials
) -> None:
    climbed = raise_alert(collector)
    other = raise_alert(collector)
    with collector.store() as store:
        deadline = time.monotonic() + 20
        while not store.steps(climbed):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        now = times.utc_now()
        step = Step(2, "head-1", "head", 6, 5, Reason.LAST_RESORT, now)
        store.tell([Told(climbed, (step,), ("console",), "ret-high", now, "")], now)
    with signed_in(collector, credentials, Role.HEAD) as head:
        listed = head.get("/alerts").text
        assert climbed in listed
        assert other not in listed
        assert "passphrase" not in head.get(f"/alerts/{climbed}").text
        assert head.get(f"/alerts/{other}").status_code == 404
        assert head.get(f"/alerts/{climbed}/sealed").status_code == 403
        form = {"form_token": token(head)}
        assert head.post(f"/alerts/{other}/acknowledge", data=form).status_code == 404
        assert head.post(f"/alerts/{climbed}/acknowledge", data=form).status_code == 303


def test_the_rota_is_changed_on_its_page_and_a_mistake_comes_back_with_what_may_stand_there(
    collector: LiveCollector, credentials: Credentials
) -> None:
    with signed_in(collector, credentials, Role.DSL) as lead:
        assert "dsl-1 (safeguarding lead): at once" in lead.get("/rota").text
        base = {"form_token": token(lead)}
        person = {"action": "put-person", "id": "night-1", "duty": "out_of_hours",
                  "email": "night@school.example"}  # fmt: skip
        assert lead.post("/rota", data=base | person).status_code == 303
        hours = {"action": "add-hours", "person": "night-1", "day": ["sat", "sun"],
                 "from": "17:00", "until": "08:00", "season": "always"}  # fmt: skip
        assert lead.post("/rota", data=base | hours).status_code == 303
        assert "Sat sun, 17:00 to 08:00 the next day" in lead.get("/rota").text
        wrong = lead.post("/rota", data=base | person | {"id": "Jane Doe"})
        assert wrong.status_code == 422
        assert "write a role with a number" in wrong.text
        for bad in ({"action": "no-such"}, {"action": "remove-hours", "number": "x"}):
            assert lead.post("/rota", data=base | bad).status_code == 422
    with collector.store() as store:
        assert keeping.load(store, "ret-high").person("night-1") is not None
    with signed_in(collector, credentials, Role.ICT) as ict:
        assert ict.get("/rota").status_code == 403
        answer = ict.post("/rota", data={"form_token": token(ict)} | person)
        assert answer.status_code == 403
        assert "night@school.example" not in ict.get("/messages").text


def test_messages_say_how_they_went_and_are_tried_again(
    collector: LiveCollector, credentials: Credentials
) -> None:
    with collector.store() as store:
        now = times.utc_now()
        first = raise_alert(collector)
        acknowledged = store.notices()
        assert acknowledged is not None
        deadline = time.monotonic() + 20
        while not store.steps(first):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # To a way that is not set up: given up at once.
        step = Step(2, "deputy-1", "deputy", 1, 5, Reason.NO_ANSWER, now)
        store.tell([Told(first, (step,), ("email:d@school.example",), "ret-high", now, "")], now)
    with signed_in(collector, credentials, Role.DSL) as lead:
        deadline = time.monotonic() + 20
        while "given up" not in lead.get("/messages").text:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        text = lead.get("/messages").text
        assert "e-mail is not set up: notify set email" in text
        assert "d@school.example" not in text
        assert "given up" in lead.get("/alerts").text
        form = {"form_token": token(lead)}
        assert lead.post("/messages/retry", data=form).status_code == 303
        assert lead.post("/messages/retry", data=form | {"notice": "0" * 16}).status_code == 404


def test_a_new_alert_is_announced_without_saying_what_it_is(
    collector: LiveCollector, credentials: Credentials
) -> None:
    with (
        signed_in(collector, credentials, Role.DSL) as lead,
        lead.stream("GET", "/alerts/live") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        event_id = raise_alert(collector)
        said = next(line for line in lines if line.startswith("data") and "event" in line)
    assert said == f'data: {{"event": "{event_id}", "grade": 5}}'
