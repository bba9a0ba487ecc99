"""Passkeys in a real Chromium with virtual authenticators: opening with them, and signing in."""

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
from browsing import fill_in, opened, picture, sign_in, token
from live_collector import SCHOOL, LiveCollector, detection_event
from tutelage_collector import secrecy, state
from tutelage_collector.challenges import Challenges
from tutelage_collector.cli.main import main
from tutelage_collector.recipients import holder
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.records_passkeys import PasskeyWrap
from tutelage_collector.store.records_recipients import KeyState, RecipientKind
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tutelage_collector.state import Credentials
    from tutelage_wire.events import Event

EXCERPT = "an invented sentence"
SPY = """
window.secrets = [];
const real = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = async (asked) => {
  const found = await real(asked);
  const secret = found.getClientExtensionResults().prf?.results?.first;
  if (secret) secrets.push(btoa(String.fromCharCode(...new Uint8Array(secret))));
  return found;
};
"""
"""Notes the secrets that passkeys give to the page."""


@pytest.fixture
def collector(folder: Path) -> Iterator[LiveCollector]:
    """A collector whose pages have a name: browsers allow passkeys nowhere else."""
    with LiveCollector(folder, advertise="localhost") as live:
        yield live


@pytest.fixture
def event(collector: LiveCollector) -> Event:
    """What a real device sealed."""
    device = collector.device("Library-PC-01")
    made = detection_event(device, excerpt=EXCERPT)
    device.send(device.close_batch([codec.encode_event(made)]))
    return made


class Person:
    """Somebody with a browser of their own, and what they hold in their hand."""

    def __init__(self, chromium: Any, web: str) -> None:
        self.web = web
        self.context = chromium.new_context()
        self.page = self.context.new_page()
        self.sent: list[str] = []
        self.page.on("request", lambda one: self.sent.append(one.url + (one.post_data or "")))
        self.page.add_init_script(SPY)
        self.tools = self.context.new_cdp_session(self.page)
        self.tools.send("WebAuthn.enable")
        self.held: list[str] = []

    def take(self, *, secrets: bool = True) -> str:
        """Take a security key in the hand."""
        options = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb",
            "hasResidentKey": True, "hasUserVerification": True, "hasPrf": secrets,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.held.append(made["authenticatorId"])
        return self.held[-1]

    def lay_down(self) -> None:
        """Have no security key at hand."""
        for one in self.held:
            self.tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": one})
        self.held.clear()

    def signs_in(self, name: str, password: str) -> Person:
        fill_in(self.page, self.web, name, password)
        return self

    def adds(self, name: str, password: str, passphrase: str = "") -> str:
        """Add a passkey; return what the page says of it."""
        self.page.goto(f"{self.web}/account/passkeys")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        if passphrase:
            self.page.fill("#passphrase", passphrase)
        self.page.click("#add-passkey button")
        self.page.wait_for_selector("#done:not([hidden]), #trouble:not([hidden])")
        shown = "#done" if self.page.is_visible("#done") else "#trouble"
        return str(self.page.text_content(shown))

    def opens(self, event: Event) -> str:
        """Open an alert with a passkey; return the words, or what the page says."""
        self.page.goto(f"{self.web}/alerts/{event.id}")
        self.page.click("#open [data-passkey]")
        self.page.wait_for_selector("#opened:not([hidden]), #trouble:not([hidden])")
        shown = "#excerpt" if self.page.is_visible("#opened") else "#trouble"
        return str(self.page.text_content(shown))

    def signs_in_by_passkey(self) -> str:
        """Sign in with a passkey; return what the page says, "" = signed in."""
        self.page.goto(f"{self.web}/sign-in")
        self.page.click("#by-passkey button")
        self.page.wait_for_selector("#passkey-trouble:not([hidden]), a.who")
        if "/sign-in" not in self.page.url:
            return ""
        return str(self.page.text_content("#passkey-trouble"))


@pytest.fixture
def lead(collector: LiveCollector, credentials: Credentials, chromium: Any) -> Person:
    """The safeguarding lead, signed in, with a security key in the hand."""
    person = Person(chromium, collector.serving.web)
    person.take()
    return person.signs_in("dsl", dict(credentials.passwords)["dsl"])


