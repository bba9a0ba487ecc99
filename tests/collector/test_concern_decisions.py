"""What becomes of material on a device: two people, a reason of 8.c, and no deletion under 8.f."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from live_collector import LiveCollector, detection_event
from made_concerns import NOW, SAID, opened
from tutelage_collector import approvals
from tutelage_collector.concerns import decisions, desk, workflow
from tutelage_collector.concerns.decisions import Reason
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError, NotAllowedError, NotFoundError
from tutelage_collector.rights import decided, holds
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_collector.store.records_concerns import About, Police
from tutelage_collector.store.records_rights import HoldKind
from tutelage_wire import codec

if TYPE_CHECKING:
    from tutelage_collector.store.records import Account
    from tutelage_collector.store.sqlite import SqliteStore


def account(store: SqliteStore, name: str) -> Account:
    found = store.account(name)
    assert found is not None
    return found


def test_the_lead_and_the_head_decide_together_and_neither_alone(collector: LiveCollector) -> None:
    with collector.store() as store:
        lead, head = account(store, "dsl"), account(store, "head")
        concern = desk.begin(store, opened(), SAID)
        kind = ApprovalKind.REPORT_TO_POLICE
        asked = decisions.ask(store, lead, concern, kind, Reason.HARM, SAID)
        with pytest.raises(NotFoundError):
            decisions.done(store, concern, asked.id, SAID)
        with pytest.raises(NotAllowedError, match="another person decides"):
            approvals.decide(store, lead, asked.id, NOW, "", approve=True)
        approvals.decide(store, head, asked.id, NOW, "", approve=True)
        after = decisions.done(store, concern, asked.id, SAID)
        assert after.police is Police.REPORTED
        codes = [one.code for one in store.concern_entries(concern.id)]
        assert codes[-2:] == [f"report_to_police harm {asked.id}", f"report_to_police {asked.id}"]
        with pytest.raises(NotFoundError):
            decisions.done(store, after, asked.id, SAID)


def test_nothing_is_deleted_while_a_complaint_is_open(collector: LiveCollector) -> None:
    with collector.store() as store:
        lead, head = account(store, "dsl"), account(store, "head")
        concern = desk.begin(store, opened(), SAID)
        asked = decisions.ask(store, lead, concern, ApprovalKind.DELETE, Reason.RULES, SAID)
        approvals.decide(store, head, asked.id, NOW, "", approve=True)
        frozen = desk.take(store, concern, workflow.complaint(concern, SAID, is_open=True), SAID)
        with pytest.raises(ConcernError, match=r"8\.f"):
            decisions.done(store, frozen, asked.id, SAID)
        with pytest.raises(ConcernError, match=r"8\.f"):
            decisions.ask(store, lead, frozen, ApprovalKind.DELETE, Reason.RULES, SAID)


def test_an_approval_of_one_concern_is_good_for_no_other(collector: LiveCollector) -> None:
    with collector.store() as store:
        lead, head = account(store, "dsl"), account(store, "head")
        one, other = (desk.begin(store, opened(), SAID) for _ in range(2))
        asked = decisions.ask(store, lead, one, ApprovalKind.RETAIN, Reason.HARM, SAID)
        approvals.decide(store, head, asked.id, NOW, "", approve=True)
        with pytest.raises(NotFoundError):
            decisions.done(store, other, asked.id, SAID)


def test_the_lead_has_no_say_in_material_about_the_lead(collector: LiveCollector) -> None:
    with collector.store() as store:
        concern = desk.begin(store, opened(About.DSL), Said("head", NOW))
        with pytest.raises(NotAllowedError):
            decisions.ask(
                store, account(store, "dsl"), concern, ApprovalKind.RETAIN, Reason.HARM, SAID
            )


def test_to_delete_erases_what_the_concerns_alerts_hold_and_leaves_every_chain_whole(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    events = [detection_event(device) for _ in range(3)]
    device.send(device.close_batch([codec.encode_event(one) for one in events]))
    with collector.store() as store:
        lead, head = account(store, "dsl"), account(store, "head")
        alerts = (events[0].id, events[1].id)
        concern = desk.begin(store, replace(opened(), alerts=alerts), SAID)
        other = desk.begin(store, replace(opened(), alerts=(events[1].id,)), SAID)
        asked = decisions.ask(store, lead, concern, ApprovalKind.DELETE, Reason.HARM, SAID)
        approvals.decide(store, head, asked.id, NOW, "", approve=True)
        # Somebody holds one of them: nothing goes, and the decision is not used up.
        subject = f"alert {events[0].id}"
        hold = holds.place(store, HoldKind.LEGAL, subject, "a claim", "", "head", NOW)
        with pytest.raises(ConcernError, match="1 of its 2 alerts are on hold"):
            decided.carry_out(store, concern, asked.id, SAID)
        store.release_hold(hold.id, "head", NOW)
        done = decided.carry_out(store, concern, asked.id, SAID)
        assert (done.erased, done.left) == (1, 1)
        assert store.alert(events[0].id) is None
        assert store.alert(events[1].id) is not None, other.id
        assert store.alert(events[2].id) is not None
        assert store.check() == []
        (gone,) = store.erasures()
        assert (gone.place.event_id, gone.approval_id) == (events[0].id, asked.id)
