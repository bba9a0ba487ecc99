"""An extractor of text files alone, in this very process: for tests of what calls one."""

from __future__ import annotations

from typing import BinaryIO

from tutelage_agent.extract.outcome import Extraction, Outcome
from tutelage_agent.extract.plain import decode


class PlainExtractor:
    """An ``Extractor`` of text files alone."""

    def __init__(self, limit: int = 4 << 20) -> None:
        """Read at most ``limit`` bytes of each file."""
        self._limit = limit

    def extract(self, stream: BinaryIO, name: str) -> Extraction:
        """See ``Extractor.extract``."""
        data = stream.read(self._limit)
        text = decode(data)
        if text is None:
            return Extraction(Outcome.UNSUPPORTED)
        if not text.strip():
            return Extraction(Outcome.EMPTY, kind="text")
        return Extraction(Outcome.TEXT, text, "text", truncated=len(data) == self._limit)
