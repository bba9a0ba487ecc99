"""The state folder: authority, keys, recipients and the first accounts.

Everything in it is readable by its owner only. What is written here is shown nowhere again: the
passwords and the DSL's passphrase leave in ``Credentials``, once.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from base64 import b64decode, b64encode
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from tutelage_collector import config as settings
from tutelage_collector import pki, projection, secrecy
from tutelage_collector.errors import SecretError, StateError
from tutelage_collector.sealing import Reader
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.sqlite import SqliteStore
from tutelage_wire import keys
from tutelage_wire.bundle import Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from tutelage_collector.config import Config
    from tutelage_collector.pki import Issuer

DSL_RECIPIENT = "dsl"
FIRST_ROLES = (Role.DSL, Role.ICT, Role.HEAD)
"""Those that ``init`` makes accounts for; others are made when somebody has them."""
_ROOT_KEY = "ca/root.key.pem"
_ROOT = "ca/root.crt.pem"
_INTERMEDIATE_KEY = "ca/intermediate.key.pem"
_INTERMEDIATE = "ca/intermediate.crt.pem"
_SERVER_KEY = "tls/server.key.pem"
_SERVER = "tls/server.crt.pem"
_CHECKPOINT_KEY = "keys/checkpoint.key"
_AUDIT_KEY = "keys/audit.key"
_SUBJECT_KEY = "keys/subject.key"
_TOKEN_KEY = "keys/token.key"  # noqa: S105 - a file name
_RECIPIENTS = "keys/recipients.json"
_PURPOSE = "recipient:"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Credentials:
    """What only people may keep; shown once, stored nowhere in clear."""

    dsl_passphrase: str
    """Opens the DSL's private key, and with it every excerpt."""
    passwords: tuple[tuple[str, str], ...]
    """(account name, password) of the first accounts."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a running collector needs of its state folder."""

    root_certificate: bytes
    intermediate: Issuer
    server_key: bytes
    server_chain: bytes
    checkpoint_key: ed25519.Ed25519PrivateKey
    subject_key: bytes
    token_key: bytes
    recipients: tuple[Recipient, ...]


