"""Passkeys on the collector's side: what a browser is asked for, and whether its answer is right.

WebAuthn (level 3) through ``webauthn``. The secret that a passkey wraps a private key with (the PRF
extension) is between the passkey and the browser: nothing here asks for it or would take it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    bytes_to_base64url,
    options_to_json,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tutelage_collector.errors import SecretError
from tutelage_collector.store.records_passkeys import CredentialId, Passkey
from tutelage_wire import keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST_NAME = 40
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are made and used: the pages as browsers reach them."""

    origin: str
    """``https://tutelage.ret.org.uk``, with a port where it is not the usual one."""
    trust: str

    @property
    def host(self) -> str:
        """The host name that passkeys are bound to (the relying party's id)."""
        return urlsplit(self.origin).hostname or ""

    @property
    def trouble(self) -> str:
        """Why browsers do not allow passkeys here, in a sentence; "" = they do."""
        with suppress(ValueError):
            ipaddress.ip_address(self.host)
            return (
                f"Browsers allow passkeys only where pages have a name, and these are reached at "
                f"the number {self.host}. Ask whoever runs the collector to set pages.address."
            )
        if self.origin.startswith("https:") or self.host == "localhost":
            return ""
        return (
            "Browsers allow passkeys only over https. Ask whoever runs the collector to set "
            "pages.address to an address that begins with https."
        )


def to_make(
    place: Place, account: str, title: str, challenge: bytes, held: Sequence[Passkey]
) -> str:
    """Return, as JSON, what a browser needs to make a passkey."""
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=place.host,
            rp_name=f"Tutelage, {place.trust}",
            user_id=owner(place, account),
            user_name=account,
            user_display_name=title,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(_raw(one.id)) for one in held],
        )
    )


def made(
    place: Place, account: str, name: str, answer: str, challenge: bytes, now: datetime
) -> Passkey:
    """Return the passkey that a browser made.

    Raises:
        SecretError: it is not an answer to this challenge, from these pages.
    """
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise SecretError(
            "this passkey was not made for these pages: reload, and try again"
        ) from error
    return Passkey(
        id=CredentialId(bytes_to_base64url(found.credential_id)),
        account=account,
        name=" ".join(name.split())[:MOST_NAME] or "Passkey",
        rp_id=place.host,
        public_key=found.credential_public_key,
        signs=found.sign_count,
        salt=secrets.token_bytes(_SALT_BYTES),
        added_at=now,
    )


def to_prove(place: Place, challenge: bytes, held: Sequence[Passkey] = ()) -> str:
    """Return, as JSON, what a browser needs to prove a passkey; none named = any of these pages."""
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=place.host,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(_raw(one.id)) for one in held],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


@dataclass(frozen=True, slots=True)
class Proof:
    """What a browser says; nothing of it is believed before ``check``."""

    text: str
    credential_id: CredentialId
    challenge: bytes
    owner: bytes | None


def read_proof(text: str) -> Proof:
    """Return what a browser's answer names.

    Raises:
        SecretError: it is not one.
    """
    try:
        found = parse_authentication_credential_json(text)
        said = webauthn.helpers.parse_client_data_json(found.response.client_data_json)
    except (WebAuthnException, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SecretError("this is no answer of a passkey") from error
    return Proof(text, CredentialId(found.id), said.challenge, found.response.user_handle)


def check(place: Place, passkey: Passkey, proof: Proof) -> int:
    """Return what the passkey's counter says, where its owner has proved to have it.

    Raises:
        SecretError: the signature, the challenge, the pages' name or the counter is wrong.
    """
    if proof.owner is not None and proof.owner != owner(place, passkey.account):
        raise SecretError(f"passkey {passkey.short}: is another account's")
    try:
        found = webauthn.verify_authentication_response(
            credential=proof.text,
            expected_challenge=proof.challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.signs,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise SecretError(f"passkey {passkey.short}: did not sign what was asked") from error
    return found.new_sign_count


def owner(place: Place, account: str) -> bytes:
    """Return how passkeys name their owner: the same for all of an account, and no name."""
    named = keys.domain("tutelage/passkey-owner/v1", f"{place.trust}\0{account}".encode())
    return hashlib.sha256(named).digest()


def _raw(credential_id: CredentialId) -> bytes:
    return urlsafe_b64decode(credential_id + "=" * (-len(credential_id) % 4))
