"""What a download is, of what is run rather than read."""

from __future__ import annotations

import re
from enum import StrEnum

from tutelage_agent.extract.outcome import Trait
from tutelage_agent.extract.programs import ENDS, is_program


class Kind(StrEnum):
    """What the ICT manager is told."""

    PROGRAM = "program"
    SCRIPT = "script"
    SHORTCUT = "shortcut"
    """It names a command to run."""
    DISK_IMAGE = "disk image"
    """What is in it carries no mark of where it came from."""
    MACROS = "document with macros"
    PROGRAM_INSIDE = "archive with a program"
    VPN_PROFILE = "VPN profile"
    """Settings with which a VPN that is there already leads to another network."""


class Disguise(StrEnum):
    """How a name hides that something runs."""

    DIRECTION = "its name is written backwards in part"
    """A character that turns the reading direction: what ends in exe is shown ending in pdf."""
    TWO_ENDS = "two endings"
    """``invoice.pdf.exe``, of which Windows shows the first."""
    OTHER_END = "named as a document"


_BY_END = {
    **dict.fromkeys((".lnk", ".url", ".scf"), Kind.SHORTCUT),
    **dict.fromkeys((".iso", ".img", ".vhd", ".vhdx", ".dmg"), Kind.DISK_IMAGE),
    **dict.fromkeys(
        (".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta",
         ".reg", ".sh", ".command"),
        Kind.SCRIPT,
    ),
}  # fmt: skip

_TYPES = (
    (b"MZ", "exe"), (b"\x7fELF", "elf"), (b"\xcf\xfa\xed\xfe", "mach-o"),
    (b"\xce\xfa\xed\xfe", "mach-o"), (b"\xca\xfe\xba\xbe", "mach-o"),
    (b"!<arch>\ndebian", "deb"), (b"\xed\xab\xee\xdb", "rpm"),
    (b"xar!", "pkg"), (b"dex\n", "android"), (b"#!", "shell"),
)  # fmt: skip

_DOCUMENTS = (
    ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".rtf", ".txt", ".csv",
    ".jpg", ".jpeg", ".png", ".gif", ".mp3", ".mp4", ".mov", ".avi", ".zip", ".html", ".htm",
)  # fmt: skip
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff\u00ad]")

LOOK_INSIDE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Packages and older Office documents: the bounded child says what they carry."""


def by_itself(head: bytes, name: str) -> tuple[Kind, str] | None:
    """Return kind and type of what runs by itself; None for anything else.

    What the bytes say comes first: a program stays one under any name.
    """
    end = ending(name)
    if end == ".ovpn" or (end == ".conf" and b"[Interface]" in head and b"PrivateKey" in head):
        return Kind.VPN_PROFILE, "openvpn" if end == ".ovpn" else "wireguard"
    if is_program(head):
        shown = next(kind for mark, kind in _TYPES if head.startswith(mark) or mark == b"#!")
        return (Kind.SCRIPT if shown == "shell" else Kind.PROGRAM), shown
    if head.startswith(b"L\x00\x00\x00\x01\x14\x02\x00"):
        return Kind.SHORTCUT, "lnk"
    if end in _BY_END:
        return _BY_END[end], end[1:]
    if end in ENDS:
        return Kind.PROGRAM, end[1:]
    return None


def by_what_is_inside(traits: frozenset[Trait], kind: str) -> tuple[Kind, str] | None:
    """Return kind and type of a package or document by what reading it met."""
    if Trait.MACROS in traits:
        return Kind.MACROS, kind or "office"
    if Trait.PROGRAM_INSIDE in traits:
        return Kind.PROGRAM_INSIDE, kind or "zip"
    return None


def disguise(name: str) -> Disguise | None:
    """Return how the name of something that runs hides it."""
    if _TURNS.search(name):
        return Disguise.DIRECTION
    end = ending(name)
    if end in _DOCUMENTS:
        return Disguise.OTHER_END
    before = ending(plain_name(name)[: -len(end)]) if end else ""
    return Disguise.TWO_ENDS if before in _DOCUMENTS else None


def plain_name(name: str) -> str:
    """Return a name as systems take it: without what nobody sees, and what Windows drops."""
    return _UNSEEN.sub("", name).rstrip(". ")


def ending(name: str) -> str:
    """Return the last suffix of a name in lower case, with its dot; "" without one."""
    name = plain_name(name)
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""
