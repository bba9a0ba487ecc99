"""Zip files by the names of their entries, for tests of what packages carry."""

from __future__ import annotations

import io
import zipfile

WORDS = "<w:document xmlns:w='x'><w:p><w:r><w:t>some words</w:t></w:r></w:p></w:document>"


def packed(*entries: str | tuple[str, bytes]) -> bytes:
    """Return a zip with these entries: names, or names with bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for entry in entries:
            name, data = (entry, WORDS.encode()) if isinstance(entry, str) else entry
            package.writestr(name, data)
        if any(str(entry).startswith("word/") for entry in entries):
            package.writestr("[Content_Types].xml", "<Types/>")
    return out.getvalue()
