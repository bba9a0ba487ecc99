"""Which of CPOMS's categories a concern belongs to, by a file that the school can edit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.store.records_concerns import Concern

FILE_NAME = "cpoms.toml"
_KINDS = ("outcome", "subcategory", "area")


@dataclass(frozen=True, slots=True)
class Category:
    """A category and its sub-category, as they stand in CPOMS."""

    category: str
    subcategory: str

    def __str__(self) -> str:
        return f"{self.category} > {self.subcategory}" if self.subcategory else self.category


@dataclass(frozen=True, slots=True)
class Categories:
    """The whole map."""

    default: Category
    rows: dict[tuple[str, str], Category]

    def of(self, concern: Concern) -> Category:
        """Return where a concern belongs: the most exact line wins."""
        outcome = concern.outcome.value if concern.outcome else ""
        for place in (
            ("outcome", outcome),
            ("subcategory", concern.subcategory),
            ("area", concern.risk_area),
        ):
            if place in self.rows:
                return self.rows[place]
        return self.default


def load(folder: Path) -> Categories:
    """Return the school's own map from the state folder, or the one that ships.

    Raises:
        ConfigError: the school's file holds something else than categories.
    """
    path = folder / FILE_NAME
    try:
        text, where = path.read_text(encoding="utf-8"), str(path)
    except FileNotFoundError:
        shipped = resources.files("tutelage_collector.cpoms") / "categories.toml"
        text, where = shipped.read_text(encoding="utf-8"), "categories.toml"
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    return parse(text, where)


def parse(text: str, where: str) -> Categories:
    """Return the map that ``text`` holds.

    Raises:
        ConfigError: it names file, key and remedy.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: not TOML: {error}") from error
    unknown = sorted(set(table) - {*_KINDS, "default"})
    if unknown:
        raise ConfigError(
            f"{where}: {unknown[0]}: not known; write default, {', '.join(_KINDS)} tables"
        )
    rows = {
        (kind, name): _category(row, f"{where}: {kind}.{name}")
        for kind in _KINDS
        for name, row in _table(table.get(kind, {}), f"{where}: {kind}").items()
    }
    return Categories(_category(table.get("default"), f"{where}: default"), rows)


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: write it as tables, as in the file that ships")
    return value


def _category(value: object, where: str) -> Category:
    row = _table(value, where)
    category, subcategory = row.get("category"), row.get("subcategory", "")
    extra = set(row) - {"category", "subcategory"}
    if not isinstance(category, str) or not category or not isinstance(subcategory, str) or extra:
        raise ConfigError(
            f'{where}: needs category = "…" and may have subcategory = "…", nothing else'
        )
    return Category(category, subcategory)
