"""What a form needs so that the browser can seal what is written: readers, and fresh places."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from tutelage_collector import sealing
from tutelage_collector.concerns import access, workflow
from tutelage_collector.errors import ConcernError, SecretError
from tutelage_collector.store.records_concerns import EntryId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData

    from tutelage_collector.sealing import Reader
    from tutelage_collector.store.records_concerns import ConcernId

Draw = Callable[[], "Seat"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the words of one form will lie: an id that is drawn before they are sealed."""

    entry_id: str
    context: str
    """Base64 of what the seal is bound to."""


def seats(trust: str, concern_id: ConcernId) -> Draw:
    """Return what draws a fresh place in a concern's timeline for each form of a page."""

    def draw() -> Seat:
        entry_id = EntryId(workflow.new_id())
        bound = access.binding(trust, concern_id, entry_id).encoded()
        return Seat(entry_id, b64encode(bound).decode("ascii"))

    return draw


def readers_json(readers: Sequence[Reader]) -> str:
    """Return the readers as the page's script needs them."""
    return json.dumps(
        [
            {"key_id": one.key_id, "public_key": b64encode(one.public_key).decode("ascii")}
            for one in readers
        ]
    )


def sealed_of(form: FormData, readers: Sequence[Reader]) -> tuple[str, EntryId | None]:
    """Return what a form's browser sealed, and its place; ("", None) = nothing was written.

    Raises:
        HTTPException: 400; it is not sealed to those who may read it.
    """
    text = str(form.get("sealed", ""))
    if not text:
        return "", None
    try:
        entry_id = EntryId(workflow.checked_id(str(form.get("entry_id", ""))))
        return sealing.check(text, readers), entry_id
    except (ConcernError, SecretError) as error:
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
