"""Where in a text it is worth looking: literals of the phrases, and odd or unknown words.

The sieve may point at a place in vain; it must not miss one. What it points at is read by
normalise.py and checked by phrases.py. It looks for

* *keys* of phrases, short single words in the spaced form, everything else in the compact form,
  where spaced letters, dots, hyphens, joined and split words have vanished already;
* runs of one letter (``kiiill``);
* words that mix letters with digits or symbols (``d1e``, ``$uicide``, ``k*ll``);
* in texts up to ``SLIP_CHARS``, words that no dictionary has, and that may be a slip of one.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from tutelage_policy.buffer import KINDS, SPACED, WORD, Compact, compact, to_bytes
from tutelage_policy.engines import make_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tutelage_policy.engines import Engine
    from tutelage_policy.vocabulary import Vocabulary

SEGMENT = 65536
OVERLAP = 256
LEAST_COMPACT = 6
"""Letters of a single word that is looked for in the compact form, where words have no borders."""
SLIP_CHARS = 8192
LEAST_CAP = 1200
"""Literals in one segment; more, and more than eight times what the pack's keys give in ordinary
English, is a page of nothing else: its beginning is read whole, and the result says so."""
WORDS_A_SEGMENT = 11_000
DENSE_READ = 4096
MOST_ODD = 400
"""Odd words in one segment of a long text that are looked into."""
ENDINGS = (b"t", b"s", b"m", b"d", b"re", b"ve", b"ll")
"""What stands after an apostrophe: ``dont`` may be written ``don't``."""
LETTER, DIGIT = b"a1"
LEAST_SPELT = 3
MOST_WORD = 40


class Spot(NamedTuple):
    """Look between ``start`` and ``end``, ``back`` and ``ahead`` characters around it."""

    start: int
    end: int
    back: int
    ahead: int


class Plainly(NamedTuple):
    """A phrase of plain words stands there as it is; nothing is left to read."""

    start: int
    end: int
    phrase: int
    words: int


@dataclass(slots=True)
class Sifted:
    """What one text gave."""

    spots: list[Spot] = field(default_factory=list)
    plainly: list[Plainly] = field(default_factory=list)
    capped: bool = False


class _Plain(NamedTuple):
    """A phrase without choices."""

    text: bytes
    words: tuple[bytes, ...]
    number: int


T = TypeVar("T")
Many: TypeAlias = "list[T] | tuple[T, ...]"


@dataclass(slots=True)
class _Look:
    """What to do at one literal."""

    back: int = 0
    ahead: int = 0
    keys: Many[tuple[bytes, ...]] = field(default_factory=list)
    """The words, in each way that they make this literal."""
    near: Many[tuple[frozenset[bytes], ...]] = field(default_factory=list)
    """For each phrase, sets of words one of each of which must be near; none: always look."""
    phrases: Many[_Plain] = field(default_factory=list)
    run: bool = False
    spelt: bool = False
    """Letters one by one, or signs that are no letters: look, whatever words stand there."""

    def settle(self) -> None:
        """Give up the room for more: there are tens of thousands of these."""
        self.keys, self.near = tuple(self.keys), tuple(self.near)
        self.phrases = tuple(self.phrases)


