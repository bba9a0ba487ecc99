"""A key that is unlocked once and read on with: for how long, for whom, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from browsing import fill_in, picture
from live_collector import LiveCollector, detection_event
from tutelage_wire import codec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_wire.events import Event

KEPT = """async () => {
  const base = await new Promise((done, failed) => {
    const asked = indexedDB.open("tutelage-key", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("held");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const row = await new Promise((done) => {
    const asked = base.transaction("held").objectStore("held").get("one");
    asked.onsuccess = () => done(asked.result);
  });
  base.close();
  if (!row) return null;
  const tries = ["raw", "pkcs8", "jwk"].map((form) =>
    crypto.subtle.exportKey(form, row.key.key).then(() => form, () => null));
  return { extractable: row.key.key.extractable, usages: row.key.key.usages,
           got: (await Promise.all(tries)).filter(Boolean), fields: Object.keys(row.key) };
}"""
"""What this browser keeps of an unlocked key, and whether a script gets its bytes."""


def send(collector: LiveCollector, number: int) -> list[Event]:
    device = collector.device("Library-PC-01")
    events = [detection_event(device, excerpt=f"an invented sentence {n}") for n in range(number)]
    device.send(device.close_batch([codec.encode_event(event) for event in events]))
    return events


@pytest.fixture
def lead(collector: LiveCollector, credentials: Credentials, chromium: Any) -> Iterator[Any]:
    """The safeguarding lead's own tab, whose clock tests move."""
    page = chromium.new_context().new_page()
    page.clock.install()
    fill_in(page, collector.serving.web, "dsl", dict(credentials.passwords)["dsl"])
    return page


def unlock(page: Any, collector: LiveCollector, event: Event, phrase: str) -> None:
    page.goto(f"{collector.serving.web}/alerts/{event.id}")
    page.fill("#passphrase", phrase)
    page.click("#open button")
    page.wait_for_selector("#opened:not([hidden])")


def read(page: Any, collector: LiveCollector, event: Event) -> str:
    """Open an alert with the key that is unlocked."""
    page.goto(f"{collector.serving.web}/alerts/{event.id}")
    page.wait_for_selector("#key:not([hidden])")
    page.click("#open button:has-text('Open')")
    page.wait_for_selector("#opened:not([hidden])")
    return str(page.text_content("#excerpt"))


def asks_again(page: Any) -> bool:
    page.wait_for_selector("#passphrase:visible")
    return page.evaluate(KEPT) is None and not page.is_visible("#key")


def test_ten_alerts_are_read_with_one_passphrase_and_each_reading_is_on_record(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    events = send(collector, 10)
    unlock(lead, collector, events[0], credentials.dsl_passphrase)
    picture(lead, "unlocked")
    for number, event in enumerate(events[1:], 1):
        assert read(lead, collector, event) == f"an invented sentence {number}"
    with collector.store() as store:
        rows = [row.subject for row in store.audit_rows() if row.action == "sealed excerpt fetched"]
    assert sorted(rows) == sorted(f"alert {event.id}" for event in events)


def test_an_alert_is_not_opened_by_looking_at_its_page(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    first, second = send(collector, 2)
    unlock(lead, collector, first, credentials.dsl_passphrase)
    lead.goto(f"{collector.serving.web}/alerts/{second.id}")
    lead.wait_for_selector("#key:not([hidden])")
    assert lead.is_hidden("#opened")
    with collector.store() as store:
        fetched = [row for row in store.audit_rows() if row.action == "sealed excerpt fetched"]
    assert len(fetched) == 1


def test_no_script_gets_the_bytes_of_an_unlocked_key(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    (event,) = send(collector, 1)
    unlock(lead, collector, event, credentials.dsl_passphrase)
    kept = lead.evaluate(KEPT)
    assert kept["extractable"] is False
    assert kept["got"] == []
    assert kept["usages"] == ["deriveBits"]
    assert set(kept["fields"]) == {"id", "key", "publicRaw"}


def test_the_time_runs_from_the_last_use_is_said_and_closes_what_was_open(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    first, second = send(collector, 2)
    unlock(lead, collector, first, credentials.dsl_passphrase)
    lead.wait_for_selector("text=It locks itself in 15 minutes.")
    lead.clock.run_for(10 * 60_000)
    lead.wait_for_selector("text=It locks itself in 5 minutes.")
    read(lead, collector, second)
    lead.wait_for_selector("text=It locks itself in 15 minutes.")
    lead.clock.run_for(13 * 60_000 + 10_000)
    lead.wait_for_selector(
        "#key-said:has-text('Your key locks itself in 2 minutes.')", state="attached"
    )
    assert lead.get_attribute("#key-said", "role") == "status"
    lead.clock.run_for(2 * 60_000)
    assert asks_again(lead)
    assert lead.text_content("#excerpt") == ""
    lead.wait_for_selector("#key-said:has-text('Your key is locked.')", state="attached")


def test_a_clock_that_is_set_back_does_not_make_it_last(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    (event,) = send(collector, 1)
    unlock(lead, collector, event, credentials.dsl_passphrase)
    lead.evaluate("() => { const real = Date.now; Date.now = () => real() - 86_400_000; }")
    lead.clock.run_for(6_000)
    assert asks_again(lead)


def test_lock_now_locks_all_tabs_with_the_keyboard_alone(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    first, second = send(collector, 2)
    unlock(lead, collector, first, credentials.dsl_passphrase)
    other = lead.context.new_page()
    read(other, collector, second)
    for _ in range(30):
        other.keyboard.press("Shift+Tab")
        if other.evaluate("document.activeElement.id") == "lock":
            break
    outline = other.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    other.keyboard.press("Enter")
    assert asks_again(other)
    assert other.evaluate("document.activeElement.id") == "main"
    lead.wait_for_selector("#opened", state="hidden")
    assert lead.text_content("#excerpt") == ""


@pytest.mark.parametrize("way", ["sign out", "new session", "other account"])
def test_signing_out_a_new_session_and_another_account_forget_the_key(
    collector: LiveCollector, credentials: Credentials, lead: Any, way: str
) -> None:
    (event,) = send(collector, 1)
    web, passwords = collector.serving.web, dict(credentials.passwords)
    unlock(lead, collector, event, credentials.dsl_passphrase)
    if way == "sign out":
        lead.click("text=Sign out")
        lead.wait_for_url("**/sign-in")
        assert lead.evaluate(KEPT) is None
    else:
        lead.context.clear_cookies()
    name = "head" if way == "other account" else "dsl"
    fill_in(lead, web, name, passwords[name])
    assert lead.is_hidden("#key")
    assert lead.evaluate(KEPT) is None


def test_lock_again_at_once_keeps_nothing(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    (event,) = send(collector, 1)
    lead.goto(f"{collector.serving.web}/alerts/{event.id}")
    lead.check("text=Lock again at once")
    lead.fill("#passphrase", credentials.dsl_passphrase)
    lead.click("#open button")
    lead.wait_for_selector("#opened:not([hidden])")
    assert lead.evaluate(KEPT) is None
    assert lead.is_hidden("#key")


def test_a_trust_that_switches_it_off_has_the_passphrase_asked_each_time(
    folder: Path, credentials: Credentials, chromium: Any
) -> None:
    with (folder / "collector.toml").open("a", encoding="utf-8") as file:
        file.write("\n[pages]\nunlock_minutes = 0\n")
    with LiveCollector(folder) as collector:
        (event,) = send(collector, 1)
        page = chromium.new_context().new_page()
        fill_in(page, collector.serving.web, "dsl", dict(credentials.passwords)["dsl"])
        unlock(page, collector, event, credentials.dsl_passphrase)
        assert page.evaluate(KEPT) is None
        assert not page.locator("text=Lock again at once").count()
        page.reload()
        assert asks_again(page)


def test_what_the_reader_hears_and_sees_has_names(
    collector: LiveCollector, credentials: Credentials, lead: Any
) -> None:
    (event,) = send(collector, 1)
    unlock(lead, collector, event, credentials.dsl_passphrase)
    assert lead.evaluate("document.activeElement.id") == "opened"
    nameless = lead.evaluate(
        """() => [...document.querySelectorAll("input, button, select, textarea")]
            .filter((one) => one.type !== "hidden")
            .filter((one) => !(one.labels?.length || one.textContent.trim()
                               || one.getAttribute("aria-label")))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert lead.get_by_role("complementary", name="Your key").is_visible()
