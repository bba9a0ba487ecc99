"""Word, PowerPoint, Excel and OpenDocument files -> text, part by part."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.extract.markup import parsed_text, refuse_entities, tidy, utf8, without_cdata
from tutelage_agent.extract.plain import wide_runs

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_ELEMENTS = frozenset({"t", "delText", "text", "p", "h", "span"})

WORD = re.compile(rb"<w:(?:t|delText)(?:\s[^<>]*)?>([^<]*)|</w:p>|<w:(?:br|cr|tab)\b|</w:tc>")
DRAWING = re.compile(rb"<a:t(?:\s[^<>]*)?>([^<]*)|</a:p>|<a:br\b")
CELLS = re.compile(rb"<(?:t|text)(?:\s[^<>]*)?>([^<]*)|</(?:si|is|text)>")
ANY_PREFIX = re.compile(
    rb"<(?:[\w.-]{1,32}:)?(?:t|text)(?:\s[^<>]*)?>([^<]*)|</(?:[\w.-]{1,32}:)?(?:p|si|is)>"
)
FORMULA = re.compile(
    rb"""<(?:[\w.-]{1,32}:)?c\s[^<>]{0,300}\bt=["']str["'][^<>]{0,300}>"""
    rb"(?:<(?:[\w.-]{1,32}:)?f\b[^<>]*>(?:[^<]*</(?:[\w.-]{1,32}:)?f>)?)?"
    rb"<(?:[\w.-]{1,32}:)?v\b[^<>]*>([^<]*)"
)
"""What a formula came to, where that is text."""
SHEET_EDGE = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)\b[^<>]*>([^<]*)")
PICTURE = re.compile(rb'\sdescr="([^"<>]*)"')
"""What a picture is said to show."""
PREFIXED = re.compile(rb"<[\w.-]{1,32}:(?:t|text)[\s>]")
SHEET = re.compile(rb'<sheet\b[^<>]*?\bname="([^"<>]*)"')
PROPERTIES = re.compile(
    rb"<(?:dc:title|dc:subject|dc:description|cp:keywords|meta:keyword)\b[^<>]*>([^<]*)"
)
BODY = re.compile(rb"<office:(?:body|master-styles)\b")
ODF_BREAK = re.compile(
    rb"</text:[ph]>|<text:(?:line-break|tab)\b[^<>]*>|</table:table-cell>|</svg:title>|</svg:desc>"
)
ODF_SPACE = re.compile(rb"<text:s\b[^<>]*>")
TAG = re.compile(rb"<[^<>]*>")


def _joined(pattern: re.Pattern[bytes]) -> Callable[[bytes], bytes]:
    # A match without text is the end of a paragraph, a line or a cell.
    def read(data: bytes) -> bytes:
        return b"".join([text or b"\n" for text in pattern.findall(data)])

    return read


def _listed(pattern: re.Pattern[bytes]) -> Callable[[bytes], bytes]:
    def read(data: bytes) -> bytes:
        return b"\n".join(pattern.findall(data))

    return read


def _sheet(data: bytes) -> bytes:
    cells = _joined(CELLS)(data)
    if not cells.strip() and PREFIXED.search(data):
        cells = _joined(ANY_PREFIX)(data)
    return b"\n".join((cells, *FORMULA.findall(data), *SHEET_EDGE.findall(data)))


def _binary(data: bytes) -> bytes:
    return wide_runs(data).encode("utf-8", "replace")


def _open_document(data: bytes) -> bytes:
    parts = []
    for body in BODY.finditer(data):
        # A body goes to the end of the part; the styles' headers and footers likewise.
        text = ODF_SPACE.sub(b" ", ODF_BREAK.sub(b"\n", data[body.start() :]))
        parts.append(TAG.sub(b"", text))
        break
    return b"\n".join(parts)


@dataclass(frozen=True, slots=True)
class Part:
    """Which entries of a package hold text, and how it is taken out."""

    names: re.Pattern[str]
    read: Callable[[bytes], bytes]
    main: bool = False
    """A part that every such document has: finding nothing in it asks for a second look."""


def _part(names: str, read: Callable[[bytes], bytes], *, main: bool = False) -> Part:
    return Part(re.compile(names), read, main)


CORE = _part(r"docProps/core\.xml", _listed(PROPERTIES))
CHARTS = _part(r"(?:word|ppt|xl)/(?:diagrams/data|charts/chart)\w*\.xml", _joined(DRAWING))

PARTS: dict[str, tuple[Part, ...]] = {
    "docx": (
        _part(r"word/document\w*\.xml", _joined(WORD), main=True),
        _part(r"word/(?:header|footer|footnotes|endnotes|comments|glossary/document)\w*\.xml",
              _joined(WORD)),
        CHARTS,
        CORE,
    ),
    "pptx": (
        _part(r"ppt/(?:slides|notesSlides)/\w+\.xml", _joined(DRAWING), main=True),
        _part(r"ppt/comments/\w+\.xml", _joined(ANY_PREFIX)),
        CHARTS,
        CORE,
    ),
    "xlsx": (
        _part(r"xl/sharedStrings\w*\.xml", _joined(CELLS), main=True),
        _part(r"xl/(?:worksheets/sheet|comments|threadedComments/threadedComment)\w*\.xml",
              _sheet),
        _part(r"xl/(?:sharedStrings|worksheets/sheet|comments)\w*\.bin", _binary),
        _part(r"xl/workbook\w*\.xml", _listed(SHEET)),
        _part(r"xl/drawings/drawing\w*\.xml", _joined(DRAWING)),
        CHARTS,
        CORE,
    ),
    "odf": (
        _part(r"(?:[^/]+/)?content\.xml", _open_document, main=True),
        _part(r"styles\.xml", _open_document),
        _part(r"meta\.xml", _listed(PROPERTIES)),
    ),
}  # fmt: skip

EMBEDDED = re.compile(r"(?:word|ppt|xl)/embeddings/.+\.(?:docx|pptx|xlsx|docm|xlsm|bin|doc|xls)")


def kind_of_package(names: list[str]) -> str:
    """Return which office format a zip with these entries is, or ``zip``."""
    for kind, folder in (("docx", "word/"), ("pptx", "ppt/"), ("xlsx", "xl/")):
        if any(name.startswith(folder) for name in names) and "[Content_Types].xml" in names:
            return kind
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "iwork"  # Pages, Numbers, Keynote: a format of Apple's own
    if "content.xml" in names and ("mimetype" in names or "META-INF/manifest.xml" in names):
        return "odf"
    return "zip"


def part_text(part: Part, data: bytes) -> str:
    """Return the text of one part.

    Raises:
        StopReadingError: BOMB, it declares entities; MALFORMED, it is not even XML.
    """
    if part.read is _binary:
        return _binary(data).decode()
    data = without_cdata(utf8(data))
    refuse_entities(data)
    found = part.read(data)
    if b' descr="' in data:
        found = b"\n".join((found, *PICTURE.findall(data)))
    if not found.strip() and (part.main or PREFIXED.search(data)):
        found = _joined(ANY_PREFIX)(data)
        if not found.strip():
            return tidy(parsed_text(data, TEXT_ELEMENTS))
    text = found.decode("utf-8", "replace")
    return tidy(html.unescape(text) if "&" in text else text)
