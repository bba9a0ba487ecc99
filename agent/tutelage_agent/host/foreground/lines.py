"""What the child says: one line of JSON each time. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

MOST_TITLE = 512
"""Characters."""
MOST_LINE = 8_192
"""Bytes; a longer line ends the child."""
_PRIVATE = re.compile(
    r"(?:\((?:Incognito|Private|InPrivate)\)|\[InPrivate\](?: - Microsoft\W{1,3}Edge(?: \w+)?)?"
    r"|- InPrivate|\bNew Incognito Tab - .{1,40}"
    r"|(?:Private Browsing|Privater Modus|Navigation privée|Navegación privada|Navigazione anonima"
    r"|Navegação privada|Tryb prywatny|Navigare privată|Приватный просмотр|Privénavigatie)\)?)$",
    re.IGNORECASE,
)
"""How browsers mark the title of a private window, where they do: Edge and Firefox always. Chromium
on X11 marks none (seen with version 156): its private windows cannot be told from its others. The
mark stands at the end, behind what a page can choose, so that no page hides itself with it."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """The window in front."""

    program: str
    """Name of its process, without a path."""
    title: str = field(repr=False)
    """Empty where titles were not asked for."""
    idle: int
    """Seconds since a key or the pointer moved; -1 = not said."""
    private: bool
    """It says of itself that it is a browser's private window."""


def is_private(title: str) -> bool:
    """Say whether a title is that of a browser's private window."""
    return _PRIVATE.search(title) is not None


def dumps(seen: Foreground) -> bytes:
    """Return the line."""
    row = [seen.program[:64], seen.title[:MOST_TITLE], seen.idle, seen.private]
    return json.dumps(row, ensure_ascii=True).encode() + b"\n"


def loads(line: bytes) -> Foreground | None:
    """Return what a line says; None for anything else."""
    try:
        program, title, idle, private = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return None
    if not (isinstance(program, str) and isinstance(title, str) and isinstance(private, bool)):
        return None
    if not isinstance(idle, int) or isinstance(idle, bool):
        return None
    # A lone surrogate can be written in JSON; nothing downstream may encode it.
    clean = title[:MOST_TITLE].encode("utf-8", "replace").decode()
    return Foreground(program[:64], clean, idle, private)
