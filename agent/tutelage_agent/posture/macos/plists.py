"""Property lists of a Mac: parsing, and what device management has set, which wins. Pure."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.versions import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading

MANAGED = "/Library/Managed Preferences"
LOCAL = "/Library/Preferences"


def parse(content: bytes) -> Mapping[str, Any] | None:
    """Return the dictionary of a property list, XML or binary; None for anything else."""
    found = parse_any(content)
    return found if isinstance(found, dict) else None


def parse_any(content: bytes) -> object | None:
    """Return what a property list holds; None for bytes that are not one.

    Text before the XML is passed over: ``pwpolicy`` writes a line of its own first.
    """
    start = content.find(b"<?xml")
    if start > 0 and not content.startswith(b"bplist"):
        content = content[start:]
    try:
        found: object = plistlib.loads(content)
    except (
        plistlib.InvalidFileException, ExpatError, ValueError, TypeError, KeyError, IndexError,
        OverflowError, RecursionError, AttributeError, AssertionError, MemoryError,
    ):  # fmt: skip
        return None
    return found


def read(host: Host, path: str) -> Reading[Mapping[str, Any]]:
    """Return the dictionary of a property list file."""
    return host.read(path).map(parse)


def preference(host: Host, domain: str, key: str) -> tuple[Reading[Any], bool]:
    """Return a machine preference, and whether device management has set it.

    ABSENT where neither the managed nor the local file has the key.
    """
    for folder, managed in ((MANAGED, True), (LOCAL, False)):
        table = read(host, f"{folder}/{domain}.plist")
        if table.seen and key in table.value:
            return value(table.value[key]), managed
        if not table.seen and table.outcome is not Outcome.ABSENT:
            return nothing(table.outcome, f"{folder}/{domain}"), managed
    return nothing(Outcome.ABSENT, f"{domain} {key}"), False


def truth(reading: Reading[Any], *, absent: bool) -> Reading[bool]:
    """Return a preference as true or false; ``absent`` is its documented default."""
    if reading.outcome is Outcome.ABSENT:
        return value(absent)
    return reading.map(as_truth)


def as_truth(found: object) -> bool | None:
    """Return true or false for a boolean, or for 0 and 1 as some tools write it."""
    if isinstance(found, bool):
        return found
    return {0: False, 1: True}.get(found) if isinstance(found, int) else None


def as_number(found: object) -> int | None:
    """Return a whole number; None for anything else."""
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def system(host: Host) -> Reading[tuple[int, ...]]:
    """Return macOS's version as numbers, of ``SystemVersion.plist``."""
    return read(host, "/System/Library/CoreServices/SystemVersion.plist").map(_version)


def _version(table: Mapping[str, Any]) -> tuple[int, ...] | None:
    text = table.get("ProductVersion")
    found = numbers(text) if isinstance(text, str) else ()
    return found or None
