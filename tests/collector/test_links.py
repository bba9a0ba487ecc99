"""Every link on every page that a role is shown leads somewhere: no dead ends, no broken page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browsing import signed_in
from live_collector import LiveCollector, detection_event, heartbeat, judgement
from tutelage_collector.store.records import Role
from tutelage_wire import codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Status

if TYPE_CHECKING:
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
        ahead, seen = ["/"], set[str]()
        while ahead and len(seen) < 150:
            path = ahead.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = browser.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
            if "text/html" in answer.headers["content-type"]:
                found = re.findall(r'href="(/[^"#]*)"', answer.text)
                ahead += [one.replace("&amp;", "&") for one in found if "/static/" not in one]
    assert len(seen) > 25
