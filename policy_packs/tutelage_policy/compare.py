"""What a change of a pack does, and how good a pack is, on texts with known answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.match import Matcher
from tutelage_policy.model import AgeBand, Channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutelage_policy.model import Pack, Rule

LOG, ALERT = 2, 4
BATCH = 500
NOT_MEANING = frozenset(["file", "line", "matches", "ignores", "author", "reviewed", "review_by"])


@dataclass(frozen=True, slots=True)
class Row:
    """A text of a corpus: ``label`` 1 is a concern, 0 is not, -1 is not known."""

    name: str
    text: str
    label: int = -1
    group: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A text whose grade differs between two packs."""

    name: str
    before: int
    after: int
    rule: str
    """The rule that decided where the grade is higher."""

    def __str__(self) -> str:
        arrow = "rises" if self.after > self.before else "falls"
        return f"{self.name}: {arrow} from {self.before} to {self.after} by {self.rule}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between two packs."""

    old: str
    new: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    texts: int
    changed: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """One corpus: shares found and shares wrong; ``None`` where there is no such text."""

    name: str
    concerns: int
    benign: int
    recall_log: float | None
    recall_alert: float | None
    wrong_log_per_1000: float | None
    wrong_alert_per_1000: float | None
    precision_log: float | None


def read_rows(files: Iterable[Path]) -> list[Row]:
    """Read JSON Lines of {"id", "text", "label"?, "group"?}.

    Raises:
        PackError: A file cannot be read, or a line is not such a row; which one is named.
    """
    rows: list[Row] = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise PackError(f"{file}: cannot be read: {error.strerror}") from error
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                rows.append(
                    Row(
                        str(row["id"]),
                        str(row["text"]),
                        int(row.get("label", -1)),
                        str(row.get("group") or ""),
                    )
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise PackError(f'{file}:{number}: is not {{"id", "text"}}: {error}') from error
    return rows


def grades(matcher: Matcher, rows: Sequence[Row], now: datetime) -> list[tuple[int, str]]:
    """Return (grade, deciding rule) of each row, as a secondary pupil's file."""
    out: list[tuple[int, str]] = []
    for at in range(0, len(rows), BATCH):
        texts = [row.text for row in rows[at : at + BATCH]]
        results = matcher.scan_many(texts, Channel.FILE, AgeBand.SECONDARY, now=now)
        out += [(result.grade, result.rule) for result in results]
    return out


def _meaning(rule: Rule) -> tuple[object, ...]:
    return tuple(getattr(rule, f.name) for f in fields(rule) if f.name not in NOT_MEANING)


def difference(old: Pack, new: Pack, corpus: Sequence[Row], now: datetime) -> Difference:
    """Return which rules, and which examples and texts of ``corpus``, change."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    examples = {
        text: Row(f"{rule.id}: {text!r}", text)
        for rule in (*old.rules, *new.rules)
        for text in (*rule.matches, *rule.ignores)
    }
    rows = [*examples.values(), *corpus]
    pairs = zip(rows, grades(Matcher(old), rows, now), grades(Matcher(new), rows, now), strict=True)
    changed = tuple(
        Changed(row.name, was, is_now, by_new if is_now > was else by_old)
        for row, (was, by_old), (is_now, by_new) in pairs
        if was != is_now
    )
    return Difference(
        old.ref,
        new.ref,
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(
            sorted(
                name
                for name in before.keys() & after.keys()
                if _meaning(before[name]) != _meaning(after[name])
            )
        ),
        len(rows),
        changed,
    )


def quality(matcher: Matcher, name: str, rows: Sequence[Row], now: datetime) -> Quality:
    """Measure a corpus: log tier is grade 2 and up, alert tier 4 and up."""
    found = [grade for grade, _ in grades(matcher, rows, now)]
    concerns = [g for g, row in zip(found, rows, strict=True) if row.label == 1]
    benign = [g for g, row in zip(found, rows, strict=True) if row.label == 0]
    right, wrong = sum(g >= LOG for g in concerns), sum(g >= LOG for g in benign)
    return Quality(
        name,
        len(concerns),
        len(benign),
        _share(concerns, LOG),
        _share(concerns, ALERT),
        _share(benign, LOG, 1000),
        _share(benign, ALERT, 1000),
        round(right / (right + wrong), 4) if concerns and benign and right + wrong else None,
    )


def _share(found: Sequence[int], level: int, times: int = 1) -> float | None:
    if not found:
        return None
    return round(times * sum(grade >= level for grade in found) / len(found), 4)
