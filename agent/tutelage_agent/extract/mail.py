"""Saved mails -> subject, bodies and attachments: .eml and Outlook's .msg; older Office too."""

from __future__ import annotations

import codecs
import contextlib
import email
import email.errors
import email.policy
import io
import re
import struct
from email.message import Message
from typing import TYPE_CHECKING

import olefile

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.markup import html_text, tidy
from tutelage_agent.extract.outcome import Outcome, Trait
from tutelage_agent.extract.pages import read_rtf
from tutelage_agent.extract.plain import decode, wide_runs
from tutelage_agent.extract.rich import unpacked_rtf

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tutelage_agent.extract.gathered import Gathered

PARTS = 1_000
"""Parts of one mail."""


def read_eml(data: bytes, gathered: Gathered, budget: Budget) -> str:
    """Add the text of a mail; return its kind.

    Raises:
        StopReadingError: with the outcome.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        gathered.add(str(message.get("subject", "")))
        for count, part in enumerate(message.walk()):
            if count >= PARTS:
                raise StopReadingError(Outcome.BOMB)
            _read_mail_part(part, gathered, budget)
    except RecursionError as error:
        raise StopReadingError(Outcome.BOMB) from error
    except (ValueError, LookupError, TypeError, AttributeError, email.errors.MessageError) as error:
        # The standard library's header parser raises these over broken headers.
        raise StopReadingError(Outcome.MALFORMED) from error
    return "eml"


def _read_mail_part(part: EmailMessage, gathered: Gathered, budget: Budget) -> None:
    if part.get_content_type() == "message/rfc822":
        inside = part.get_payload()
        for inner in inside if isinstance(inside, list) else ():
            if isinstance(inner, Message):
                gathered.add(str(inner.get("subject", "")))
    if part.is_multipart():
        return
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return
    budget.unfolding(len(payload), len(payload))
    name = part.get_filename()
    if name:
        gathered.add(name)
        gathered.inside(payload, name, budget)
    elif part.get_content_type() == "text/html":
        gathered.add(html_text(payload, part.get_content_charset()))
    elif part.get_content_maintype() == "text":
        gathered.add(_in_charset(payload, part.get_content_charset()))


def _in_charset(payload: bytes, charset: str | None) -> str:
    try:
        return payload.decode(charset or "utf-8", "strict")
    except (LookupError, UnicodeDecodeError):
        return decode(payload) or ""


# Property tags of [MS-OXPROPS] as Outlook names their streams ([MS-OXMSG] 2.1.3): 001F is
# UTF-16, 001E is the code page of the writer, 0102 is bytes.
SUBJECT, BODY, HTML_BODY, FILE_NAME, DATA = "0037", "1000", "1013", "3707", "3701"
RTF_BODY = "1009"
PROPERTIES, CODE_PAGES = "__properties_version1.0", (0x3FFD0003, 0x3FDE0003)
"""PidTagMessageCodepage and PidTagInternetCodepage: in which 001E is written."""
STREAM = re.compile(r"__substg1\.0_([0-9A-F]{4})(001F|001E|0102)", re.IGNORECASE)

FILEPASS = 0x002F
WORD_ENCRYPTED = 0x0100
"""fEncrypted in the header of a Word 97 document ([MS-DOC] 2.5.1)."""

ANSI_RUN = re.compile(rb"[\x20-\x7e\xa0-\xff\t\r\n]{6,}")
LEGACY = {"worddocument": "doc", "workbook": "xls", "book": "xls", "powerpoint document": "ppt"}


def read_ole(data: bytes, gathered: Gathered, budget: Budget) -> str:
    """Add the text of an OLE file: a saved Outlook mail, or Office before 2007.

    Raises:
        StopReadingError: with the outcome; ENCRYPTED for Office files under a password.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            streams = ole.listdir(streams=True, storages=False)
            budget.members(len(streams))
            names = {path[-1].lower() for path in streams}
            if "_vba_project" in names:
                gathered.carries(Trait.MACROS)
            if names & {"encryptedpackage", "encryptedsummary"}:
                raise StopReadingError(Outcome.ENCRYPTED)
            if any(STREAM.fullmatch(path[-1]) for path in streams):
                _read_msg(ole, streams, gathered, budget)
                return "msg"
            for path in streams:
                kind = LEGACY.get(path[-1].lower())
                if kind is not None:
                    _read_legacy(_stream(ole, path, budget), kind, gathered)
                    return kind
    except (OSError, ValueError, IndexError, TypeError, AttributeError, KeyError) as error:
        # olefile raises OleFileError (an OSError), and these over tables that contradict.
        raise StopReadingError(Outcome.MALFORMED) from error
    raise StopReadingError(Outcome.UNSUPPORTED)


