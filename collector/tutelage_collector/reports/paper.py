"""Reports as tagged PDF (PDF/UA-1), by typst; nothing of the system's fonts is used."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from tutelage_collector.reports.document import HIDDEN_NOTE, Hidden, Points, Table, Text, said

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.output import Row
    from tutelage_collector.reports.document import Block, Document

_FULL_BAR = 100


def typeset(template: str, data: Row, made: datetime) -> bytes:
    """Return a PDF.

    Args:
        template: name of a file of this package, such as ``report.typ``.
        data: what the template reads, as JSON.
        made: goes into the file's dates, so that the same report has the same bytes.
    """
    # Imported here: a wheel of 30 MB that no other command needs.
    import typst

    folder = resources.files("tutelage_collector.reports")
    return bytes(
        typst.compile(
            (folder / template).read_bytes(),
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards="ua-1",
            sys_inputs={"report": json.dumps(data)},
            timestamp=int(made.timestamp()),
        )
    )


def as_pdf(document: Document) -> bytes:
    """Return a report for printing: it reads in grey, and aloud."""
    data: Row = {
        "title": document.title,
        "place": document.place,
        "period": document.period,
        "made": f"{document.made:%d.%m.%Y, %H:%M} UTC",
        "reader": document.reader,
        "landscape": document.landscape,
        "note": HIDDEN_NOTE if document.hides else "",
        "sections": [
            {"heading": section.heading, "blocks": [_block(one) for one in section.blocks]}
            for section in document.sections
        ],
    }
    return typeset("report.typ", data, document.made)


def _block(block: Block) -> Row:
    if isinstance(block, Text):
        return {"kind": "text", "text": block.text}
    if isinstance(block, Points):
        return {"kind": "gaps" if block.gap else "points", "points": list(block.points)}
    return {
        "kind": "table",
        "caption": block.caption,
        "total": block.total,
        "columns": [
            {"heading": one.heading, "number": one.number, "bar": one.bar, "wide": one.wide}
            for one in block.columns
        ],
        "rows": [
            [
                {"text": said(cell), "bar": share(block, place, cell)}
                for place, cell in enumerate(row)
            ]
            for row in block.rows
        ],
    }


def share(table: Table, place: int, cell: object) -> int:
    """Return how long a cell's bar is, in hundredths of the column's largest number."""
    largest = table.largest(place) if table.columns[place].bar else 0
    if not largest or isinstance(cell, Hidden) or not isinstance(cell, int):
        return 0
    return min(_FULL_BAR, round(_FULL_BAR * cell / largest))
