"""The compiled pack: canonical JSON bytes and their SHA-256, the pack's fingerprint.

The bytes hold everything that decides a match and nothing about where it was written (no files,
no lines), so that the same rules give the same fingerprint wherever they are read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from tutelage_policy import model, result
from tutelage_policy.errors import PackError
from tutelage_policy.model import Pack, Rule
from tutelage_policy.pack import read_pack, shipped, with_sha
from tutelage_policy.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from _typeshed import DataclassInstance

NOT_CANONICAL = frozenset(["file", "line", "sha256"])


def plain(value: object) -> Any:
    """Return ``value`` as JSON knows it; sets are sorted."""
    if isinstance(value, tuple | list):
        return [v if type(v) is str else plain(v) for v in value]
    if isinstance(value, str | int):
        return value
    if isinstance(value, frozenset):
        return sorted(plain(v) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _told(type(value))}
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _told(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in NOT_CANONICAL)


def canonical(pack: Pack) -> bytes:
    """Return the pack's canonical bytes."""
    return json.dumps(
        plain(pack), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def seal(pack: Pack) -> Pack:
    """Return ``pack`` with the SHA-256 of its canonical bytes."""
    return with_sha(pack, hashlib.sha256(canonical(pack)).hexdigest())


def load_pack(path: Path | None = None) -> Pack:
    """Return the pack in the folder ``path``, or that ``build`` wrote to the file ``path``.

    ``None`` is the pack that ships.

    Raises:
        PackError: It cannot be read.
    """
    where = path if path is not None else shipped()
    if where.is_file():
        return read_built(where)
    return seal(read_pack(where))


def read_built(path: Path) -> Pack:
    """Return the pack that ``canonical`` wrote; its places in files are not known any more.

    Raises:
        PackError: The file is not a built pack, or not of this version of the program.
    """
    try:
        return seal(pack_from(path.read_bytes()))
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PackError(f"{path}: is no built pack of this version: build it again") from error


def pack_from(data: bytes) -> Pack:
    """Return the pack whose canonical bytes are ``data``, without its fingerprint.

    Raises:
        ValueError, KeyError, TypeError: They are of no pack of this version.
    """
    pack = _made(Pack, json.loads(data))
    assert isinstance(pack, Pack)  # noqa: S101 - the type asked for
    return pack


def lines_of(rules: Iterable[Rule]) -> bytes:
    """Return ``rules`` as ``rules_from`` reads them: canonical JSON, a line each."""
    return b"\n".join(
        json.dumps(plain(one), ensure_ascii=False, separators=(",", ":")).encode() for one in rules
    )


def rules_from(data: bytes) -> tuple[Rule, ...]:
    """Return what ``lines_of`` wrote; rules share what is equal in them.

    A line at a time and shared, the shipped pack's rules take 1.3 MB of a device's memory; as one
    JSON text they took 6.8 MB while they were read and 5.5 MB afterwards (2026-11-28).

    Raises:
        ValueError, KeyError, TypeError: they are of no pack of this version.
    """
    names = tuple(one.name for one in fields(Rule))
    known: dict[tuple[str, object], Any] = {}
    found: list[Rule] = []
    for line in data.splitlines():
        made = _made(Rule, json.loads(line))
        values = ((name, getattr(made, name)) for name in names)
        found.append(Rule(**{name: known.setdefault((name, one), one) for name, one in values}))
    return tuple(found)


def result_from(text: str) -> Result:
    """Return the result that ``plain`` made JSON of, as an event's explanation holds it.

    Raises:
        PackError: It is no such JSON.
    """
    try:
        made = _made(Result, json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackError("this is no explanation of an event: give its JSON, or a text") from error
    assert isinstance(made, Result)  # noqa: S101 - the type asked for
    return made


def _made(kind: Any, value: Any) -> Any:
    """Return ``value``, as ``plain`` left it, as what the annotation ``kind`` says."""
    if isinstance(kind, UnionType):
        if value is None:
            return None
        return _made(next(k for k in get_args(kind) if k is not type(None)), value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        given = {name: value[name] for name in hints if name not in NOT_CANONICAL}
        missing = {name: 0 if name == "line" else "" for name in hints if name in NOT_CANONICAL}
        made = {name: _made(hints[name], one) for name, one in given.items()}
        return kind(**made, **missing)
    origin = get_origin(kind)
    if origin is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return tuple(_made(parts[0], one) for one in value)
        return tuple(_made(part, one) for part, one in zip(parts, value, strict=True))
    if origin is frozenset:
        return frozenset(_made(get_args(kind)[0], one) for one in value)
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if type(value) is not kind:
        raise TypeError(kind)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, vars(model) | vars(result) | {"date": date})
