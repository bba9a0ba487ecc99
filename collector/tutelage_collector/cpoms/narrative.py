"""One concern in CPOMS's words: incident, action, category. Pure; sealed words stay references.

The terminal opens the references with a passphrase, the page in the browser: neither needs the
other, and the collector never puts the words together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.store.records_concerns import EntryKind, IctActionKind, Police, Source
from tutelage_wire.times import text as moment_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tutelage_collector.cpoms.categories import Category
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern, Entry, Outcome

_NOTES = frozenset({EntryKind.NOTE, EntryKind.OUTCOME, EntryKind.POLICE, EntryKind.STATE})


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain words, or a reference to sealed ones: an entry's or an alert's id."""

    text: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of CPOMS's form."""

    title: str
    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """How the caller says things: the pages' words, or plain ones in a terminal."""

    moment: Callable[[datetime], str]
    seen_in: Callable[[str], str]
    words: Callable[[str], str]
    outcome: Callable[[Outcome | None], str]
    police: Callable[[Police], str]
    ict_action: Callable[[IctActionKind], str]


def narrative(
    concern: Concern,
    entries: Sequence[Entry],
    alerts: Sequence[Alert],
    category: Category,
    evidence_hash: str,
    say: Words,
) -> tuple[Part, ...]:
    """Return the parts of the narrative, in the order of CPOMS's form."""
    return (
        Part("Incident", tuple(_incident(concern, entries, alerts, say))),
        Part("Voice of the child", ((Piece("(in the child's own words, after you spoke)"),),)),
        Part("Action", tuple(_action(concern, entries, say))),
        Part("Category", ((Piece(str(category)),),)),
        Part("Linked students", tuple(_linked(entries)) or ((Piece("none"),),)),
        Part("Evidence", tuple(_evidence(concern, alerts, evidence_hash))),
    )


def _incident(
    concern: Concern, entries: Sequence[Entry], alerts: Sequence[Alert], say: Words
) -> list[tuple[Piece, ...]]:
    lines: list[tuple[Piece, ...]] = []
    if concern.source is Source.REPORT:
        lines.append((Piece(f"{say.moment(concern.opened_at)}: reported by a person."),))
    for one in alerts:
        head = (
            f"{say.moment(one.occurred_at)}: the school's monitoring noticed "
            f"{say.words(one.subcategory).lower()} in {say.seen_in(one.channel)}: "
        )
        lines.append((Piece(head), Piece(sealed=one.event_id)))
    for entry in entries:
        if entry.kind in _NOTES and entry.sealed:
            lines.append((Piece(f"{say.moment(entry.at)} ({entry.by}): "), Piece(sealed=entry.id)))
    return lines or [(Piece("(nothing is written down yet)"),)]


def _action(concern: Concern, entries: Sequence[Entry], say: Words) -> list[tuple[Piece, ...]]:
    lines: list[tuple[Piece, ...]] = []
    if concern.outcome is not None and concern.outcome_at is not None:
        said = f"{say.moment(concern.outcome_at)}: {say.outcome(concern.outcome)}."
        lines.append((Piece(said),))
    if concern.police is not None:
        lines.append((Piece(f"Police: {say.police(concern.police).lower()}."),))
    lines += [
        (Piece(f"{say.moment(one.at)}: ICT was asked: "
               f"{say.ict_action(IctActionKind(one.code.split()[0])).lower()}."),)
        for one in entries
        if one.kind is EntryKind.ACTION_ASKED
    ]  # fmt: skip
    return lines or [(Piece("(no outcome yet)"),)]


def _linked(entries: Sequence[Entry]) -> list[tuple[Piece, ...]]:
    return [
        (Piece(sealed=one.id),) if one.sealed else (Piece(f"account {one.code}"),)
        for one in entries
        if one.kind is EntryKind.PUPIL_LINKED
    ]


def _evidence(
    concern: Concern, alerts: Sequence[Alert], evidence_hash: str
) -> list[tuple[Piece, ...]]:
    lines: list[tuple[Piece, ...]] = [(Piece(f"Tutelage concern {concern.id}"),)]
    lines += [(Piece(f"event {one.event_id} of {moment_text(one.occurred_at)}"),) for one in alerts]
    if evidence_hash:
        lines.append((Piece(f"SHA-256 {evidence_hash}"),))
    return lines


def opened(parts: Sequence[Part], read: Callable[[str], str]) -> str:
    """Return the narrative as text; ``read`` gives the words of a reference."""
    return "\n\n".join(
        part.title
        + "\n"
        + "\n".join(
            "".join(read(one.sealed) if one.sealed else one.text for one in line)
            for line in part.lines
        )
        for part in parts
    )