def _stream(ole: olefile.OleFileIO, path: list[str], budget: Budget) -> bytes:
    size = ole.get_size(path)
    budget.unfolding(size, size)
    with ole.openstream(path) as stream:
        return bytes(stream.read())


def _read_msg(
    ole: olefile.OleFileIO, streams: list[list[str]], gathered: Gathered, budget: Budget
) -> None:
    names: dict[tuple[str, ...], str] = {}
    attached: list[list[str]] = []
    rich: list[list[str]] = []
    bodies = 0
    page = _code_page(ole, budget)
    for path in streams:
        found = STREAM.fullmatch(path[-1])
        if found is None:
            continue
        tag, form = found[1].upper(), found[2].upper()
        if tag in (SUBJECT, BODY, FILE_NAME) and form != "0102":
            raw = _stream(ole, path, budget)
            wide = form == "001F"
            text = raw.decode("utf-16-le" if wide else page, "replace")
            text = text.rstrip("\0")
            gathered.add(tidy(text))
            bodies += tag == BODY and bool(text.strip())
            if tag == FILE_NAME:
                names[tuple(path[:-1])] = text
        elif tag == HTML_BODY:
            gathered.add(html_text(_stream(ole, path, budget)))
            bodies += 1
        elif tag == RTF_BODY and form == "0102":
            rich.append(path)
        elif tag == DATA and form == "0102":
            attached.append(path)
    if not bodies:  # else it says the same once more
        for path in rich:
            read_rtf(unpacked_rtf(_stream(ole, path, budget), budget), gathered, budget)
    for path in attached:
        name = names.get(tuple(path[:-1]), "")
        gathered.inside(_stream(ole, path, budget), name, budget)


def _code_page(ole: olefile.OleFileIO, budget: Budget) -> str:
    """Return the codec of strings that are not UTF-16 ([MS-OXMSG] 2.4)."""
    if not ole.exists(PROPERTIES):
        return "cp1252"
    table = _stream(ole, [PROPERTIES], budget)[32:]
    for place in range(0, min(len(table), 65_536) - 15, 16):
        tag, number = struct.unpack_from("<I4xI", table, place)
        if tag in CODE_PAGES:
            name = "utf-8" if number == 65_001 else f"cp{number}"
            with contextlib.suppress(LookupError):
                return codecs.lookup(name).name
    return "cp1252"


def _read_legacy(stream: bytes, kind: str, gathered: Gathered) -> None:
    # No reader of the old formats is worth its weight: their text lies in runs of code page
    # or UTF-16 characters, which is all that a matcher of phrases needs.
    if kind == "doc" and len(stream) > 12:
        flags = int.from_bytes(stream[10:12], "little")
        if flags & WORD_ENCRYPTED:
            raise StopReadingError(Outcome.ENCRYPTED)
    if kind == "xls" and _xls_is_encrypted(stream):
        raise StopReadingError(Outcome.ENCRYPTED)
    gathered.add(tidy(wide_runs(stream)))
    for run in ANSI_RUN.findall(stream):
        gathered.add(tidy(run.decode("cp1252", "replace")))


def _xls_is_encrypted(stream: bytes) -> bool:
    """Say whether FILEPASS is among the first records ([MS-XLS] 2.4.117)."""
    place = 0
    for _ in range(8):
        if place + 4 > len(stream):
            return False
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind == FILEPASS:
            return True
        place += 4 + length
    return False
