"""Small numbers cannot be worked out again: tried by an attacker who tries every table."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tutelage_collector.figures.rounded import LEAST, rounded
from tutelage_collector.reports.document import Hidden
from tutelage_collector.reports.small_numbers import Protected, number, numbers, protect


def test_a_number_alone_is_hidden_while_it_is_under_five_and_a_zero_is_said() -> None:
    assert [isinstance(number(value), Hidden) for value in range(7)] == [
        False, True, True, True, True, False, False,
    ]  # fmt: skip


def test_one_hidden_number_takes_a_second_with_it_so_that_the_total_gives_nothing_away() -> None:
    shown = numbers([2, 40, 30], 72)
    assert isinstance(shown[0], Hidden)
    assert sum(isinstance(one, Hidden) for one in shown) == 2
    assert shown[1] == 40


def test_two_ones_are_not_given_away_by_their_sum() -> None:
    shown = numbers([1, 1, 40, 30], 72)
    assert sum(isinstance(one, Hidden) for one in shown) > 2


def test_where_all_is_small_not_even_the_total_is_shown() -> None:
    table = protect([[1, 0], [0, 2]])
    assert isinstance(table.total, Hidden)
    assert all(isinstance(one, Hidden) for one in (table.cells[0][0], table.cells[1][1]))


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    table = protect([[5, 0, 12], [7, 30, 9]])
    assert table.cells == ((5, 0, 12), (7, 30, 9))
    assert (table.row_totals, table.column_totals, table.total) == ((17, 46), (12, 30, 21), 63)


COUNTS = st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=2), min_size=2, max_size=2)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_whoever_tries_every_table_that_fits_cannot_tell_a_small_number(
    cells: list[list[int]],
) -> None:
    table = protect(cells)
    # Where a 0 had to be hidden too, nobody can rule out that what is hidden is 0.
    hides_none = any(
        isinstance(table.cells[row][column], Hidden) and not count
        for row, line in enumerate(cells)
        for column, count in enumerate(line)
    )
    fits = _fitting(table, len(cells), len(cells[0]), 0 if hides_none else 1)
    if isinstance(table.total, Hidden) and sum(map(sum, cells)) < LEAST:
        return  # "under five in all" is what is said, and all that is said
    for row, line in enumerate(cells):
        for column, count in enumerate(line):
            if not 0 < count < LEAST:
                continue
            assert isinstance(table.cells[row][column], Hidden)
            possible = {one[row][column] for one in fits}
            assert max(possible) >= LEAST, (cells, table)
            assert len(possible) >= LEAST, (cells, table)


def _fitting(
    table: Protected, rows: int, columns: int, least: int
) -> list[tuple[tuple[int, ...], ...]]:
    """Return every table of counts up to 13 that agrees with all that is shown."""
    choices = [
        [shown] if isinstance(shown, int) else range(least, 14)
        for line in table.cells
        for shown in line
    ]
    found = []
    for flat in itertools.product(*choices):
        lines = tuple(flat[at : at + columns] for at in range(0, rows * columns, columns))
        if (
            _agree(table.row_totals, [sum(line) for line in lines])
            and _agree(table.column_totals, [sum(one) for one in zip(*lines, strict=True)])
            and _agree([table.total], [sum(flat)])
        ):
            found.append(lines)
    return found


def _agree(shown: object, real: list[int]) -> bool:
    return all(
        isinstance(one, Hidden) or one == value
        for one, value in zip(shown, real, strict=True)  # type: ignore[call-overload]
    )


def test_a_rounded_number_is_never_a_small_one_and_never_exact_by_accident() -> None:
    assert [rounded(value) for value in (0, 1, 4, 5, 7, 8, 12, 1003)] == [
        "0", "under 5", "under 5", "about 5", "about 5", "about 10", "about 10", "about 1,005",
    ]  # fmt: skip
