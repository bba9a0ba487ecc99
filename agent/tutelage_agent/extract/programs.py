"""What is a program or a script, by what it begins with or by how its name ends."""

from __future__ import annotations

MARKS = (
    b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"!<arch>\ndebian", b"\xed\xab\xee\xdb", b"xar!", b"dex\n",
)  # fmt: skip
"""Windows, Linux and Mac programs; Debian, RPM and Mac packages; Android."""

ENDS = (
    ".exe", ".scr", ".com", ".pif", ".cpl", ".msi", ".msix", ".appx", ".dll",
    ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta",
    ".lnk", ".reg", ".jar", ".apk", ".app", ".command", ".pkg", ".mpkg", ".dmg",
    ".sh", ".run", ".appimage", ".deb", ".rpm", ".flatpakref", ".iso", ".img", ".vhd", ".vhdx",
    ".xll", ".xpi", ".crx",
)  # fmt: skip
"""Not Python's and other sources: those are coursework."""


def is_program(head: bytes) -> bool:
    """Say whether bytes that begin so are run rather than read."""
    if head.startswith(b"MZ"):
        # Two letters begin many a text; what Windows runs has zeros behind them.
        return b"\0" in head[:64]
    return head.startswith(MARKS) or (head.startswith(b"#!") and b"python" not in head[:80])


def holds_program(names: list[str]) -> bool:
    """Say whether one of the names in a package is a program's. A website's scripts are not."""
    page = any(name.lower().endswith((".html", ".htm")) for name in names)
    return any(is_program_name(name) and not (page and name.endswith(".js")) for name in names)


def is_program_name(name: str) -> bool:
    """Say whether a file of this name is run rather than read."""
    return name.lower().endswith(ENDS)
