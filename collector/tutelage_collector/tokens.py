"""Join tokens: who may enrol how many devices, until when, and as what.

The database holds no secret of a token, not even a hash: the secret is derived from a key in the
state folder and the token's id. Who steals the database, or reads a backup of it, enrols nothing.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError
from tutelage_collector.store.records import Placement, Token
from tutelage_collector.store.records_recipients import KeyState, RecipientKind
from tutelage_wire import keys
from tutelage_wire.bundle import Bundle, Recipient
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.state import Secrets
    from tutelage_collector.store.records_recipients import RecipientKey

PROFILES = ("pupil", "staff", "governor", "visitor", "personal")
DEVICE_CLASSES = ("assigned", "shared", "loan")
DEFAULT_DAYS = 14
MAX_QUOTA = 100_000
_ID_BYTES = 8


def new_token(
    placement: Placement,
    quota: int,
    valid_for: timedelta,
    now: datetime,
    *,
    approve: bool = False,
) -> Token:
    """Return a fresh token; with ``approve`` a person lets each device in.

    Raises:
        ConfigError: a value is not one of those that agents and reports know.
    """
    _one_of(placement.profile, PROFILES, "profile")
    _one_of(placement.age_band, [band.value for band in AgeBand], "age band")
    _one_of(placement.device_class, DEVICE_CLASSES, "device class")
    if not 1 <= quota <= MAX_QUOTA:
        raise ConfigError(f"quota {quota}: 1 to {MAX_QUOTA} devices")
    if valid_for <= timedelta(0):
        raise ConfigError("a token has to be valid for some time: give --days")
    return Token(
        id=secrets.token_hex(_ID_BYTES),
        placement=placement,
        quota=quota,
        used=0,
        not_before=now,
        not_after=now + valid_for,
        revoked=False,
        created_at=now,
        approve=approve,
    )


def secret_of(token_key: bytes, token_id: str) -> bytes:
    """Return the 32-byte secret of a token, from the state folder's key and the token's id."""
    return hmac.digest(
        token_key, keys.domain("tutelage/join-token/v1", token_id.encode()), "sha256"
    )


def bundle_of(
    token: Token,
    held: Secrets,
    recipients: Iterable[RecipientKey],
    trust: str,
    enrol_address: str,
    link_address: str,
    root: bytes = b"",
) -> Bundle:
    """Return the bundle that goes beside the agent's package.

    Args:
        token: which lets devices in.
        held: of the state folder.
        recipients: the store's; devices seal to those of the token's school.
        trust: short name.
        enrol_address: where devices enrol.
        link_address: where they report.
        root: as it was published.
    """
    return Bundle(
        trust_id=trust,
        school_id=token.placement.school,
        enrol_address=enrol_address,
        link_address=link_address,
        ca_certificate=held.authority.root_certificate.decode("ascii"),
        checkpoint_keys=(held.checkpoint_key.public_key().public_bytes_raw(),),
        recipients=tuple(
            Recipient(key.name, key.public_key)
            for key in recipients
            if key.state is KeyState.ACTIVE
            and key.kind is not RecipientKind.HEAD
            and key.serves(token.placement.school)
        ),
        subject_key=held.subject_key,
        token_id=token.id,
        token_secret=secret_of(held.token_key, token.id),
        root=root,
    )


def _one_of(value: str, known: tuple[str, ...] | list[str], what: str) -> None:
    if value not in known:
        raise ConfigError(f"{what} {value!r}: choose one of {', '.join(known)}")
