"""apt's settings: apt.conf(5) and apt.conf.d, the parts that decide about automatic fixes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading

_TOKEN = re.compile(r'//[^\n]*|#[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"|[{};]|[^\s{};"]+', re.DOTALL)
MAX_TOKENS = 200_000
MAX_DEPTH = 32


def parse(text: str) -> list[tuple[str, str]]:
    """Return (path, value) of an apt.conf text, in order, paths in lower case.

    ``APT { Periodic { X "1"; }; };`` and ``APT::Periodic::X "1";`` are the same. List entries
    (``Path:: "v";`` or a bare string in braces) come with the path that holds them. A ``#clear``
    line is returned with the value ``#clear``.
    """
    found: list[tuple[str, str]] = []
    scopes: list[str] = []
    words: list[str] = []
    for number, match in enumerate(_TOKEN.finditer(_clears(text))):
        token = match.group(0)
        if number > MAX_TOKENS:
            break
        if token.startswith(("//", "/*")) or (token.startswith("#") and not words):
            continue
        if token == "{":  # noqa: S105
            if len(scopes) > MAX_DEPTH:
                break
            scopes.append(words[0] if words else "")
            words = []
        elif token == "}":  # noqa: S105
            _statement(found, scopes, words)
            words = []
            if scopes:
                scopes.pop()
        elif token == ";":  # noqa: S105
            _statement(found, scopes, words)
            words = []
        else:
            words.append(token)
    _statement(found, scopes, words)
    return found


def _clears(text: str) -> str:
    """Return the text with ``#clear X;`` as an ordinary statement: it is no comment."""
    return re.sub(r"(?m)^\s*#clear\s+([\w:.-]+)\s*;", r'\1 "#clear";', text)


def _statement(found: list[tuple[str, str]], scopes: list[str], words: list[str]) -> None:
    if not words:
        return
    bare = words[0].startswith('"')
    name = "" if bare else words[0]
    content = words[0] if bare else (words[1] if len(words) > 1 else "")
    parts = [part for part in (*scopes, name) if part]
    path = "::".join(part.strip(":") for part in parts)
    found.append((path.lower(), content.strip('"')))


def settings(pairs: list[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Return path -> its values in order: the last counts, or all of a list; clears applied."""
    found: dict[str, list[str]] = {}
    for path, content in pairs:
        if content == "#clear":
            for known in [k for k in found if k == path or k.startswith(f"{path}::")]:
                del found[known]
            continue
        found.setdefault(path, []).append(content)
    return {path: tuple(values) for path, values in found.items()}


def read(host: Host) -> Reading[Mapping[str, tuple[str, ...]]]:
    """Return the settings of all of apt's files, in the order in which apt reads them."""
    names = host.folder("/etc/apt/apt.conf.d")
    if not names.seen:
        return nothing(names.outcome, names.detail)
    chosen = [n for n in names.value if re.fullmatch(r"[\w-]+(?:\.conf)?", n)]
    pairs: list[tuple[str, str]] = []
    for path in (*(f"/etc/apt/apt.conf.d/{name}" for name in chosen), "/etc/apt/apt.conf"):
        part = host.text(path)
        if part.seen:
            pairs += parse(part.value)
        elif part.outcome is not Outcome.ABSENT:
            return nothing(part.outcome, path)
    return value(settings(pairs))
