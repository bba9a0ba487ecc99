"""The tree of a phrase: six kinds of node, and what can be asked of any tree.

Nodes are interned by template.py, so that equal parts of different phrases are one object; they
compare by identity, and phrases.py remembers what each does at a place of a text.
"""

from __future__ import annotations

from dataclasses import dataclass

from tutelage_policy.errors import PackError


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One word, any of ``words``."""

    words: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Seq:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Alt:
    """One of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opt:
    """With or without it."""

    part: Node


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Up to ``words`` words of any kind."""

    words: int


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A word that begins with a digit, and with one of ``heads`` (empty: any digit)."""

    heads: tuple[str, ...]


Node = Words | Seq | Alt | Opt | Gap | Number


def expand(node: Node, limit: int) -> list[tuple[str, ...]]:
    """Return every word sequence of ``node``, gaps as ``*``.

    Raises:
        PackError: There are more than ``limit``.
    """
    found: list[tuple[str, ...]]
    if isinstance(node, Words):
        found = [(word,) for word in sorted(node.words)]
    elif isinstance(node, Number):
        found = [(f"{head}#",) for head in node.heads]
    elif isinstance(node, Gap):
        found = [("*",) * count for count in range(node.words + 1)]
    elif isinstance(node, Opt):
        found = [(), *expand(node.part, limit)]
    elif isinstance(node, Alt):
        found = [words for part in node.parts for words in expand(part, limit)]
    else:
        found = [()]
        for part in node.parts:
            tails = expand(part, limit)
            if len(found) * len(tails) > limit:
                raise PackError(
                    f"a phrase expands to more than {limit} spellings: use fewer groups"
                )
            found = [head + tail for head in found for tail in tails]
    if len(found) > limit:
        raise PackError(f"a phrase expands to more than {limit} spellings: use fewer groups")
    return found


def shortest(node: Node) -> int:
    """Return the fewest words that ``node`` can match; a gap and an option count none."""
    if isinstance(node, Words | Number):
        return 1
    if isinstance(node, Seq):
        return sum(shortest(part) for part in node.parts)
    if isinstance(node, Alt):
        return min(shortest(part) for part in node.parts)
    return 0


def longest(node: Node) -> int:
    """Return the most words that ``node`` can match."""
    if isinstance(node, Words | Number):
        return 1
    if isinstance(node, Seq):
        return sum(longest(part) for part in node.parts)
    if isinstance(node, Alt):
        return max(longest(part) for part in node.parts)
    if isinstance(node, Opt):
        return longest(node.part)
    return node.words


def vocabulary(node: Node, into: set[str], seen: dict[int, Node]) -> None:
    """Add every word of ``node`` to ``into``; ``seen`` holds the parts that were added before."""
    if id(node) in seen:
        return
    seen[id(node)] = node
    if isinstance(node, Words):
        into |= node.words
    elif isinstance(node, Opt):
        vocabulary(node.part, into, seen)
    elif isinstance(node, Seq | Alt):
        for part in node.parts:
            vocabulary(part, into, seen)
