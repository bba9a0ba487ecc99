"""HTML and XML -> text, in linear time and with nothing expanded.

Regular expressions over the bytes are several times faster than a parser and cannot be made to
expand an entity (measured; extract/README.md). ``[^<>]`` keeps each of them linear: an opening
bracket that never closes costs the way to the next one.
"""

from __future__ import annotations

import html
import re
from xml.parsers import expat

from tutelage_agent.extract.budget import StopReadingError
from tutelage_agent.extract.outcome import Outcome
from tutelage_agent.extract.plain import decode

TAG = re.compile(r"<[^<>]*>")
BLOCK = re.compile(
    r"<(?:/?(?:p|div|h[1-6]|li|ul|ol|tr|table|section|article|title|blockquote|pre|option|button)"
    r"|br|hr|td|th)\b[^<>]*>",
    re.IGNORECASE,
)
ALT = re.compile(r"""<(?:img|input)\b[^<>]*?\b(?:alt|placeholder)\s*=\s*["']([^<>"']*)""", re.I)
CHARSET = re.compile(rb"""<meta[^<>]{0,200}?charset\s*=\s*["']?([\w-]{2,40})""", re.IGNORECASE)
SPACES = re.compile(r"[ \t\r\f\v\xa0]+")
LINES = re.compile(r"\s*\n\s*")

HIDDEN = ("script", "style", "noscript", "template")


def html_text(data: bytes, charset: str | None = None) -> str:
    """Return what a reader of the page would see, and what pictures are said to show.

    Args:
        data: the page.
        charset: what whoever sent it says of its encoding; else the page may say so itself.
    """
    declared = CHARSET.search(data[:2048])
    text = None
    if charset is None and declared is not None:
        charset = declared[1].decode("ascii")
    if charset is not None:
        try:
            text = data.decode(charset, "replace")
        except (LookupError, UnicodeDecodeError):
            text = None
    if text is None:
        text = decode(data) or data.decode("utf-8", "replace")
    text = _without(text, "<!--", "-->")
    for element in HIDDEN:
        text = _without(text, f"<{element}", f"</{element}>")
    shown = ALT.findall(text)
    text = TAG.sub("", BLOCK.sub("\n", text))
    return tidy(html.unescape("\n".join((text, *shown))))


def xml_text(data: bytes) -> str:
    """Return the text between the tags of an XML file of any vocabulary."""
    refuse_entities(data)
    data = without_cdata(utf8(data))
    text = decode(data) or data.decode("utf-8", "replace")
    return tidy(html.unescape(TAG.sub("\n", _without(text, "<!--", "-->"))))


def tidy(text: str) -> str:
    """Return ``text`` with each run of spaces and of line ends made one."""
    return LINES.sub("\n", SPACES.sub(" ", text)).strip()


def _without(text: str, opening: str, closing: str) -> str:
    # By find, not by a lazy pattern: a thousand openings without a close stay linear.
    lower = text.lower()
    if len(lower) != len(text):  # a few letters change their length: then compare as they are
        lower = text
    parts = []
    position = 0
    while (start := lower.find(opening, position)) >= 0:
        after = lower[start + len(opening) : start + len(opening) + 1]
        if opening[1].isalpha() and (after.isalnum() or after in ("-", "_", ":")):
            # ``<script-like>`` is an element of another name, and hides nothing.
            parts.append(text[position : start + len(opening)])
            position = start + len(opening)
            continue
        parts.append(text[position:start])
        end = lower.find(closing, start + len(opening))
        if end < 0:
            position = len(text)
            break
        position = end + len(closing)
    parts.append(text[position:])
    return "".join(parts)


def refuse_entities(data: bytes) -> None:
    """Refuse XML that declares entities: office formats never do, and bombs are made of them.

    Raises:
        StopReadingError: BOMB.
    """
    if b"<!ENTITY" in data[: 1 << 16]:
        raise StopReadingError(Outcome.BOMB)


def without_cdata(data: bytes) -> bytes:
    """Return XML with its CDATA sections written as ordinary text, which the patterns see."""
    first, *others = data.split(b"<![CDATA[")
    parts = [first]
    for other in others:
        inside, closing, after = other.partition(b"]]>")
        if not closing:
            parts.append(other)
            continue
        for character, entity in ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;")):
            inside = inside.replace(character, entity)
        parts += [inside, after]
    return b"".join(parts)


def utf8(data: bytes) -> bytes:
    """Return XML bytes as UTF-8, which the patterns are written for."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        return (decode(data) or "").encode("utf-8", "replace")
    return data


def parsed_text(data: bytes, names: frozenset[str]) -> str:
    """Return the text of elements with these local names, whatever their prefixes.

    Slower than a pattern: for files that a pattern found nothing in.

    Raises:
        StopReadingError: BOMB, it declares entities; MALFORMED, it is not XML.
    """
    found: list[str] = []
    inside = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal inside
        inside += name.rpartition(" ")[2] in names

    def end(name: str) -> None:
        nonlocal inside
        if name.rpartition(" ")[2] in names:
            inside -= 1
            found.append("\n")

    def characters(text: str) -> None:
        if inside:
            found.append(text)

    def declared(*_arguments: object) -> None:
        raise StopReadingError(Outcome.BOMB)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise StopReadingError(Outcome.MALFORMED) from error
    return "".join(found)
