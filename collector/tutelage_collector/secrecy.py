"""Passwords and passphrases: Argon2id (RFC 9106) for both, AES-256-GCM around wrapped keys.

Deriving takes a tenth of a second or more on purpose: callers on an event loop use a thread.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import argon2
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from tutelage_collector.errors import SecretError
from tutelage_wire import keys

# RFC 9106 section 4, second recommended option: 64 MiB, three passes, four lanes.
_TIME_COST = 3
_MEMORY_KIB = 64 * 2**10
_LANES = 4
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_BROWSER_ITERATIONS = 600_000
"""OWASP's figure for PBKDF2-HMAC-SHA256."""
_WORDS_OF_SIX = 5
_WRONG = "the passphrase does not open this key: check for a typing slip; nobody can look it up"
# No vowels and no look-alikes: no word comes about by accident, and nothing is misread.
_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"

_HASHER = argon2.PasswordHasher(
    time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=_LANES, type=Type.ID
)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A private key that only its passphrase opens."""

    salt: bytes
    nonce: bytes
    ciphertext: bytes
    time_cost: int = _TIME_COST
    memory_kib: int = _MEMORY_KIB
    lanes: int = _LANES


def new_password() -> str:
    """Return a fresh password of 140 bits in groups that can be read aloud."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(6)) for _ in range(_WORDS_OF_SIX)
    )


def hash_password(password: str) -> str:
    """Return the Argon2id hash, with its salt and costs, as text."""
    return _HASHER.hash(password)


def password_matches(stored: str, password: str) -> bool:
    """Tell whether ``password`` has the hash ``stored``."""
    try:
        return _HASHER.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def wrap(secret: bytes, passphrase: str, purpose: str) -> WrappedKey:
    """Encrypt a private key under a passphrase, bound to what it is for."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    empty = WrappedKey(salt, nonce, b"")
    sealed = AESGCM(_derived(passphrase, empty)).encrypt(nonce, secret, bound(purpose))
    return WrappedKey(salt, nonce, sealed)


def unwrap(wrapped: WrappedKey, passphrase: str, purpose: str) -> bytes:
    """Return the private key.

    Raises:
        SecretError: the passphrase is wrong, or the wrapped key was changed.
    """
    try:
        return AESGCM(_derived(passphrase, wrapped)).decrypt(
            wrapped.nonce, wrapped.ciphertext, bound(purpose)
        )
    except (InvalidTag, argon2.exceptions.HashingError) as error:
        raise SecretError(_WRONG) from error


def wrap_for_browser(secret: bytes, passphrase: str, purpose: str) -> dict[str, object]:
    """Encrypt a private key once more, so that WebCrypto, which has no Argon2, can open it.

    PBKDF2 alone would be weak for what people choose; our passphrases are drawn, 140 bits.

    Returns:
        JSON-ready: kdf, iterations, salt, nonce, ciphertext and what it is bound to, in base64.
    """
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    key = PBKDF2HMAC(hashes.SHA256(), _KEY_BYTES, salt, _BROWSER_ITERATIONS).derive(
        passphrase.encode()
    )
    sealed = AESGCM(key).encrypt(nonce, secret, bound(purpose))
    return {
        "kdf": "pbkdf2-sha256",
        "iterations": _BROWSER_ITERATIONS,
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "ciphertext": base64.b64encode(sealed).decode(),
        "bound": base64.b64encode(bound(purpose)).decode(),
    }


def unwrap_for_browser(text: str, passphrase: str, purpose: str) -> bytes:
    """Return the private key that ``wrap_for_browser`` wrapped, from its JSON.

    Raises:
        SecretError: the passphrase is wrong, or the wrapped key was changed.
    """
    row = check_browser_key(text)
    key = PBKDF2HMAC(
        hashes.SHA256(), _KEY_BYTES, base64.b64decode(row["salt"]), row["iterations"]
    ).derive(passphrase.encode())
    try:
        return AESGCM(key).decrypt(
            base64.b64decode(row["nonce"]), base64.b64decode(row["ciphertext"]), bound(purpose)
        )
    except (InvalidTag, ValueError) as error:
        raise SecretError(_WRONG) from error


def check_browser_key(text: str) -> Any:
    """Return the JSON of a key that was wrapped for the browser.

    Raises:
        SecretError: it is not one, or is guarded by fewer rounds than ours.
    """
    try:
        row = json.loads(text)
        sound = (
            row["kdf"] == "pbkdf2-sha256"
            and _BROWSER_ITERATIONS <= int(row["iterations"]) <= 10 * _BROWSER_ITERATIONS
            and all(
                base64.b64decode(row[part], validate=True)
                for part in ("salt", "nonce", "ciphertext", "bound")
            )
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SecretError("this is not a key that was wrapped for a browser") from error
    if not sound:
        raise SecretError("this key is not wrapped as this version wraps keys for a browser")
    return row


def dumps(wrapped: WrappedKey) -> str:
    """Return a wrapped key as the JSON that its file holds."""
    return json.dumps(
        {
            "kdf": "argon2id",
            "time_cost": wrapped.time_cost,
            "memory_kib": wrapped.memory_kib,
            "lanes": wrapped.lanes,
            "salt": base64.b64encode(wrapped.salt).decode(),
            "nonce": base64.b64encode(wrapped.nonce).decode(),
            "ciphertext": base64.b64encode(wrapped.ciphertext).decode(),
        },
        indent=2,
    )


def loads(text: str) -> WrappedKey:
    """Return the wrapped key that a file holds.

    Raises:
        SecretError: it is not one.
    """
    try:
        row = json.loads(text)
        return WrappedKey(
            salt=base64.b64decode(row["salt"]),
            nonce=base64.b64decode(row["nonce"]),
            ciphertext=base64.b64decode(row["ciphertext"]),
            time_cost=int(row["time_cost"]),
            memory_kib=min(int(row["memory_kib"]), 2**20),
            lanes=int(row["lanes"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SecretError("this is not a wrapped key") from error


def _derived(passphrase: str, wrapped: WrappedKey) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        wrapped.salt,
        time_cost=wrapped.time_cost,
        memory_cost=wrapped.memory_kib,
        parallelism=wrapped.lanes,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )


def bound(purpose: str) -> bytes:
    """Return the bytes that tie a wrapped key to what it is for."""
    return keys.domain("tutelage/wrapped-key/v1", purpose.encode())


_LONG, _SHORT = 16, 10


def weakness(password: str, account: str) -> str:
    """Return why people may not choose a password, in a sentence, or "" where they may.

    The policy (11.a.1) wants four classes of characters; a long one of words is the better advice
    (NCSC, "three random words") and stronger.
    """
    if account.lower() in password.lower():
        return "A password may not hold the account's name."
    if len(set(password)) < 6:
        return "Use more than a handful of different characters."
    if len(password) >= _LONG:
        return ""
    classes = (str.isupper, str.islower, str.isdigit, lambda one: not one.isalnum())
    if len(password) >= _SHORT and all(any(kind(one) for one in password) for kind in classes):
        return ""
    return (
        "Use at least 16 characters (three words, say), or at least 10 with a capital, a small "
        "letter, a number and a special character."
    )
