"""What reading one document may cost. Every number has its unit; each is a stated outcome."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one document and of the child process that reads it."""

    document_bytes: int = 64 * MIB
    """Larger documents are TOO_LARGE. Plain text is read up to ``plain_bytes`` instead."""
    plain_bytes: int = 8 * MIB
    unfold_bytes: int = 128 * MIB
    """All that may be unpacked from one document, containers in containers included."""
    unfold_ratio: int = 300
    """A part larger than ``ratio_from`` that unpacks by more is a bomb; real documents that
    were measured stay under 100, and deflate itself ends at 1032."""
    ratio_from: int = 4 * MIB
    members: int = 10_000
    """Entries of all containers in one document."""
    depth: int = 4
    """Containers in containers: a zip in a mail in a zip is depth 3."""
    text_chars: int = 2_000_000
    """Longer text is cut, and said to be."""
    pages: int = 2_000
    wall_ms: int = 10_000
    cpu_seconds: int = 8
    memory_bytes: int = 512 * MIB
    """Address space on Linux, committed memory on Windows, resident memory on macOS."""
    open_files: int = 64
    files_per_child: int = 1_000
    bytes_per_child: int = 256 * MIB
    resident_per_child: int = 96 * MIB
    """A child that grew beyond it is replaced after the file, so that memory returns."""
    idle_ms: int = 30_000
    """A child that has nothing to read for so long is ended."""
    nice: int = 10
