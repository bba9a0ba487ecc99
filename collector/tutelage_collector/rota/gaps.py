"""What is wrong with a rota: an hour without anybody is an error that names the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.rota.model import WayKind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tutelage_collector.rota.model import Rota

LOOKED_AT = timedelta(days=28)
"""How far ahead cover is checked: long enough to see a holiday come."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that somebody should mend, in a sentence."""

    says: str
    begins: datetime | None = None
    """Of a gap in cover."""
    ends: datetime | None = None


def check(rota: Rota, now: datetime, notifiers: Collection[str] | None = None) -> list[Fault]:
    """Return what is wrong with a rota in the next four weeks; empty = nothing.

    Args:
        rota: of one school.
        now: the present moment.
        notifiers: ways that are set up (``email``, ``webhook:on-call``); None = not looked at.
    """
    found = gaps(rota, now)
    if not rota.heads(now):
        found.append(Fault("No headteacher is in the rota (or all are away): nobody is told last."))
    for person in rota.people:
        if all(one.kind is WayKind.CONSOLE for one in person.ways):
            found.append(
                Fault(
                    f"{person.id} is told on the collector's console only: nobody sees it at "
                    "night. Add an e-mail address or a webhook."
                )
            )
        for way in person.ways:
            name = way.kind.value if way.kind is WayKind.EMAIL else str(way)
            if way.kind is not WayKind.CONSOLE and notifiers is not None and name not in notifiers:
                found.append(
                    Fault(
                        f"{person.id} is reached by {name}, which is not set up: "
                        f"notify set {way.kind.value}"
                    )
                )
    if not rota.terms:
        found.append(
            Fault("No term dates are set: every day that is no holiday counts as term time.")
        )
    elif max(one.last for one in rota.terms) < (rota.local(now) + LOOKED_AT).date():
        found.append(
            Fault(
                f"The last term in the rota ends on {max(one.last for one in rota.terms)}: add "
                "the next one, or everything after it counts as holiday."
            )
        )
    return found


def gaps(rota: Rota, now: datetime) -> list[Fault]:
    """Return the hours of the next four weeks in which nobody is on duty."""
    found: list[tuple[datetime, datetime]] = []
    begin, end = now, now + LOOKED_AT
    for edge in (*rota.changes(now, LOOKED_AT.days), end):
        stop = min(edge, end)
        if not rota.line(begin):
            if found and found[-1][1] == begin:
                found[-1] = (found[-1][0], stop)
            else:
                found.append((begin, stop))
        begin = stop
        if begin >= end:
            break
    return [
        Fault(
            f"Nobody is on duty from {_hour(rota, first)} to {_hour(rota, last)}: an alert of "
            "grade 5 would go straight to the headteacher.",
            first,
            last,
        )
        for first, last in found
    ]


def _hour(rota: Rota, moment: datetime) -> str:
    local = rota.local(moment)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"
