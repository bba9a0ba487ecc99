"""Every link on every page that a role is shown leads somewhere: no dead ends, no broken page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from browsing import signed_in
from live_collector import LiveCollector, detection_event, heartbeat, judgement
from made_concerns import SAID, opened
from tutelage_collector.concerns import desk
from tutelage_collector.store.records import Role
from tutelage_wire import codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Status

if TYPE_CHECKING:
    import httpx

    from tutelage_collector.state import Credentials


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.DSL, Role.ICT, Role.HEAD])
def test_every_link_that_a_role_is_shown_leads_somewhere(
    collector: LiveCollector, credentials: Credentials, role: Role
) -> None:
    device = collector.device("Library-PC-01")
    bulk = device.batch_of(judgement(Status.FAIL), heartbeat(), lane=TravelLane.BULK)
    device.send(bulk, lane=TravelLane.BULK)
    device.send(device.close_batch([codec.encode_event(detection_event(device))]))
    with signed_in(collector, credentials, role) as browser:
        assert len(walked(browser)) > 25


@pytest.mark.slow
def test_threat_30_no_page_that_ict_can_reach_names_a_rule_a_kind_of_harm_or_an_account(
    collector: LiveCollector, credentials: Credentials
) -> None:
    """Also after a concern was made of it, and in every list and report of theirs."""
    device = collector.device("Library-PC-01")
    telling = {"rule_id": "content.telling.0099", "subcategory": "telling_kind_of_harm"}
    found = detection_event(device, **telling, account="cd" * 16)
    bulk = device.batch_of(judgement(Status.FAIL), heartbeat(), lane=TravelLane.BULK)
    device.send(bulk, lane=TravelLane.BULK)
    device.send(device.close_batch([codec.encode_event(found)]))
    with collector.store() as store:
        concern = desk.begin(store, replace(opened(), alerts=(found.id,)), SAID)
    words = ("content.telling", "telling_kind", "telling kind", "cd" * 16, found.id, concern.id)
    with signed_in(collector, credentials, Role.ICT) as browser:
        pages = walked(browser)
    told = {
        path: word
        for path, text in pages.items()
        for word in words
        if word.casefold() in text.casefold()
    }
    assert told == {}
    with signed_in(collector, credentials, Role.DSL) as browser:
        assert any("telling kind" in text.casefold() for text in walked(browser).values())


def walked(browser: httpx.Client) -> dict[str, str]:
    """Return every page that links lead to, by its path."""
    ahead, seen = ["/"], dict[str, str]()
    while ahead and len(seen) < 150:
        path = ahead.pop(0)
        if path in seen:
            continue
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        seen[path] = answer.text
        if "text/html" in answer.headers["content-type"]:
            found = re.findall(r'href="(/[^"#]*)"', answer.text)
            ahead += [one.replace("&amp;", "&") for one in found if "/static/" not in one]
    return seen
