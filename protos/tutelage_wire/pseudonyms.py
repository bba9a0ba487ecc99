"""Names and texts as keyed hashes: equal for equal ones at a school, nothing without its key."""

from __future__ import annotations

import hashlib
import hmac

PSEUDONYM_DIGITS = 32


def keyed(subject_key: bytes, purpose: str, text: str) -> str:
    """Return the keyed hash of a text for one purpose, 64 hex digits."""
    message = f"tutelage/{purpose}/v1\x00{text}".encode("utf-8", "surrogatepass")
    return hmac.digest(subject_key, message, hashlib.sha256).hex()


def rule_key(device_secret: bytes) -> bytes:
    """Return the key of a device's names for marked rules, out of a secret that stays on it."""
    return hmac.digest(device_secret, b"tutelage/rule-key/v1", hashlib.sha256)


def of_account(subject_key: bytes, account: str) -> str:
    """Return the pseudonym of a device account's name, the same on each device of a school."""
    return keyed(subject_key, "account", account.casefold())[:PSEUDONYM_DIGITS] if account else ""
