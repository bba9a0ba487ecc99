"""What bytes are, by what they begin with. A name only helps where bytes do not tell."""

from __future__ import annotations

import re

from tutelage_agent.extract.plain import decode

HEAD = 4096
"""Bytes that are enough to tell."""

DOCUMENTS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
TAR_AT, TAR = 257, b"ustar"

UNREAD = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote"),
)
"""Known, and not read: each is said to be there."""

OPAQUE = (
    b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"8BPS",
    b"\x00\x00\x01\x00", b"RIFF", b"OggS", b"fLaC", b"ID3", b"\xff\xfb", b"\x1aE\xdf\xa3",
    b"FORM", b"\x00\x00\x01\xba", b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"\x00asm", b"!<arch>", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd", b"MSCF", b"SQLite format 3", b"wOFF", b"wOF2", b"\x00\x01\x00\x00",
    b"OTTO", b"bplist", b"L\x00\x00\x00",
)  # fmt: skip
"""Pictures, sound, film, programs, and containers that are not read: no text to be had."""

MAIL_HEADER = re.compile(
    rb"(?:Return-Path|Received|Delivered-To|MIME-Version|Message-ID|From|Date|Subject|To|X-[\w-]+)"
    rb": [^\n]*\r?\n(?:[\w-]+:|[ \t])",
    re.IGNORECASE,
)
HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
XML = re.compile(rb"\s*<\?xml\b")

MAIL_NAMES = (".eml", ".mht", ".mhtml")
HTML_NAMES = (".html", ".htm", ".xhtml")


def kind_of(head: bytes, name: str) -> str:
    """Return what reads such a file: ``zip``, ``ole``, ``tar``, ``pdf``, ``text``, ...; or "".

    Args:
        head: the first bytes of a file, ``HEAD`` or all of them.
        name: the file's name or its end.
    """
    for magic, kind in DOCUMENTS:
        if head.startswith(magic):
            return kind
    if head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        return "tar"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if _is_opaque(head):
        return ""
    lower = name.lower()
    if lower.endswith(MAIL_NAMES) or MAIL_HEADER.match(head):
        return "eml"
    if lower.endswith(HTML_NAMES) or HTML.search(head[:1024]):
        return "html"
    if XML.match(head):
        return "xml"
    return "" if decode(head) is None else "text"


def unread_kind(head: bytes) -> str:
    """Return the kind of a document or archive that nothing here reads; "" for any other."""
    return next((kind for magic, kind in UNREAD if head.startswith(magic)), "")


def _is_opaque(head: bytes) -> bool:
    if not (head.startswith(OPAQUE) or head[4:8] == b"ftyp"):
        return False
    # Some of the marks are letters that a text may begin with.
    return not head[:2].isalpha() or decode(head) is None
