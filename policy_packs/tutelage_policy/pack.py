"""Reads a pack from its folder of TOML files; every error names file, rule, line and remedy."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tutelage_policy.errors import PackError
from tutelage_policy.model import (
    BANDS,
    AgeBand,
    Channel,
    CurriculumWindow,
    Lane,
    Pack,
    Repeat,
    RiskArea,
    Route,
    Rule,
    Suppressor,
    SuppressorKind,
    Voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

E = TypeVar("E", bound="StrEnum")

SPECIAL = ("pack.toml", "slots.toml", "suppressors.toml", "curriculum.toml")
MAX_WITHIN = 40
WITHIN = 12
RULE_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+\.\d{4}")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a pack, for messages that say where."""

    name: str
    text: str

    def line(self, needle: str) -> int:
        """Return the line, from 1, of the first occurrence of ``needle``; 1 where there is none."""
        at = self.text.find(needle)
        return 1 if at < 0 else self.text.count("\n", 0, at) + 1

    def error(self, line: int, rule: str, why: str) -> PackError:
        """Return an error at ``line``: ``file:line: rule: what and what to do``."""
        return PackError(f"{self.name}:{line}: {rule + ': ' if rule else ''}{why}")


class Table:
    """One TOML table being read: typed getters, and unknown keys are errors at the end."""

    def __init__(self, source: Source, values: Mapping[str, Any], name: str, line: int) -> None:
        self.source, self.name, self.line = source, name, line
        self._values = dict(values)

    def fail(self, why: str) -> PackError:
        """Return an error about this table."""
        return self.source.error(self.line, self.name, why)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string."""
        value = self._values.pop(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.fail(f"{key} must be a text")
        return value

    def number(self, key: str, default: int | None, least: int, most: int) -> int:
        """Return a whole number between ``least`` and ``most``."""
        value = self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fail(f"{key} must be a whole number from {least} to {most}")
        return value

    def share(self, key: str, default: float, most: float) -> int:
        """Return a share such as 0.8 in whole per cent."""
        value = self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise self.fail(f"{key} must be a number from 0 to {most}")
        return round(value * 100)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._values.pop(key, default)
        if not isinstance(value, bool):
            raise self.fail(f"{key} must be true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self._values.pop(key, default)
        if value is None or isinstance(value, str) or not all(isinstance(v, str) for v in value):
            raise self.fail(f"{key} must be a list of texts")
        return tuple(value)

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of strings; a plain list is one group."""
        value = self._values.pop(key, [])
        if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
            value = [value]
        if not isinstance(value, list) or not all(
            isinstance(group, list) and group and all(isinstance(v, str) for v in group)
            for group in value
        ):
            raise self.fail(f'{key} must be a list of lists of texts: [["a", "b"], ["c"]]')
        return tuple(tuple(group) for group in value)

    def day(self, key: str) -> date:
        """Return a date."""
        value = self._values.pop(key, None)
        if type(value) is not date:
            raise self.fail(f"{key} must be a date without quotes: {key} = 2026-11-25")
        return value

    def one(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Return one member of a closed set."""
        value = self._values.pop(key, default)
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(kind)
            raise self.fail(f"{key} = {value!r} is not one of: {known}") from None

    def some(self, key: str, kind: type[E]) -> frozenset[E]:
        """Return several members of a closed set; all of them where the key is missing."""
        value = self._values.pop(key, None)
        if value is None:
            return frozenset(kind)
        try:
            return frozenset(kind(v) for v in value)
        except (ValueError, TypeError):
            known = ", ".join(kind)
            raise self.fail(f"{key} = {value!r} must be a list out of: {known}") from None

    def raw(self, key: str, default: object = None) -> Any:
        """Return a value of any kind."""
        return self._values.pop(key, default)

    def done(self) -> None:
        """Refuse keys that nobody asked for: a misspelt key must not pass unnoticed."""
        if self._values:
            raise self.fail(f"unknown key {sorted(self._values)[0]!r}: README.md lists the fields")


def shipped() -> Path:
    """Return the folder of the pack that ships: in a checkout, or inside the installed wheel.

    Raises:
        PackError: Neither is there.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "packs" / "kcsie", here.parent / "kcsie"):
        if (folder / "pack.toml").is_file():
            return folder
    raise PackError(f"{here}: no shipped pack beside the package: reinstall tutelage")


