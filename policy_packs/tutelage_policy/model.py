"""What a pack is, as frozen dataclasses: rules, suppressors, curriculum windows, thresholds.

Nothing here can run: a pack is data, and a template compiles to plain words (template.py).
The closed sets mirror ``tutelage_wire.events`` by value; the two packages never import each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class RiskArea(StrEnum):
    """The four Cs of Keeping Children Safe in Education, and our two further routes."""

    CONTENT = "content"
    CONTACT = "contact"
    CONDUCT = "conduct"
    COMMERCE = "commerce"
    CIRCUMVENTION = "circumvention"
    DISCLOSURE = "disclosure"


class Channel(StrEnum):
    """The kind of source that a text came from."""

    FILE = "file"
    FILE_NAME = "file_name"
    DOWNLOAD = "download"
    SEARCH = "search"
    TITLE = "title"
    URL = "url"
    WINDOW = "window"
    REPORT = "report"


class AgeBand(StrEnum):
    """Whose device or account it is, by age; thresholds and grades differ."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SIXTH_FORM = "sixth_form"
    ADULT = "adult"


class Lane(StrEnum):
    """Critical phrases fire alone; topics need score, combination or repetition."""

    CRITICAL = "critical"
    TOPIC = "topic"


class Voice(StrEnum):
    """Whose words a rule expects: grades and suppressors differ by it."""

    FIRST_PERSON = "first_person"
    SEEKING = "seeking"
    DIRECTED = "directed"
    THIRD_PERSON = "third_person"
    STATEMENT = "statement"


class Route(StrEnum):
    """Where a detection goes: to be looked into, to offer help, or to the ICT manager."""

    CONCERN = "concern"
    SUPPORT = "support"
    ICT = "ict"


class SuppressorKind(StrEnum):
    """What kind of context lowers a topic's score."""

    CURRICULUM = "curriculum"
    SET_TEXT = "set_text"
    QUOTATION = "quotation"
    THIRD_PERSON = "third_person"
    NEWS = "news"
    HELP_PAGE = "help_page"
    GAMES = "games"
    CODE = "code"
    COUNTER_SPEECH = "counter_speech"
    RECLAIMED = "reclaimed"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The grade that ``count`` firings in ``days`` days earn (OSP 6.a: bullying is repeated)."""

    count: int
    days: int
    grade: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: phrases, conditions, grade per age band, and the texts that prove it.

    ``line`` is where the rule begins in ``file``; both serve error messages only.
    """

    id: str
    title: str
    risk_area: RiskArea
    subcategory: str
    lane: Lane
    voice: Voice
    grades: tuple[int, int, int, int]
    """Primary, secondary, sixth form, adult; 1 to 5."""
    weight: int
    """Topic lane: what a firing adds to the score; 100 is a secondary pupil's file."""
    any: tuple[str, ...]
    all: tuple[tuple[str, ...], ...]
    none: tuple[str, ...]
    within: int
    """Words within which ``all`` and ``none`` are looked for around a match."""
    channels: frozenset[Channel]
    route: Route
    hide_id: bool
    short: bool
    """Only in a message or a search (``Pack.short_words``): in prose these words say little."""
    suppressors: bool
    suppress: tuple[str, ...]
    """Suppressors, by id or kind, in whose context this topic rule says nothing at all."""
    repeat: Repeat | None
    basis: tuple[str, ...]
    note: str
    author: str
    reviewed: date
    review_by: date
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    """The word groups of the rule's own file."""
    file: str
    line: int

    def grade(self, band: AgeBand) -> int:
        """Return the grade for ``band``."""
        return self.grades[BANDS.index(band)]

    @property
    def topic(self) -> str:
        """Return ``risk area.sub-category``, the unit in which topic scores add up."""
        return f"{self.risk_area}.{self.subcategory}"


BANDS = tuple(AgeBand)


@dataclass(frozen=True, slots=True)
class Suppressor:
    """A context that lowers a topic's score; it never touches the critical lane."""

    id: str
    title: str
    kind: SuppressorKind
    any: tuple[str, ...]
    applies_to: tuple[str, ...]
    """Topics by name or prefix: ``content.*``, ``*``."""
    percent: int
    """What is left of a rule's weight, 0 to 100."""
    at_least: int
    """How many different phrases of ``any`` must be met before it counts."""
    within: int
    """Words around the match in which the context is looked for."""
    voices: frozenset[Voice]
    channels: frozenset[Channel]
    matches: tuple[str, ...]
    ignores: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class CurriculumWindow:
    """Dates in which a topic is being taught: topic grades are lowered, and then it expires."""

    id: str
    title: str
    applies_to: tuple[str, ...]
    starts: date
    ends: date
    """Inclusive."""
    lowers: int
    """Grades, 1 or 2; a topic never falls below grade 1."""
    bands: frozenset[AgeBand]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack as read: rules in file and line order."""

    name: str
    version: str
    title: str
    language: str
    window: int
    """Words: topic hits further apart than this do not add up."""
    trend_percent: int
    thresholds: tuple[int, int, int, int]
    channel_percent: tuple[tuple[Channel, int], ...]
    short_words: int
    """A text of no more words is a message or a search: its phrase is all that it says."""
    short_percent: int
    """What such a text needs of the threshold."""
    checklist: tuple[str, ...]
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[Rule, ...]
    suppressors: tuple[Suppressor, ...]
    windows: tuple[CurriculumWindow, ...]
    sha256: str
    """Of the pack's canonical bytes (build.py): what a match record names."""

    @property
    def ref(self) -> str:
        """Return ``name@version#first 16 hex digits``, as a finding names the pack."""
        return f"{self.name}@{self.version}#{self.sha256[:16]}"

    def threshold(self, band: AgeBand, channel: Channel, words: int) -> int:
        """Return the score that a topic needs for ``band`` on ``channel`` in a text of ``words``.

        Channel and shortness say the same of a search: the lower of the two shares counts.
        """
        percent = dict(self.channel_percent).get(channel, 100)
        if words <= self.short_words:
            percent = min(percent, self.short_percent)
        return self.thresholds[BANDS.index(band)] * percent // 100
