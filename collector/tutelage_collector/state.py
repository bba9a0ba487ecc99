"""The state folder: authority, keys, recipients and the first accounts.

Everything in it is readable by its owner only. What is written here is shown nowhere again: the
passwords and the DSL's passphrase leave in ``Credentials``, once.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_collector import authority, checkpoint_keys, private_file, projection, secrecy
from tutelage_collector import config as settings
from tutelage_collector.errors import SecretError, StateError
from tutelage_collector.recipients import holder, own
from tutelage_collector.sealing import Reader
from tutelage_collector.store.records import Account, Role
from tutelage_collector.store.records_recipients import KeyState, RecipientKey, RecipientKind
from tutelage_collector.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.authority import Authority
    from tutelage_collector.checkpoint_keys import CheckpointKeys
    from tutelage_collector.config import Config
    from tutelage_collector.recipients.holder import Offer
    from tutelage_collector.store import Store
    from tutelage_collector.store.recipients import RecipientStore

DSL_RECIPIENT = "dsl"
FIRST_ROLES = (Role.DSL, Role.ICT, Role.HEAD)
"""Those that ``init`` makes accounts for; others are made when somebody has them."""
_AUDIT_KEY = "keys/audit.key"
_SUBJECT_KEY = "keys/subject.key"
_TOKEN_KEY = "keys/token.key"  # noqa: S105 - a file name
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

    authority: Authority
    checkpoint_keys: CheckpointKeys
    audit_key: ed25519.Ed25519PrivateKey
    subject_key: bytes
    token_key: bytes

    @property
    def checkpoint_key(self) -> ed25519.Ed25519PrivateKey:
        """The present one."""
        return self.checkpoint_keys.present


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
        authority.make(folder, trust, (chosen.listen.advertise, *hosts), now)
        _make_keys(folder)
        dsl = holder.draw(DSL_RECIPIENT, RecipientKind.DSL)
        passwords = _make_people(chosen, dsl.own.offer, now)
        # Last, because its presence says that all the rest is there.
        private_file.write(folder / settings.FILE_NAME, settings.dumps(chosen).encode())
    except OSError as error:
        raise StateError(
            f"{folder}: cannot be written ({error.strerror}); choose a folder that this account "
            "may write to, with --state"
        ) from error
    return Credentials(dsl.passphrase, passwords)


def load(folder: Path) -> Secrets:
    """Return what ``serve`` needs.

    Raises:
        StateError: a file is missing, broken, or readable by others.
    """
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise StateError(f"{folder}: others can read it; run: chmod 0700 {folder}")
    return Secrets(
        authority=authority.load(folder),
        checkpoint_keys=checkpoint_keys.load(folder),
        audit_key=audit_key(folder),
        subject_key=authority.read(folder, _SUBJECT_KEY),
        token_key=authority.read(folder, _TOKEN_KEY),
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
            private_file.write(path, ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
        return ed25519.Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StateError(
            f"{path}: cannot be read ({error}); restore it from a backup: without it the audit "
            "log cannot be added to or checked"
        ) from error


def recipient_keys(store: RecipientStore, name: str) -> list[RecipientKey]:
    """Return the keys of a recipient that still open something, the present one first.

    Raises:
        SecretError: there is none of this name.
    """
    found = [
        key
        for key in store.recipients()
        if key.name == name and key.state is not KeyState.REMOVED and key.browser_key
    ]
    if not found:
        raise SecretError(
            f"no key of a recipient {name!r} is kept here: see recipient list, or give your own "
            "key file with --key"
        )
    return sorted(found, key=lambda key: key.state is not KeyState.ACTIVE)


def readers(store: Store, school: str | None = None) -> tuple[Reader, ...]:
    """Return everybody to whom words of a school can be sealed; None = of any school."""
    return tuple(
        Reader(key.name, key.public_key, key.kind, own.of_one_school(store, key))
        for key in store.recipients()
        if key.state is KeyState.ACTIVE and key.serves(school)
    )


def open_recipient_key(
    store: RecipientStore, name: str, passphrase: str
) -> x25519.X25519PrivateKey:
    """Return the private key of a recipient that a passphrase opens.

    Raises:
        SecretError: no such recipient, or the passphrase opens none of its keys.
    """
    wrong: SecretError | None = None
    for key in recipient_keys(store, name):
        try:
            return holder.open_kept(key.name, key.public_key, key.browser_key, passphrase)
        except SecretError as error:
            wrong = wrong or error
    raise wrong or SecretError(f"recipient {name!r} has no key here")


def tls_file(folder: Path) -> Path:
    """Return where the collector's TLS key and its certificate chain lie, in one file."""
    return folder / authority.SERVER


def _make_keys(folder: Path) -> None:
    checkpoint_keys.make(folder)
    for name in (_SUBJECT_KEY, _TOKEN_KEY):
        private_file.write(folder / name, secrets.token_bytes(_KEY_BYTES))


def recipient_of(offer: Offer, school: str, now: datetime) -> RecipientKey:
    """Return what the collector keeps of an offered key."""
    return RecipientKey(
        offer.name, offer.kind, school, offer.public_key, offer.browser_key, KeyState.ACTIVE, now
    )


def _make_people(config: Config, dsl: Offer, now: datetime) -> tuple[tuple[str, str], ...]:
    made = []
    with closing(open_store(config)) as store:
        for role in FIRST_ROLES:
            password = secrecy.new_password()
            store.add_account(
                Account(role.value, role, config.school, secrecy.hash_password(password))
            )
            made.append((role.value, password))
        store.add_recipient(recipient_of(dsl, "", now))
        store.audit("init", "collector made", config.trust, f"school {config.school}", now)
    return tuple(made)