def read_pack(folder: Path) -> Pack:
    """Read the pack in ``folder``; the SHA-256 is filled in by ``build.seal``.

    Raises:
        PackError: A file is missing or not as README.md says; the first fault is named.
    """
    try:
        names = sorted(p for p in folder.rglob("*.toml"))
        sources = {
            p.relative_to(folder).as_posix(): Source(
                f"{folder.name}/{p.relative_to(folder).as_posix()}", p.read_text(encoding="utf-8")
            )
            for p in names
        }
    except OSError as error:
        raise PackError(f"{folder}: cannot be read: {error.strerror}") from error
    if "pack.toml" not in sources:
        raise PackError(f"{folder}: has no pack.toml: a pack's folder begins with one")
    head = Table(sources["pack.toml"], _load(sources["pack.toml"]), "", 1)
    channel = head.raw("channel", {})
    threshold = Table(head.source, head.raw("threshold", {}), "threshold", 1)
    short = Table(head.source, head.raw("short", {}), "short", 1)
    pack = Pack(
        name=head.text("name"),
        version=head.text("version"),
        title=head.text("title"),
        language=head.text("language"),
        window=head.number("window", 60, 10, 500),
        trend_percent=head.share("trend_share", 0.5, 1),
        thresholds=(
            threshold.number("primary", None, 1, 1000),
            threshold.number("secondary", None, 1, 1000),
            threshold.number("sixth_form", None, 1, 1000),
            threshold.number("adult", None, 1, 1000),
        ),
        channel_percent=tuple(
            (name, Table(head.source, channel, "channel", 1).share(name, 1.0, 5))
            for name in Channel
        ),
        short_words=short.number("words", 0, 0, 50),
        short_percent=short.share("share", 1.0, 1),
        checklist=_checklist(head),
        slots=_slots(sources.get("slots.toml")),
        rules=tuple(
            rule
            for name, source in sources.items()
            if name not in SPECIAL
            for rule in _rules(source)
        ),
        suppressors=tuple(_suppressors(sources.get("suppressors.toml"))),
        windows=tuple(_windows(sources.get("curriculum.toml"))),
        sha256="",
    )
    head.done()
    return pack


def _checklist(head: Table) -> tuple[str, ...]:
    table = head.raw("checklist", {})
    return tuple(sorted(f"{area}.{name}" for area, names in table.items() for name in names))


