"""To whom this device seals: the bundle's recipients, then those that the trust's people sign.

Who detects and reports holds this value and reads it at each sealing, so that a change is in
force with the next event, and without a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from tutelage_agent.trust import NotApplicableError
from tutelage_wire.recipients import of_school, read_recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutelage_agent.trust import Fetch
    from tutelage_wire.documents import Document


class SealedTo(Sequence[bytes]):
    """The recipients' public keys, as a sequence that always shows the present ones."""

    def __init__(self, school: str, first: tuple[bytes, ...]) -> None:
        """Begin with ``first``.

        Args:
            school: of this device.
            first: of its bundle, in force until a document comes.
        """
        self._school, self._keys = school, first

    def prepare(self, document: Document, fetch: Fetch) -> Callable[[], None]:
        """See ``trust.Handler``. A list that leaves this school without a reader is refused."""
        keys = of_school(read_recipients(document), self._school)
        if not keys:
            raise NotApplicableError(
                f"recipients {document.head.version}: nobody would read for {self._school}"
            )

        def into_force() -> None:
            self._keys = keys

        return into_force

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        return self._keys[index]

    def __iter__(self) -> Iterator[bytes]:
        # Of one moment: a change in the middle of a sealing must not mix two lists.
        return iter(self._keys)
