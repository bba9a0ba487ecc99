"""The pages: who may see what, forged forms, guessed passwords, and what is never in a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.routing import Route

import parts
from browsing import sign_in
from live_collector import SCHOOL, Device, LiveCollector, detection_event, heartbeat, judgement
from tutelage_collector import access, secrecy
from tutelage_collector.store.records import Account, Role
from tutelage_collector.web import app, guard
from tutelage_collector.web.site import Site
from tutelage_wire import codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Route as Lane
from tutelage_wire.events import Status

if TYPE_CHECKING:
    from tutelage_collector.state import Credentials
    from tutelage_wire.events import Event

EXCERPT = "an invented sentence"


def send(device: Device, event: Event) -> None:
    device.send(device.close_batch([codec.encode_event(event)]))


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device with one failed check."""
    made = collector.device("Library-PC-01")
    made.send(
        made.batch_of(judgement(Status.FAIL), heartbeat(), lane=TravelLane.BULK),
        lane=TravelLane.BULK,
    )
    return made


def all_pages(collector: LiveCollector) -> list[guard.Page]:
    """Return every route that a session guards; signing in and reporting are the only others."""
    site = Site(collector.settings, None, None, collector.clock, False, "http://localhost")  # type: ignore[arg-type]
    routes = [route for route in app.build(site).routes if isinstance(route, Route)]
    others = {route.path for route in routes if not isinstance(route, guard.Page)}
    assert others == {"/sign-in", "/sign-in/passkey/begin", "/sign-in/passkey", "/report"}
    return [route for route in routes if isinstance(route, guard.Page)]


def address_of(route: Route) -> str:
    return re.sub(r"{\w+}", "0" * 32, route.path)


def method_of(route: Route) -> str:
    return "POST" if "POST" in (route.methods or ()) else "GET"


def test_nobody_sees_a_page_without_signing_in(
    collector: LiveCollector, browser: httpx.Client
) -> None:
    routes = all_pages(collector)
    assert len(routes) > 10
    for route in routes:
        answer = browser.request(method_of(route), address_of(route))
        assert answer.status_code in {303, 401}, route.path
        assert answer.headers.get("location", "/sign-in") == "/sign-in"


@pytest.mark.parametrize("role", Role)
def test_threat_21_a_role_reaches_the_pages_that_name_it_and_no_other(
    collector: LiveCollector, browser: httpx.Client, role: Role
) -> None:
    password = "an invented pass phrase"
    with collector.store() as store:
        hashed = secrecy.hash_password(password)
        store.add_account(Account("somebody", role, SCHOOL, hashed))
    browser.post("/sign-in", data={"name": "somebody", "password": password})
    home = browser.get("/")
    assert home.status_code == 200
    token = re.search(r'name="form_token" value="([^"]+)"', home.text)
    assert token is not None
    acting = access.standing_role(role)
    for route in all_pages(collector):
        if route.path in {"/sign-out", "/account/leave", "/alerts/live"}:
            continue
        form = {"form_token": token[1]} if method_of(route) == "POST" else None
        answer = browser.request(method_of(route), address_of(route), data=form)
        if acting not in route.roles:
            assert answer.status_code == 403, route.path
            assert "Your account may not see this page" in answer.text
        elif "{" not in route.path and method_of(route) == "GET":
            assert answer.status_code in {200, 303}, route.path
            assert answer.headers.get("location") != "/sign-in", route.path


def test_threat_30_a_governor_sees_counts_and_no_device_name_or_number_of_one_child(
    collector: LiveCollector, browser: httpx.Client, device: Device
) -> None:
    send(device, detection_event(device))
    with collector.store() as store:
        hashed = secrecy.hash_password("an invented pass phrase")
        store.add_account(Account("somebody", Role.GOVERNOR, SCHOOL, hashed))
    browser.post("/sign-in", data={"name": "somebody", "password": "an invented pass phrase"})
    text = browser.get("/").text
    assert "fewer than 5" in text
    for word in (device.id, device.id[:12], "Library-PC-01", "a1b2c3d4", "/devices", "/alerts"):
        assert word not in text


def test_a_disabled_account_is_signed_out_and_signs_in_no_more(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.DSL)
    with collector.store() as store:
        store.set_account_active("dsl", active=False)
    assert browser.get("/").status_code == 303
    right = {"name": "dsl", "password": dict(credentials.passwords)["dsl"]}
    assert browser.post("/sign-in", data=right).status_code == 401


def test_a_route_that_names_no_role_does_not_start() -> None:
    with pytest.raises(ValueError, match="name the roles"):
        guard.page("/forgotten", None, [])  # type: ignore[arg-type]


