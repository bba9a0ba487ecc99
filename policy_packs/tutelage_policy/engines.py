"""Two engines that find many literals in bytes; both find the same.

Hyperscan (Vectorscan) where its wheel runs on this processor, Aho-Corasick everywhere else.
Neither backtracks: a scan is linear in the text, whatever the literals.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from tutelage_policy.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Sequence

hyperscan: Any
try:
    import hyperscan
except ImportError:  # Windows on ARM has no wheel
    hyperscan = None
_AHO_CORASICK = find_spec("ahocorasick_rs") is not None
"""It is loaded where it is used: beside Hyperscan it would cost a device 1 MB for nothing."""

FLOOD = 16
SEPARATOR = b"\n"
"""Stands in no literal."""
Found = list[tuple[int, int]]
"""(end, number of the literal) in order."""


class Engine(Protocol):
    """Finds literals, overlapping ones too."""

    name: str
    literals: int
    """How many."""

    def dump(self) -> bytes:
        """Return what ``revive`` makes it of again."""

    def find(self, data: bytes, most: int, first: bytes = b"") -> tuple[Found, bool]:
        """Return every literal met in ``data``, and that these are all.

        Where there are more than ``most``, those of them whose byte of ``first`` is not 0, and
        that these are not all; after ``FLOOD`` times as many it stops looking even for them.
        """


class Hyperscan:
    """Vectorscan's literal matcher."""

    name = "hyperscan"

    def __init__(self, literals: Sequence[bytes]) -> None:
        """Compile ``literals``, which are not empty and differ."""
        self.literals = len(literals)
        self._database: Any = None
        if literals:
            self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            self._database.compile(
                expressions=list(literals),
                ids=list(range(len(literals))),
                elements=len(literals),
                flags=[0] * len(literals),
                literal=True,
            )

    def dump(self) -> bytes:
        """Return the database as its library writes it."""
        return hyperscan.dumpb(self._database) if self._database is not None else b""

    @classmethod
    def revive(cls, state: bytes, literals: int) -> Hyperscan:
        """Read the database again; raises where another processor wrote it."""
        made = cls(())
        made.literals = literals
        if state:
            made._database = hyperscan.loadb(state, hyperscan.HS_MODE_BLOCK)
            made._database.scratch = hyperscan.Scratch(made._database)
        return made

    def find(self, data: bytes, most: int, first: bytes = b"") -> tuple[Found, bool]:
        """See ``Engine``."""
        if self._database is None or not data:
            return [], True
        found: Found = []
        add = found.append
        stop = most * FLOOD if first else most

        def met(literal: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            add((end, literal))
            return len(found) > stop

        with suppress(hyperscan.ScanTerminated):
            self._database.scan(data, match_event_handler=met)
        return _kept(found, most, first)


class AhoCorasick:
    """The aho-corasick crate: a wheel for every platform."""

    name = "aho-corasick"

    def __init__(self, literals: Sequence[bytes]) -> None:
        """Compile ``literals``, which are not empty and differ."""
        self.literals = len(literals)
        self._text = SEPARATOR.join(literals)
        self._automaton: Any = None
        if literals:
            import ahocorasick_rs

            self._automaton = ahocorasick_rs.BytesAhoCorasick(
                list(literals), implementation=ahocorasick_rs.Implementation.ContiguousNFA
            )

    def dump(self) -> bytes:
        """Return the literals: to build from them takes less time than reading would."""
        return self._text

    @classmethod
    def revive(cls, state: bytes, _literals: int) -> AhoCorasick:
        """Build it again."""
        return cls(state.split(SEPARATOR) if state else ())

    def find(self, data: bytes, most: int, first: bytes = b"") -> tuple[Found, bool]:
        """See ``Engine``."""
        if self._automaton is None or not data:
            return [], True
        rows = self._automaton.find_matches_as_indexes(data, overlapping=True)
        return _kept([(end, literal) for literal, _start, end in rows], most, first)


class Plain:
    """The standard library alone: slow, and the yardstick of the others in tests."""

    name = "plain"

    def __init__(self, literals: Sequence[bytes]) -> None:
        """Keep ``literals``."""
        self.literals = len(literals)
        self._literals = list(literals)

    def dump(self) -> bytes:
        """Return the literals."""
        return SEPARATOR.join(self._literals)

    @classmethod
    def revive(cls, state: bytes, _literals: int) -> Plain:
        """Build it again."""
        return cls(state.split(SEPARATOR) if state else ())

    def find(self, data: bytes, most: int, first: bytes = b"") -> tuple[Found, bool]:
        """See ``Engine``."""
        found: Found = []
        for number, literal in enumerate(self._literals):
            at = data.find(literal)
            while at >= 0:
                found.append((at + len(literal), number))
                at = data.find(literal, at + 1)
        return _kept(found, most, first)


def _kept(found: Found, most: int, first: bytes) -> tuple[Found, bool]:
    """Return what ``Engine.find`` does, of all that was found."""
    found.sort()
    if len(found) <= most:
        return found, True
    return [one for one in found[: most * FLOOD] if first and first[one[1]]], False


def versions() -> str:
    """Return which libraries are here, and which versions of them."""
    scan = getattr(hyperscan, "__version__", "none")
    return f"hyperscan {scan}, ahocorasick_rs {'here' if _AHO_CORASICK else 'none'}"


ENGINES: dict[str, type[Hyperscan | AhoCorasick | Plain]] = {
    "hyperscan": Hyperscan,
    "aho-corasick": AhoCorasick,
    "plain": Plain,
}


def make_engine(literals: Sequence[bytes], name: str = "") -> Engine:
    """Return the engine called ``name``, or the fastest that works here.

    Raises:
        PackError: There is no engine of this name, or it is not installed.
    """
    return _kind(name)(literals) if name else _fastest(literals)


def revive(name: str, state: bytes, literals: int) -> Engine:
    """Return the engine called ``name`` as it was when it gave ``state``.

    Raises:
        PackError: There is no engine of this name, or it is not installed.
    """
    return _kind(name).revive(state, literals)


def _kind(name: str) -> type[Hyperscan | AhoCorasick | Plain]:
    here = {"hyperscan": hyperscan, "aho-corasick": _AHO_CORASICK, "plain": True}
    if not here.get(name):
        raise PackError(f"no engine {name!r} here: one of {', '.join(ENGINES)}")
    return ENGINES[name]


def _fastest(literals: Sequence[bytes]) -> Engine:
    if hyperscan is not None:
        try:
            return Hyperscan(literals)
        except hyperscan.HyperscanError:  # a processor without SSE 4.2
            pass
    return AhoCorasick(literals) if _AHO_CORASICK else Plain(literals)
