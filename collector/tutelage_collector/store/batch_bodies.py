"""What still can be read of a stored batch: bodies that were given up or erased are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_wire import codec
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutelage_wire.events import Body


def readable(raw: bytes) -> Iterator[tuple[int, Body]]:
    """Give the position in the batch and the body of each event that this version can read."""
    shallow = codec.decode_batch(raw)
    gone = frozenset(shallow.evicted)
    for position, data in enumerate(shallow.events):
        if position in gone:
            continue
        try:
            body = codec.decode_event(data).body
        except WireError:
            continue
        yield position, body
