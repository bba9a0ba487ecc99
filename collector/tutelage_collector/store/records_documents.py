"""Published documents and artefacts, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.documents import Role


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A signed document, verified when it was published."""

    role: Role
    version: int
    sha256: bytes
    data: bytes = field(repr=False)
    """As ``documents.encode`` writes it."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedArtefact:
    """Bytes that a signed document names by their hash: a built pack."""

    name: str
    sha256: bytes
    data: bytes = field(repr=False)
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ArtefactEntry:
    """An artefact in a list, without its bytes."""

    name: str
    sha256: bytes
    size: int
    published_at: datetime
