"""A list of sites of one category: the format ``tutelage-list/1``, and looking an address up.

A file is a TOML head, a line ``---``, and one entry a line, sorted::

    format = "tutelage-list/1"
    id = "gambling"
    title = "Gambling sites"
    category = "gambling"
    as_of = 2026-11-28
    licence = "Unlicense"
    ---
    bet.example
    games.example/casino

An entry is a domain, which covers what is below it, or a domain with the beginning of a path. In a
restricted list (``salt`` in its head) each line is 16 hex digits of a keyed hash: the list finds
its entries and names none. Whoever holds the file can still try a name that he thinks of; that is
what a hash can do, and why the file is readable by the agent's account alone.

In memory every list is 8 bytes an entry, open or restricted.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tomllib
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tutelage_agent.errors import AgentError
from tutelage_wire.events import RiskArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT = "tutelage-list/1"
MOST_ENTRIES = 3_000_000
MOST_BYTES = 128 << 20
_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_HASHED = re.compile(r"[0-9a-f]{16}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_PATH_PARTS = 6
_BITS = 64


class ListError(AgentError):
    """A list cannot be read or made."""


@dataclass(frozen=True, slots=True)
class Site:
    """The part of an address that lists are about: its domain and the beginning of its path."""

    host: str
    path: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        """Yield each entry that would cover this site, the narrowest first."""
        for length in range(len(self.path), 0, -1):
            yield self.host + "/" + "/".join(self.path[:length])
        labels = self.host.split(".")
        for start in range(len(labels) - 1):
            yield ".".join(labels[start:])


@dataclass(frozen=True, slots=True)
class DomainList:
    """One list. ``grade`` 0 counts; 2 to 5 makes each visit a finding for the DSL."""

    id: str
    title: str
    category: str
    as_of: date
    licence: str
    grade: int = 0
    risk_area: RiskArea = RiskArea.CONTENT
    salt: bytes = b""
    entries: array[int] = field(default_factory=lambda: array("Q"), repr=False)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of a hash over the entries: tells two states of a list apart."""
        return hashlib.sha256(self.salt + self.entries.tobytes()).hexdigest()[:16]

    @property
    def restricted(self) -> bool:
        """Say whether the list names none of its entries."""
        return bool(self.salt)

    def covers(self, site: Site) -> bool:
        """Say whether an entry of the list covers ``site``."""
        entries = self.entries
        for name in site.names():
            wanted = _hashed(name, self.salt)
            place = bisect_left(entries, wanted)
            if place < len(entries) and entries[place] == wanted:
                return True
        return False


def site_of(url: str) -> Site | None:
    """Return the site of a web address; None for anything else."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        host = (parts.hostname or "").rstrip(".").lower()
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if not _HOST.fullmatch(host):
        return None
    folders = tuple(part.lower() for part in parts.path.split("/") if part)
    return Site(host.removeprefix("www."), folders[:_PATH_PARTS])


def loads(data: bytes, name: str) -> DomainList:
    """Return the list of a file's bytes.

    Args:
        data: the file.
        name: of the file, for the message.

    Raises:
        ListError: it is not such a list.
    """
    head, mark, body = data.replace(b"\r\n", b"\n").partition(b"\n---\n")
    if not mark or len(data) > MOST_BYTES:
        raise ListError(f"{name}: not a list: it needs a head, a line --- and entries, to 128 MiB")
    try:
        table = tomllib.loads(head.decode("utf-8"))
        if table.pop("format", "") != FORMAT:
            raise ListError(f"{name}: its format is not {FORMAT}")
        salt = bytes.fromhex(table.pop("salt", ""))
        made = DomainList(
            id=str(table.pop("id")),
            title=str(table.pop("title")),
            category=str(table.pop("category")),
            as_of=_date(table.pop("as_of")),
            licence=str(table.pop("licence", "")),
            grade=_grade(table.pop("grade", 0)),
            risk_area=RiskArea(table.pop("risk_area", "content")),
            salt=salt,
            entries=_entries(body.decode("ascii").split("\n"), salt),
        )
    except (KeyError, ValueError, UnicodeError, TypeError) as error:
        raise ListError(f"{name}: its head or an entry cannot be read: {error}") from error
    if table or not _ID.fullmatch(made.id) or not _ID.fullmatch(made.category):
        raise ListError(f"{name}: unknown keys, or an id or category not of a-z, 0-9, - and _")
    return made


def dumps(made: DomainList, entries: Iterable[str]) -> bytes:
    """Return a list as a file; a restricted one holds hashes of ``entries`` only."""
    head = [
        f'format = "{FORMAT}"', f'id = "{made.id}"', f'title = "{_quoted(made.title)}"',
        f'category = "{made.category}"', f"as_of = {made.as_of.isoformat()}",
        f'licence = "{_quoted(made.licence)}"', f"grade = {made.grade}",
        f'risk_area = "{made.risk_area}"',
    ]  # fmt: skip
    names = set(entries)
    if made.restricted:
        head.append(f'salt = "{made.salt.hex()}"')
        names = {f"{_hashed(name, made.salt):016x}" for name in names}
    return "\n".join([*head, "---", *sorted(names), ""]).encode("ascii")


def new_salt() -> bytes:
    """Return a salt for a restricted list."""
    return secrets.token_bytes(16)


def imported(text: str) -> set[str]:
    """Return the entries of other people's lists: one a line, hosts files, ``||domain^``.

    Comments and lines that are no domain are left out.
    """
    found = set()
    for line in text.splitlines():
        words = line.partition("#")[0].replace("||", "").replace("^", "").split()
        if not words or words[0].startswith(("!", "@@", "[")):
            continue
        site = site_of(words[1] if words[0] in ("0.0.0.0", "127.0.0.1") and words[1:] else words[0])  # noqa: S104 - how hosts files block
        if site is not None and site.host not in ("localhost", "local"):
            found.add("/".join((site.host, *site.path)))
    return found


def _hashed(name: str, salt: bytes) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=_BITS // 8, key=salt).digest()
    return int.from_bytes(digest, "big")


def _entries(lines: list[str], salt: bytes) -> array[int]:
    names = [line.strip() for line in lines if line.strip()]
    if len(names) > MOST_ENTRIES:
        raise ValueError(f"over {MOST_ENTRIES} entries")
    if salt:
        if not all(_HASHED.fullmatch(name) for name in names):
            raise ValueError("a restricted list holds 16 hex digits a line")
        return array("Q", sorted({int(name, 16) for name in names}))
    return array("Q", sorted({_hashed(name, b"") for name in names}))


def _date(found: object) -> date:
    if not isinstance(found, date):
        raise TypeError("as_of is a date, 2026-11-28")
    return found


def _grade(found: object) -> int:
    if found not in (0, 2, 3, 4, 5):
        raise ValueError("grade is 0, or 2 to 5")
    return int(str(found))


def _quoted(text: str) -> str:
    kept = "".join(one for one in text if one.isprintable() and one.isascii())
    return kept.replace("\\", "").replace('"', "'")[:200]
