"""What a scan found, as frozen dataclasses: nothing here holds the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from tutelage_policy.model import AgeBand, Channel, Lane, Route


@dataclass(frozen=True, slots=True)
class Match:
    """One rule fired at ``start`` to ``end``, in characters of the original text."""

    rule: str
    start: int
    end: int
    lane: Lane
    grade: int
    """What the rule's grade for this age band says."""
    weight: int
    """What it counted for after suppressors; a critical rule is never lowered."""
    steps: int
    """Bits of ``normalise.Step``: how the words were read."""


@dataclass(frozen=True, slots=True)
class Context:
    """A suppressor that could have lowered this result, and whether it did."""

    suppressor: str
    fired: bool
    percent: int


@dataclass(frozen=True, slots=True)
class TopicScore:
    """The best window of one topic."""

    topic: str
    score: int
    threshold: int
    grade: int
    """What the score earns, after curriculum windows."""
    lowered_by: tuple[str, ...]
    """Curriculum windows that were open and lowered it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the engine concludes about one text; ``grade`` 0 is nothing."""

    grade: int
    score: int
    threshold: int
    lane: Lane | None
    rule: str
    """The rule that decided, or none."""
    route: Route | None
    matches: tuple[Match, ...]
    topics: tuple[TopicScore, ...]
    contexts: tuple[Context, ...]
    channel: Channel
    age_band: AgeBand
    day: date
    pack: str
    capped: bool
    """More hits than the cap were in the text; the first ones were judged."""
