"""Passkeys in a real Chromium with virtual authenticators: signing in with them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

import browsing
from browsing import opened, picture, sign_in, token
from live_collector import LiveCollector, detection_event
from passkey_holder import Person
from tutelage_collector import approvals
from tutelage_collector.challenges import Challenges
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tutelage_collector.state import Credentials

EXCERPT = "an invented sentence"


def actions(collector: LiveCollector) -> list[str]:
    with collector.store() as store:
        return [row.action for row in store.audit_rows()]


def test_signing_in_with_a_passkey_is_on_record_and_ends_with_it(
    named: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    lead = with_passkey
    lead.context.clear_cookies()
    lead.page.goto(f"{lead.web}/sign-in")
    picture(lead.page, "sign-in")
    assert lead.signs_in_by_passkey() == ""
    assert lead.page.text_content("a.who") == "Safeguarding lead"
    with named.store() as store:
        (passkey,) = store.passkeys("dsl")
        assert passkey.used_at is not None
        (row,) = [one for one in store.audit_rows() if passkey.short in one.detail
                  and one.action == "signed in"]  # fmt: skip
        assert row.actor == "dsl"
        store.set_account_active("dsl", active=False)
    assert "does not sign in here" in lead.signs_in_by_passkey()
    with named.store() as store:
        store.set_account_active("dsl", active=True)
    assert lead.signs_in_by_passkey() == ""
    with named.store() as store:
        store.remove_passkey(passkey.id)
    lead.context.clear_cookies()
    assert "does not sign in here" in lead.signs_in_by_passkey()
    assert "sign-in refused" in actions(named)


def test_an_answer_signs_in_once_and_only_for_what_was_asked(
    named: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    lead = with_passkey
    lead.context.clear_cookies()
    assert lead.signs_in_by_passkey() == ""
    (sent,) = [one for one in lead.sent if "/sign-in/passkeyanswer=" in one]
    answer = re.sub(r"^.*?answer=", "", sent)
    row = json.loads(unquote_plus(answer))
    with opened(named) as client:
        assert client.post("/sign-in/passkey", data={"answer": json.dumps(row)}).status_code == 401
        for field in ("signature", "authenticatorData", "clientDataJSON", "userHandle"):
            changed = json.loads(json.dumps(row))
            whole = changed["response"][field]
            changed["response"][field] = ("A" if whole[0] != "A" else "B") + whole[1:]
            sent_again = client.post("/sign-in/passkey", data={"answer": json.dumps(changed)})
            assert sent_again.status_code == 401
        for junk in ("", "{}", "[]", "null", '{"id": 1}', "[" * 5000):
            assert client.post("/sign-in/passkey", data={"answer": junk}).status_code in {401, 429}
        assert "tutelage" not in client.cookies


def test_a_challenge_is_good_once_for_one_purpose_and_for_five_minutes() -> None:
    drawn, now = Challenges(), times.utc_now()
    one = drawn.draw("sign in", now)
    assert drawn.holds(one, "sign in", now)
    assert not drawn.holds(one, "make dsl", now)
    assert not Challenges().holds(one, "sign in", now)
    assert not drawn.holds(one, "sign in", _later(now, 301))
    assert not drawn.holds(one[:-1] + bytes([one[-1] ^ 1]), "sign in", now)
    assert not drawn.holds(b"", "sign in", now)
    assert drawn.spend(one, now)
    assert not drawn.holds(one, "sign in", now)
    assert not drawn.spend(one, now)


def _later(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=seconds)


def test_a_passkey_is_kept_once_and_only_in_the_session_that_asked(
    named: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    (sent,) = [one for one in with_passkey.sent if "/account/passkeysform_token=" in one]
    fields = {name: one[0] for name, one in parse_qs(sent.split("passkeys", 1)[1]).items()}
    with opened(named) as client:
        sign_in(client, credentials, Role.DSL)
        fields["form_token"] = token(client)
        assert client.post("/account/passkeys", data=fields).status_code == 409
    with named.store() as store:
        assert len(store.passkeys()) == 1


@pytest.mark.slow
def test_at_a_schools_own_name_passkeys_work_there_and_nowhere_else(
    folder: Path, credentials: Credentials
) -> None:
    """The public address in the settings decides; localhost is another place."""
    name = "tutelage.school.example"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "collector.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[pages]\naddress = "https://{name}:{port}"\n')
    leaf = x509.load_pem_x509_certificates((folder / "tls/server.pem").read_bytes())[0]
    spki = leaf.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pin = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    flags = (f"--host-resolver-rules=MAP {name} 127.0.0.1",
             f"--ignore-certificate-errors-spki-list={pin}")  # fmt: skip
    password = dict(credentials.passwords)["dsl"]
    with (
        LiveCollector(folder, host="0.0.0.0", advertise="localhost", web_port=port) as collector,
        browsing.chromium(*flags) as chromium,
    ):
        device = collector.device("Library-PC-01")
        event = detection_event(device, excerpt=EXCERPT)
        device.send(device.close_batch([codec.encode_event(event)]))
        lead = Person(chromium, f"https://{name}:{port}")
        lead.take()
        lead.signs_in("dsl", password)
        said = lead.adds("my telephone", password, credentials.dsl_passphrase)
        assert "opens what is sealed" in said
        assert lead.opens(event) == EXCERPT
        lead.context.clear_cookies()
        assert lead.signs_in_by_passkey() == ""
        with collector.store() as store:
            assert [one.rp_id for one in store.passkeys()] == [name]
        # By another name of the same machine the page sends people to the right one.
        other = Person(chromium, f"https://localhost:{port}")
        other.take()
        other.signs_in("dsl", password)
        other.page.goto(f"{other.web}/account/passkeys")
        assert f"https://{name}:{port}" in other.page.text_content("#elsewhere")
        assert other.page.is_visible("#elsewhere")
        assert other.page.is_hidden("#add-passkey")
        other.context.clear_cookies()
        other.page.goto(f"{other.web}/sign-in")
        assert other.page.is_hidden("#by-passkey")
        # An answer that was signed at the other name is refused (a phishing page relays it).
        begin = """async (rp) => {
          const begun = await fetch("/sign-in/passkey/begin", { method: "POST" });
          const { options } = await begun.json();
          const make = await import("/static/passkeys.js");
          const made = await navigator.credentials.create({ publicKey: {
            challenge: new Uint8Array(32), rp: { id: "localhost", name: "x" },
            user: { id: new Uint8Array(8), name: "x", displayName: "x" },
            pubKeyCredParams: [{ type: "public-key", alg: -7 }],
            authenticatorSelection: { residentKey: "required", userVerification: "required" } } });
          const answer = await make.prove({ ...options, rpId: "localhost" });
          const said = JSON.stringify({ ...answer, id: rp, rawId: rp });
          const body = new URLSearchParams({ answer: said });
          return (await fetch("/sign-in/passkey", { method: "POST", body })).status;
        }"""
        with collector.store() as store:
            (passkey,) = store.passkeys()
        assert other.page.evaluate(begin, passkey.id) == 401


def test_at_a_number_the_page_says_why_there_are_no_passkeys(
    folder: Path, credentials: Credentials
) -> None:
    with LiveCollector(folder) as collector, opened(collector) as client:
        sign_in(client, credentials, Role.DSL)
        assert "reached at the number 127.0.0.1" in client.get("/account/passkeys").text
        client.cookies.clear()
        assert "passkey" not in client.get("/sign-in").text


def test_the_second_of_two_people_decides_with_a_passkey_when_asked_again(
    folder: Path, credentials: Credentials, chromium: Any
) -> None:
    moved = [timedelta(0)]
    clock = lambda: times.utc_now() + moved[0]  # noqa: E731
    password = dict(credentials.passwords)["head"]
    with LiveCollector(folder, clock, advertise="localhost") as live:
        head = Person(chromium, live.serving.web)
        head.take()
        head.signs_in("head", password)
        assert head.adds("the key on my key ring", password) == (
            "It is added. Sign in with it from now on."
        )
        with live.store() as store:
            lead = store.account("dsl")
            assert lead is not None
            asked = approvals.ask(
                store, lead, ApprovalKind.DELETE, "alert 0123", "8.c.1", live.clock()
            )
        moved[0] = timedelta(minutes=11)
        head.page.goto(f"{head.web}/approvals")
        head.page.check("text=Use a passkey")
        picture(head.page, "approvals-prove")
        head.page.click("text=Approve >> nth=0")
        head.page.wait_for_selector("text=Decided, used or void")
        with live.store() as store:
            assert store.approval(asked.id).decided_by == "head"
