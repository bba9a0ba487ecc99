"""The phrase language: ``{I} want to (die|kill {myself})`` -> a small tree of words.

Grammar (policy_packs/README.md explains it to authors)::

    phrase  = item (space item)*
    item    = "<" digits ">" | digits? "#" | piece+ "?"?
                                                 a gap | a number | a word or a group
    piece   = letters | "(" phrase ("|" phrase)* ")" | "{" slot "}"
    space   = " " | " ?"                         " ?" may also be no space: "any ?more"

Pieces without a space between them join into one word (``overdos(e|ed|ing)``). A tree has six
kinds of node, each interned, so that equal parts are one object and phrases.py can share them.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.fold import fold, is_sign
from tutelage_policy.nodes import Alt, Gap, Number, Opt, Seq, Words, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutelage_policy.nodes import Node

MAX_JOINED = 2000
"""Spellings of one joined word; more is a mistake in the phrase."""
MAX_GAP = 10
MAX_DEPTH = 12

TOKEN = re.compile(r"\s+\?|\s+|[(){}|?]|<\d+>|[^\s(){}|?<>]+")
SLOT = re.compile(r"\{(\w+)\}")
PLAIN_PHRASE = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
PLAIN_WORD = re.compile(r"[^\W_]+|[^\x00-\x7f\s\w]")


class Templates:
    """Parses phrases with the word groups of a pack; equal trees are the same object."""

    def __init__(self, shared: Mapping[str, Iterable[str]]) -> None:
        self._shared = {name: tuple(entries) for name, entries in shared.items()}
        self._nodes: dict[tuple[object, ...], Node] = {}
        self._words: dict[frozenset[str], Words] = {}
        self._slots: dict[tuple[int, str], Node] = {}
        self._scopes: dict[tuple[tuple[str, tuple[str, ...]], ...], int] = {(): 0}
        self._scope_ids: dict[int, int] = {}
        self._kept: list[object] = []
        """Numbers of objects stay true only while the objects live."""
        self._scope_slots: list[dict[str, tuple[str, ...]]] = [{}]
        self._phrases: dict[tuple[int, str], Node] = {}
        self._literals: dict[str, Node] = {}
        self._uses: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}

    def parse(self, phrase: str, slots: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Node:
        """Return the tree of ``phrase``; ``slots`` are its file's own word groups.

        Raises:
            PackError: The phrase is not in the language, or names an unknown or circular group.
        """
        scope = self._scope_ids.get(id(slots))
        if scope is None:
            scope = self._scopes.setdefault(slots, len(self._scope_slots))
            if scope == len(self._scope_slots):
                self._scope_slots.append(dict(slots))
            self._scope_ids[id(slots)] = scope
            self._kept.append(slots)
        key = (scope, phrase)
        found = self._phrases.get(key)
        if found is None:
            found = self._phrases[key] = self._parsed(scope, phrase, ())
        return found

    def _parsed(self, scope: int, text: str, trail: tuple[str, ...]) -> Node:
        if PLAIN_PHRASE.fullmatch(text):  # by far the commonest: words by themselves
            return self.seq([self.literal(word) for word in text.split(" ")])
        return _Parser(self, scope, text, trail).phrase()

    def slot(self, scope: int, name: str, trail: tuple[str, ...]) -> Node:
        """Return the tree of one word group, seen from a file's ``scope``.

        A shared group may use groups of the file; where it does not, all files share one tree.
        """
        own = self._scope_slots[scope]
        entries = own.get(name) or self._shared.get(name)
        if entries is None:
            raise PackError(f"unknown word group {{{name}}}: add it to [slots] or slots.toml")
        if name in trail or len(trail) > MAX_DEPTH:
            raise PackError(
                f"word group {{{name}}} uses itself ({' > '.join(trail)}): break the ring"
            )
        uses = self._uses.get((name, entries))
        if uses is None:
            uses = self._uses[name, entries] = frozenset(
                used for entry in entries for used in SLOT.findall(entry)
            )
        at = scope if name in own or self._reaches(uses, own) else 0
        found = self._slots.get((at, name))
        if found is None:
            parts = [self._parsed(at, entry, (*trail, name)) for entry in entries]
            found = self._slots[at, name] = self.alt(parts)
        return found

    def _reaches(self, uses: Iterable[str], own: Mapping[str, object]) -> bool:
        """Return whether any of the groups ``uses``, or one that they use, is a file's own."""
        seen: set[str] = set()
        todo = list(uses)
        while todo:
            name = todo.pop()
            if name in own:
                return True
            if name not in seen:
                seen.add(name)
                todo += [u for entry in self._shared.get(name, ()) for u in SLOT.findall(entry)]
        return False

    def words(self, words: Iterable[str]) -> Words:
        """Return the interned node of ``words``."""
        fixed = frozenset(words)
        node = self._words.get(fixed)
        if node is None:
            node = self._words[fixed] = Words(fixed)
        return node

    def seq(self, parts: Iterable[Node]) -> Node:
        """Return one after the other, flattened."""
        flat: list[Node] = []
        for part in parts:
            if isinstance(part, Seq):
                flat.extend(part.parts)
            else:
                flat.append(part)
        if len(flat) == 1:
            return flat[0]
        key = ("s", *map(id, flat))
        return self._nodes.get(key) or self._nodes.setdefault(key, Seq(tuple(flat)))

    def alt(self, parts: Iterable[Node]) -> Node:
        """Return one of ``parts``: single words merge into one node, an empty one is optional."""
        words: set[str] = set()
        others: list[Node] = []
        optional = False
        todo = list(parts)
        while todo:
            part = todo.pop(0)
            if isinstance(part, Words):
                words |= part.words
            elif isinstance(part, Alt):
                todo[:0] = part.parts
            elif isinstance(part, Opt):
                optional = True
                todo.insert(0, part.part)
            elif isinstance(part, Seq) and not part.parts:
                optional = True
            elif part not in others:
                others.append(part)
        if words:
            others.insert(0, self.words(words))
        if not others:
            return self.seq(())
        node = (
            others[0]
            if len(others) == 1
            else self._nodes.setdefault(("a", *map(id, others)), Alt(tuple(others)))
        )
        return self.opt(node) if optional else node

    def opt(self, part: Node) -> Node:
        """Return ``part`` or nothing."""
        if isinstance(part, Opt) or (isinstance(part, Seq) and not part.parts):
            return part
        return self._nodes.setdefault(("o", id(part)), Opt(part))

    def gap(self, words: int) -> Node:
        """Return up to ``words`` words of any kind."""
        return self._nodes.setdefault(("g", words), Gap(words))

    def number(self, head: str) -> Node:
        """Return a word that begins with ``head`` and has a digit first."""
        return self._nodes.setdefault(("n", head), Number((head,)))

    def literal(self, text: str) -> Node:
        """Return the words of ``text`` after folding; a hyphen separates words."""
        found = self._literals.get(text)
        if found is None:
            if text.endswith("#") and (text[:-1].isdigit() or text == "#"):
                found = self.number(text[:-1])
            else:
                found = self.seq([self.words([word]) for word in split_words(text)])
            self._literals[text] = found
        return found


