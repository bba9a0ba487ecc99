"""How messages leave: a file with secrets, apart from the settings, that only its owner reads.

``notify.toml`` in the state folder, mode 0600; or a systemd credential of the name
``tutelage-notify`` (``LoadCredential=tutelage-notify:/etc/…``), which goes before it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tutelage_collector.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "notify.toml"
CREDENTIAL = "tutelage-notify"
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_MIN_SECRET = 16
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server. Nothing is ever sent to it unencrypted or with an unchecked certificate."""

    host: str
    sender: str
    """Address in From."""
    port: int = 587
    security: str = "starttls"
    """``starttls``, or ``tls`` from the first byte (port 465)."""
    account: str = ""
    """"" = the server asks for no password."""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM of an authority of one's own; "" = the system's."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes signed JSON."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    """Key of the HMAC-SHA256 signature."""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Notifiers:
    """Everything that is set up."""

    address: str = ""
    """Of the pages, as people reach them; "" = worked out from ``collector.toml``."""
    email: Mail | None = None
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Apprise URLs by name: ``workflows://…`` for Microsoft Teams, and a hundred more."""

    @property
    def names(self) -> tuple[str, ...]:
        """The ways that can be used, as rotas write them."""
        return (
            *(("email",) if self.email else ()),
            *(f"webhook:{name}" for name in self.webhooks),
            *(f"other:{name}" for name in self.others),
        )


def path_of(folder: Path) -> Path:
    """Return the file that holds: the systemd credential if there is one."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    if given and (Path(given) / CREDENTIAL).is_file():
        return Path(given) / CREDENTIAL
    return folder / FILE_NAME


def load(folder: Path) -> Notifiers:
    """Return what is set up; nothing if there is no file.

    Raises:
        ConfigError: the file is not what it should be, or others can read it.
    """
    path = path_of(folder)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Notifiers()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    if os.name == "posix" and mode & 0o077 and path.parent == folder:
        raise ConfigError(f"{path}: holds passwords and others can read it; run: chmod 0600 {path}")
    return parse(text, path)


def parse(text: str, path: Path) -> Notifiers:
    """Return what ``text`` sets up; ``path`` is where it came from.

    Raises:
        ConfigError: it names file, key and remedy, and shows no secret.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    _only(table, {"address", "email", "webhook", "other"}, f"{path}")
    email = table.get("email")
    return Notifiers(
        address=_address(table.get("address", ""), f"{path}: address"),
        email=_mail(email, f"{path}: [email]") if email is not None else None,
        webhooks={
            name: _webhook(row, f"{path}: [webhook.{name}]")
            for name, row in _named(table, "webhook", path)
        },
        others={
            name: _other(row, f"{path}: [other.{name}]")
            for name, row in _named(table, "other", path)
        },
    )


def save(folder: Path, notifiers: Notifiers) -> Path:
    """Write what is set up, whole or not at all, for the owner only; return the file.

    Raises:
        ConfigError: it cannot be written, or a systemd credential holds.
    """
    path = path_of(folder)
    if path.parent != folder:
        raise ConfigError(f"{path}: a systemd credential holds; change it there")
    parse(dumps(notifiers), path)
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(dumps(notifiers))
        if os.name == "posix" and os.geteuid() == 0:
            # Root sets it up, the service's own account reads it.
            owner = folder.stat()
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
    return path


def dumps(notifiers: Notifiers) -> str:
    """Return what is set up as a file."""
    lines = ["# How messages leave, with their secrets. Read collector/README.md, Messages."]
    if notifiers.address:
        lines += [f"address = {_text(notifiers.address)}"]
    if notifiers.email:
        mail = notifiers.email
        lines += ["", "[email]", f"host = {_text(mail.host)}", f"port = {mail.port}"]
        lines += [f"security = {_text(mail.security)}", f"sender = {_text(mail.sender)}"]
        for key in ("account", "password", "ca_file"):
            if getattr(mail, key):
                lines += [f"{key} = {_text(getattr(mail, key))}"]
    for name, hook in notifiers.webhooks.items():
        lines += ["", f"[webhook.{name}]", f"url = {_text(hook.url)}"]
        lines += [f"secret = {_text(hook.secret)}"]
        lines += [f"ca_file = {_text(hook.ca_file)}"] if hook.ca_file else []
    for name, url in notifiers.others.items():
        lines += ["", f"[other.{name}]", f"url = {_text(url)}"]
    return "\n".join(lines) + "\n"


def _mail(row: object, where: str) -> Mail:
    table = _table(row, where)
    _only(table, {"host", "port", "security", "sender", "account", "password", "ca_file"}, where)
    for key in ("host", "sender"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise ConfigError(f"{where} {key}: missing; run: notify set email")
    port = table.get("port", 587)
    if type(port) is not int or not 1 <= port <= _MAX_PORT:
        raise ConfigError(f"{where} port: is outside of 1 to {_MAX_PORT}")
    if table.get("security", "starttls") not in {"starttls", "tls"}:
        raise ConfigError(f"{where} security: write starttls or tls; nothing goes unencrypted")
    if not re.fullmatch(r"[^@\s<>]+@[A-Za-z0-9.-]+", table["sender"]):
        raise ConfigError(f"{where} sender: is no e-mail address")
    return Mail(**{key: _plain(value, f"{where} {key}") for key, value in table.items()})


def _webhook(row: object, where: str) -> Webhook:
    table = _table(row, where)
    _only(table, {"url", "secret", "ca_file"}, where)
    found = Webhook(
        **{key: str(value) for key, value in ({"url": "", "secret": ""} | table).items()}
    )
    _address(found.url, f"{where} url", needed=True)
    if len(found.secret) < _MIN_SECRET:
        raise ConfigError(f"{where} secret: write at least {_MIN_SECRET} characters")
    return found


def _other(row: object, where: str) -> str:
    table = _table(row, where)
    _only(table, {"url"}, where)
    url = table.get("url")
    if not isinstance(url, str) or "://" not in url:
        raise ConfigError(f"{where} url: write an Apprise address, for example workflows://…")
    return url


def _address(value: object, where: str, *, needed: bool = False) -> str:
    if not value and not needed:
        return ""
    parts = urlsplit(str(value))
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise ConfigError(f"{where}: write it as https://…")
    if parts.scheme == "http" and not local:
        raise ConfigError(f"{where}: http leaves this machine unencrypted; write https://…")
    return str(value).rstrip("/") if not needed else str(value)


def _named(table: dict[str, Any], name: str, path: Path) -> list[tuple[str, object]]:
    rows = _table(table.get(name, {}), f"{path}: {name}")
    for key in rows:
        if not _NAME.fullmatch(key):
            raise ConfigError(f"{path}: [{name}.{key}]: write lower-case letters, digits, hyphens")
    return list(rows.items())


def _table(row: object, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise ConfigError(f"{where}: write it as a table")
    return row


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(
                f"{where} {key}: not a setting; known here: {', '.join(sorted(known))}"
            )


def _plain(value: object, where: str) -> Any:
    if not isinstance(value, str | int) or "\n" in str(value):
        raise ConfigError(f"{where}: write one line of text in quotes")
    return value


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a basic TOML string
