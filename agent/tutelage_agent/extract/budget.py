"""What is left of a document's bounds while it is being read."""

from __future__ import annotations

from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Outcome


class StopReadingError(Exception):
    """The document ends here, with an outcome other than TEXT."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class Budget:
    """Counts down over a document and everything inside of it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._unfold = self.limits.unfold_bytes
        self._members = self.limits.members
        self.depth = 0

    @property
    def left(self) -> int:
        """Bytes that may still be unpacked."""
        return self._unfold

    def members(self, count: int) -> None:
        """Pay for the entries of a container.

        Raises:
            StopReadingError: BOMB, there are more than a document may have.
        """
        self._members -= count
        if self._members < 0:
            raise StopReadingError(Outcome.BOMB)

    def unfolding(self, packed: int, unpacked: int) -> None:
        """Pay for unpacking one part, before it is unpacked.

        Raises:
            StopReadingError: BOMB, it grows beyond what a document may.
        """
        limits = self.limits
        if unpacked > limits.ratio_from and unpacked > packed * limits.unfold_ratio:
            raise StopReadingError(Outcome.BOMB)
        self._unfold -= unpacked
        if self._unfold < 0:
            raise StopReadingError(Outcome.BOMB)

    def deeper(self) -> None:
        """Pay for going into a container in a container.

        Raises:
            StopReadingError: BOMB, it goes on further than anyone packs by hand.
        """
        self.depth += 1
        if self.depth > self.limits.depth:
            raise StopReadingError(Outcome.BOMB)

    def back(self) -> None:
        """Come back out."""
        self.depth -= 1
