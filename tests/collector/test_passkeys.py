"""Passkeys in a real Chromium with virtual authenticators: opening with them, and signing in."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from browsing import opened, picture, token
from live_collector import SCHOOL, LiveCollector
from passkey_holder import Person
from tutelage_collector import secrecy, state
from tutelage_collector.cli.main import main
from tutelage_collector.recipients import holder
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.records_passkeys import PasskeyWrap
from tutelage_collector.store.records_recipients import KeyState, RecipientKind
from tutelage_wire import times

if TYPE_CHECKING:
    from tutelage_collector.state import Credentials
    from tutelage_wire.events import Event

EXCERPT = "an invented sentence"


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def actions(collector: LiveCollector) -> list[str]:
    with collector.store() as store:
        return [row.action for row in store.audit_rows()]


def opened_elsewhere(collector: LiveCollector, secret: str) -> bool:
    """Open what the browser wrapped with another implementation, by what the label says."""
    with collector.store() as store:
        (wrap,) = store.passkey_wraps()
        key = next(one for one in store.recipients() if one.key_id == wrap.key_id)
    bound = b"\0".join(
        one.encode() for one in ("tutelage/passkey-wrapped-key/v1", wrap.key_id, wrap.credential_id)
    )
    wrapping = HKDF(hashes.SHA256(), 32, b"", bound).derive(base64.b64decode(secret))
    raw = AESGCM(wrapping).decrypt(wrap.nonce, wrap.ciphertext, bound)
    public = x25519.X25519PrivateKey.from_private_bytes(raw).public_key()
    return public.public_bytes_raw() == key.public_key


def test_a_passkey_opens_what_a_device_sealed_and_its_secret_never_leaves_the_page(
    named: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
) -> None:
    picture(with_passkey.page, "passkeys")
    made = with_passkey.page.evaluate("secrets")
    with_passkey.page.goto(f"{with_passkey.web}/alerts/{event.id}")
    with_passkey.page.wait_for_selector("#open [data-passkey]:not([hidden])")
    picture(with_passkey.page, "alert-with-passkey")
    assert with_passkey.opens(event) == EXCERPT
    secrets = made + with_passkey.page.evaluate("secrets")
    assert secrets
    for secret in secrets:
        web64 = secret.rstrip("=").replace("+", "-").replace("/", "_")
        for one in with_passkey.sent:
            assert secret not in unquote(one)
            assert web64 not in one
    carried = "".join(with_passkey.sent)
    assert "prf" not in carried
    assert credentials.dsl_passphrase not in carried
    assert {"passkey added", "passkey opens key", "sealed excerpt fetched"} <= set(actions(named))
    assert opened_elsewhere(named, secrets[0])
    held = [file for file in named.settings.folder.rglob("*") if file.is_file()]
    for secret in secrets:
        assert not any(base64.b64decode(secret) in file.read_bytes() for file in held)


def test_a_passkey_keeps_the_key_unlocked_as_the_passphrase_does(
    named: LiveCollector, with_passkey: Person, event: Event
) -> None:
    assert with_passkey.opens(event) == EXCERPT
    page = with_passkey.page
    page.reload()
    page.wait_for_selector("#key:not([hidden])")
    page.click("#open button >> nth=0")
    page.wait_for_selector("#opened:not([hidden])")
    assert page.text_content("#excerpt") == EXCERPT


@pytest.mark.slow
def test_each_of_several_passkeys_opens_and_a_removed_one_does_not(
    named: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
) -> None:
    lead, page = with_passkey, with_passkey.page
    first = lead.held[0]
    lead.tools.send(
        "WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": first, "enabled": False}
    )
    lead.take()
    password = dict(credentials.passwords)["dsl"]
    assert "opens what is sealed" in lead.adds("my telephone", password, credentials.dsl_passphrase)
    assert lead.opens(event) == EXCERPT
    page.click("#lock")
    # The one on the key ring is lost: it is removed, and only the telephone opens.
    page.goto(f"{lead.web}/account/passkeys")
    page.click("button:has-text('Remove the key on my key ring')")
    page.wait_for_selector("text=my telephone")
    assert "key ring" not in page.text_content("#held + table")
    assert lead.opens(event) == EXCERPT
    page.click("#lock")
    lead.tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": lead.held.pop()})
    lead.tools.send(
        "WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": first, "enabled": True}
    )
    assert "not on this computer" in lead.opens(event)
    with named.store() as store:
        (left,) = store.passkeys("dsl")
        assert [one.credential_id for one in store.passkey_wraps("dsl")] == [left.id]
    assert "passkey removed" in actions(named)
    # The last one removed too, the page offers the passphrase alone.
    page.goto(f"{lead.web}/account/passkeys")
    page.click("button:has-text('Remove my telephone')")
    page.wait_for_selector("text=None yet.")
    page.goto(f"{lead.web}/alerts/{event.id}")
    page.fill("#passphrase", credentials.dsl_passphrase)
    assert page.is_hidden("#open [data-passkey]")
    page.click("#open button")
    page.wait_for_selector("#opened:not([hidden])")


@pytest.mark.slow
def test_a_wrapped_key_that_was_changed_or_moved_opens_nothing_and_the_passphrase_still_does(
    named: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
) -> None:
    lead = with_passkey
    with named.store() as store:
        (wrap,) = store.passkey_wraps("dsl")
        spoilt = bytes([wrap.ciphertext[0] ^ 1]) + wrap.ciphertext[1:]
        store.wrap_for_passkey(
            PasskeyWrap(wrap.credential_id, wrap.key_id, wrap.nonce, spoilt, wrap.added_at)
        )
    assert "what it opens was changed" in lead.opens(event)
    # Whoever owns the database gives this passkey what another passkey opens.
    lead.tools.send(
        "WebAuthn.setAutomaticPresenceSimulation",
        {"authenticatorId": lead.held[0], "enabled": False},
    )
    lead.take()
    password = dict(credentials.passwords)["dsl"]
    lead.adds("my telephone", password, credentials.dsl_passphrase)
    with named.store() as store:
        other = next(one for one in store.passkeys("dsl") if one.id != wrap.credential_id)
        store.wrap_for_passkey(
            PasskeyWrap(other.id, wrap.key_id, wrap.nonce, wrap.ciphertext, wrap.added_at)
        )
    assert "what it opens was changed" in lead.opens(event)
    lead.page.fill("#passphrase", credentials.dsl_passphrase)
    lead.page.click("#open button >> nth=0")
    lead.page.wait_for_selector("#opened:not([hidden])")


@pytest.mark.slow
def test_another_persons_passkey_is_neither_offered_nor_kept(
    named: LiveCollector, with_passkey: Person, chromium: Any, event: Event
) -> None:
    with named.store() as store:
        hashed = secrecy.hash_password("a-password-of-the-deputy")
        store.add_account(Account("deputy-1", Role.DSL, SCHOOL, hashed))
        drawn = holder.draw("deputy-1", RecipientKind.DEPUTY)
        store.add_recipient(state.recipient_of(drawn.own.offer, "", times.utc_now()))
        (leads,) = store.passkeys("dsl")
    deputy = Person(chromium, with_passkey.web)
    deputy.take()
    deputy.signs_in("deputy-1", "a-password-of-the-deputy")
    said = deputy.adds("mine", "a-password-of-the-deputy", drawn.passphrase)
    assert "opens what is sealed" in said
    own = deputy.page.evaluate("fetch('/recipients/own').then((one) => one.json())")
    assert leads.id not in json.dumps(own)
    # The lead takes the deputy's security key by mistake: it holds no passkey of the lead's.
    (credential,) = deputy.tools.send(
        "WebAuthn.getCredentials", {"authenticatorId": deputy.held[0]}
    )["credentials"]
    with_passkey.lay_down()
    with_passkey.tools.send(
        "WebAuthn.addCredential",
        {"authenticatorId": with_passkey.take(), "credential": credential},
    )
    assert "not on this computer" in with_passkey.opens(event)
    # Nor does one account touch another's passkeys.
    with opened(named) as client:
        client.post("/sign-in", data={"name": "deputy-1", "password": "a-password-of-the-deputy"})
        form = {"form_token": token(client)}
        wrapped = {"nonce": base64_of(b"n" * 12), "ciphertext": base64_of(b"c" * 48)}
        key = {"key_id": own[0]["key_id"]}
        for path, more in (("remove", {}), ("wrap", {**wrapped, **key})):
            answer = client.post(f"/account/passkeys/{leads.id}/{path}", data=form | more)
            assert answer.status_code == 404
        (mine,) = [one["passkeys"][0]["credential_id"] for one in own]
        with named.store() as store:
            theirs = next(one.key_id for one in store.recipients() if one.name == "dsl")
        answer = client.post(
            f"/account/passkeys/{mine}/wrap", data=form | wrapped | {"key_id": theirs}
        )
        assert answer.status_code == 404


def test_a_passkey_that_gives_no_secret_says_so_and_signs_in_all_the_same(
    named: LiveCollector, lead: Person, credentials: Credentials
) -> None:
    lead.lay_down()
    lead.take(secrets=False)
    password = dict(credentials.passwords)["dsl"]
    said = lead.adds("an old key", password, credentials.dsl_passphrase)
    assert said.startswith("This passkey can sign you in, but it cannot open what is sealed")
    assert "Your passphrase goes on opening everything." in said
    picture(lead.page, "passkey-without-secret")
    assert lead.page.text_content("#held + table .tag") == "no"
    lead.context.clear_cookies()
    assert lead.signs_in_by_passkey() == ""


def test_one_that_was_added_for_signing_in_is_let_open_later(
    lead: Person, credentials: Credentials, event: Event
) -> None:
    lead.adds("my office computer", dict(credentials.passwords)["dsl"])
    page = lead.page
    page.click("summary")
    page.fill("form.wrap [data-passphrase]", "not the passphrase")
    page.click("form.wrap button")
    page.wait_for_selector("#trouble:not([hidden])")
    page.fill("form.wrap [data-passphrase]", credentials.dsl_passphrase)
    page.click("form.wrap button")
    page.wait_for_selector("#done:not([hidden])")
    assert lead.opens(event) == EXCERPT


def test_a_slip_in_password_or_passphrase_makes_no_passkey(
    named: LiveCollector, lead: Person, credentials: Credentials
) -> None:
    password = dict(credentials.passwords)["dsl"]
    assert "does not open your key" in lead.adds("a", password, "not the passphrase")
    assert "not your present password" in lead.adds("a", "guessed", credentials.dsl_passphrase)
    found = lead.tools.send("WebAuthn.getCredentials", {"authenticatorId": lead.held[0]})
    assert found["credentials"] == []
    with named.store() as store:
        assert store.passkeys() == []
    assert "passkey refused" in actions(named)


def test_passkeys_go_with_the_account_and_what_they_open_with_the_key(
    named: LiveCollector, with_passkey: Person
) -> None:
    with named.store() as store:
        (passkey,), (wrap,) = store.passkeys("dsl"), store.passkey_wraps()
        store.rebuild()
        assert store.passkeys() == [passkey]
        store.end_recipient(wrap.key_id, KeyState.REMOVED, times.utc_now())
        assert store.passkey_wraps() == []
        assert store.passkeys() == [passkey]
        before = store.account("dsl")
        assert before is not None
        store.add_account(before)  # as ICT gives it a new password
        assert store.passkeys() == []


def test_passkeys_are_listed_and_removed_in_the_terminal(
    named: LiveCollector, with_passkey: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--state", str(named.settings.folder), "recipient", "passkey"]
    assert main([*command, "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    with named.store() as store:
        (key,) = [one.key_id for one in store.recipients()]
    assert row["account"] == "dsl"
    assert row["name"] == "the key on my key ring"
    assert row["opens"] == key
    assert main([*command, "remove", "no-such-one"]) == 2
    assert "recipient passkey list" in capsys.readouterr().err
    assert main([*command, "remove", row["passkey"]]) == 0
    assert main([*command, "list"]) == 0
    with named.store() as store:
        assert store.passkeys() == []
        assert store.passkey_wraps() == []
    assert "passkey removed" in actions(named)
