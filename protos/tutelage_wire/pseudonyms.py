"""Names and texts as keyed hashes: equal for equal ones at a school, nothing without its key."""

from __future__ import annotations

import hashlib
import hmac

PSEUDONYM_DIGITS = 32


def keyed(subject_key: bytes, purpose: str, text: str) -> str:
    """Return the keyed hash of a text for one purpose, 64 hex digits."""
    message = f"tutelage/{purpose}/v1\x00{text}".encode("utf-8", "surrogatepass")
    return hmac.digest(subject_key, message, hashlib.sha256).hex()


def of_account(subject_key: bytes, account: str) -> str:
    """Return the pseudonym of a device account's name, the same on each device of a school."""
    return keyed(subject_key, "account", account.casefold())[:PSEUDONYM_DIGITS] if account else ""
