"""The headteacher's own key in a real browser: what is written about staff is theirs to open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from browsing import fill_in, picture
from live_collector import SCHOOL, TRUST, LiveCollector
from tutelage_collector import sealing, secrecy, state
from tutelage_collector.concerns import access, desk, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import SecretError
from tutelage_collector.recipients import holder, sharing
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.records_concerns import About, ConcernId, EntryId, Source
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import times

if TYPE_CHECKING:
    from tutelage_collector.state import Credentials

NOTE = "The invented caretaker was seen alone with a pupil twice this week."


@pytest.mark.slow
def test_a_headteacher_makes_a_key_and_opens_what_is_written_about_staff_and_the_lead_does_not(
    collector: LiveCollector, credentials: Credentials, chromium: Any
) -> None:
    web, passwords = collector.serving.web, dict(credentials.passwords)
    heads, leads = chromium.new_context().new_page(), chromium.new_context().new_page()
    sent: list[str] = []
    heads.on("request", lambda one: sent.append(one.url + (one.post_data or "")))
    fill_in(heads, web, "head", passwords["head"])
    fill_in(leads, web, "dsl", passwords["dsl"])
    # 0. Without a key of the headteacher's, the form says so and sends nothing.
    heads.goto(f"{web}/concerns/new")
    picture(heads, "head-concern-new-no-key")
    heads.select_option("#about", "staff")
    heads.fill("#note", NOTE)
    heads.click("main form button")
    heads.wait_for_selector("[data-trouble]:not([hidden])")
    assert heads.text_content("#nobody").startswith("You have no key yet")
    heads.goto(f"{web}/concerns")
    assert "You have no key yet." in heads.text_content("main")
    leads.goto(f"{web}/concerns/new")
    leads.select_option("#about", "staff")
    assert leads.text_content("#nobody").startswith("The headteacher has no key yet")
    # 1. A key of their own.
    heads.goto(f"{web}/recipients")
    picture(heads, "head-recipients")
    heads.click("#make button")
    heads.wait_for_selector("#made:not([hidden])")
    phrase, key_id = heads.text_content("#new-passphrase"), heads.text_content("#new-key")
    picture(heads, "head-made")
    # 2. The lead lets it in.
    leads.goto(f"{web}/recipients")
    picture(leads, "lead-lets-head-in")
    leads.fill("form.share [name=key]", key_id)
    leads.fill("form.share [data-passphrase]", credentials.dsl_passphrase)
    leads.click("form.share button")
    leads.wait_for_selector("form.share output:not(:empty)")
    said = leads.text_content("form.share output")
    assert said == "Done. This key reads what is written about staff from now on."
    assert [one.name for one in collector.bundle().recipients] == ["dsl"]
    # 3. A concern about staff is written by the head, and by the lead.
    heads.goto(f"{web}/concerns/new")
    assert heads.input_value("#about") == "staff"
    assert heads.text_content("#nobody") == ""
    heads.fill("#note", NOTE)
    heads.click("main form button")
    heads.wait_for_url(lambda url: not url.endswith("/new"))
    address = heads.url
    picture(heads, "head-concern")
    heads.fill("#passphrase", credentials.dsl_passphrase)
    heads.click("#open button")
    heads.wait_for_selector("#trouble:not([hidden])")
    heads.fill("#passphrase", phrase)
    heads.click("#open button")
    heads.wait_for_selector(".timeline .opened")
    assert heads.text_content(".timeline .opened") == NOTE
    picture(heads, "head-concern-opened")
    leads.goto(f"{web}/concerns/new")
    leads.select_option("#about", "staff")
    leads.fill("#note", NOTE + " Again.")
    leads.click("main form button")
    leads.wait_for_selector("text=headteacher")
    picture(leads, "lead-passed-on")
    answer = leads.goto(address)
    assert answer.status == 404
    heads.goto(f"{web}/concerns")
    picture(heads, "head-concerns")
    newest = heads.locator("main a[href^='/concerns/']:not([href$=new])").all()
    addresses = {one.get_attribute("href") for one in newest}
    assert len(addresses) == 2
    other = next(one for one in addresses if one not in address)
    heads.goto(f"{web}{other}")
    heads.wait_for_selector("#key:not([hidden])")
    heads.click("#open button")
    heads.wait_for_selector(".timeline .opened")
    assert NOTE + " Again." in heads.text_content(".timeline")
    carried = [one for one in sent if phrase in one or "caretaker" in one]
    assert not carried


def test_what_is_about_a_headteacher_is_not_sealed_to_their_own_key_nor_named_when_it_is_replaced(
    collector: LiveCollector, credentials: Credentials
) -> None:
    """About a head the trust's head reads, and the school's own hears nothing of it."""
    with collector.store() as store:
        now = times.utc_now()
        own, trusts = (holder.draw(name, RecipientKind.HEAD) for name in ("head", "trust-head"))
        store.add_recipient(state.recipient_of(own.own.offer, "", now))
        everybody = state.readers(store, SCHOOL)
        assert [one.name for one in access.readers(everybody, About.STAFF)] == ["head"]
        with pytest.raises(SecretError, match="the headteacher of the whole trust has no key"):
            access.readers(everybody, About.HEAD)
        hashed = secrecy.hash_password("a-password-of-the-trust")
        store.add_account(Account("trust-head", Role.HEAD, "", hashed))
        store.add_recipient(state.recipient_of(trusts.own.offer, "", now))
        readers = access.readers(state.readers(store, SCHOOL), About.HEAD)
        assert [one.name for one in readers] == ["trust-head"]
        # Something is written about the head, and one thing about a member of staff.
        for about in (About.HEAD, About.STAFF):
            concern_id, entry = ConcernId(workflow.new_id()), EntryId(workflow.new_id())
            told = access.readers(state.readers(store, SCHOOL), about)
            sealed = sealing.seal(NOTE, told, access.binding(TRUST, concern_id, entry))
            said = Said("trust-head", now, sealed, entry)
            change = workflow.open_by_hand(concern_id, SCHOOL, about, 3, Source.PERSON, said)
            desk.begin(store, change, said)
        # The head's next key is told of the one, and not that there is the other.
        fresh = holder.draw("head", RecipientKind.HEAD)
        asked = sharing.request(store, TRUST, state.recipient_of(fresh.own.offer, SCHOOL, now))
        staff = [one.id for one in store.concerns() if one.about is About.STAFF]
        assert [record.split("/")[1] for record, _ in asked.excerpts] == staff
