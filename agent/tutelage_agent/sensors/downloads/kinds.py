"""What a download is, of what is run rather than read."""

from __future__ import annotations

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
    (b"\xca\xfe\xba\xbe", "mach-o"), (b"!<arch>\ndebian", "deb"), (b"\xed\xab\xee\xdb", "rpm"),
    (b"xar!", "pkg"), (b"dex\n", "android"), (b"#!", "shell"),
)  # fmt: skip

LOOK_INSIDE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Packages and older Office documents: the bounded child says what they carry."""


def by_itself(head: bytes, name: str) -> tuple[Kind, str] | None:
    """Return kind and type of what runs by itself; None for anything else.

    What the bytes say comes first: a program stays one under any name.
    """
    end = ending(name)
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


def ending(name: str) -> str:
    """Return the last suffix of a name in lower case, with its dot; "" without one."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""
