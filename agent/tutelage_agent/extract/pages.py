"""PDF and RTF -> text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.markup import tidy
from tutelage_agent.extract.outcome import Outcome

if TYPE_CHECKING:
    from tutelage_agent.extract.gathered import Gathered

PASSWORD_NEEDED = 4
"""FPDF_ERR_PASSWORD, fpdfview.h."""

HEX_RUN = re.compile(rb"[0-9a-fA-F\r\n]{256,}")
"""Pictures in RTF: hexadecimal, most of the file, and nothing to read."""

HIDDEN_DESTINATION = re.compile(
    rb"\\(?:(?:header|footer)[lrf]?|footnote|annotation|shp|shptxt|do|dptxbxtext|\*\s*\\shpinst)(?![a-z])"
)
"""Headers, notes, comments and text boxes, which striprtf leaves out: taken for body text."""

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
                page.close()
            except pypdfium2.PdfiumError:
                broken += 1
                continue
            gathered.add(tidy(text))
        gathered.truncated = gathered.truncated or pages > budget.limits.pages
        if pages == 0 or broken == pages:
            raise StopReadingError(Outcome.MALFORMED)
    finally:
        document.close()
    return "pdf"


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
    gathered.add(tidy(str(text)))
    return "rtf"