def test_each_role_sees_its_own_work_and_no_more(
    collector: LiveCollector, browser: httpx.Client, device: Device, credentials: Credentials
) -> None:
    people = detection_event(device)
    machines = detection_event(device, route=Lane.ICT, subcategory="vpn")
    send(device, people)
    send(device, machines)
    expected = {
        Role.DSL: {people.id: 200, machines.id: 404},
        Role.ICT: {people.id: 404, machines.id: 200},
        Role.HEAD: {people.id: 404, machines.id: 404},
    }
    for role, answers in expected.items():
        sign_in(browser, credentials, role)
        for event_id, code in answers.items():
            assert browser.get(f"/alerts/{event_id}").status_code == code
        sealed = browser.get(f"/alerts/{people.id}/sealed")
        assert sealed.status_code == (200 if role is Role.DSL else 403)
        for path in ("/", "/devices", f"/devices/{device.id}", "/compliance", "/compliance.csv"):
            assert browser.get(path).status_code == 200
    with collector.store() as store:
        looks = [row for row in store.audit_rows() if row.action == "sealed excerpt fetched"]
        assert [(row.actor, row.subject) for row in looks] == [("dsl", f"alert {people.id}")]


def test_another_schools_account_sees_nothing_of_this_one(
    collector: LiveCollector, browser: httpx.Client, device: Device, credentials: Credentials
) -> None:
    event = detection_event(device)
    send(device, event)
    with collector.store() as store:
        mine = store.account("dsl")
        assert mine is not None
        store.add_account(Account("dsl", Role.DSL, "another-school", mine.password_hash))
    sign_in(browser, credentials, Role.DSL)
    assert browser.get(f"/alerts/{event.id}").status_code == 404
    assert browser.get(f"/alerts/{event.id}/sealed").status_code == 404
    assert browser.get(f"/devices/{device.id}").status_code == 404
    for path in ("/", "/alerts", "/devices", "/compliance"):
        assert device.id not in browser.get(path).text
        assert event.id not in browser.get(path).text


def test_no_page_and_no_answer_holds_an_excerpt_a_name_or_a_file(
    browser: httpx.Client, device: Device, credentials: Credentials
) -> None:
    event = detection_event(device)
    send(device, event)
    sign_in(browser, credentials, Role.DSL)
    for path in (
        "/",
        "/alerts",
        "/alerts/rows",
        f"/alerts/{event.id}",
        f"/alerts/{event.id}/sealed",
    ):
        text = browser.get(path).text
        for secret in (EXCERPT, "pupil.invented", "essay.odt"):
            assert secret not in text


def test_a_changed_or_removed_account_is_signed_out_at_once(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.DSL)
    assert browser.get("/alerts").status_code == 200
    with collector.store() as store:
        store.remove_account("dsl")
    assert browser.get("/alerts").status_code == 303


def test_a_form_from_another_site_is_refused(
    browser: httpx.Client, credentials: Credentials
) -> None:
    password = dict(credentials.passwords)["dsl"]
    form = {"name": "dsl", "password": password}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ):
        assert browser.post("/sign-in", data=form, headers=headers).status_code == 403
    with httpx.Client(base_url=browser.base_url) as old:  # a browser without fetch metadata
        evil = {"origin": "https://evil.invalid"}
        assert old.post("/sign-in", data=form, headers=evil).status_code == 403
        assert old.post("/sign-in", data=form).status_code == 403
        ours = {"origin": str(browser.base_url).rstrip("/")}
        assert old.post("/sign-in", data=form, headers=ours).status_code == 303


def test_a_form_without_its_sessions_token_is_refused(
    browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.ICT)
    assert browser.post("/sign-out", data={"form_token": "x"}).status_code == 403
    assert browser.get("/").status_code == 200
    token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/").text)
    assert token is not None
    assert browser.post("/sign-out", data={"form_token": token[1]}).status_code == 303
    assert browser.get("/").status_code == 303


def test_who_guesses_passwords_has_to_wait_and_others_do_not(
    browser: httpx.Client, credentials: Credentials
) -> None:
    for _ in range(5):
        answer = browser.post("/sign-in", data={"name": "dsl", "password": "guess"})
        assert answer.status_code == 401
    right = {"name": "dsl", "password": dict(credentials.passwords)["dsl"]}
    assert browser.post("/sign-in", data=right).status_code == 429
    sign_in(browser, credentials, Role.ICT)


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(browser: httpx.Client) -> None:
    answers = [
        browser.post("/sign-in", data={"name": name, "password": "guess"}).text.replace(name, "")
        for name in ("dsl", "nobody")
    ]
    said = [re.sub(r"as of [^.]*", "", answer) for answer in answers]
    assert said[0] == said[1]


