"""Who can read, in the browser: a deputy's key is drawn there, and the lead shares from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from browsing import fill_in, picture
from live_collector import SCHOOL, LiveCollector, detection_event
from tutelage_collector import secrecy
from tutelage_collector.store.records import Account, Role
from tutelage_wire import codec

if TYPE_CHECKING:
    from tutelage_collector.state import Credentials

PASSWORD = "a-password-of-the-deputy"


@pytest.fixture
def deputy(collector: LiveCollector) -> str:
    """An account of a deputy, who has no key yet."""
    with collector.store() as store:
        hashed = secrecy.hash_password(PASSWORD)
        store.add_account(Account("deputy-1", Role.DSL, SCHOOL, hashed))
    return "deputy-1"


def test_a_deputy_makes_a_key_and_the_lead_lets_it_in_without_a_terminal(
    collector: LiveCollector, credentials: Credentials, deputy: str, chromium: Any
) -> None:
    device = collector.device()
    events = [detection_event(device, excerpt=f"an invented sentence {n}") for n in range(100)]
    device.send(device.close_batch([codec.encode_event(event) for event in events]))
    web, sent = collector.serving.web, []
    theirs, leads = chromium.new_context().new_page(), chromium.new_context().new_page()
    for page in (theirs, leads):
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    # 1. The deputy draws a key; it opens nothing yet, and nothing is sealed to it.
    fill_in(theirs, web, deputy, PASSWORD)
    theirs.goto(f"{web}/recipients")
    picture(theirs, "recipients-deputy")
    theirs.click("#make button")
    theirs.wait_for_selector("#made:not([hidden])")
    phrase, key_id = theirs.text_content("#new-passphrase"), theirs.text_content("#new-key")
    picture(theirs, "recipients-made")
    assert [one.name for one in collector.bundle().recipients] == ["dsl"]
    # 2. The lead compares the name of the key, and lets it in.
    fill_in(leads, web, "dsl", dict(credentials.passwords)["dsl"])
    leads.goto(f"{web}/recipients")
    picture(leads, "recipients-lead")
    leads.fill("form.share [name=key]", "0" * 16)
    leads.fill("form.share [data-passphrase]", credentials.dsl_passphrase)
    leads.click("form.share button")
    leads.wait_for_selector("#trouble:not([hidden])")
    leads.fill("form.share [name=key]", key_id)
    leads.fill("form.share [data-passphrase]", credentials.dsl_passphrase)
    leads.click("form.share button")
    leads.wait_for_selector("form.share output:not(:empty)")
    picture(leads, "recipients-shared")
    assert "everything" in leads.text_content("form.share output")
    # 3. The deputy reads what was sealed before there was a deputy.
    theirs.goto(f"{web}/alerts/{events[57].id}")
    theirs.fill("#passphrase", phrase)
    theirs.click("#open button")
    theirs.wait_for_selector("#opened:not([hidden])")
    assert theirs.text_content("#excerpt") == "an invented sentence 57"
    assert [one.name for one in collector.bundle().recipients] == ["deputy-1", "dsl"]
    assert not [one for one in sent if phrase in one or credentials.dsl_passphrase in one]
    with collector.store() as store:
        actions = {row.action for row in store.audit_rows()}
    assert {"recipient key offered", "excerpts shared", "recipient added"} <= actions


def test_the_lead_replaces_a_key_in_the_browser(
    collector: LiveCollector, credentials: Credentials, chromium: Any
) -> None:
    device = collector.device()
    event = detection_event(device)
    device.send(device.close_batch([codec.encode_event(event)]))
    web, page = collector.serving.web, chromium.new_page()
    fill_in(page, web, "dsl", dict(credentials.passwords)["dsl"])
    page.goto(f"{web}/recipients")
    page.click("#make button")
    page.wait_for_selector("#made:not([hidden])")
    phrase, key_id = page.text_content("#new-passphrase"), page.text_content("#new-key")
    page.goto(f"{web}/recipients")
    page.fill("form.share [name=key]", key_id)
    page.fill("form.share [data-passphrase]", credentials.dsl_passphrase)
    page.click("form.share button")
    page.wait_for_selector("form.share output:not(:empty)")
    page.goto(f"{web}/alerts/{event.id}")
    for typed in (phrase, credentials.dsl_passphrase):  # both keys open what was sealed before
        page.fill("#passphrase", typed)
        page.click("#open button")
        page.wait_for_selector("#opened:not([hidden])")
        page.click("#lock")
        page.wait_for_selector("#sealed:not([hidden])")
    with collector.store() as store:
        states = {key.key_id == key_id: key.state.value for key in store.recipients()}
    assert states == {True: "active", False: "replaced"}


def test_threat_21_an_account_cannot_let_its_own_key_in(
    collector: LiveCollector, credentials: Credentials, deputy: str
) -> None:
    """Whoever makes accounts (ICT) makes a key with one of them: it reads nothing."""
    from tutelage_collector.recipients import holder
    from tutelage_collector.store.records_recipients import RecipientKind

    drawn = holder.draw(deputy, RecipientKind.DEPUTY)
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as client:
        client.post("/sign-in", data={"name": deputy, "password": PASSWORD})
        page = client.get("/recipients").text
        token = page.split('data-form-token="')[1].split('"')[0]
        offer = {"form_token": token, "offer": holder.dumps_offer(drawn.own.offer)}
        assert client.post("/recipients/offer", data=offer).status_code == 204
        key_id = drawn.own.offer.key_id
        with collector.store() as store:
            lead = next(key.key_id for key in store.recipients() if key.name == "dsl")
        for by in (key_id, lead):
            answer = json.dumps(
                {"tutelage_share_answer": 1, "key_id": key_id, "by": by, "wrapped": {}}
            )
            form = {"form_token": token, "answer": answer, "last": "yes"}
            assert client.post(f"/recipients/{key_id}/accept", data=form).status_code == 403
        assert key_id not in client.get("/recipients/own").text
    assert [one.name for one in collector.bundle().recipients] == ["dsl"]
    # Nor does an account of the ICT manager reach any of it.
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=30) as client:
        password = dict(credentials.passwords)["ict"]
        client.post("/sign-in", data={"name": "ict", "password": password})
        for path in ("/recipients", f"/recipients/{key_id}/request"):
            assert client.get(path).status_code == 403
