"""E-mail, webhooks and chat: encrypted, signed, with a password, and without a word of content."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import receivers
from example_rota import FRIDAY_NIGHT
from receivers import Hook, MailServer
from tutelage_collector.errors import ConfigError
from tutelage_collector.notify import mail, others, settings, webhook
from tutelage_collector.notify.message import DeliveryError, Message

if TYPE_CHECKING:
    from pathlib import Path


TEST = Message("0123456789abcdef", 5, 1, "https://collector.example/alerts", FRIDAY_NIGHT)


def test_mail_goes_over_tls_with_a_password_and_says_nothing(post: MailServer) -> None:
    mail.send(post.settings, "night@school.example", TEST)
    (taken,) = post.mails
    assert taken["Subject"] == "Tutelage: an alert of grade 5 waits"
    assert taken["Message-ID"] == "<0123456789abcdef@school.example>"
    assert taken["Importance"] == "high"
    assert taken.get_content().startswith(  # type: ignore[attr-defined]
        "An alert of grade 5 waits: open https://collector.example/alerts\r\n"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ca_file": ""}, "certificate is not trusted"),
        ({"password": "wrong"}, r"refused the account or its password \(535\)"),
        ({"port": 9}, "does not answer"),
        ({"host": "127.0.0.1"}, "certificate is not trusted"),
    ],
)
def test_a_mail_server_that_is_not_what_it_should_be_gets_nothing(
    post: MailServer, change: dict[str, object], said: str
) -> None:
    with pytest.raises(DeliveryError, match=said) as error:
        mail.send(replace(post.settings, **change), "night@school.example", TEST)  # type: ignore[arg-type]
    assert "@" not in str(error.value)
    assert not error.value.for_good
    assert post.raw == []


def test_a_mail_server_without_encryption_is_told_nothing() -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    port = receivers.free_port()
    plain = Controller(Sink(), hostname="localhost", port=port, ready_timeout=20)
    plain.start()
    try:
        found = settings.Mail("localhost", "a@school.example", port, account="a", password="b")
        with pytest.raises(DeliveryError, match="offers no encryption"):
            mail.send(found, "night@school.example", TEST)
    finally:
        plain.stop()


def test_a_refused_recipient_is_given_up_and_a_busy_server_is_not(post: MailServer) -> None:
    post.refuse = "550 nobody of this name"
    with pytest.raises(DeliveryError, match=r"refused the recipient \(550\)") as error:
        mail.send(post.settings, "night@school.example", TEST)
    assert error.value.for_good
    post.refuse = "450 busy"
    with pytest.raises(DeliveryError) as error:
        mail.send(post.settings, "night@school.example", TEST)
    assert not error.value.for_good


def test_a_webhook_is_signed_and_a_redirect_is_not_followed(hook: Hook) -> None:
    webhook.send(hook.settings, TEST)
    assert hook.bodies == [
        {
            "id": "0123456789abcdef",
            "kind": "alert",
            "grade": 5,
            "waiting": 1,
            "text": "An alert of grade 5 waits: open https://collector.example/alerts",
            "open": "https://collector.example/alerts",
        }
    ]
    forged = replace(hook.settings, secret="another secret of sixteen")
    with pytest.raises(DeliveryError, match="answered 401") as error:
        webhook.send(forged, TEST)
    assert error.value.for_good
    hook.answer = 302
    with pytest.raises(DeliveryError, match="answered 302"):
        webhook.send(hook.settings, TEST)
    hook.answer = 503
    with pytest.raises(DeliveryError) as error:
        webhook.send(hook.settings, TEST)
    assert not error.value.for_good


def test_what_is_secret_lies_in_a_file_that_others_cannot_read(folder: Path) -> None:
    found = settings.Notifiers(
        "https://pages.example",
        settings.Mail("smtp.example", "a@school.example", password='quo"ted\\'),
        {"desk": settings.Webhook("https://hooks.example/1", "s" * 20)},
        {"teams": "workflows://host/id/secret"},
    )
    path = settings.save(folder, found)
    assert settings.load(folder) == found
    assert found.names == ("email", "webhook:desk", "other:teams")
    assert "quo" not in repr(found)
    assert "workflows" not in repr(found)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o640)
        with pytest.raises(ConfigError, match="chmod 0600"):
            settings.load(folder)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away"
)
def test_what_root_sets_up_belongs_to_the_services_account(folder: Path) -> None:
    os.chown(folder, 12_345, 12_345)
    path = settings.save(folder, settings.Notifiers(address="https://pages.example"))
    assert (path.stat().st_uid, path.stat().st_gid) == (12_345, 12_345)


def test_a_systemd_credential_goes_before_the_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save(folder, settings.Notifiers(address="https://from-the-file.example"))
    (tmp_path / settings.CREDENTIAL).write_text('address = "https://from-systemd.example"\n')
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings.load(folder).address == "https://from-systemd.example"
    with pytest.raises(ConfigError, match="change it there"):
        settings.save(folder, settings.Notifiers())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[email]\nhost = "a"\nsender = "b"\n', "sender: is no e-mail address"),
        ('[email]\nhost = "a"\nsender = "b@c"\nsecurity = "none"\n', "nothing goes unencrypted"),
        ('[webhook.a]\nurl = "http://elsewhere.example"\nsecret = "0123456789abcdef"\n', "https"),
        ('[webhook.a]\nurl = "https://a.example"\nsecret = "short"\n', "at least 16"),
        ('[webhook."A b"]\nurl = ""\n', "lower-case letters"),
        ("[pigeon]\n", "known here: address, email, other, webhook"),
        ('[other.a]\nurl = "teams"\n', "an Apprise address"),
    ],
)
def test_a_mistake_in_the_settings_names_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        settings.parse(text, tmp_path / "notify.toml")


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # inside of Apprise
def test_a_chat_service_gets_the_same_words_and_its_address_is_never_shown(hook: Hook) -> None:
    hook.signed = False
    others.send(f"json://localhost:{hook.port}/token-of-the-channel", TEST)
    sent = hook.bodies[0]
    assert sent["title"] == "Tutelage: an alert of grade 5 waits"
    assert sent["message"].startswith("An alert of grade 5 waits: open https://collector.example")
    hook.answer = 500
    with pytest.raises(DeliveryError, match="did not take the message") as error:
        others.send(f"json://localhost:{hook.port}/token-of-the-channel", TEST)
    assert not error.value.for_good
    with pytest.raises(DeliveryError, match="not one that Apprise knows") as error:
        others.send("nonsense://token-of-the-channel", TEST)
    assert error.value.for_good
    assert "token" not in str(error.value)
