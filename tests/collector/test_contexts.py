"""More of a text: asked for with a reason, by who may, answered by the device, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from asked_device import EARLIER, LATER, PHRASE, Asked, stored_answers, wait_for
from live_collector import TRUST
from tutelage_agent.context import Answering
from tutelage_collector import contexts, evidence, excerpts, state
from tutelage_collector.contexts import Standing
from tutelage_collector.contexts.desk import MOST_A_DAY
from tutelage_collector.errors import NotAllowedError, SecretError
from tutelage_collector.recipients import sharing
from tutelage_collector.rights import retention, schedule, subject
from tutelage_collector.store.records import DeviceState, Role
from tutelage_collector.store.records_recipients import KeyState, RecipientKey, RecipientKind
from tutelage_wire import codec, times
from tutelage_wire.context import ContextAnswer, ContextState, answer_id
from tutelage_wire.events import Event, EventId

if TYPE_CHECKING:
    from pathlib import Path

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials

WHY = "It is not plain whether the pupil speaks of a story"


@pytest.fixture
def device(collector: LiveCollector, tmp_path: Path) -> Asked:
    return Asked(tmp_path / "device", collector.bundle())


def found(collector: LiveCollector, event: EventId) -> contexts.Context:
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        return contexts.look(store, TRUST, alert, times.utc_now())


def ask(collector: LiveCollector, event: EventId, why: str = WHY) -> None:
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        contexts.ask(store, TRUST, alert, "dsl", why, times.utc_now())


def arrived(collector: LiveCollector, event: EventId) -> None:
    def there() -> bool:
        with collector.store() as store:
            return store.alert(event) is not None

    wait_for(there)


def stands(collector: LiveCollector, event: EventId, wanted: Standing) -> None:
    wait_for(lambda: found(collector, event).standing is wanted)


def told(device: Asked, collector: LiveCollector) -> EventId:
    """Write something down, and wait until its alert is there."""
    event = device.write_down()
    arrived(collector, event)
    return event


def asked_while_off(device: Asked, collector: LiveCollector) -> EventId:
    """Return an event of a device that was switched off before it was asked for."""
    with device.running():
        event = told(device, collector)
    ask(collector, event)
    return event


def test_asked_for_the_device_sends_the_stretch_and_the_lead_opens_it(
    collector: LiveCollector, device: Asked, credentials: Credentials
) -> None:
    with device.running():
        event = told(device, collector)
        before = found(collector, event)
        assert (before.standing, before.may_ask) == (Standing.MAY_ASK, True)
        ask(collector, event)
        assert found(collector, event).waits
        stands(collector, event, Standing.ANSWERED)
    answer = found(collector, event).answer
    assert answer is not None
    assert answer.event_id == answer_id(event)
    with collector.store() as store:
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        content = excerpts.open_context(answer, key, TRUST, store)
        rows = [row for row in store.audit_rows() if row.subject == f"alert {event}"]
    assert content is not None
    assert EARLIER in content.excerpt
    assert LATER in content.excerpt
    start, end = content.spans[0]
    assert content.excerpt[start:end] == PHRASE
    asked = next(row for row in rows if row.action == "more of the text asked for")
    assert (asked.actor, asked.actor_role, asked.detail) == ("dsl", "dsl", WHY)
    assert asked.signature


def test_a_device_that_is_off_is_asked_when_it_comes_back(
    collector: LiveCollector, device: Asked
) -> None:
    event = asked_while_off(device, collector)
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        later = times.utc_now() + timedelta(minutes=10)
        assert contexts.look(store, TRUST, alert, later).standing is Standing.OFFLINE
    with device.running():
        stands(collector, event, Standing.ANSWERED)


def test_a_device_that_is_not_heard_for_two_weeks_is_asked_no_longer(
    collector: LiveCollector, device: Asked
) -> None:
    event = asked_while_off(device, collector)
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        late = times.utc_now() + timedelta(days=15)
        after = contexts.look(store, TRUST, alert, late)
        assert store.open_context_requests(late) == []
    assert (after.standing, after.may_ask) == (Standing.NOT_KEPT, False)
    assert "not heard" in after.says


def test_what_expired_on_the_device_is_said_to_be_no_longer_kept(
    collector: LiveCollector, device: Asked
) -> None:
    event = asked_while_off(device, collector)
    device.moved = timedelta(days=8)
    with device.running():
        stands(collector, event, Standing.NOT_KEPT)
    with pytest.raises(NotAllowedError, match="no longer has it"):
        ask(collector, event)


def test_what_the_policy_switched_off_meanwhile_is_said_so(
    collector: LiveCollector, device: Asked
) -> None:
    event = asked_while_off(device, collector)
    device.days = 0
    with device.running():
        stands(collector, event, Standing.SWITCHED_OFF)


def test_a_request_that_is_told_again_and_again_is_one_answer(
    collector: LiveCollector, device: Asked
) -> None:
    event = asked_while_off(device, collector)
    for _ in range(3):  # each connection is told anew until the answer is stored
        with device.running():
            time.sleep(1.2)
    stands(collector, event, Standing.ANSWERED)
    with collector.store() as store:
        assert stored_answers(store) == [event]
        before = store.context_answers([event])
        assert store.rebuild().unreadable == 0
        assert store.context_answers([event]) == before
        assert len(store.context_requests()) == 1
        assert store.check() == []


def test_nobody_can_ask_twice_nor_without_a_reason_nor_ten_times_and_once_more_in_a_day(
    collector: LiveCollector, device: Asked
) -> None:
    with device.running():
        events = [device.write_down() for _ in range(MOST_A_DAY + 1)]
        for event in events:
            arrived(collector, event)
    for empty in ("", "  why?  ", "x" * 301):
        with pytest.raises(NotAllowedError, match="say why in a sentence"):
            ask(collector, events[0], empty)
    ask(collector, events[0])
    with pytest.raises(NotAllowedError, match="cannot be asked for: The device"):
        ask(collector, events[0])
    for event in events[1:MOST_A_DAY]:
        ask(collector, event)
    with pytest.raises(NotAllowedError, match="has asked 10 times within a day"):
        ask(collector, events[-1])
    with collector.store() as store:
        asked = [one for one in store.audit_rows() if one.action == "more of the text asked for"]
        assert len(asked) == len(store.context_requests()) == MOST_A_DAY


def test_who_may_not_open_the_excerpt_may_not_ask(collector: LiveCollector, device: Asked) -> None:
    with device.running():
        event = told(device, collector)
    with collector.store() as store:
        alert = store.alert(event)
    assert alert is not None
    may = {role for role in Role if contexts.may_ask(role, None, alert)}
    assert may == {Role.DSL}
    assert contexts.may_ask(Role.DSL, alert.school, alert)
    assert not contexts.may_ask(Role.DSL, "another-school", alert)


def test_of_a_short_text_and_of_a_revoked_device_nothing_can_be_asked(
    collector: LiveCollector, device: Asked
) -> None:
    with device.running():
        short, event = device.write_down(PHRASE), device.write_down()
        arrived(collector, short)
        arrived(collector, event)
    assert found(collector, short).standing is Standing.NOTHING_MORE
    with collector.store() as store:
        store.set_device_state(device.member.device_id, DeviceState.REVOKED)
    assert found(collector, event).standing is Standing.BARRED
    for one in (short, event):
        with pytest.raises(NotAllowedError):
            ask(collector, one)


def test_the_whole_collector_and_the_device_hold_no_clear_word_of_the_stretch(
    collector: LiveCollector, device: Asked
) -> None:
    with device.running():
        event = told(device, collector)
        ask(collector, event)
        stands(collector, event, Standing.ANSWERED)
        told(device, collector)  # kept, and not asked for
        files = [*collector.settings.folder.rglob("*"), *device.folder.rglob("*")]
        whole = b"".join(one.read_bytes() for one in files if one.is_file())
    for words in (EARLIER, LATER, PHRASE, "a.pupil", "diary1"):
        assert words.encode() not in whole
    assert event.encode() in whole


def answered(collector: LiveCollector, device: Asked) -> EventId:
    """Write something down, ask for more of it, and wait until that is there."""
    with device.running():
        event = told(device, collector)
        ask(collector, event)
        stands(collector, event, Standing.ANSWERED)
    return event


def test_with_an_alert_what_came_of_its_text_is_erased_and_every_chain_stays_whole(
    collector: LiveCollector, device: Asked
) -> None:
    gone, stays = answered(collector, device), answered(collector, device)
    with collector.store() as store:
        alert, answer = store.alert(gone), store.context_answers([gone])[0]
        assert alert is not None
        cipher = codec.decode_event(answer.event).body.sealed.ciphertext  # type: ignore[union-attr]
        places = retention.places_of(store, [alert])
        assert store.erase(places, "dsl", "8.d.1", "", times.utc_now()) == 2
        assert store.check() == []
        assert store.context_answers([gone]) == []
        assert store.context_requests_of([gone]) == []
        left = store.context_answers([stays])
        assert len(left) == 1
        assert store.rebuild().unreadable == 0
        assert store.context_answers([gone, stays]) == left
    whole = b"".join(
        one.read_bytes() for one in collector.settings.folder.rglob("*") if one.is_file()
    )
    assert cipher not in whole


def test_the_schedule_takes_what_came_of_a_text_together_with_its_alert(
    collector: LiveCollector, device: Asked
) -> None:
    event = answered(collector, device)
    with collector.store() as store:
        terms = schedule.load(collector.settings.folder)
        later = times.utc_now() + timedelta(days=366)
        due = {one.term.kept: one for one in retention.due(store, terms, later)}
        kinds = [one.kind for one in due[schedule.Kept.ALERTS].places]
        assert sorted(kinds) == ["context", "detection"]
        alert = store.alert(event)
        assert alert is not None
        # An answer whose finding is gone already is nobody's: it goes at once.
        store.erase([retention.place_of(alert)], "dsl", "8.d.1", "", times.utc_now())
        soon = times.utc_now() + timedelta(days=2)
        due = {one.term.kept: one for one in retention.due(store, terms, soon)}
        assert [one.kind for one in due[schedule.Kept.ALERTS_LOW].places] == ["context"]
        retention.apply(store, list(due.values()), "schedule", soon)
        assert store.stray_context_answers(soon) == []
        assert store.check() == []


def test_who_asks_what_is_held_on_them_gets_what_came_of_their_text(
    collector: LiveCollector, device: Asked, credentials: Credentials, tmp_path: Path
) -> None:
    event = answered(collector, device)
    with collector.store() as store:
        alert = store.alert(event)
        assert alert is not None
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        out = tmp_path / "held"
        done = subject.export(
            store, collector.settings, key, alert.account, ["marrowfat"], out, times.utc_now()
        )
    assert done.not_opened == 0
    (row,) = json.loads((out / "held.json").read_text(encoding="utf-8"))["alerts"]
    assert EARLIER in row["more_of_the_text"]
    assert "marrowfat" not in row["more_of_the_text"]
    page = (out / "held.html").read_text(encoding="utf-8")
    assert EARLIER in page
    assert "more of the text asked for" in page


def test_a_deputy_who_came_later_opens_it_once_the_lead_has_shared(
    collector: LiveCollector, device: Asked, credentials: Credentials
) -> None:
    event = answered(collector, device)
    later = x25519.X25519PrivateKey.generate()
    public = later.public_key().public_bytes_raw()
    now = times.utc_now()
    with collector.store() as store:
        new = RecipientKey("deputy-1", RecipientKind.DEPUTY, "", public, "", KeyState.ACTIVE, now)
        store.add_recipient(new)
        answer = store.context_answers([event])[0]
        with pytest.raises(SecretError):
            excerpts.open_context(answer, later, TRUST, store)
        lead = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        asked = sharing.request(store, TRUST, new)
        wrapped = [(record, one) for record, one in sharing.answer(asked, lead) if one]
        sharing.keep(store, new.key_id, "dsl", wrapped, now)
        content = excerpts.open_context(answer, later, TRUST, store)
    assert content is not None
    assert EARLIER in content.excerpt


def test_another_device_cannot_answer_in_its_place_and_what_nobody_asked_for_is_said(
    collector: LiveCollector, device: Asked
) -> None:
    with device.running():
        event = told(device, collector)
    other = collector.device("other")
    body = ContextAnswer(event, ContextState.NOT_KEPT)
    forged = Event(answer_id(event), times.utc_now(), 0, "00" * 16, body)
    misnamed = Event(EventId("ab" * 16), times.utc_now(), 0, "00" * 16, body)
    other.send(other.close_batch([codec.encode_event(one) for one in (forged, misnamed)]))
    assert found(collector, event).standing is Standing.MAY_ASK
    with collector.store() as store:
        assert any("context" in one.detail for one in store.integrity())
    # A collector that was tampered with asks without a person: the device's chain shows it.
    Answering(device.ring, device.reporter, lambda: 7).asked([event])
    with device.running():
        stands(collector, event, Standing.UNASKED)
    after = found(collector, event)
    assert (after.came, after.may_ask) == (False, False)


def test_evidence_carries_what_came_of_the_text_with_its_proof_and_who_asked_for_it(
    collector: LiveCollector, device: Asked, credentials: Credentials, tmp_path: Path
) -> None:
    event = answered(collector, device)
    held = state.load(collector.settings.folder)
    with collector.store() as store:
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        out = tmp_path / "evidence"
        evidence.export(store, held, TRUST, [event], out, times.utc_now(), key)
        shut = tmp_path / "sealed"
        evidence.export(store, held, TRUST, [event], shut, times.utc_now())
    for folder in (out, shut):
        assert "1 later answers are what their devices signed" in evidence.verify(folder)
    row = json.loads((out / "evidence.json").read_text(encoding="utf-8"))
    assert EARLIER in row["answers"][0]["content"]["excerpt"]
    assert any(WHY in one["row"] for one in row["audit"])
    assert EARLIER in (out / "read-me-first.html").read_text(encoding="utf-8")
    assert EARLIER not in "".join(
        one.read_text(encoding="utf-8", errors="replace") for one in shut.rglob("*.*")
    )
    alone = subprocess.run(
        [sys.executable, str(out / "verify.py"), str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stdout + alone.stderr
