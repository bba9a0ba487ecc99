"""Small configuration formats of Linux: INI files of several dialects, key = value files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading


@dataclass(frozen=True, slots=True)
class Entry:
    """A line ``key = value`` below ``[section]``."""

    section: str
    key: str
    value: str


def parse_ini(text: str) -> tuple[Entry, ...]:
    """Return the entries of an INI file, in order; comments and other lines are left out.

    A comment begins with ``#`` or ``;``: a setting that is commented out is no setting.
    """
    section, found = "", []
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            section = line[1:].partition("]")[0].strip() if "]" in line else section
            # KDE marks a whole group as enforced after its name: [Daemon][$i]
            if line.endswith("[$i]") and line != "[$i]":
                found.append(Entry(section, "[$i]", ""))
            continue
        key, separator, content = line.partition("=")
        if separator:
            found.append(Entry(section, key.strip(), content.strip().strip("\"'")))
    return tuple(found)


def parse_words(text: str) -> dict[str, str]:
    """Return name -> value of ``NAME value`` lines (login.defs); the last one counts."""
    found = {}
    for line in text.splitlines():
        fields = line.split(None, 1)
        if len(fields) == 2 and not fields[0].startswith("#"):
            found[fields[0]] = fields[1].strip()
    return found


def last(entries: tuple[Entry, ...], section: str, key: str) -> str | None:
    """Return the last value of a key, compared without case; None if it is not there."""
    found = None
    for entry in entries:
        if entry.section.lower() == section.lower() and entry.key.lower() == key.lower():
            found = entry.value
    return found


def truth(text: str | None) -> bool | None:
    """Return what a configured word means; None for no word, or one that is neither."""
    match (text or "").strip().lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
        case _:
            return None


def whole_number(text: str | None) -> int | None:
    """Return a whole number, or None: also for one too long to be meant."""
    text = (text or "").strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None


def cascade(host: Host, files: tuple[str, ...], folders: tuple[str, ...] = ()) -> Reading[str]:
    """Return the text of configuration files one after another, later ones last.

    Args:
        host: the machine.
        files: paths; ones that are absent are left out.
        folders: folders whose ``*.conf`` files come after, in the order of their names.

    Returns:
        VALUE with the text; ABSENT if none is there; the outcome of one that could not be read.
    """
    paths = list(files)
    for folder in folders:
        names = host.folder(folder)
        if names.seen:
            paths += [f"{folder}/{name}" for name in names.value if name.endswith(".conf")]
        elif names.outcome is not Outcome.ABSENT:
            return nothing(names.outcome, folder)
    texts = []
    for path in paths:
        reading = host.text(path)
        if reading.seen:
            texts.append(reading.value)
        elif reading.outcome is not Outcome.ABSENT:
            return nothing(reading.outcome, path)
    return value("\n".join(texts)) if texts else nothing(Outcome.ABSENT)
