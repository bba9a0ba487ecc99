"""Reports as HTML: a body for the pages, and one file that needs nothing else."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from tutelage_collector.reports.document import HIDDEN_NOTE, Points, Table, Text, said
from tutelage_collector.reports.paper import share

if TYPE_CHECKING:
    from tutelage_collector.reports.document import Block, Document

_KINDS = {Text: "text", Points: "points", Table: "table"}


@cache
def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("tutelage_collector.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["said"] = said
    found.globals["share"] = share
    found.globals["kind"] = _kind
    return found


def body(document: Document) -> Markup:
    """Return the sections of a report as HTML, escaped, without frame or style."""
    made = _templates().get_template("report_body.html")
    return Markup(made.render(document=document, note=HIDDEN_NOTE))  # noqa: S704 - escaped above


def standalone(document: Document) -> str:
    """Return a report as one page with its style in it: for a folder or an attachment."""
    style = (resources.files("tutelage_collector.reports") / "report.css").read_text("utf-8")
    made = _templates().get_template("report_file.html")
    return made.render(document=document, body=body(document), style=Markup(style))  # noqa: S704


def _kind(block: Block) -> str:
    return _KINDS[type(block)]
