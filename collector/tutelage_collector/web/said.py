"""The words of pages and narratives, as one value."""

from __future__ import annotations

from tutelage_collector.cpoms.narrative import Words
from tutelage_collector.web import concern_words, shown

SAY = Words(
    moment=shown.moment,
    seen_in=shown.seen_in,
    words=shown.words,
    outcome=concern_words.outcome,
    police=concern_words.police,
    ict_action=concern_words.ict_action,
)