@pytest.fixture
def with_passkey(lead: Person, credentials: Credentials) -> Person:
    """The same, who has added it."""
    password = dict(credentials.passwords)["dsl"]
    said = lead.adds("the key on my key ring", password, credentials.dsl_passphrase)
    assert said == "It is added: it signs you in, and opens what is sealed."
    return lead


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def actions(collector: LiveCollector) -> list[str]:
    with collector.store() as store:
        return [row.action for row in store.audit_rows()]


def test_a_passkey_opens_what_a_device_sealed_and_its_secret_never_leaves_the_page(
    collector: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
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
            assert secret not in one
            assert web64 not in one
    carried = "".join(with_passkey.sent)
    assert "prf" not in carried
    assert credentials.dsl_passphrase not in carried
    assert {"passkey added", "passkey opens key", "sealed excerpt fetched"} <= set(
        actions(collector)
    )
    held = [file for file in collector.settings.folder.rglob("*") if file.is_file()]
    for secret in secrets:
        assert not any(base64.b64decode(secret) in file.read_bytes() for file in held)


def test_a_passkey_keeps_the_key_unlocked_as_the_passphrase_does(
    collector: LiveCollector, with_passkey: Person, event: Event
) -> None:
    assert with_passkey.opens(event) == EXCERPT
    page = with_passkey.page
    page.reload()
    page.wait_for_selector("#key:not([hidden])")
    page.click("#open button >> nth=0")
    page.wait_for_selector("#opened:not([hidden])")
    assert page.text_content("#excerpt") == EXCERPT


def test_each_of_several_passkeys_opens_and_a_removed_one_does_not(
    collector: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
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
    with collector.store() as store:
        (left,) = store.passkeys("dsl")
        assert [one.credential_id for one in store.passkey_wraps("dsl")] == [left.id]
    assert "passkey removed" in actions(collector)
    # The last one removed too, the page offers the passphrase alone.
    page.goto(f"{lead.web}/account/passkeys")
    page.click("button:has-text('Remove my telephone')")
    page.wait_for_selector("text=None yet.")
    page.goto(f"{lead.web}/alerts/{event.id}")
    page.fill("#passphrase", credentials.dsl_passphrase)
    assert page.is_hidden("#open [data-passkey]")
    page.click("#open button")
    page.wait_for_selector("#opened:not([hidden])")


def test_a_wrapped_key_that_was_changed_or_moved_opens_nothing_and_the_passphrase_still_does(
    collector: LiveCollector, with_passkey: Person, credentials: Credentials, event: Event
) -> None:
    lead = with_passkey
    with collector.store() as store:
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
    with collector.store() as store:
        other = next(one for one in store.passkeys("dsl") if one.id != wrap.credential_id)
        store.wrap_for_passkey(
            PasskeyWrap(other.id, wrap.key_id, wrap.nonce, wrap.ciphertext, wrap.added_at)
        )
    assert "what it opens was changed" in lead.opens(event)
    lead.page.fill("#passphrase", credentials.dsl_passphrase)
    lead.page.click("#open button >> nth=0")
    lead.page.wait_for_selector("#opened:not([hidden])")


def test_another_persons_passkey_is_neither_offered_nor_kept(
    collector: LiveCollector, with_passkey: Person, chromium: Any, event: Event
) -> None:
    with collector.store() as store:
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
    with opened(collector) as client:
        client.post("/sign-in", data={"name": "deputy-1", "password": "a-password-of-the-deputy"})
        form = {"form_token": token(client)}
        wrapped = {"nonce": base64_of(b"n" * 12), "ciphertext": base64_of(b"c" * 48)}
        key = {"key_id": own[0]["key_id"]}
        for path, more in (("remove", {}), ("wrap", {**wrapped, **key})):
            answer = client.post(f"/account/passkeys/{leads.id}/{path}", data=form | more)
            assert answer.status_code == 404
        (mine,) = [one["passkeys"][0]["credential_id"] for one in own]
        with collector.store() as store:
            theirs = next(one.key_id for one in store.recipients() if one.name == "dsl")
        answer = client.post(
            f"/account/passkeys/{mine}/wrap", data=form | wrapped | {"key_id": theirs}
        )
        assert answer.status_code == 404


def test_a_passkey_that_gives_no_secret_says_so_and_signs_in_all_the_same(
    collector: LiveCollector, lead: Person, credentials: Credentials
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
    collector: LiveCollector, lead: Person, credentials: Credentials
) -> None:
    password = dict(credentials.passwords)["dsl"]
    assert "does not open your key" in lead.adds("a", password, "not the passphrase")
    assert "not your present password" in lead.adds("a", "guessed", credentials.dsl_passphrase)
    found = lead.tools.send("WebAuthn.getCredentials", {"authenticatorId": lead.held[0]})
    assert found["credentials"] == []
    with collector.store() as store:
        assert store.passkeys() == []
    assert "passkey refused" in actions(collector)


def test_signing_in_with_a_passkey_is_on_record_and_ends_with_it(
    collector: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    lead = with_passkey
    lead.context.clear_cookies()
    lead.page.goto(f"{lead.web}/sign-in")
    picture(lead.page, "sign-in")
    assert lead.signs_in_by_passkey() == ""
    assert lead.page.text_content("a.who") == "Safeguarding lead"
    with collector.store() as store:
        (passkey,) = store.passkeys("dsl")
        assert passkey.used_at is not None
        (row,) = [one for one in store.audit_rows() if passkey.short in one.detail
                  and one.action == "signed in"]  # fmt: skip
        assert row.actor == "dsl"
        store.set_account_active("dsl", active=False)
    assert "does not sign in here" in lead.signs_in_by_passkey()
    with collector.store() as store:
        store.set_account_active("dsl", active=True)
    assert lead.signs_in_by_passkey() == ""
    with collector.store() as store:
        store.remove_passkey(passkey.id)
    lead.context.clear_cookies()
    assert "does not sign in here" in lead.signs_in_by_passkey()
    assert "sign-in refused" in actions(collector)


def test_an_answer_signs_in_once_and_only_for_what_was_asked(
    collector: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    lead = with_passkey
    lead.context.clear_cookies()
    assert lead.signs_in_by_passkey() == ""
    (sent,) = [one for one in lead.sent if "/sign-in/passkeyanswer=" in one]
    answer = re.sub(r"^.*?answer=", "", sent)
    row = json.loads(unquote_plus(answer))
    with opened(collector) as client:
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
    collector: LiveCollector, with_passkey: Person, credentials: Credentials
) -> None:
    (sent,) = [one for one in with_passkey.sent if "/account/passkeysform_token=" in one]
    fields = {name: one[0] for name, one in parse_qs(sent.split("passkeys", 1)[1]).items()}
    with opened(collector) as client:
        sign_in(client, credentials, Role.DSL)
        fields["form_token"] = token(client)
        assert client.post("/account/passkeys", data=fields).status_code == 409
    with collector.store() as store:
        assert len(store.passkeys()) == 1


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
    leaf = x509.load_pem_x509_certificates((folder / "tls/server.crt.pem").read_bytes())[0]
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


def test_passkeys_go_with_the_account_and_what_they_open_with_the_key(
    collector: LiveCollector, with_passkey: Person
) -> None:
    with collector.store() as store:
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
    collector: LiveCollector, with_passkey: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--state", str(collector.settings.folder), "recipient", "passkey"]
    assert main([*command, "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    with collector.store() as store:
        (key,) = [one.key_id for one in store.recipients()]
    assert row["account"] == "dsl"
    assert row["name"] == "the key on my key ring"
    assert row["opens"] == key
    assert main([*command, "remove", "no-such-one"]) == 2
    assert "recipient passkey list" in capsys.readouterr().err
    assert main([*command, "remove", row["passkey"]]) == 0
    assert main([*command, "list"]) == 0
    with collector.store() as store:
        assert store.passkeys() == []
        assert store.passkey_wraps() == []
    assert "passkey removed" in actions(collector)
