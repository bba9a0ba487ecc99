"""PDF and RTF -> text."""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.markup import tidy
from tutelage_agent.extract.outcome import Outcome

if TYPE_CHECKING:
    import pypdfium2

    from tutelage_agent.extract.gathered import Gathered

PASSWORD_NEEDED = 4
"""FPDF_ERR_PASSWORD, fpdfview.h."""

HEX_RUN = re.compile(rb"[0-9a-fA-F\r\n]{256,}")
"""Pictures in RTF: hexadecimal, most of the file, and nothing to read."""

HIDDEN_DESTINATION = re.compile(
    rb"(?:\\\*\s*)?\\(?:(?:header|footer)[lrf]?|footnote|annotation|shp|shptxt|do|dptxbxtext|\*\s*\\shpinst)(?![a-z])"
)
"""Headers, notes, comments and text boxes, which striprtf leaves out: taken for body text."""

ABOUT = re.compile(rb"\\(?:title|subject|keywords|doccomm)\s([^{}\\]{1,400})")
"""What Word says of a document: its title, what it is about."""

MOST_NOTES = 500
"""Notes and form fields of one page of a PDF; attachments of a PDF."""
MOST_WORDS = 65_536
"""Bytes of one of them."""
NOTE_KEYS = (b"Contents", b"V")
"""PDF 32000-1: the text of a note (12.5.2), the value of a field (12.7.3)."""

GROUPS = 5_000
"""Groups within groups in RTF. Word writes a dozen."""


def read_pdf(data: bytes, gathered: Gathered, budget: Budget) -> str:
    """Add the text layer of a PDF; return its kind.

    Raises:
        StopReadingError: ENCRYPTED or MALFORMED.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == PASSWORD_NEEDED or "assword" in str(error)
        raise StopReadingError(Outcome.ENCRYPTED if locked else Outcome.MALFORMED) from error
    try:
        pages = len(document)
        broken = 0
        for number in range(min(pages, budget.limits.pages)):
            if gathered.full:
                break
            try:
                page = document[number]
                text = page.get_textpage().get_text_range()
                notes = _notes(page)
                page.close()
            except pypdfium2.PdfiumError:
                broken += 1
                continue
            gathered.add(tidy(text))
            gathered.add("\n".join(map(tidy, notes)))
        _read_about(document, gathered)
        _read_attached(document, gathered, budget)
        gathered.truncated = gathered.truncated or pages > budget.limits.pages
        if pages == 0 or broken == pages:
            raise StopReadingError(Outcome.MALFORMED)
    finally:
        document.close()
    return "pdf"


def _notes(page: pypdfium2.PdfPage) -> list[str]:
    """Return what was noted on a page and typed into its fields, which its text leaves out."""
    import pypdfium2.raw as raw

    found: list[str] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        try:
            found += [text for key in NOTE_KEYS if (text := _words(raw, note, key))]
        finally:
            raw.FPDFPage_CloseAnnot(note)
    return list(dict.fromkeys(found))


def _words(raw: Any, note: Any, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(note, key, None, 0)
    if not 2 < length <= MOST_WORDS:
        return ""
    room = (ctypes.c_ushort * (length // 2))()
    raw.FPDFAnnot_GetStringValue(note, key, room, length)
    return bytes(room).decode("utf-16-le", "replace").rstrip("\0")


def _read_about(document: pypdfium2.PdfDocument, gathered: Gathered) -> None:
    about = document.get_metadata_dict(skip_empty=True)
    gathered.add("\n".join(about[key] for key in ("Title", "Subject", "Keywords") if key in about))


def _read_attached(document: pypdfium2.PdfDocument, gathered: Gathered, budget: Budget) -> None:
    import pypdfium2

    for number in range(min(document.count_attachments(), MOST_NOTES)):
        try:
            attached = document.get_attachment(number)
            name, data = attached.get_name(), bytes(attached.get_data())
        except pypdfium2.PdfiumError:
            gathered.worse(Outcome.MALFORMED)
            continue
        budget.members(1)
        budget.unfolding(len(data), len(data))
        gathered.add(name)
        gathered.inside(data, name, budget)


def read_rtf(data: bytes, gathered: Gathered, budget: Budget) -> str:
    """Add the text of an RTF file; return its kind.

    Raises:
        StopReadingError: BOMB or MALFORMED.
    """
    from striprtf import striprtf

    data = HIDDEN_DESTINATION.sub(b" ", HEX_RUN.sub(b"", data))
    depth = deepest = 0
    for bracket in re.findall(rb"[{}]", data):
        depth += 1 if bracket == b"{" else -1
        deepest = max(deepest, depth)
    if deepest > GROUPS:
        raise StopReadingError(Outcome.BOMB)
    try:
        text = striprtf.rtf_to_text(  # type: ignore[no-untyped-call]
            data.decode("latin-1"), encoding="cp1252", errors="replace"
        )
    except (ValueError, LookupError, IndexError, RecursionError, TypeError, KeyError) as error:
        raise StopReadingError(Outcome.MALFORMED) from error
    # Characters beyond the first 65,536 are written as two halves.
    whole = str(text).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    gathered.add(tidy(whole))
    about = [one.decode("cp1252", "replace") for one in ABOUT.findall(data)]
    gathered.add(tidy("\n".join(about)))
    return "rtf"