class Sieve:
    """Finds the spots of texts; filled by ``add`` and ``add_plain``, then ``close``d."""

    def __init__(self, reach: int, rate: float = 0.0) -> None:
        """Look ``reach`` characters around odd words.

        ``rate`` is how many keys one word of ordinary English gives.
        """
        self._reach = reach
        self._most = LEAST_CAP + round(8 * rate * WORDS_A_SEGMENT)
        self._spaced: dict[bytes, _Look] = {}
        self._compact: dict[bytes, _Look] = {}
        for letter in string.ascii_lowercase:
            self._spaced[letter.encode() * 3] = _Look(run=True)

    def add(
        self,
        words: tuple[str, ...],
        back: int,
        ahead: int,
        near: tuple[frozenset[bytes], ...] = (),
    ) -> None:
        """Look around ``words`` wherever they stand side by side.

        In plain text it is not worth it unless one word of each set of ``near`` is there too.
        """
        parts = tuple([to_bytes(word) for word in words])
        for look in self._looks(words):
            if near not in look.near:
                look.near = [*look.near, near]
            look.back, look.ahead = max(look.back, back), max(look.ahead, ahead)
            if parts not in look.keys:
                look.keys = [*look.keys, parts]

    def add_plain(self, words: tuple[str, ...], phrase: int) -> None:
        """Report ``phrase`` wherever ``words`` stand side by side."""
        parts = tuple([to_bytes(word) for word in words])
        for look in self._looks(words):
            look.phrases = [*look.phrases, _Plain(b" ".join(parts), parts, phrase)]

    def _looks(self, words: tuple[str, ...]) -> Iterable[_Look]:
        key = compact("".join(words))
        if len(words) > 1 or len(key) >= LEAST_COMPACT or not key.isascii():
            yield self._compact.setdefault(key, _Look(spelt=not key.isascii()))
            return
        yield self._spaced.setdefault(b" %b " % key, _Look())
        for ending in ENDINGS:
            if key.endswith(ending) and len(key) > len(ending):
                apart = b" %b %b " % (key[: -len(ending)], ending)
                yield self._spaced.setdefault(apart, _Look(spelt=True))
        if len(key) > 2:
            letters = b" ".join(bytes([c]) for c in key)
            yield self._spaced.setdefault(b" %b " % letters, _Look(spelt=True))

    def close(
        self,
        vocabulary: Vocabulary,
        may_hide: Callable[[str], bool],
        may_slip: Callable[[str], bool],
        engine: str,
    ) -> None:
        """Build the engines.

        ``may_hide`` tells whether a token can be read as a word of the pack, ``may_slip`` whether
        it can with a typing slip.
        """
        self._vocabulary, self._may_hide, self._may_slip = vocabulary, may_hide, may_slip
        self._looks_spaced = list(self._spaced.values())
        self._looks_compact = [(len(key), look) for key, look in self._compact.items()]
        self._sizes_spaced = [len(key) for key in self._spaced]
        self._in_spaced: Engine = make_engine(list(self._spaced), engine)
        self._in_compact: Engine = make_engine(list(self._compact), engine)
        self.engine = self._in_spaced.name
        self.literals = len(self._spaced) + len(self._compact)
        del self._spaced, self._compact
        for look in self._looks_spaced:
            look.settle()
        for _, look in self._looks_compact:
            look.settle()

    def sift(self, folded: str, *, slips: bool) -> Sifted:
        """Return where to look in ``folded``, in order; ``slips`` looks at unknown words too."""
        out = Sifted()
        raw = to_bytes(folded)
        for low in range(0, max(len(raw), 1), SEGMENT):
            first = max(0, low - OVERLAP)
            part = raw[first : low + SEGMENT] if len(raw) > SEGMENT else raw
            self._segment(part, first, low - first, folded, out, slips=slips)
        out.spots.sort(key=lambda s: (s.start, s.end))
        out.plainly.sort()
        return out

    def _segment(
        self, raw: bytes, at: int, skip: int, folded: str, out: Sifted, *, slips: bool
    ) -> None:
        """Add what one segment gives; hits that end within ``skip`` were seen before."""
        spaced = b" %b " % raw.translate(SPACED)  # places move by one: see the -1 below
        short = self._in_spaced.find(spaced, self._most)
        if short is not None:
            packed = Compact(raw)
            long = self._in_compact.find(packed.data, self._most)
        if short is None or long is None:
            out.capped = True
            out.spots.append(Spot(at, min(at + DENSE_READ, at + len(raw)), 0, 0))
            return
        for end, number in short:
            look = self._looks_spaced[number]
            start, end = end - self._sizes_spaced[number], end - 2
            if end <= skip:
                continue
            if look.run:
                self._run(folded, at + start - 1, at + end, out)
                continue
            if look.spelt:
                out.spots.append(Spot(at + start, at + end, self._reach, self._reach))
                continue
            if look.keys and self._worth(raw, start, end, look):
                out.spots.append(Spot(at + start, at + end, look.back, look.ahead))
            for phrase in look.phrases:
                out.plainly.append(Plainly(at + start, at + end, phrase.number, 1))
        for end, number in long:
            size, look = self._looks_compact[number]
            last = packed.origin(end - 1) + 1
            if last > skip and not self._plainly(raw, last, look, at, out):
                self._long(raw, spaced, packed.origin(end - size), last, look, at, out)
        self._odd(raw, folded, at, skip, out, most=len(raw) if slips else MOST_ODD)
        if slips:
            self._unknown(spaced, folded, out)

    @staticmethod
    def _plainly(raw: bytes, end: int, look: _Look, at: int, out: Sifted) -> bool:
        """Take the commonest case first: one phrase, as it is written, and nothing else."""
        if len(look.phrases) != 1 or look.keys or look.spelt:
            return False
        phrase = look.phrases[0]
        start = end - len(phrase.text)
        if (
            start < 0
            or raw[start:end] != phrase.text
            or (start and raw[start - 1] in WORD)
            or (end < len(raw) and raw[end] in WORD)
        ):
            return False
        out.plainly.append(Plainly(at + start, at + end, phrase.number, len(phrase.words)))
        return True

    def _long(
        self, raw: bytes, spaced: bytes, start: int, end: int, look: _Look, at: int, out: Sifted
    ) -> None:
        """Judge a hit of the compact form by the words that stand there."""
        if look.spelt:
            out.spots.append(Spot(at + start, at + end, self._reach, self._reach))
            return
        if spaced[start] == 32 and spaced[end + 1] == 32:
            words = _words(raw[start:end])
            if words in look.keys and self._worth(raw, start, end, look):
                out.spots.append(Spot(at + start, at + end, look.back, look.ahead))
            for phrase in look.phrases:
                if words == phrase.words:
                    out.plainly.append(Plainly(at + start, at + end, phrase.number, len(words)))
                    return
            if words in look.keys:
                return
        else:
            first = spaced.rfind(b" ", 0, start + 1)
            last = spaced.find(b" ", end + 1) - 1
            words = _words(raw[first:last]) if last - first < 4 * MOST_WORD else ()
        if not words or self._hides(words):
            reach = max(look.back, look.ahead) or self._reach
            out.spots.append(Spot(at + start, at + end, reach, reach))

    def _worth(self, raw: bytes, start: int, end: int, look: _Look) -> bool:
        """Return whether the words around a key leave room for one of its phrases."""
        low = start - look.back
        low = raw.rfind(b" ", 0, low) + 1 if low > 0 else 0
        high = raw.find(b" ", end + look.ahead)
        words = _words(raw[low : high if high >= 0 else len(raw)])
        there = set(words)
        for near in look.near:
            for one in near:
                if one.isdisjoint(there):
                    break
            else:
                return True
        return self._hides(words)

    def _hides(self, words: tuple[bytes, ...]) -> bool:
        """Return whether ``words`` may be read in another way than they are written."""
        letters = 0
        for word in words:
            letters = letters + 1 if len(word) == 1 else 0
            if letters >= LEAST_SPELT:
                return True
        strange = self._vocabulary.strange(words)
        if not strange:
            return False
        for at, word in enumerate(words):
            if word in strange and (
                (len(word) <= MOST_WORD and self._may_slip(word.decode("latin-1")))
                or self._vocabulary.has_together(words[at - 1 : at + 1])
                or self._vocabulary.has_together(words[at : at + 2])
            ):
                return True
        return False

    def _run(self, folded: str, start: int, end: int, out: Sifted) -> None:
        """Look where a word has a run of one letter, if it may be a word of the pack."""
        start = max(start, 0)
        if out.spots and out.spots[-1].start <= start and end <= out.spots[-1].end:
            return
        start, end = _token(folded, start, end)
        if end - start <= MOST_WORD and self._may_hide(folded[start:end]):
            out.spots.append(Spot(start, end, self._reach, self._reach))

    def _odd(self, raw: bytes, folded: str, at: int, skip: int, out: Sifted, *, most: int) -> None:
        """Look at words that mix letters with digits or symbols."""
        kinds = raw.translate(KINDS)
        size = len(kinds)
        tried = 0
        place = kinds.find(b"1")
        while place >= 0:
            after = place + 1
            while after < size and kinds[after] == DIGIT:
                after += 1
            if (place and kinds[place - 1] == LETTER) or (after < size and kinds[after] == LETTER):
                start, end = _token(folded, at + place, at + after)
                if end - at > skip and end - start <= MOST_WORD:
                    tried += 1
                    if tried > most:
                        out.capped = True
                        return
                    if self._may_hide(folded[start:end]):
                        out.spots.append(Spot(start, end, self._reach, self._reach))
                after = max(end - at, after)
            place = kinds.find(b"1", after)

    def _unknown(self, spaced: bytes, folded: str, out: Sifted) -> None:
        """Look at words that no dictionary has and that may be a slip of a word of the pack."""
        for word in self._vocabulary.strange(spaced.split()):
            if len(word) > MOST_WORD or not self._may_slip(word.decode()):
                continue
            needle = b" %b " % word
            place = spaced.find(needle)
            while place >= 0:
                out.spots.append(Spot(place, place + len(word), self._reach, self._reach))
                place = spaced.find(needle, place + 1)


def _words(raw: bytes) -> tuple[bytes, ...]:
    """Return the words of some bytes, ``don't`` as one."""
    return tuple(raw.translate(SPACED, b"'").split())


def _token(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of the chunk without white space around a place, at most a line's worth."""
    low = max(0, start - MOST_WORD)
    first = max(folded.rfind(" ", low, start), folded.rfind("\n", low, start)) + 1
    if first == 0:
        first = low
    last = end
    high = min(len(folded), end + MOST_WORD)
    while last < high and not folded[last].isspace():
        last += 1
    return first, last
