"""What agent and child say to each other over two pipes.

Request: one byte length of the name's end, the name's end; then chunks, each four bytes length
and bytes, ended by a chunk of length 0. Answer: the header below, the kind, the text in UTF-8.
The child gets the end of a name because it hints at the kind, and never the whole name.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

from tutelage_agent.extract.outcome import Extraction, Outcome, Trait

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 18
"""Bytes that the agent holds of a document at any moment."""

LENGTH = struct.Struct(">I")
HEADER = struct.Struct(">BBBBIII")
"""Outcome, truncated, traits (a bit each), length of kind, child's peak resident KiB (0: unknown),
milliseconds of processor time, length of text."""

OUTCOMES = tuple(Outcome)
TRAITS = tuple(Trait)
NAME_END = 12


class FrameError(Exception):
    """The other end stopped, or said something else than a frame."""


def exactly(stream: IO[bytes], length: int) -> bytes:
    """Read ``length`` bytes.

    Raises:
        FrameError: the stream ended before.
    """
    data = stream.read(length)
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            raise FrameError("the pipe ended within a frame")
        data += more
    return data


def name_end(name: str) -> bytes:
    """Return as much of a name as hints at a kind: its suffix."""
    dot = name.rfind(".")
    return name[dot:].encode("ascii", "ignore")[:NAME_END] if dot >= 0 else b""


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the chunks of a request up to the empty one."""
    while length := LENGTH.unpack(exactly(stream, LENGTH.size))[0]:
        yield exactly(stream, length)


def answer(extraction: Extraction, peak_kib: int, cpu_ms: int) -> bytes:
    """Return an extraction as bytes."""
    kind = extraction.kind.encode("ascii", "replace")[:255]
    text = extraction.text.encode("utf-8", "replace")
    outcome = OUTCOMES.index(extraction.outcome)
    traits = sum(1 << TRAITS.index(trait) for trait in extraction.traits)
    header = HEADER.pack(
        outcome, extraction.truncated, traits, len(kind), peak_kib, cpu_ms, len(text)
    )
    return b"".join((header, kind, text))


def read_answer(stream: IO[bytes], longest: int) -> tuple[Extraction, int, int]:
    """Return an extraction, the child's peak resident KiB, and what it cost in milliseconds.

    Raises:
        FrameError: the child ended, or claims more than ``longest`` bytes of text.
    """
    outcome, truncated, bits, kind, peak, cpu, text = HEADER.unpack(exactly(stream, HEADER.size))
    if outcome >= len(OUTCOMES) or text > longest:
        raise FrameError("an answer out of bounds")
    name = exactly(stream, kind).decode("ascii", "replace")
    words = exactly(stream, text).decode("utf-8", "replace")
    traits = frozenset(trait for place, trait in enumerate(TRAITS) if bits & 1 << place)
    return Extraction(OUTCOMES[outcome], words, name, bool(truncated), traits), peak, cpu
