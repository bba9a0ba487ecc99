"""Reports in a terminal, or as plain lines in a pipe."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from tutelage_collector.output import printable
from tutelage_collector.reports.document import HIDDEN_NOTE, Points, Table, Text, said

if TYPE_CHECKING:
    from rich.console import Console

    from tutelage_collector.reports.document import Document

_WIDEST = 110


def show(document: Document) -> None:
    """Print a report for people."""
    # Only where a person looks: importing rich takes longer than most commands.
    from rich.console import Console

    width = min(shutil.get_terminal_size().columns, _WIDEST)
    console = Console(width=width, markup=False, highlight=False, file=sys.stdout)
    console.print(document.title, style="bold")
    console.print(f"{document.place}, {document.period}")
    console.print(document.reader, style="dim")
    for section in document.sections:
        console.print()
        console.print(section.heading, style="bold underline")
        for block in section.blocks:
            if isinstance(block, Text):
                console.print(printable(block.text))
            elif isinstance(block, Points):
                for point in block.points:
                    console.print(f"  {'!' if block.gap else '-'} {printable(point)}")
            else:
                _table(console, block)
    if document.hides:
        console.print()
        console.print(HIDDEN_NOTE, style="dim")


def _table(console: Console, block: Table) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn

    drawn = Drawn(box=SIMPLE_HEAD, pad_edge=False, title=block.caption, title_justify="left")
    for column in block.columns:
        drawn.add_column(column.heading, justify="right" if column.number else "left")
    for number, row in enumerate(block.rows):
        last = block.total and number == len(block.rows) - 1
        drawn.add_row(*(printable(said(cell)) for cell in row), style="bold" if last else None)
    console.print(drawn)
