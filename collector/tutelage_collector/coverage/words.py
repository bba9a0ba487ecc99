"""What blind in_words mean, in words for people: data in ``words.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Spot:
    """A blind spot as people read it."""

    code: str
    """As the device said it: ``browser_history:private_windows``, ``self_test_missed:file``."""
    sensor: str
    said: str
    remedy: str


def in_words(code: str) -> Spot:
    """Return a blind spot in words; one that is not known is shown as it came."""
    first, _, second = code.partition(":")
    for kind, sensor in ((second, first), (first, second)):
        if kind in _words():
            said, remedy = _words()[kind]
            return Spot(code, sensor, said, remedy)
    return Spot(code, first, code.replace("_", " ").replace(":", ": "), "")


@cache
def _words() -> dict[str, tuple[str, str]]:
    file = resources.files("tutelage_collector.coverage") / "words.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        kind: (row["said"], row["remedy"]) for kind, row in table.items() if isinstance(row, dict)
    }


@cache
def never_seen() -> tuple[str, ...]:
    """Return what no device can see, by design or by nature: stated wherever coverage is."""
    file = resources.files("tutelage_collector.coverage") / "words.toml"
    return tuple(tomllib.loads(file.read_text(encoding="utf-8"))["never_seen"])
