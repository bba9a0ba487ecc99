"""What to do at each literal that the sieve finds, in flat tables, and how they are filled."""

from __future__ import annotations

import string
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutelage_policy.buffer import compact
from tutelage_policy.tables import Pool, Rows, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_COMPACT = 6
"""Letters of a single word that is looked for in the compact form, where words have no borders."""
ENDINGS = (b"t", b"s", b"m", b"d", b"re", b"ve", b"ll")
"""What stands after an apostrophe: ``dont`` may be written ``don't``."""
RUN, SPELT, KEYED, ALONE, CRITICAL = 1, 2, 4, 8, 16
"""A run of one letter; letters one by one, or signs that are no letters: look, whatever words stand
there; the key of some phrase; one whole phrase without choices, and nothing else;
of a critical rule: read first where not all can be read."""


@dataclass(slots=True)
class Looks:
    """By literal: those of the spaced form first, those of the compact form behind them."""

    sizes: array[int]
    """Bytes of the literal."""
    flags: array[int]
    back: array[int]
    ahead: array[int]
    """Characters to look at before and behind it."""
    shapes: Rows
    """The lengths of the words, in each way that they make this literal, by number."""
    lengths: Rows
    """Those lengths."""
    near: array[int]
    """Which of ``nears`` it has."""
    nears: Rows
    """For each phrase, the group of sets of words one of each of which must be near."""
    plain: Rows
    """The phrases without choices that it is the whole of."""
    texts: bytes
    """The words of those, one text behind the other."""
    text_starts: array[int]
    phrases: array[int]
    """Their numbers."""
    shape_numbers: dict[tuple[int, ...], int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Number the shapes."""
        shapes = self.lengths
        self.shape_numbers = {tuple(shapes[at]): at for at in range(len(shapes))}

    def text(self, plain: int) -> bytes:
        """Return the words of a phrase without choices."""
        return self.texts[self.text_starts[plain] : self.text_starts[plain + 1]]

    def has_shape(self, literal: int, words: Iterable[str]) -> bool:
        """Return whether ``words``, whose letters make ``literal``, are those of a key."""
        shape = self.shape_numbers.get(tuple(map(len, words)))
        return shape is not None and shape in self.shapes[literal]


@dataclass(slots=True)
class _Look:
    """What to do at one literal, while it is gathered."""

    flags: int = 0
    back: int = 0
    ahead: int = 0
    shapes: dict[int, None] = field(default_factory=dict)
    near: dict[int, None] = field(default_factory=dict)
    plain: list[int] = field(default_factory=list)


class LooksBuilder:
    """Gathers what to look for."""

    def __init__(self) -> None:
        self._spaced: dict[bytes, _Look] = {}
        self._compact: dict[bytes, _Look] = {}
        self._shapes = Pool()
        self._texts: list[bytes] = []
        self._phrases: list[int] = []
        for letter in string.ascii_lowercase:
            self._spaced[letter.encode() * 3] = _Look(RUN)

    def add(
        self, words: tuple[str, ...], back: int, ahead: int, group: int, *, critical: bool
    ) -> None:
        """Look around ``words`` wherever they stand side by side.

        In plain text it is not worth it unless one word of each set of ``group`` is there too.
        """
        shape = self._shapes.number(tuple(map(len, words)))
        for look in self._looks(words):
            look.near[group] = None
            look.flags |= CRITICAL if critical else 0
            if back > look.back:
                look.back = back
            if ahead > look.ahead:
                look.ahead = ahead
            look.shapes[shape] = None

    def add_plain(self, words: tuple[str, ...], phrase: int, *, critical: bool) -> None:
        """Report ``phrase`` wherever ``words``, which are ASCII, stand side by side."""
        number = len(self._phrases)
        self._phrases.append(phrase)
        self._texts.append(" ".join(words).encode())
        for look in self._looks(words):
            look.plain.append(number)
            look.flags |= CRITICAL if critical else 0

    def _looks(self, words: tuple[str, ...]) -> Iterable[_Look]:
        whole = "".join(words)
        key = whole.encode() if whole.isalnum() and whole.isascii() else compact(whole)
        if len(words) > 1 or len(key) >= LEAST_COMPACT or not key.isascii():
            found = self._compact.get(key)
            if found is None:
                found = self._compact[key] = _Look(0 if key.isascii() else SPELT)
            return (found,)
        out = [self._spaced.setdefault(b" %b " % key, _Look())]
        for ending in ENDINGS:
            if key.endswith(ending) and len(key) > len(ending):
                apart = b" %b %b " % (key[: -len(ending)], ending)
                out.append(self._spaced.setdefault(apart, _Look(SPELT)))
        if len(key) > 2:
            letters = b" ".join(bytes([c]) for c in key)
            out.append(self._spaced.setdefault(b" %b " % letters, _Look(SPELT)))
        return out

    def literals(self) -> tuple[list[bytes], list[bytes]]:
        """Return the literals of the spaced and of the compact form."""
        return list(self._spaced), list(self._compact)

    def looks(self) -> Looks:
        """Return the tables."""
        every = [*self._spaced.values(), *self._compact.values()]
        for look in every:
            look.flags |= KEYED if look.shapes else 0
            if len(look.plain) == 1 and not look.flags & (SPELT | KEYED):
                look.flags |= ALONE
        nears = Pool()
        near = numbers([nears.number(tuple(look.near)) for look in every])
        ends, size = [0], 0
        for text in self._texts:
            size += len(text)
            ends.append(size)
        return Looks(
            numbers([len(one) for one in (*self._spaced, *self._compact)]),
            array("B", [look.flags for look in every]),
            array("B", [look.back for look in every]),
            array("B", [look.ahead for look in every]),
            Rows.of([tuple(look.shapes) for look in every]),
            self._shapes.rows(),
            near,
            nears.rows(),
            Rows.of([look.plain for look in every]),
            b"".join(self._texts),
            numbers(ends),
            numbers(self._phrases),
        )
