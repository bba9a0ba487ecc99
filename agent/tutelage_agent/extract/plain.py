"""Bytes of a text file -> text, whatever encoding its writer used."""

from __future__ import annotations

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 before UTF-16: its mark begins with the other's."""

ISO_2022_JP = (b"\x1b$B", b"\x1b$@")
SAMPLE = 4096
BINARY_SHARE = 0.1
"""More control characters than this in the first bytes, and it is no text."""

CONTROLS = bytes(set(range(32)) - {8, 9, 10, 12, 13, 27}) + b"\x7f"


def decode(data: bytes) -> str | None:
    """Return the text of ``data``, or None if it is not text.

    A mark at the beginning decides; otherwise zero bytes in every second place mean UTF-16;
    otherwise it is UTF-8, or else what Windows wrote before UTF-8 (cp1252).
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    sample = data[:SAMPLE]
    wide = _utf16(sample)
    if wide is not None:
        return data.decode(wide, "replace")
    if len(sample.translate(None, CONTROLS)) < len(sample) * (1 - BINARY_SHARE):
        return None
    if any(mark in sample for mark in ISO_2022_JP):
        return data.decode("iso2022_jp", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A text cut off in the middle of its last character is still UTF-8.
        if error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8")
        return _japanese(data) or data.decode("cp1252", "replace")


WIDE_RUN = re.compile(rb"(?:[\x20-\x7e\xa0-\xff\t\r\n]\x00|[\x10-\x27]\x20){6,}")
"""Characters of UTF-16 in a row, as programs keep them in formats of their own."""


def wide_runs(data: bytes) -> str:
    """Return the runs of UTF-16 characters in ``data``, a line each."""
    return "\n".join(run.decode("utf-16-le", "replace") for run in WIDE_RUN.findall(data))


def _japanese(data: bytes) -> str | None:
    """Return Japanese text of before UTF-8: kana in Shift-JIS are a mark that no accent makes."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return None
    wide = [character for character in text if character > "\x7f"]
    kana = sum("\u3041" <= character <= "\u30fe" for character in wide)
    return text if kana >= 4 and kana * 4 >= len(wide) else None


def _utf16(sample: bytes) -> str | None:
    half = len(sample) // 2
    if half < 2:
        return None
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[start::2], sample[1 - start :: 2]
        if high.count(0) > half * 0.7 and low.count(0) < half * 0.1:
            return encoding
    return None