def split_words(text: str) -> list[str]:
    """Return the words of a plain text as the engine sees an undisguised one."""
    found = PLAIN_WORD.findall(fold(text).replace("'", ""))
    return [word for word in found if word.isalnum() or is_sign(word)]


class _Parser:
    """Reads one phrase from left to right."""

    def __init__(self, home: Templates, scope: int, text: str, trail: tuple[str, ...]) -> None:
        self._home, self._scope, self._text, self._trail = home, scope, text, trail
        self._tokens: list[str] = TOKEN.findall(text.strip())
        if "".join(self._tokens) != text.strip():
            self._fail("has a character that the phrase language does not know")
        self._at = 0

    def phrase(self) -> Node:
        node = self._sequence()
        if self._at < len(self._tokens):
            self._fail(f"has {self._tokens[self._at]!r} without its partner")
        return node

    def _fail(self, why: str) -> None:
        raise PackError(f"the phrase {self._text!r} {why}")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _sequence(self) -> Node:
        items: list[Node] = []
        join_next = False
        while (token := self._peek()) and token not in ("|", ")"):
            if token.isspace():
                self._at += 1
                continue
            if token[0].isspace():  # " ?": the space itself is optional
                self._at += 1
                join_next = True
                continue
            item = self._item()
            if join_next and items:
                last = items.pop()
                items.append(
                    self._home.alt([self._joined([last, item]), self._home.seq([last, item])])
                )
                join_next = False
            else:
                items.append(item)
        return self._home.seq(items)

    def _item(self) -> Node:
        token = self._peek()
        if token.startswith("<") and token.endswith(">") and len(token) > 2:
            self._at += 1
            words = int(token[1:-1])
            if not 1 <= words <= MAX_GAP:
                self._fail(f"has a gap {token}: from <1> to <{MAX_GAP}>")
            return self._home.gap(words)
        if token[0].isalnum():  # by far the commonest: a word by itself
            after = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else ")"
            if after in ("|", ")") or after[0].isspace():
                self._at += 1
                return self._home.literal(token)
        pieces: list[Node | str] = []
        while (token := self._peek()) and not token[0].isspace() and token not in ("|", ")", "?"):
            if token.startswith("<"):
                break
            pieces.append(self._piece())
        if not pieces:
            self._fail(f"has {token!r} where a word should be")
        if len(pieces) == 1:
            first = pieces[0]
            node = self._home.literal(first) if isinstance(first, str) else first
        else:
            node = self._joined(pieces)
        if self._peek() == "?":
            self._at += 1
            node = self._home.opt(node)
            if isinstance(pieces[-1], str) and self._peek()[:1].isalnum():
                self._fail("has '?' inside a word: it leaves out whole words; write box(es|)")
        return node

    def _piece(self) -> Node | str:
        piece = self._tokens[self._at]
        self._at += 1
        if piece == "(":
            words = self._words()
            if words:
                return self._home.words(words)
            parts = [self._sequence()]
            while self._peek() == "|":
                self._at += 1
                parts.append(self._sequence())
            self._close(")")
            return self._home.alt(parts)
        if piece == "{":
            name = self._peek()
            self._at += 1
            self._close("}")
            if name == "#":
                return self._home.number("")
            return self._home.slot(self._scope, name, self._trail)
        if piece == "}":
            self._fail("has '}' without its partner")
        return piece

    def _words(self) -> set[str]:
        """Read on to the end of a group of single words, ``a|b|c)``; nothing where it is not."""
        tokens, at = self._tokens, self._at
        words: set[str] = set()
        while at + 1 < len(tokens) and tokens[at][0].isalnum():
            node = self._home.literal(tokens[at])
            if not isinstance(node, Words):
                return set()
            words |= node.words
            if tokens[at + 1] == ")":
                self._at = at + 2
                return words
            if tokens[at + 1] != "|":
                return set()
            at += 2
        return set()

    def _close(self, bracket: str) -> None:
        if self._peek() != bracket:
            self._fail(f"lacks a {bracket!r}")
        self._at += 1

    def _joined(self, pieces: Iterable[Node | str]) -> Node:
        """Return pieces without a space between: every spelling of the joined word."""
        spellings = []
        for piece in pieces:
            if isinstance(piece, str):
                spellings.append([" ".join(split_words(piece))])
            else:
                spellings.append([" ".join(words) for words in expand(piece, MAX_JOINED)])
        count = 1
        for choices in spellings:
            count *= len(choices)
        if count > MAX_JOINED:
            self._fail(f"joins into {count} spellings: at most {MAX_JOINED}; put spaces between")
        return self._home.alt(self._home.literal("".join(parts)) for parts in product(*spellings))