def test_every_answer_carries_the_headers_that_keep_browsers_safe(
    browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.DSL)
    for path in ("/", "/sign-in", "/nothing-here", "/static/tutelage.css", "/alerts"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert browser.get("/").headers["cache-control"] == "no-store"


def test_the_sessions_cookie_is_out_of_reach_of_scripts(
    browser: httpx.Client, credentials: Credentials
) -> None:
    password = dict(credentials.passwords)["dsl"]
    answer = browser.post("/sign-in", data={"name": "dsl", "password": password})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_pages_answer_to_their_own_names_only(browser: httpx.Client) -> None:
    assert browser.get("/sign-in", headers={"host": "evil.invalid"}).status_code == 400


def test_no_template_carries_script_or_style_of_its_own_or_an_outside_address() -> None:
    from importlib import resources

    for file in (resources.files("tutelage_collector.web") / "templates").iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\son\w+=|style=|<style|<script>|https?://", text), file.name


def test_what_a_device_says_cannot_become_markup(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    rude = collector.device('<script src="//evil.invalid"></script>')
    send(rude, detection_event(rude, subcategory="<img src=x onerror=alert(1)>"))
    sign_in(browser, credentials, Role.DSL)
    for path in ("/", "/alerts", "/devices", f"/devices/{rude.id}"):
        text = browser.get(path).text
        assert '<script src="//' not in text
        assert "<img src=x" not in text


def test_the_report_is_to_be_had_as_pdf(
    browser: httpx.Client, device: Device, credentials: Credentials
) -> None:
    assert device.id
    sign_in(browser, credentials, Role.HEAD)
    answer = browser.get("/compliance.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_the_safeguarding_leads_browser_opens_what_the_device_sealed(
    collector: LiveCollector, device: Device, credentials: Credentials
) -> None:
    program = parts.need("chromium")
    from playwright.sync_api import sync_playwright

    event = detection_event(device, excerpt="worried 😔 about tomorrow")
    send(device, event)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = chromium.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
        page.goto(f"{collector.serving.web}/sign-in")
        page.fill("#name", "dsl")
        page.fill("#password", dict(credentials.passwords)["dsl"])
        page.click("main button")
        page.goto(f"{collector.serving.web}/alerts/{event.id}")
        page.fill("#passphrase", "not this one")
        page.click("#open button")
        page.wait_for_selector("#trouble:not([hidden])")
        page.fill("#passphrase", credentials.dsl_passphrase)
        page.click("#open button")
        page.wait_for_selector("#opened:not([hidden])")
        assert page.text_content("#excerpt") == "worried 😔 about tomorrow"
        assert page.text_content("#source") == "essay.odt"
        chromium.close()
    assert not [one for one in sent if credentials.dsl_passphrase in one]


def test_the_schools_name_is_in_the_page_that_its_account_sees(
    browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.HEAD)
    assert SCHOOL in browser.get("/").text


def test_a_person_changes_their_password_and_others_signed_in_as_them_are_out(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    old, new = dict(credentials.passwords)["ict"], "kettle-orbit-marmalade"
    with httpx.Client(
        base_url=browser.base_url, headers=dict(browser.headers), timeout=30
    ) as other:
        sign_in(other, credentials, Role.ICT)
        sign_in(browser, credentials, Role.ICT)
        page = browser.get("/account")
        assert page.text.count("since") >= 2
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert token is not None
        form = {"form_token": token[1], "present": old, "new": new, "again": new}
        for wrong in ({"present": "x"}, {"new": "short", "again": "short"}, {"again": "other"}):
            answer = browser.post("/account/password", data=form | wrong)
            assert answer.status_code in {400, 401}
        assert browser.post("/account/password", data=form).status_code == 303
        assert browser.get("/account?done=1").status_code == 200
        assert other.get("/").status_code == 303
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/account").text)
        assert token is not None
        assert browser.post("/account/leave", data={"form_token": token[1]}).status_code == 303
        assert browser.get("/").status_code == 303
    assert browser.post("/sign-in", data={"name": "ict", "password": new}).status_code == 303
    with collector.store() as store:
        actions = [row.action for row in store.audit_rows()]
        assert actions[:3] == ["signed in", "signed out everywhere", "password changed"]
        found = store.account("ict")
        assert found is not None
        assert found.life is not None
        assert found.life.signed_in_at is not None
