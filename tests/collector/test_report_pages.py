"""Reports and registers in the browser: who reads which, over which days; what is on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from live_collector import SCHOOL, Device, LiveCollector, detection_event
from tutelage_collector import secrecy
from tutelage_collector.figures import term_of
from tutelage_collector.reports import catalogue
from tutelage_collector.store.records import Account, Role
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "an invented password of some length"
READERS = {
    Role.DSL: {"dsl", "head", "governors", "effectiveness", "annual", "foi", "assurance"},
    Role.HEAD: {"head", "governors", "effectiveness", "annual", "foi", "assurance"},
    Role.ICT: {"effectiveness", "assurance"},
    Role.LEADER: {"governors", "effectiveness", "assurance"},
    Role.GOVERNOR: {"governors", "effectiveness", "assurance"},
    Role.STAFF: set(),
}


@pytest.fixture
def browser(collector: LiveCollector) -> Iterator[httpx.Client]:
    """A browser, and an account for each role."""
    digest = secrecy.hash_password(PASSWORD)
    with collector.store() as store:
        for role in READERS:
            store.add_account(Account(f"{role.value}-1", role, SCHOOL, digest))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as client:
        yield client


def sign_in(browser: httpx.Client, role: Role) -> None:
    browser.cookies.clear()
    answer = browser.post("/sign-in", data={"name": f"{role.value}-1", "password": PASSWORD})
    assert answer.status_code == 303, answer.text


def form_token(page: str) -> str:
    return page.split('name="form_token" value="')[1].split('"')[0]


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device that raised one alert."""
    made = collector.device("Library-PC-01")
    made.send(made.close_batch([codec.encode_event(detection_event(made))]))
    return made


def test_each_role_sees_the_reports_that_are_its_own(browser: httpx.Client, device: Device) -> None:
    names = [one.value for one in catalogue.ReportName]
    for role, own in READERS.items():
        sign_in(browser, role)
        listed = browser.get("/reports")
        assert listed.status_code == (200 if own else 403), role
        for name in names:
            expected = 200 if name in own else 403
            assert browser.get(f"/reports/{name}").status_code == expected, (role, name)
            assert (f'href="/reports/{name}"' in listed.text) == (name in own)
        assert browser.get("/reports/governors.csv").status_code == (
            200 if "governors" in own else 403
        )


def test_a_report_is_taken_as_pdf_csv_or_json_and_that_is_on_record(
    collector: LiveCollector, browser: httpx.Client, device: Device
) -> None:
    sign_in(browser, Role.HEAD)
    for form, kind in (
        ("pdf", "application/pdf"),
        ("csv", "text/csv"),
        ("json", "application/json"),
    ):
        answer = browser.get(f"/reports/governors.{form}")
        assert answer.headers["content-type"].startswith(kind)
        assert "attachment" in answer.headers["content-disposition"]
    assert browser.get("/reports/governors.exe").status_code == 404
    assert browser.get("/reports/nothing").status_code == 404
    with collector.store() as store:
        taken = [row for row in store.audit_rows() if row.action == "report taken"]
    assert [(row.actor, row.subject) for row in taken] == [("head-1", "report governors")] * 3


def test_governors_read_whole_terms_and_months_only(browser: httpx.Client, device: Device) -> None:
    sign_in(browser, Role.GOVERNOR)
    today = times.utc_now().date()
    _, term = term_of(today)
    _, before = term_of(term.first - timedelta(days=1))
    good = browser.get(f"/reports/governors?from={before.first}&to={before.last}")
    assert good.status_code == 200
    for first, last in ((today, today), (before.first, before.last - timedelta(days=1))):
        assert browser.get(f"/reports/governors?from={first}&to={last}").status_code == 403
        assert browser.get(f"/reports/governors.json?from={first}&to={last}").status_code == 403
    # What was raised today is in no report that a governor may open yet.
    assert "DRAFT" not in browser.get("/reports/governors").text
    sign_in(browser, Role.HEAD)
    assert "DRAFT" in browser.get("/reports/governors").text
    assert browser.get("/reports/head?from=2026-10-02&to=2026-10-01").status_code == 400
    assert browser.get("/reports/head?from=yesterday&to=today").status_code == 400


def test_another_schools_account_counts_nothing_of_this_one(
    collector: LiveCollector, browser: httpx.Client, device: Device
) -> None:
    sign_in(browser, Role.DSL)
    mine = browser.get("/reports/dsl.json").json()
    assert mine["sections"]["alerts"]["text"][0].startswith("1 alerts")
    with collector.store() as store:
        account = store.account("dsl-1")
        assert account is not None
        store.add_account(Account("dsl-1", Role.DSL, "another-school", account.password_hash))
    sign_in(browser, Role.DSL)
    other = browser.get("/reports/dsl.json").json()
    assert other["sections"]["alerts"]["text"][0].startswith("0 alerts")
    assert other["place"] == "another-school"


def test_the_head_notes_a_post_a_review_a_signature_and_a_course(
    collector: LiveCollector, browser: httpx.Client
) -> None:
    sign_in(browser, Role.HEAD)
    token = form_token(browser.get("/registers").text)

    def note(what: str, **fields: str) -> httpx.Response:
        data = {"form_token": token, "school": SCHOOL, **fields}
        return browser.post(f"/registers/{what}", data=data)

    assert note("signature", kind="staff", reference="s1").status_code == 400  # none is published
    assert note("post", post="dsl", holder="AB", cover="CD").status_code == 303
    assert note("review", review="policy", note="agreed").status_code == 303
    assert (
        note("course", course="governor-update", kind="governor", reference="g1").status_code == 303
    )
    assert note("course", course="governor-update", kind="staff", reference="g1").status_code == 400
    assert note("course", course="governor-update", kind="governor", reference="g1",
                on="2031-01-01").status_code == 400  # fmt: skip
    assert note("nothing").status_code == 404
    assert note("post", post="king", holder="AB").status_code == 400
    page = browser.get("/registers").text
    assert "AB" in page
    assert "“agreed”" in page
    with collector.store() as store:
        assert [one.cover for one in store.holders()] == ["CD"]
        assert {"post given", "review made", "training recorded"} <= {
            row.action for row in store.audit_rows()
        }


def test_ict_sees_counts_of_the_registers_and_no_reference(
    collector: LiveCollector, browser: httpx.Client
) -> None:
    sign_in(browser, Role.HEAD)
    token = form_token(browser.get("/registers").text)
    browser.post("/registers/course", data={
        "form_token": token, "school": SCHOOL, "course": "lead-update", "kind": "lead",
        "reference": "reference-0815",
    })  # fmt: skip
    assert "reference-0815" in browser.get("/registers").text
    sign_in(browser, Role.ICT)
    page = browser.get("/registers").text
    assert "reference-0815" not in page
    token = form_token(page)
    data = {"form_token": token, "school": SCHOOL, "post": "dsl", "holder": "XX"}
    assert browser.post("/registers/post", data=data).status_code == 403
    data = {"form_token": token, "school": SCHOOL, "review": "filter-check", "note": "6 of 6"}
    assert browser.post("/registers/review", data=data).status_code == 303
    data["school"] = "another-school"
    assert browser.post("/registers/review", data=data).status_code == 403


def test_what_is_overdue_is_on_the_first_page(browser: httpx.Client) -> None:
    sign_in(browser, Role.HEAD)
    page = browser.get("/").text
    assert "Review of the Online Safety Policy" in page
    assert 'href="/registers"' in page