def initialise(
    folder: Path,
    trust: str,
    school: str,
    now: datetime,
    listen: settings.Listen | None = None,
    hosts: Sequence[str] = (),
) -> Credentials:
    """Make a new collector in ``folder``.

    Args:
        folder: is made, mode 0700; must hold no collector yet.
        trust: short name, lower case; goes into every certificate.
        school: short name of the first school.
        now: the present moment.
        listen: addresses; None = the defaults.
        hosts: further names and addresses for the collector's certificate.

    Raises:
        StateError: there is a collector already, or the folder cannot be written.
        ConfigError: a name is not usable.
    """
    settings.check_name(trust, "trust")
    settings.check_name(school, "school")
    chosen = settings.Config(folder, trust, school, listen or settings.Listen())
    if (folder / settings.FILE_NAME).exists():
        raise StateError(f"{folder}: there is a collector here already; choose another folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for part in ("ca", "tls", "keys"):
            (folder / part).mkdir(mode=0o700, exist_ok=True)
        _make_authority(folder, trust, (chosen.listen.advertise, *hosts), now)
        passphrase = _make_keys(folder)
        passwords = _make_accounts(chosen, now)
        # Last, because its presence says that all the rest is there.
        _write(folder / settings.FILE_NAME, settings.dumps(chosen).encode())
    except OSError as error:
        raise StateError(
            f"{folder}: cannot be written ({error.strerror}); choose a folder that this account "
            "may write to, with --state"
        ) from error
    return Credentials(passphrase, passwords)


def load(folder: Path) -> Secrets:
    """Return what ``serve`` needs.

    Raises:
        StateError: a file is missing, broken, or readable by others.
    """
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise StateError(f"{folder}: others can read it; run: chmod 0700 {folder}")
    intermediate = pki.load_issuer(_read(folder, _INTERMEDIATE), _read(folder, _INTERMEDIATE_KEY))
    try:
        checkpoint_key = ed25519.Ed25519PrivateKey.from_private_bytes(
            _read(folder, _CHECKPOINT_KEY)
        )
    except ValueError as error:
        raise StateError(f"{folder / _CHECKPOINT_KEY}: not a key; restore it") from error
    return Secrets(
        root_certificate=_read(folder, _ROOT),
        intermediate=intermediate,
        server_key=_read(folder, _SERVER_KEY),
        server_chain=_read(folder, _SERVER),
        checkpoint_key=checkpoint_key,
        subject_key=_read(folder, _SUBJECT_KEY),
        token_key=_read(folder, _TOKEN_KEY),
        recipients=tuple(Recipient(name, public) for name, public, _ in _recipients(folder)),
    )


def open_store(config: Config) -> SqliteStore:
    """Open the store of a state folder.

    Raises:
        StoreError: it says why not.
    """
    return SqliteStore(
        config.database, config.trust, projection.project, audit_key(config.folder).sign
    )


def audit_key(folder: Path) -> ed25519.Ed25519PrivateKey:
    """Return the key that signs audit rows; a folder of before gets one.

    Raises:
        StateError: it cannot be read or made.
    """
    path = folder / _AUDIT_KEY
    try:
        if not path.exists():
            _write(path, ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
        return ed25519.Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StateError(
            f"{path}: cannot be read ({error}); restore it from a backup: without it the audit "
            "log cannot be added to or checked"
        ) from error


def open_recipient_key(folder: Path, name: str, passphrase: str) -> x25519.X25519PrivateKey:
    """Return a recipient's private key.

    Raises:
        SecretError: no such recipient, or the passphrase is wrong.
    """
    for held, _, wrapped in _recipients(folder):
        if held == name:
            raw = secrecy.unwrap(secrecy.loads(wrapped), passphrase, _PURPOSE + name)
            return x25519.X25519PrivateKey.from_private_bytes(raw)
    raise SecretError(f"no recipient is called {name!r}")


def readers(folder: Path) -> tuple[Reader, ...]:
    """Return everybody to whom words can be sealed.

    Raises:
        StateError: the file of recipients is missing or broken.
    """
    return tuple(Reader(name, public) for name, public, _ in _recipients(folder))


def browser_key(folder: Path, name: str) -> dict[str, object]:
    """Return a recipient's public key, and its private one wrapped for the browser, JSON-ready.

    Raises:
        SecretError: there is no such recipient, or it has no key for browsers.
    """
    try:
        for row in json.loads(_read(folder, _RECIPIENTS)):
            if row["name"] == name:
                return {
                    "key_id": str(row["key_id"]),
                    "public_key": str(row["public_key"]),
                    "wrapped": dict(row["browser_wrapped_private_key"]),
                }
    except (ValueError, KeyError, TypeError) as error:
        raise SecretError(f"recipient {name!r} has no key for browsers") from error
    raise SecretError(f"no recipient is called {name!r}")


def tls_files(folder: Path) -> tuple[Path, Path]:
    """Return where the collector's TLS key and its certificate chain lie."""
    return folder / _SERVER_KEY, folder / _SERVER


def _make_authority(folder: Path, trust: str, hosts: Sequence[str], now: datetime) -> None:
    root = pki.make_root(trust, now)
    intermediate = pki.make_intermediate(root, trust, now)
    server_key = pki.new_key()
    server = pki.make_server(intermediate, server_key, hosts, now)
    _write(folder / _ROOT_KEY, pki.key_pem(root.key))
    _write(folder / _ROOT, pki.pem(root.certificate))
    _write(folder / _INTERMEDIATE_KEY, pki.key_pem(intermediate.key))
    _write(folder / _INTERMEDIATE, pki.pem(intermediate.certificate))
    _write(folder / _SERVER_KEY, pki.key_pem(server_key))
    _write(folder / _SERVER, pki.pem(server) + pki.pem(intermediate.certificate))


def _make_keys(folder: Path) -> str:
    checkpoint_key = ed25519.Ed25519PrivateKey.generate()
    _write(folder / _CHECKPOINT_KEY, checkpoint_key.private_bytes_raw())
    for name in (_SUBJECT_KEY, _TOKEN_KEY):
        _write(folder / name, secrets.token_bytes(_KEY_BYTES))
    passphrase = secrecy.new_password()
    private = x25519.X25519PrivateKey.generate()
    wrapped = secrecy.wrap(private.private_bytes_raw(), passphrase, _PURPOSE + DSL_RECIPIENT)
    public = private.public_key().public_bytes_raw()
    row = {
        "name": DSL_RECIPIENT,
        "public_key": b64encode(public).decode(),
        "key_id": keys.key_id(public).hex(),
        "wrapped_private_key": json.loads(secrecy.dumps(wrapped)),
        "browser_wrapped_private_key": secrecy.wrap_for_browser(
            private.private_bytes_raw(), passphrase, _PURPOSE + DSL_RECIPIENT
        ),
    }
    _write(folder / _RECIPIENTS, json.dumps([row], indent=2).encode())
    return passphrase


def _make_accounts(config: Config, now: datetime) -> tuple[tuple[str, str], ...]:
    made = []
    with closing(open_store(config)) as store:
        for role in FIRST_ROLES:
            password = secrecy.new_password()
            store.add_account(
                Account(role.value, role, config.school, secrecy.hash_password(password))
            )
            made.append((role.value, password))
        store.audit("init", "collector made", config.trust, f"school {config.school}", now)
    return tuple(made)


def _recipients(folder: Path) -> list[tuple[str, bytes, str]]:
    path = folder / _RECIPIENTS
    try:
        rows = json.loads(_read(folder, _RECIPIENTS))
        return [
            (
                str(row["name"]),
                b64decode(row["public_key"], validate=True),
                json.dumps(row["wrapped_private_key"]),
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path}: damaged; restore it from a backup") from error


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise StateError(
            f"{folder / name}: cannot be read ({error.strerror}); restore it from a backup, or "
            "make a new collector with init"
        ) from error


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