def _load(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{source.name}: is not TOML: {error}") from error


def _slots(source: Source | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if source is None:
        return ()
    return _groups(source, _load(source))


def _groups(source: Source, table: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    for name, words in table.items():
        if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
            raise source.error(
                source.line(f"{name} ="), "", f"word group {name} must be a list of texts"
            )
    return tuple((name, tuple(words)) for name, words in sorted(table.items()))


def _rules(source: Source) -> Iterable[Rule]:
    table = Table(source, _load(source), "", 1)
    area = table.one("risk_area", RiskArea)
    subcategory = table.text("subcategory")
    table.text("title")
    basis = table.texts("basis")
    author, reviewed, review_by = (
        table.text("author"),
        table.day("reviewed"),
        table.day("review_by"),
    )
    slots = _groups(source, table.raw("slots", {}))
    rules = table.raw("rule", [])
    table.text("note", "")
    table.done()
    for values in rules:
        name = str(values.get("id", ""))
        row = Table(source, values, name, source.line(f'id = "{name}"'))
        rule_id = row.text("id")
        if not RULE_ID.fullmatch(rule_id) or not rule_id.startswith(f"{area}.{subcategory}."):
            raise row.fail(f"the id must be {area}.{subcategory}. and four digits")
        lane = row.one("lane", Lane)
        rule = Rule(
            id=rule_id,
            title=row.text("title"),
            risk_area=area,
            subcategory=subcategory,
            lane=lane,
            voice=row.one("voice", Voice),
            grades=_grades(row),
            weight=row.number("weight", 100 if lane is Lane.CRITICAL else None, 1, 200),
            any=row.texts("any"),
            all=row.groups("all"),
            none=row.texts("none", ()),
            within=row.number("within", WITHIN, 1, MAX_WITHIN),
            channels=row.some("channels", Channel),
            route=row.one(
                "route", Route, Route.SUPPORT if area is RiskArea.DISCLOSURE else Route.CONCERN
            ),
            hide_id=row.flag("hide_id", default=False),
            short=row.flag("short", default=False),
            suppressors=row.flag("suppressors", default=True),
            suppress=row.texts("suppress", ()),
            repeat=_repeat(row),
            basis=tuple(dict.fromkeys((*basis, *row.texts("basis", ())))),
            note=row.text("note", ""),
            author=row.text("author", author),
            reviewed=row.day("reviewed") if "reviewed" in values else reviewed,
            review_by=row.day("review_by") if "review_by" in values else review_by,
            matches=row.texts("matches", ()),
            ignores=row.texts("ignores", ()),
            slots=slots,
            file=source.name,
            line=row.line,
        )
        row.done()
        if not rule.any:
            raise row.fail("any is empty: a rule needs at least one phrase")
        yield rule


def _grades(row: Table) -> tuple[int, int, int, int]:
    value = row.raw("grade")
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5:
        return (value, value, value, value)
    if isinstance(value, dict):
        inner = Table(row.source, value, row.name, row.line)
        grades = [inner.number(band, None, 1, 5) for band in BANDS]
        inner.done()
        return (grades[0], grades[1], grades[2], grades[3])
    raise row.fail(
        "grade must be 1 to 5, or { primary = 5, secondary = 5, sixth_form = 4, adult = 4 }"
    )


def _repeat(row: Table) -> Repeat | None:
    value = row.raw("repeat")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise row.fail("repeat must be { count = 3, days = 7, grade = 3 }")
    inner = Table(row.source, value, row.name, row.line)
    repeat = Repeat(
        inner.number("count", None, 2, 100),
        inner.number("days", None, 1, 60),
        inner.number("grade", None, 1, 5),
    )
    inner.done()
    return repeat


def _suppressors(source: Source | None) -> Iterable[Suppressor]:
    if source is None:
        return
    for values in _load(source).get("suppressor", []):
        name = str(values.get("id", ""))
        row = Table(source, values, name, source.line(f'id = "{name}"'))
        yield Suppressor(
            id=row.text("id"),
            title=row.text("title"),
            kind=row.one("kind", SuppressorKind),
            any=row.texts("any"),
            applies_to=row.texts("applies_to", ("*",)),
            percent=row.share("leaves", 0.5, 1),
            at_least=row.number("at_least", 1, 1, 10),
            within=row.number("within", 60, 1, 200),
            voices=row.some("voices", Voice),
            channels=row.some("channels", Channel),
            matches=row.texts("matches", ()),
            ignores=row.texts("ignores", ()),
            file=source.name,
            line=row.line,
        )
        row.done()


def _windows(source: Source | None) -> Iterable[CurriculumWindow]:
    if source is None:
        return
    for values in _load(source).get("window", []):
        name = str(values.get("id", ""))
        row = Table(source, values, name, source.line(f'id = "{name}"'))
        yield CurriculumWindow(
            id=row.text("id"),
            title=row.text("title"),
            applies_to=row.texts("applies_to"),
            starts=row.day("starts"),
            ends=row.day("ends"),
            lowers=row.number("lowers", 1, 1, 2),
            bands=row.some("age_bands", AgeBand),
            file=source.name,
            line=row.line,
        )
        row.done()


def with_sha(pack: Pack, sha256: str) -> Pack:
    """Return ``pack`` with its fingerprint."""
    return replace(pack, sha256=sha256)
