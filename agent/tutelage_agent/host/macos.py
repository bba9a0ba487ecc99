"""What only macOS can answer: its own calls, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host.reading import Outcome, Reading, nothing

if TYPE_CHECKING:
    from tutelage_agent.host import Question
    from tutelage_agent.host.account_context import AccountContext


def privileged() -> bool:
    """Tell whether the agent may see all of the machine."""
    return False


def answer(question: Question) -> Reading[object]:
    """Return what the system answers."""
    return nothing(Outcome.UNSUPPORTED, f"{question.door} is not known on this system yet")


def context(account: str) -> Reading[AccountContext]:
    """Return how to act as ``account``."""
    return nothing(Outcome.UNSUPPORTED, f"cannot act as {account} on this system yet")
