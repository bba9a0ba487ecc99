"""What a door of the machine answers: the outcome first, and a value only where one was seen.

Absence, refusal and failure are different facts (DESIGN.md section 4, decision 6): none of
them is an exception, none of them is ``None``, and so none of them can reach a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class HostError(Exception):
    """The machine, or a recording of one, could not be opened. Says what, where, what to do."""


class Outcome(StrEnum):
    """How one look at the machine ended."""

    VALUE = "value"
    """It was seen, and here it is."""
    ABSENT = "absent"
    """The source works (it showed a value known to be present) and this is not there."""
    DENIED = "denied"
    """This account may not look. Says nothing about what is there."""
    UNSUPPORTED = "unsupported"
    """This system, edition or version has no such source, or we do not know how to ask it."""
    TIMEOUT = "timeout"
    """The source did not answer in its time."""
    ERROR = "error"
    """The source answered with nonsense, crashed, or failed its own test."""
    NO_USER_CONTEXT = "no_user_context"
    """The setting belongs to an account, and none is signed in (or we cannot act as it)."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """One answer of one door."""

    outcome: Outcome
    found: T_co | None = None
    """The value; only with ``Outcome.VALUE``."""
    detail: str = ""
    """Why not, in a few words for an engineer: an errno, an exit code. Never a person's data."""

    @property
    def seen(self) -> bool:
        """Tell whether there is a value."""
        return self.outcome is Outcome.VALUE

    @property
    def value(self) -> T_co:
        """Return the value.

        Raises:
            HostError: there is none; ask ``seen`` first.
        """
        if self.outcome is not Outcome.VALUE or self.found is None:
            raise HostError(f"no value to take: {self.outcome} ({self.detail}); ask .seen first")
        return self.found

    def map(self, convert: Callable[[T_co], U | None]) -> Reading[U]:
        """Return the reading with its value converted; None from ``convert`` becomes ERROR.

        Args:
            convert: a pure parser, which returns None for what it does not understand.
        """
        if not self.seen:
            return Reading(self.outcome, None, self.detail)
        converted = convert(self.value)
        if converted is None:
            return Reading(Outcome.ERROR, None, "the answer was not understood")
        return Reading(Outcome.VALUE, converted, self.detail)


def value(found: U) -> Reading[U]:
    """Return a reading that saw ``found``."""
    return Reading(Outcome.VALUE, found)


def nothing(outcome: Outcome, detail: str = "") -> Reading[U]:
    """Return a reading that saw nothing, for the reason that ``outcome`` gives."""
    return Reading(outcome, None, detail)
