"""What this device obeys: signed documents, verified, kept, and put into force.

``keeper`` holds the trusted set and its folder; each role has a ``Handler`` that knows what its
documents mean. The network is the uplink's: it brings offers, and a way to fetch by hash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    from tutelage_wire.documents import Document

Fetch = Callable[[bytes, int], bytes]
"""Gives the bytes of a SHA-256, at most so many; raises ``FetchError``. Blocks: not for the
event loop's thread."""


class FetchError(AgentError):
    """The collector could not give a document or artefact now: it is asked again later."""


class NotApplicableError(AgentError):
    """A verified document that this device must not put into force; it says why."""


class Handler(Protocol):
    """What one role's documents mean on this device.

    Applying has two halves, so that a crash or a fault leaves either the old document in force
    or the new one, and never half of it.
    """

    def prepare(self, document: Document, fetch: Fetch) -> Callable[[], None]:
        """Check all that a document says, and get ready; return what puts it into force.

        Args:
            document: verified, of this trust, newer than the one in force.
            fetch: for artefacts that it names by hash.

        Returns:
            A call that cannot fail: it exchanges values in memory.

        Raises:
            NotApplicableError: the document is kept out for good; the last good one stays.
            DecodeError: so it is where it cannot be read.
            FetchError: an artefact cannot be had now; it is tried again.
        """


@runtime_checkable
class CatchesUp(Protocol):
    """A handler that may want artefacts later than its document."""

    def catch_up(self, fetch: Fetch) -> None:
        """Fetch what is missing or due now. Called at each greeting, and on each change.

        Raises:
            NotApplicableError: what came is refused; what is in force stays.
            FetchError: it cannot be had now.
        """


def no_fetch(sha256: bytes, most: int) -> bytes:
    """Answer as an uplink that is not there."""
    raise FetchError(f"{sha256.hex()[:16]} is not on this device, and there is no collector now")
