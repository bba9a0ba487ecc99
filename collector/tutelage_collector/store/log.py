"""What the store promises about the log of all stored batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutelage_wire.merkle_log import LogRoot


class LogStore(Protocol):
    """An append-only log: one leaf a stored batch, in the order of storing."""

    def log_root(self) -> LogRoot:
        """Return its size and root as of the last commit."""

    def log_heads(self) -> Iterator[bytes]:
        """Yield the heads of all stored batches, in order."""
