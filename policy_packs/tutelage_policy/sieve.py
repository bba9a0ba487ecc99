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

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tutelage_policy.buffer import KINDS, SPACED, WORD, Compact, to_bytes
from tutelage_policy.looks import ALONE, CRITICAL, KEYED, RUN, SPELT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_policy.engines import Engine
    from tutelage_policy.looks import Looks
    from tutelage_policy.tables import Rows
    from tutelage_policy.vocabulary import Vocabulary

SEGMENT = 65536
OVERLAP = 256
SLIP_CHARS = 8192
LEAST_CAP = 1200
"""Literals in one segment; more, and more than eight times what the pack's keys give in ordinary
English, is a page of nothing else: its beginning is read whole, and the result says so."""
WORDS_A_SEGMENT = 11_000
DENSE_READ = 4096
MOST_ODD = 400
"""Odd words in one segment of a long text that are looked into."""
LETTER, DIGIT = b"a1"
SPACE = re.compile(r"\s")
LEAST_SPELT = 3
MOST_WORD = 40


class Spot(NamedTuple):
    """Look between ``start`` and ``end``, ``back`` and ``ahead`` characters around it."""

    start: int
    end: int
    back: int
    ahead: int
    critical: bool = False


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


class Sieve:
    """Finds the spots of texts."""

    def __init__(
        self,
        looks: Looks,
        spaced: Engine,
        packed: Engine,
        vocabulary: Vocabulary,
        words: tuple[Rows, Rows],
        may_hide: Callable[[str], bool],
        may_slip: Callable[[str], bool],
        reach: int,
        most: int,
    ) -> None:
        """Look with these.

        Args:
            looks: what to do at each literal.
            spaced: finds the literals of the spaced form.
            packed: finds those of the compact form.
            vocabulary: the words of the pack.
            words: groups of sets of words, and the sets.
            may_hide: tells whether a token can be read as a word of the pack.
            may_slip: tells whether it can with a typing slip.
            reach: characters to look at around odd words.
            most: literals in one segment.
        """
        self._looks, self._in_spaced, self._in_compact = looks, spaced, packed
        self._vocabulary = vocabulary
        self._groups, self._sets = words
        self._may_hide, self._may_slip = may_hide, may_slip
        self._reach, self._most = reach, most
        self._first_compact = spaced.literals
        critical = bytes(flags & CRITICAL for flags in looks.flags)
        self._critical = critical[: spaced.literals], critical[spaced.literals :]
        self.engine = spaced.name

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
        if self._whole(raw, at, skip, folded, out, self._most, slips=slips):
            return
        out.capped = True
        out.spots.append(Spot(at, min(at + DENSE_READ, at + len(raw)), 0, 0))
        if not any(map(any, self._critical)):
            return
        for low in range(skip, len(raw), DENSE_READ):  # the flood may be in a few places only
            first = max(0, low - OVERLAP)
            part = raw[first : low + DENSE_READ]
            most = self._most * DENSE_READ // SEGMENT
            self._whole(part, at + first, low - first, folded, out, most, slips=False)

    def _whole(
        self,
        raw: bytes,
        at: int,
        skip: int,
        folded: str,
        out: Sifted,
        most: int,
        *,
        slips: bool,
    ) -> bool:
        """Add what one stretch gives; return whether that was not too much.

        A whole segment where it is gives nothing; a smaller stretch gives critical phrases only.
        """
        spaced = b" %b " % raw.translate(SPACED)  # places move by one: see the -1 below
        whole_segment = most == self._most
        critical, critical_packed = self._critical
        short, all_short = self._in_spaced.find(spaced, most, b"" if whole_segment else critical)
        if whole_segment and not all_short:
            return False
        packed = Compact(raw)
        long, all_long = self._in_compact.find(
            packed.data, most, b"" if whole_segment else critical_packed
        )
        if whole_segment and not all_long:
            return False
        if not whole_segment:
            short = [one for one in short if critical[one[1]]]
            long = [one for one in long if critical_packed[one[1]]]
        looks = self._looks
        beyond = 0  # the end of a chunk that is too long to be a word
        for end, number in short:
            start, end = end - looks.sizes[number], end - 2
            if end <= skip:
                continue
            flags = looks.flags[number]
            if flags & RUN:
                if at + end > beyond:
                    beyond = self._run(folded, at + start - 1, at + end, out)
                continue
            if flags & SPELT:
                out.spots.append(Spot(at + start, at + end, self._reach, self._reach))
                continue
            if flags & KEYED and self._worth(raw, start, end, number):
                out.spots.append(self._spot(number, at + start, at + end))
            for plain in looks.plain[number]:
                out.plainly.append(Plainly(at + start, at + end, looks.phrases[plain], 1))
        first = self._first_compact
        for end, number in long:
            number += first
            last = packed.origin(end - 1) + 1
            if last > skip and not (
                looks.flags[number] & ALONE and self._plainly(raw, last, number, at, out)
            ):
                start = packed.origin(end - looks.sizes[number])
                self._long(raw, spaced, start, last, number, at, out)
        if not whole_segment:
            return False
        self._odd(raw, folded, at, skip, out, most=len(raw) if slips else MOST_ODD)
        if slips:
            self._unknown(spaced, folded, out)
        return True

    def _spot(self, number: int, start: int, end: int) -> Spot:
        """Return where to look around a literal."""
        looks = self._looks
        critical = bool(looks.flags[number] & CRITICAL)
        return Spot(start, end, looks.back[number], looks.ahead[number], critical)

    def _plainly(self, raw: bytes, end: int, number: int, at: int, out: Sifted) -> bool:
        """Take the commonest case first: one phrase, as it is written, and nothing else."""
        looks = self._looks
        plain = looks.plain.values[looks.plain.starts[number]]
        text = looks.text(plain)
        start = end - len(text)
        if (
            start < 0
            or raw[start:end] != text
            or (start and raw[start - 1] in WORD)
            or (end < len(raw) and raw[end] in WORD)
        ):
            return False
        words = text.count(b" ") + 1
        out.plainly.append(Plainly(at + start, at + end, looks.phrases[plain], words))
        return True

    def _long(
        self, raw: bytes, spaced: bytes, start: int, end: int, number: int, at: int, out: Sifted
    ) -> None:
        """Judge a hit of the compact form by the words that stand there."""
        looks = self._looks
        if looks.flags[number] & SPELT:
            out.spots.append(Spot(at + start, at + end, self._reach, self._reach))
            return
        if spaced[start] == 32 and spaced[end + 1] == 32:
            words = _words(raw[start:end])
            keyed = looks.flags[number] & KEYED and looks.has_shape(number, words)
            if keyed and self._worth(raw, start, end, number):
                out.spots.append(self._spot(number, at + start, at + end))
            text = b""
            for plain in looks.plain[number]:
                text = text or " ".join(words).encode()
                if text == looks.text(plain):
                    phrase = looks.phrases[plain]
                    out.plainly.append(Plainly(at + start, at + end, phrase, len(words)))
                    return
            if keyed:
                return
        else:
            first = spaced.rfind(b" ", 0, start + 1)
            last = spaced.find(b" ", end + 1) - 1
            words = _words(raw[first:last]) if last - first < 4 * MOST_WORD else []
        if not words or self._hides(words):
            reach = max(looks.back[number], looks.ahead[number]) or self._reach
            critical = bool(looks.flags[number] & CRITICAL)
            out.spots.append(Spot(at + start, at + end, reach, reach, critical))

    def _worth(self, raw: bytes, start: int, end: int, number: int) -> bool:
        """Return whether the words around a key leave room for one of its phrases."""
        looks = self._looks
        low = start - looks.back[number]
        low = raw.rfind(b" ", 0, low) + 1 if low > 0 else 0
        high = raw.find(b" ", end + looks.ahead[number])
        words = _words(raw[low : high if high >= 0 else len(raw)])
        there = set(map(self._vocabulary.ids.get, words))
        sets, groups = self._sets, self._groups
        for group in looks.nears[looks.near[number]]:
            for one in groups[group]:
                if there.isdisjoint(sets[one]):
                    break
            else:
                return True
        return self._hides(words)

    def _hides(self, words: list[str]) -> bool:
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
                (len(word) <= MOST_WORD and self._may_slip(word))
                or self._vocabulary.has_together(words[at - 1 : at + 1])
                or self._vocabulary.has_together(words[at : at + 2])
            ):
                return True
        return False

    def _run(self, folded: str, start: int, end: int, out: Sifted) -> int:
        """Look where a word has a run of one letter, if it may be a word of the pack.

        Return how far the same chunk is known to be too long for one; 0 where it is not.
        """
        start = max(start, 0)
        if out.spots and out.spots[-1].start <= start and end <= out.spots[-1].end:
            return 0
        start, end = _token(folded, start, end)
        if end - start > MOST_WORD:
            return _chunk_end(folded, end)
        if self._may_hide(folded[start:end]):
            out.spots.append(Spot(start, end, self._reach, self._reach))
        return 0

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
                if end - start > MOST_WORD:
                    end = _chunk_end(folded, end)
                elif end - at > skip:
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
        for word in self._vocabulary.strange(spaced.decode("ascii").split()):
            if len(word) > MOST_WORD or not self._may_slip(word):
                continue
            needle = b" %b " % word.encode()
            place = spaced.find(needle)
            while place >= 0:
                out.spots.append(Spot(place, place + len(word), self._reach, self._reach))
                place = spaced.find(needle, place + 1)


def _words(raw: bytes) -> list[str]:
    """Return the words of some bytes, ``don't`` as one."""
    return raw.translate(SPACED, b"'").decode("ascii").split()


def _token(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of the chunk without white space around a place, at most a line's worth."""
    low = max(0, start - MOST_WORD)
    first = max(folded.rfind(" ", low, start), folded.rfind("\n", low, start)) + 1
    if first == 0:
        first = low
    high = min(len(folded), end + MOST_WORD)
    space = SPACE.search(folded, end, high)
    return first, space.start() if space else max(end, high)


def _chunk_end(folded: str, at: int) -> int:
    """Return where the chunk without white space ends that goes on at ``at``."""
    space = SPACE.search(folded, at)
    return space.start() if space else len(folded)
