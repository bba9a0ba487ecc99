"""A list of programs: VPN, proxy and anonymity tools, games, streaming. TOML, one table a program.

::

    format = "tutelage-programs/1"

    [[program]]
    id = "tor-browser"
    title = "Tor Browser"
    category = "anonymity"
    processes = ["tor"]              # names of running programs, without .exe
    files = ["tor-browser-*"]        # names of downloads, * for anything
    products = ["Tor Browser"]       # product names in a Windows program, * for anything
    sha256 = []                      # of downloads
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum

from tutelage_agent.sensors.lists.domains import ListError

FORMAT = "tutelage-programs/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Category(StrEnum):
    """What a program is for."""

    VPN = "vpn"
    PROXY = "proxy"
    ANONYMITY = "anonymity"
    GAMES = "games"
    STREAMING = "streaming"
    SOCIAL = "social"
    GAMBLING = "gambling"
    SHARING = "sharing"
    """Exchange of files, such as torrents."""


CIRCUMVENTION = frozenset({Category.VPN, Category.PROXY, Category.ANONYMITY})
"""Lead round the school's filtering."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program and how it is known."""

    id: str
    title: str
    category: Category
    processes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()

    def is_download(self, name: str, sha256: str, product: str) -> bool:
        """Say whether a downloaded file is this program."""
        lower, about = name.lower(), product.lower()
        return (
            sha256 in self.sha256
            or any(fnmatch.fnmatchcase(lower, pattern) for pattern in self.files)
            or any(fnmatch.fnmatchcase(about, pattern) for pattern in self.products)
        )


def loads(data: bytes, name: str) -> tuple[Program, ...]:
    """Return the programs of a file's bytes.

    Raises:
        ListError: it is not such a list; the message names the program.
    """
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ListError(f"{name}: not TOML: {error}") from error
    if table.get("format") != FORMAT:
        raise ListError(f"{name}: its format is not {FORMAT}")
    rows = table.get("program", [])
    if not isinstance(rows, list):
        raise ListError(f"{name}: write each program as [[program]]")
    return tuple(_program(row, name) for row in rows)


def _program(row: object, name: str) -> Program:
    if not isinstance(row, dict) or not _ID.fullmatch(str(row.get("id", ""))):
        raise ListError(f"{name}: a program without an id of a-z, 0-9, dot, - and _")
    where = f"{name}: {row['id']}"
    unknown = set(row) - set(Program.__dataclass_fields__)
    if unknown:
        raise ListError(f"{where}: unknown keys: {', '.join(sorted(unknown))}")
    try:
        made = Program(
            id=row["id"],
            title=str(row.get("title", row["id"])),
            category=Category(row.get("category", "")),
            processes=_words(row, "processes"),
            files=_words(row, "files"),
            products=_words(row, "products"),
            sha256=_words(row, "sha256"),
        )
    except (ValueError, TypeError) as error:
        raise ListError(f"{where}: {error}") from error
    if not all(_SHA256.fullmatch(digest) for digest in made.sha256):
        raise ListError(f"{where}: a sha256 is 64 hex digits")
    if any(pattern.strip("*?") == "" for pattern in (*made.files, *made.products)):
        raise ListError(f"{where}: a pattern that fits every file")
    return made


def _words(row: dict[str, object], key: str) -> tuple[str, ...]:
    found = row.get(key, [])
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise TypeError(f"{key} is a list of texts")
    return tuple(word.lower() for word in found)
