"""How reading a document ended. Every ending is stated; none is a hang or a silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Protocol


class Outcome(StrEnum):
    """How reading a document ended."""

    TEXT = "text"
    EMPTY = "empty"
    """Read to the end; it holds no text (a scanned page, an empty table)."""
    ENCRYPTED = "encrypted"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    """Over the size bound before anything was read."""
    BOMB = "bomb"
    """Small on disk, and it unfolds beyond the bound."""
    TIMEOUT = "timeout"
    UNSUPPORTED = "unsupported"
    """Not a kind of document that is read: a picture, a program, unknown bytes."""
    CRASHED = "crashed"
    """The child process died over it."""
    UNREAD = "unread"
    """A kind of document or archive that is known and that nothing here reads: 7z, RAR, OneNote."""


class Trait(StrEnum):
    """What a document carries beside text, met while it was read. For ``sensors/downloads``."""

    MACROS = "macros"
    """Code of its own that an office program runs (VBA)."""
    PROGRAM_INSIDE = "program_inside"
    """A program or a script is packed inside."""


UNINSPECTABLE = frozenset(
    {
        Outcome.ENCRYPTED,
        Outcome.MALFORMED,
        Outcome.TOO_LARGE,
        Outcome.BOMB,
        Outcome.TIMEOUT,
        Outcome.CRASHED,
        Outcome.UNREAD,
    }
)
"""A document was there and was not read: somebody should know that there is such a file."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a document, or why there is none."""

    outcome: Outcome
    text: str = field(default="", repr=False)
    kind: str = ""
    """``docx``, ``pdf``, ``text``: what the bytes were taken for."""
    truncated: bool = False
    """The text goes on beyond the bound; what is here was read."""
    traits: frozenset[Trait] = frozenset()


class Extractor(Protocol):
    """Reads a document from an open file."""

    def extract(self, stream: BinaryIO, name: str) -> Extraction:
        """Return the text of ``stream``; ``name`` (its last part) hints at its kind.

        Never raises over what the bytes are: that is an outcome.
        """
        ...
