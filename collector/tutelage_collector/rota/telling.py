"""In plain words: who would be told of an alert that came now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.rota.document import days_text

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.rota.model import Cover, Person, Rota

DUTIES = {
    "dsl": "safeguarding lead",
    "deputy": "deputy safeguarding lead",
    "out_of_hours": "out-of-hours person",
    "head": "headteacher",
    "ict": "ICT manager",
}
_WAYS = {"console": "on the collector's console", "email": "by e-mail", "webhook": "by webhook",
         "other": "by chat"}  # fmt: skip
_SEASONS = {"always": "", "term": ", in term", "holiday": ", in holidays"}


def would_be_told(rota: Rota, now: datetime) -> list[str]:
    """Return, a sentence a step, who would be told of a grade 5 alert that came now."""
    line, heads, pace = rota.line(now), rota.heads(now), rota.pace
    if not line and not heads:
        return ["Nobody. The rota names nobody who is there now."]
    said = []
    for number, person in enumerate(line):
        when = f"after {number * pace.grade_5_minutes} minutes" if number else "at once"
        said.append(f"{_named(person)}: {when}, {reached(person)}")
    if line:
        rounds = "once more" if pace.cycles == 2 else f"{pace.cycles - 1} times more"
        if pace.cycles > 1:
            said.append(f"Without an answer: the same again, {rounds}")
        minutes = pace.cycles * len(line) * pace.grade_5_minutes
    for person in heads[:1]:
        when = (
            f"after {minutes} minutes without an answer"
            if line
            else "at once, as nobody else is on duty"
        )
        said.append(f"{_named(person)}: {when}, {reached(person)}")
    if not heads:
        said.append("No headteacher is in the rota: after that, the line begins anew")
    return said


def reached(person: Person) -> str:
    """Return how somebody is reached."""
    return " and ".join(dict.fromkeys(_WAYS[one.kind.value] for one in person.ways))


def hours(row: Cover) -> str:
    """Return a row of hours in words."""
    if row.start == row.end:
        at = (
            "day and night"
            if f"{row.start:%H:%M}" == "00:00"
            else f"from {row.start:%H:%M} for a day"
        )
    else:
        at = f"{row.start:%H:%M} to {row.end:%H:%M}" + (
            " the next day" if row.end <= row.start and f"{row.end:%H:%M}" != "00:00" else ""
        )
    return f"{days_text(row.days)}, {at}{_SEASONS[row.season.value]}"


def _named(person: Person) -> str:
    return f"{person.id} ({DUTIES[person.duty.value]})"
