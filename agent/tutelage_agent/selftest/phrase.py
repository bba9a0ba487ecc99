"""What a self-test says: the pack's reserved phrase, a code, and a line for whoever comes by."""

from __future__ import annotations

import secrets

_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
RESERVED = "Tutelage self test"


def new_code() -> str:
    """Return a fresh code: two letters, a digit, three of both; nothing that reads like another."""
    both = _LETTERS + _DIGITS
    head = secrets.choice(_LETTERS) + secrets.choice(_LETTERS) + secrets.choice(_DIGITS)
    return head + "".join(secrets.choice(both) for _ in range(3))


def phrase(code: str) -> str:
    """Return the words that the pack's reserved rule finds."""
    return f"{RESERVED} {code}"


def document(code: str) -> str:
    """Return a self-test's document."""
    return (
        f"{phrase(code)}\n\n"
        "This document was written by the school's monitoring to prove that it works.\n"
        "Nobody is of concern for it. It goes away by itself and may be deleted.\n"
    )
