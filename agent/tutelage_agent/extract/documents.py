"""Bytes -> text, in whichever process this is called in. The child's whole knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.extract.archive import read_zip
from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.gathered import Gathered
from tutelage_agent.extract.kinds import HEAD, kind_of, unread_kind
from tutelage_agent.extract.markup import html_text, xml_text
from tutelage_agent.extract.outcome import Extraction, Outcome
from tutelage_agent.extract.pages import read_pdf, read_rtf
from tutelage_agent.extract.plain import decode

if TYPE_CHECKING:
    from tutelage_agent.extract.limits import Limits


def read(data: bytes, name: str, limits: Limits | None = None) -> Extraction:
    """Return the text of a document, or why there is none.

    Args:
        data: the whole document.
        name: its name or the end of it, a hint where bytes do not tell.
        limits: what reading may cost.

    Raises:
        MemoryError: only that; every other ending is an outcome.
    """
    budget = Budget(limits)
    gathered = Gathered(budget.limits.text_chars, _read)
    kind = kind_of(data[:HEAD], name)
    try:
        kind = _read(data, name, gathered, budget)
    except StopReadingError as stop:
        return gathered.extraction(kind, stop.outcome)
    return gathered.extraction(kind)


def _read(data: bytes, name: str, gathered: Gathered, budget: Budget) -> str:
    kind = kind_of(data[:HEAD], name)
    match kind:
        case "zip":
            return read_zip(data, gathered, budget)
        case "pdf":
            return read_pdf(data, gathered, budget)
        case "rtf":
            return read_rtf(data, gathered, budget)
        case "ole" | "eml":
            # Loaded for mails alone: the standard library's mail package is megabytes.
            from tutelage_agent.extract.mail import read_eml, read_ole

            return (read_ole if kind == "ole" else read_eml)(data, gathered, budget)
        case "html":
            gathered.add(html_text(data))
        case "xml":
            gathered.add(xml_text(data))
        case "text":
            gathered.add(decode(data) or "")
        case "gzip" | "bzip2" | "xz":
            from tutelage_agent.extract.streams import read_stream

            read_stream(kind, data, name, gathered, budget)
        case "tar":
            from tutelage_agent.extract.streams import read_tar

            read_tar(data, gathered, budget)
        case _:
            unread = unread_kind(data[:HEAD])
            raise StopReadingError(Outcome.UNREAD if unread else Outcome.UNSUPPORTED)
    return kind
