"""The whole path: text -> spots -> lattice -> phrases -> rules -> result."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from tutelage_policy.buffer import BORDER, SPACED, to_bytes
from tutelage_policy.compiled import FIRST_GROUP, NONE, SUPPRESSOR, Compiled, used
from tutelage_policy.compiling import compile_pack
from tutelage_policy.fold import Folded, fold_map
from tutelage_policy.model import AgeBand, Channel, Lane
from tutelage_policy.normalise import Step
from tutelage_policy.score import RuleHit, SuppressorHit, judge
from tutelage_policy.sieve import SEGMENT, SLIP_CHARS, Sifted
from tutelage_policy.stretches import AND_BORDER, SNAP, batches, to_read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from tutelage_policy.model import Pack, Rule
    from tutelage_policy.result import Result
    from tutelage_policy.sieve import Plainly, Spot

MAX_HITS = 4000
"""Phrase hits judged in one text; a page of nothing but keywords costs no more."""
MANY = 1_000
"""Words: no short text."""
CHARS_A_WORD = 8


class Hit(NamedTuple):
    """A phrase was met, in characters of the folded text."""

    start: int
    end: int
    phrase: int
    steps: int
    words: int


@dataclass(slots=True)
class Reading:
    """One folded text while it is judged."""

    folded: Folded
    capped: bool
    _spaced: bytes = b""

    def word_numbers(self, places: Iterable[int], far: int) -> dict[int, int]:
        """Return how many words stand before each of ``places``.

        They are counted where it matters: over more than ``far`` characters without a match, a
        word is taken to have 8.
        """
        if not self._spaced:
            self._spaced = to_bytes(self.folded.text).translate(SPACED)
        numbers: dict[int, int] = {}
        done = count = 0
        for place in sorted(set(places)):
            if place - done > far:
                count += (place - done) // 8
            else:
                count += len(self._spaced[done:place].split())
            numbers[place] = count
            done = place
        return numbers


class Matcher:
    """A compiled pack. Building takes a second or two; scanning is safe from any one thread."""

    def __init__(self, pack: Pack, engine: str = "", *, compiled: Compiled | None = None) -> None:
        """Compile ``pack`` for ``engine`` (``hyperscan`` or ``aho-corasick``; default: the best).

        ``compiled`` is what compiling it gave before (image.py), and saves that.

        Raises:
            PackError: A phrase is not in the language; every fault is named.
        """
        self.pack = pack
        self._compiled = compiled or compile_pack(pack, engine)
        self._nothing: dict[tuple[Channel, AgeBand, date], Result] = {}

    @property
    def engine(self) -> str:
        """The engine that looks for literals."""
        return self._compiled.sieve.engine

    def scan(
        self,
        text: str,
        channel: Channel = Channel.FILE,
        age_band: AgeBand = AgeBand.SECONDARY,
        *,
        now: datetime,
    ) -> Result:
        """Return what ``text`` amounts to; places in the result refer to ``text`` itself."""
        return self.scan_many([text], channel, age_band, now=now)[0]

    def scan_many(
        self,
        texts: Sequence[str],
        channel: Channel = Channel.FILE,
        age_band: AgeBand = AgeBand.SECONDARY,
        *,
        now: datetime,
    ) -> list[Result]:
        """Return one result a text, in order; short texts are sifted together."""
        day = now.date()
        results = [self._empty(channel, age_band, day)] * len(texts)
        for first, stop in batches(texts):
            batch = texts[first:stop]
            for number, folded, sifted in self._sift(batch):
                results[first + number] = self._judge(
                    batch[number], folded, sifted, channel, age_band, day
                )
        return results

    def fires(self, rule: str, text: str, channel: Channel, *, now: datetime) -> bool:
        """Return whether ``rule`` fires on ``text``, whatever the score: what examples test."""
        return any(m.rule == rule for m in self.scan(text, channel, now=now).matches)

    def read(self, text: str) -> str:
        """Return ``text`` as its disguised words were read, for ``explain``."""
        lattice = self._compiled.normaliser.lattice(fold_map(text).text, whole=True)
        words: list[str] = []
        place = 0
        while place < len(lattice.edges):
            edge = max(lattice.edges[place], key=lambda e: (e.step != Step.PLAIN, e.to))
            words.append(edge.word)
            place = edge.to
        return " ".join(word for word in words if word)

    def contexts(self, text: str) -> frozenset[str]:
        """Return the suppressors whose words ``text`` holds: what their examples test."""
        folded = fold_map(text)
        seen: dict[str, set[int]] = {}
        for hit in self._around(folded, [(0, len(folded.text))]):
            for owner, group in map(used, self._compiled.tables.around_uses[hit.phrase]):
                if group == SUPPRESSOR:
                    seen.setdefault(self.pack.suppressors[owner].id, set()).add(hit.phrase)
        return frozenset(
            s.id for s in self.pack.suppressors if len(seen.get(s.id, ())) >= s.at_least
        )

    def _empty(self, channel: Channel, band: AgeBand, day: date) -> Result:
        key = (channel, band, day)
        found = self._nothing.get(key)
        if found is None:
            found = judge(self.pack, (), (), channel, band, day, words=MANY, capped=False)
            if len(self._nothing) > 100:
                self._nothing.clear()
            self._nothing[key] = found
        return found

    # --- where to look ---------------------------------------------------------------------

    def _sift(self, texts: Sequence[str]) -> Iterable[tuple[int, Folded, Sifted]]:
        """Yield the texts that hold something, by their number, with what they hold."""
        sieve = self._compiled.sieve
        if len(texts) == 1:
            folded = fold_map(texts[0])
            sifted = sieve.sift(folded.text, slips=len(folded.text) <= SLIP_CHARS)
            if sifted.spots or sifted.plainly or sifted.capped:
                yield 0, folded, sifted
            return
        together = BORDER.join(texts)
        if together.isascii():
            together = together.lower()
            sizes = map(len, texts)
        else:
            each = [fold_map(text).text for text in texts]
            together = BORDER.join(each)
            sizes = map(len, each)
        if len(together) > SEGMENT:
            # Of some characters folding makes eighteen: then the texts are no batch any more.
            yield from self._alone(texts)
            return
        sifted = sieve.sift(together, slips=True)
        if sifted.capped:  # one of them is nothing but keywords: the others must not suffer
            yield from self._alone(texts)
            return
        if not sifted.spots and not sifted.plainly:
            return
        starts = list(accumulate(map(AND_BORDER, sizes), initial=0))
        apart: dict[int, Sifted] = {}
        for spot in sifted.spots:
            number = bisect_right(starts, spot.start) - 1
            at = starts[number]
            moved = spot._replace(start=spot.start - at, end=spot.end - at)
            apart.setdefault(number, Sifted()).spots.append(moved)
        for plain in sifted.plainly:
            number = bisect_right(starts, plain.start) - 1
            at = starts[number]
            there = plain._replace(start=plain.start - at, end=plain.end - at)
            apart.setdefault(number, Sifted()).plainly.append(there)
        for number, one in apart.items():
            yield number, fold_map(texts[number]), one

    def _alone(self, texts: Sequence[str]) -> Iterable[tuple[int, Folded, Sifted]]:
        for number, text in enumerate(texts):
            for _, folded, sifted in self._sift([text]):
                yield number, folded, sifted

    # --- what is there ---------------------------------------------------------------------

    def _judge(
        self,
        text: str,
        folded: Folded,
        sifted: Sifted,
        channel: Channel,
        band: AgeBand,
        day: date,
    ) -> Result:
        reading = Reading(folded, sifted.capped)
        hits = self._leads(reading, sifted.spots, sifted.plainly)
        if not hits and not reading.capped:
            return self._empty(channel, band, day)
        found, around = self._rules(text, reading, hits, channel)
        words = len(text.split(maxsplit=self.pack.short_words))
        return judge(
            self.pack, found, around, channel, band, day, words=words, capped=reading.capped
        )

    def _leads(
        self, reading: Reading, spots: Sequence[Spot], plainly: Sequence[Plainly]
    ) -> list[Hit]:
        """Return where phrases of ``any`` stand."""
        compiled, text = self._compiled, reading.folded.text
        hits = {Hit(p.start, p.end, p.phrase, 0, p.words) for p in plainly}
        spans = [(s.start - s.back, s.end + s.ahead, s.critical) for s in spots]
        for start, end in _stretches(reading, spans, compiled.tables.most_read):
            lattice = compiled.normaliser.lattice(text, start, end)
            hits.update(
                Hit(lattice.starts[h.start], lattice.ends[h.end - 1], h.phrase, h.steps, h.words)
                for h in compiled.find_leads(lattice, MAX_HITS)
            )
        if len(hits) < MAX_HITS:
            return sorted(hits)
        reading.capped = True
        critical, ordered = compiled.tables.critical, sorted(hits)
        late = [hit for hit in ordered[MAX_HITS:] if critical[hit.phrase]]
        return ordered[:MAX_HITS] + late[:MAX_HITS]

    def _around(
        self,
        folded: Folded,
        spans: Iterable[tuple[int, int]],
        wanted: Collection[int] | None = None,
    ) -> list[Hit]:
        """Return where phrases of ``all``, ``none`` and suppressors stand, if they are wanted."""
        compiled = self._compiled
        hits: list[Hit] = []
        for start, end in spans:
            lattice = compiled.normaliser.lattice(folded.text, start, end, whole=True)
            hits += [
                Hit(lattice.starts[h.start], lattice.ends[h.end - 1], h.phrase, h.steps, h.words)
                for h in compiled.find_around(lattice, MAX_HITS, wanted)
            ]
        return hits

    def _wanted(self, matched: Iterable[int]) -> frozenset[int]:
        """Return the phrases that matter around matches of the rules ``matched``."""
        of = self._compiled.tables.around_of
        rules = [self.pack.rules[index] for index in matched]
        lowered = any(r.lane is Lane.TOPIC and (r.suppressors or r.suppress) for r in rules)
        own = [of[index] for index in matched]
        return frozenset().union(*own, of[len(of) - 1] if lowered else ())

    def _rules(
        self, text: str, reading: Reading, hits: Sequence[Hit], channel: Channel
    ) -> tuple[list[RuleHit], list[SuppressorHit]]:
        """Return the rules whose conditions hold, and the contexts around them."""
        tables, pack = self._compiled.tables, self.pack
        matches: dict[int, list[Hit]] = {}
        spans: list[tuple[int, int, bool]] = []
        for hit in hits:
            for index in tables.lead_uses[hit.phrase]:
                if channel not in pack.rules[index].channels:
                    continue
                matches.setdefault(index, []).append(hit)
                words = tables.context[index]
                if words:
                    chars = words * CHARS_A_WORD + SNAP
                    critical = pack.rules[index].lane is Lane.CRITICAL
                    spans.append((hit.start - chars, hit.end + chars, critical))
        near: list[Hit] = []
        if spans:
            wanted = self._wanted(matches)
            near = self._around(
                reading.folded, _stretches(reading, spans, tables.most_context), wanted
            )
        numbers = reading.word_numbers(
            (p for h in (*hits, *near) for p in (h.start, h.end)), tables.far
        )
        groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
        around: list[SuppressorHit] = []
        uses: dict[int, list[tuple[int, int]]] = {}
        for hit in near:
            start, end = numbers[hit.start], numbers[hit.end]
            mine = uses.get(hit.phrase)
            if mine is None:
                mine = uses[hit.phrase] = [
                    (owner, group)
                    for owner, group in map(used, tables.around_uses[hit.phrase])
                    if group == SUPPRESSOR or owner in matches
                ]
            for owner, group in mine:
                if group == SUPPRESSOR:
                    around.append(SuppressorHit(pack.suppressors[owner], start, hit.phrase))
                else:
                    groups.setdefault((owner, group), []).append((start, end))
        found: list[RuleHit] = []
        for index in sorted(matches):
            rule = pack.rules[index]
            seen: set[int] = set()
            for hit in sorted(matches[index], key=lambda h: (h.steps, h.start, -h.end)):
                if hit.start in seen or not _holds(index, rule, hit, numbers, groups):
                    continue
                if hit.steps & Step.JOINED and rule.lane is not Lane.CRITICAL and hit.words < 3:
                    continue
                seen.add(hit.start)
                found.append(_rule_hit(rule, hit, numbers[hit.start], text, reading.folded))
        return found, around


def _stretches(
    reading: Reading, spans: Sequence[tuple[int, int, bool]], most: int
) -> list[tuple[int, int]]:
    """Return what of ``spans`` is read closely, and note where something had to be left out."""
    found, left_out = to_read(reading.folded.text, spans, most)
    reading.capped = reading.capped or left_out
    return found


def _rule_hit(rule: Rule, hit: Hit, word: int, text: str, folded: Folded) -> RuleHit:
    start, end = folded.origin(hit.start), min(folded.origin(hit.end - 1) + 1, len(text))
    steps = hit.steps
    if not text.isascii() and text[start:end].lower() != folded.text[hit.start : hit.end]:
        steps |= Step.LOOKALIKE
    return RuleHit(rule, word, start, end, int(steps))


def _holds(
    index: int,
    rule: Rule,
    hit: Hit,
    numbers: dict[int, int],
    groups: dict[tuple[int, int], list[tuple[int, int]]],
) -> bool:
    """Return whether every ``all`` group is near ``hit`` and no ``none`` phrase is."""
    low, high = numbers[hit.start] - rule.within, numbers[hit.end] + rule.within
    for group in range(FIRST_GROUP, FIRST_GROUP + len(rule.all)):
        if not any(e > low and s < high for s, e in groups.get((index, group), ())):
            return False
    return not any(e > low and s < high for s, e in groups.get((index, NONE), ()))
