"""Asking for more of a text in the browser and in the terminal, as a safeguarding lead does."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from asked_device import EARLIER, LATER, PHRASE, Asked, wait_for
from browsing import fill_in, picture, signed_in, token
from live_collector import TRUST
from tutelage_collector import contexts
from tutelage_collector.cli.main import main
from tutelage_collector.contexts import Standing
from tutelage_collector.store.records import Role
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials
    from tutelage_wire.events import EventId

WHY = "It is not plain whether this is a story for class"


@pytest.fixture
def device(collector: LiveCollector, tmp_path: Path) -> Asked:
    return Asked(tmp_path / "device", collector.bundle())


def arrived(collector: LiveCollector, event: EventId) -> None:
    def there() -> bool:
        with collector.store() as store:
            return store.alert(event) is not None

    wait_for(there)


def standing(collector: LiveCollector, event: EventId) -> Standing:
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        return contexts.look(store, TRUST, alert, times.utc_now()).standing


def typed(text: str) -> int:
    """Return a descriptor that a command reads ``text`` from."""
    reads, writes = os.pipe()
    os.write(writes, text.encode())
    os.close(writes)
    return reads


def run(collector: LiveCollector, words: Sequence[str]) -> int:
    return main(["--state", str(collector.settings.folder), *words])


def test_the_lead_asks_in_the_browser_and_reads_what_the_device_sent(
    collector: LiveCollector, device: Asked, credentials: Credentials, chromium: Any
) -> None:
    with device.running():
        event = device.write_down()
        arrived(collector, event)
    page, sent = chromium.new_page(), []
    page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    web = collector.serving.web
    fill_in(page, web, "dsl", dict(credentials.passwords)["dsl"])
    page.goto(f"{web}/alerts/{event}")
    picture(page, "context-may-ask")
    page.fill("#reason", WHY)
    page.click("text=Ask the device for it")
    page.wait_for_selector("[data-waits]")
    picture(page, "context-asked")
    with device.running():  # it comes back, and the page shows it by itself
        page.wait_for_selector("#more-open", timeout=20_000)
    page.fill("#more-passphrase", credentials.dsl_passphrase)
    page.click("#more-open button")
    page.wait_for_selector("#more-opened:not([hidden])")
    shown = page.text_content("#more-excerpt")
    assert EARLIER in shown
    assert LATER in shown
    assert page.text_content("#more-excerpt mark") == PHRASE
    assert (page.text_content("#more-account"), page.text_content("#more-source")) == (
        "a.pupil", "diary1.odt",
    )  # fmt: skip
    assert page.is_hidden("#opened")  # the excerpt is another opening
    picture(page, "context-opened")
    said = "\n".join(sent)
    assert credentials.dsl_passphrase not in said
    assert EARLIER not in said
    page.goto(f"{web}/audit")
    assert "more of the text asked for" in page.content()
    assert WHY in page.content()
    with collector.store() as store:
        did = [row.action for row in store.audit_rows() if row.subject == f"alert {event}"]
    assert "sealed stretch fetched" in did


def test_a_concern_shows_and_opens_what_came(
    collector: LiveCollector, device: Asked, credentials: Credentials, chromium: Any
) -> None:
    with device.running():
        event = device.write_down()
        arrived(collector, event)
        with collector.store() as store:
            alert = store.alert(event)
            assert alert is not None
            contexts.ask(store, TRUST, alert, "dsl", WHY, times.utc_now())
        wait_for(lambda: standing(collector, event) is Standing.ANSWERED)
    page, web = chromium.new_page(), collector.serving.web
    fill_in(page, web, "dsl", dict(credentials.passwords)["dsl"])
    page.goto(f"{web}/concerns/new?event={event}")
    page.click("text=Make the concern")
    page.wait_for_selector("#timeline")
    picture(page, "context-concern")
    page.fill("#passphrase", credentials.dsl_passphrase)
    page.click("#open button")
    page.wait_for_selector(".opened >> nth=1")
    assert EARLIER in page.text_content("main")
    picture(page, "context-concern-opened")


def test_only_the_lead_reaches_the_pages_of_it(
    collector: LiveCollector, device: Asked, credentials: Credentials
) -> None:
    with device.running():
        event = device.write_down()
        arrived(collector, event)
    for role in (Role.ICT, Role.HEAD):
        with signed_in(collector, credentials, role) as browser:
            held = {"form_token": token(browser), "reason": WHY}
            assert browser.post(f"/alerts/{event}/context", data=held).status_code == 403
            for path in ("context", "context/sealed"):
                assert browser.get(f"/alerts/{event}/{path}").status_code == 403
    with signed_in(collector, credentials, Role.DSL) as browser:
        assert "More of the text" in browser.get(f"/alerts/{event}").text
        assert browser.get(f"/alerts/{event}/context/sealed").status_code == 404
        held = {"form_token": token(browser)}
        unknown = browser.post(f"/alerts/{'0' * 32}/context", data=held | {"reason": WHY})
        assert unknown.status_code == 404
        short = browser.post(f"/alerts/{event}/context", data=held | {"reason": "why"})
        assert short.status_code == 400
        assert "Say why in a sentence" in short.text
        assert browser.post(f"/alerts/{event}/context", data={"reason": WHY}).status_code == 403
        asked = browser.post(f"/alerts/{event}/context", data=held | {"reason": WHY})
        assert asked.status_code == 303
        again = browser.post(f"/alerts/{event}/context", data=held | {"reason": WHY})
        assert again.status_code == 400
    with signed_in(collector, credentials, Role.HEAD) as browser:
        assert WHY in browser.get("/audit").text
    with collector.store() as store:
        assert len(store.context_requests()) == 1


def test_the_command_asks_shows_and_opens_it(
    collector: LiveCollector, device: Asked, credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    passwords = dict(credentials.passwords)
    with device.running():
        event = device.write_down()
        arrived(collector, event)
    here = ["alert", "context", event[:12]]
    assert run(collector, here) == 0
    assert "sealed, until" in capsys.readouterr().out

    def asking(account: str) -> int:
        who = ["--as", account, "--password-fd", str(typed(passwords[account]))]
        return run(collector, [*here, "--reason", WHY, *who])

    assert run(collector, [*here, "--reason", WHY]) == 2
    assert "say who asks" in capsys.readouterr().err
    assert asking("ict") == 2
    assert "only who may open" in capsys.readouterr().err
    assert asking("dsl") == 1  # the answer is to come
    assert WHY in capsys.readouterr().out
    assert run(collector, ["alert", "context", "--json"]) == 1
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["alert"], listed["by"], listed["reason"]) == (event, "dsl", WHY)
    with device.running():
        wait_for(lambda: standing(collector, event) is Standing.ANSWERED)
    assert run(collector, here) == 0
    assert "--open" in capsys.readouterr().out
    phrase = ["--passphrase-fd", str(typed(credentials.dsl_passphrase))]
    assert run(collector, [*here, *phrase]) == 0
    shown = capsys.readouterr().out
    assert EARLIER in shown
    assert LATER in shown
    assert "Asked by dsl" in shown
    assert asking("dsl") == 2
    assert "cannot be asked for" in capsys.readouterr().err
    with collector.store() as store:
        did = [row.action for row in store.audit_rows() if row.subject == f"alert {event}"]
    assert {"stretch opened", "more of the text asked for", "more of the text refused"} <= set(did)
