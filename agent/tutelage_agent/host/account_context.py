"""What it takes to act as a signed-in account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountContext:
    """How a program is started so that it sees an account's settings."""

    uid: int | None
    """None: it is already ours, nothing to become."""
    gid: int | None
    environment: tuple[tuple[str, str], ...] = ()
