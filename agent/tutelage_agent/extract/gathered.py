"""The text of a document while it comes together, with the worst that was met on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.outcome import UNINSPECTABLE, Extraction, Outcome, Trait

if TYPE_CHECKING:
    from collections.abc import Callable

    ReadInside = Callable[[bytes, str, "Gathered", Budget], str]


class Gathered:
    """Collects text up to the bound; what is inside of containers is read through ``read``."""

    def __init__(self, chars: int, read: ReadInside) -> None:
        self._left = chars
        self._read = read
        self._parts: list[str] = []
        self._worst: Outcome | None = None
        self._traits: set[Trait] = set()
        self.truncated = False

    def add(self, text: str) -> None:
        """Add text, as much of it as there is room for."""
        if not text:
            return
        if len(text) > self._left:
            text = text[: self._left]
            self.truncated = True
        self._left -= len(text)
        self._parts.append(text)

    @property
    def full(self) -> bool:
        """Say whether more text would only be cut off."""
        return self._left <= 0

    def worse(self, outcome: Outcome) -> None:
        """Note that something inside could not be read."""
        if outcome in UNINSPECTABLE and (self._worst is None or outcome is Outcome.BOMB):
            self._worst = outcome

    def carries(self, trait: Trait) -> None:
        """Note what the document carries beside text."""
        self._traits.add(trait)

    def inside(self, data: bytes, name: str, budget: Budget) -> None:
        """Read what was packed inside.

        Raises:
            StopReadingError: BOMB only; any other fault inside leaves the rest readable.
        """
        budget.deeper()
        try:
            self._read(data, name, self, budget)
        except StopReadingError as stop:
            if stop.outcome is Outcome.BOMB:
                raise
            self.worse(stop.outcome)
        finally:
            budget.back()

    def extraction(self, kind: str, stopped: Outcome | None = None) -> Extraction:
        """Return what was read, and how it ended."""
        text = "\n".join(self._parts)
        outcome = stopped or self._worst or (Outcome.TEXT if text.strip() else Outcome.EMPTY)
        return Extraction(outcome, text, kind, self.truncated, frozenset(self._traits))
