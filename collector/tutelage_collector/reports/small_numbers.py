"""Hides small numbers so that nobody can work them out again. Pure.

Counts of one to four could point at a child (safeguarding.md 3.4: small numbers under five are
hidden). Hiding them alone is not enough: in a table with totals a single hidden number is the
total less the others. So further numbers are hidden until each small one could, by everything
that is shown, be five or more, and could be at least five different values.

How it is known: hidden numbers and their sums are flows in a network (rows and columns are its
nodes, each number an arc from its row to its column, totals arcs of a row and a column of their
own). How far a hidden number can rise is the largest flow around it, how far it can fall the
largest flow the other way (Fischetti and Salazar, 1999, for such tables). A reader also knows
that what is hidden is hardly ever 0: no number falls below 1 in this reckoning.

A total that is shown must be the same in every table that shows it; tables of one report share
only their grand total, and where that is small, nothing of the table is shown at all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.figures.rounded import LEAST
from tutelage_collector.reports.document import HIDDEN, Hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_UNBOUNDED = 10**12

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Protected:
    """A table with its totals, in which nothing small can be worked out."""

    cells: tuple[tuple[int | Hidden, ...], ...]
    row_totals: tuple[int | Hidden, ...]
    column_totals: tuple[int | Hidden, ...]
    total: int | Hidden


def number(value: int) -> int | Hidden:
    """Return a number that stands alone: hidden where it is small."""
    return HIDDEN if 0 < value < LEAST else value


def numbers(values: Sequence[int], total: int | Hidden) -> tuple[int | Hidden, ...]:
    """Return parts of a total that is shown or hidden elsewhere already.

    Where the total is hidden every part that is not 0 is hidden with it.
    """
    if isinstance(total, Hidden):
        return tuple(HIDDEN if value else 0 for value in values)
    table = protect([[value] for value in values])
    return tuple(row[0] for row in table.cells)


def protect(cells: Sequence[Sequence[int]]) -> Protected:
    """Return a table of counts with its totals, safe to show.

    Args:
        cells: rows of equal length; no count is below 0.
    """
    table = _Table(cells)
    if 0 < table.value[table.grand] < LEAST:
        hidden = {place for place, value in table.value.items() if value}
    else:
        hidden = {place for place, value in table.value.items() if 0 < value < LEAST}
        small = sorted(hidden)
        for place in small:
            while not table.is_safe(place, hidden):
                hidden.add(table.next_to_hide(place, hidden))

    def shown(row: int, column: int) -> int | Hidden:
        return HIDDEN if (row, column) in hidden else table.value[row, column]

    rows, columns = range(table.rows), range(table.columns)
    return Protected(
        cells=tuple(tuple(shown(row, column) for column in columns) for row in rows),
        row_totals=tuple(shown(row, table.columns) for row in rows),
        column_totals=tuple(shown(table.rows, column) for column in columns),
        total=shown(*table.grand),
    )


class _Table:
    """Counts with their totals, and what can be worked out of what is shown."""

    def __init__(self, cells: Sequence[Sequence[int]]) -> None:
        self.rows, self.columns = len(cells), len(cells[0]) if cells else 0
        self.grand = (self.rows, self.columns)
        self.value: dict[Place, int] = {
            (row, column): count
            for row, line in enumerate(cells)
            for column, count in enumerate(line)
        }
        for row in range(self.rows):
            self.value[row, self.columns] = sum(cells[row])
        for column in range(self.columns):
            self.value[self.rows, column] = sum(line[column] for line in cells)
        self.value[self.grand] = sum(self.value[row, self.columns] for row in range(self.rows))

    def is_safe(self, place: Place, hidden: set[Place]) -> bool:
        """Tell whether a small number could be five or more, and five different values."""
        low, high = self.bounds(place, hidden)
        return high >= LEAST and high - low >= LEAST - 1

    def bounds(self, place: Place, hidden: set[Place]) -> tuple[int, int]:
        """Return between which values a hidden number must be, by everything that is shown."""
        begin, end = self._arc(place)
        others = [(self._arc(other), self.value[other]) for other in hidden if other != place]
        # It can rise by what flows from its end back to its beginning, and fall by the opposite.
        value = self.value[place]
        rise = _flow(others, end, begin, LEAST)
        fall = _flow(others, begin, end, max(value - 1, 0))
        return value - fall, value + rise

    def next_to_hide(self, place: Place, hidden: set[Place]) -> Place:
        """Return the number whose loss hurts least: small, not 0, no total if it can be helped."""
        row, column = place
        beside = [one for one in self.value if one not in hidden and self._shares(one, row, column)]
        anywhere = [one for one in self.value if one not in hidden]

        def loss(one: Place) -> tuple[bool, bool, bool, int]:
            is_total = one[0] == self.rows or one[1] == self.columns
            return (one == self.grand, self.value[one] == 0, is_total, self.value[one])

        helps = [one for one in beside if self.is_safe(place, hidden | {one})]
        wider = [one for one in anywhere if self.is_safe(place, hidden | {one})]
        for choice in (helps, wider, beside, anywhere):
            if choice:
                return min(choice, key=loss)
        raise AssertionError("everything is hidden and yet something shows")

    @staticmethod
    def _shares(one: Place, row: int, column: int) -> bool:
        return one[0] == row or one[1] == column

    def _arc(self, place: Place) -> tuple[str, str]:
        """Return from which sum to which a number flows: rows give, columns take.

        The total of a row takes what its cells give, so that it runs the other way; the sum of the
        totals closes the circle.
        """
        row, column = place
        begin, end = f"row {row}", f"column {column}"
        # A total balances the sum that it belongs to: its arc is turned round.
        return (end, begin) if (row == self.rows) != (column == self.columns) else (begin, end)


def _flow(arcs: Iterable[tuple[tuple[str, str], int]], source: str, sink: str, enough: int) -> int:
    """Return how much can flow from source to sink, at most ``enough``.

    An arc carries more without bound, as a hidden count may be larger; and takes back what it
    holds but for one, as a hidden count is hardly ever 0.
    """
    room: dict[str, dict[str, int]] = {}
    for (begin, end), held in arcs:
        room.setdefault(begin, {}).setdefault(end, 0)
        room.setdefault(end, {}).setdefault(begin, 0)
        room[begin][end] += _UNBOUNDED
        room[end][begin] += max(held - 1, 0)
    carried = 0
    while carried < enough:
        path = _path(room, source, sink)
        if path is None:
            return carried
        step = min(*(room[one][two] for one, two in path), enough - carried)
        for one, two in path:
            room[one][two] -= step
            room[two][one] += step
        carried += step
    return carried


def _path(room: dict[str, dict[str, int]], source: str, sink: str) -> list[tuple[str, str]] | None:
    came: dict[str, str] = {source: ""}
    waiting = deque([source])
    while waiting:
        one = waiting.popleft()
        if one == sink:
            return list(_steps(came, sink))
        for two, left in room.get(one, {}).items():
            if left > 0 and two not in came:
                came[two] = one
                waiting.append(two)
    return None


def _steps(came: dict[str, str], sink: str) -> Iterator[tuple[str, str]]:
    at = sink
    while came[at]:
        yield came[at], at
        at = came[at]
