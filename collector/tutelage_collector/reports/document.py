"""A report as a value: what all forms (browser, paper, spreadsheet, JSON, terminal) are made from.

One builder makes a ``Document``; each form renders every document. So a report that is right in
one form is right in all, and a number that is hidden is hidden in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.reports import spreadsheet
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.output import Row


@dataclass(frozen=True, slots=True)
class Hidden:
    """A number that is not shown: under five, or it would give another such number away."""


HIDDEN = Hidden()
HIDDEN_WORD = "hidden"
HIDDEN_NOTE = (
    f'"{HIDDEN_WORD}" stands for a number under five, or for one from which such a number could be '
    "worked out. A shown 0 is 0."
)
Cell = str | int | Hidden | None
"""None = not known, said as "not known", never as 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    key: str
    """In JSON and CSV."""
    heading: str
    number: bool = False
    bar: bool = False
    """Also drawn as a bar, for the eye: the number beside it says the same."""
    wide: int = 1
    """Share of the width on paper, of a column of text; 0 = as narrow as its words."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short sentences."""

    points: tuple[str, ...]
    gap: bool = False
    """Something that is missing: shown so that it is not overlooked."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; ``key`` names it in JSON and CSV."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    """Whether the last row is a sum of the others."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.key}: a row of {len(row)} in {len(self.columns)} columns")

    def largest(self, position: int) -> int:
        """Return the largest number of a column, the sum left out: what a full bar stands for."""
        rows = self.rows[:-1] if self.total else self.rows
        return max((row[position] for row in rows if isinstance(row[position], int)), default=0)  # type: ignore[type-var,return-value]


Block = Text | Points | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it."""

    key: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One report."""

    name: str
    title: str
    place: str
    period: str
    made: datetime
    reader: str
    """Whom it is for, and what may be done with it."""
    sections: tuple[Section, ...]
    landscape: bool = False

    @property
    def hides(self) -> bool:
        """Whether any number in it is hidden, so that the word needs explaining."""
        return any(
            isinstance(cell, Hidden)
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Table)
            for row in block.rows
            for cell in row
        )


def said(cell: Cell) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return "not known"
    if isinstance(cell, Hidden):
        return HIDDEN_WORD
    return f"{cell:,}" if isinstance(cell, int) else cell


def as_json(document: Document) -> Row:
    """Return a report for programs: a hidden number is the text "hidden", an unknown one null."""
    return {
        "report": document.name,
        "title": document.title,
        "place": document.place,
        "period": document.period,
        "made": times.text(document.made),
        "reader": document.reader,
        "sections": {
            section.key: {
                "heading": section.heading,
                "text": [one.text for one in section.blocks if isinstance(one, Text)],
                "points": [
                    point
                    for one in section.blocks
                    if isinstance(one, Points)
                    for point in one.points
                ],
                "tables": {one.key: _rows(one) for one in section.blocks if isinstance(one, Table)},
            }
            for section in document.sections
        },
    }


def as_csv(document: Document) -> str:
    """Return every number of a report, one a line: section, table, row, column, value."""
    lines: list[Row] = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                lines.extend(_lines(section, block))
            elif isinstance(block, Points):
                lines.extend(_line(section.heading, "", "", "", point) for point in block.points)
            else:
                lines.append(_line(section.heading, "", "", "", block.text))
    return spreadsheet.as_csv(lines)


def _lines(section: Section, table: Table) -> list[Row]:
    return [
        _line(section.heading, table.caption, said(row[0]), column.heading, _plain(cell))
        for row in table.rows
        for column, cell in zip(table.columns[1:], row[1:], strict=True)
    ]


def _line(section: str, table: str, row: str, column: str, value: object) -> Row:
    return {"section": section, "table": table, "row": row, "column": column, "value": value}


def _rows(table: Table) -> list[Row]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, (_plain(cell) for cell in row), strict=True)) for row in table.rows]


def _plain(cell: Cell) -> object:
    return HIDDEN_WORD if isinstance(cell, Hidden) else cell
