"""Flat tables as one run of bytes, and back: numbers, text and arrays only, so it cannot act.

A table is a dataclass whose fields are arrays, bytes, text, numbers or further tables. What is
written is a description in JSON and, behind it, the bytes of each array in its order. Only the
classes of ``KINDS`` come to life from it, by their own constructors.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import fields, is_dataclass
from typing import Any

from tutelage_policy.compiled import Tables
from tutelage_policy.looks import Looks
from tutelage_policy.phrases import Phrases
from tutelage_policy.tables import Rows, WordSet
from tutelage_policy.trees import Trees
from tutelage_policy.vocabulary import Vocabulary

KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (Tables, Vocabulary, Trees, Phrases, Looks, Rows, WordSet)
}
_TABLE, _ARRAY, _BYTES = "table", "array", "bytes"


def to_bytes(tables: object) -> bytes:
    """Return ``tables`` as bytes, for ``from_bytes`` of the same version on the same machine."""
    parts: list[bytes] = []
    head = json.dumps(_described(tables, parts)).encode()
    return b"".join([len(head).to_bytes(8, "little"), head, *parts])


def from_bytes(data: memoryview) -> object:
    """Return what ``to_bytes`` wrote.

    Raises:
        ValueError, KeyError, TypeError: It is nothing of that kind.
    """
    size = int.from_bytes(data[:8], "little")
    made, end = _made(json.loads(bytes(data[8 : 8 + size])), data, 8 + size)
    if end != len(data):
        raise ValueError("there is more in it than its description says")
    return made


def _described(value: object, parts: list[bytes]) -> Any:
    if isinstance(value, array):
        parts.append(value.tobytes())
        return {"is": _ARRAY, "code": value.typecode, "size": len(parts[-1])}
    if isinstance(value, bytes):
        parts.append(value)
        return {"is": _BYTES, "size": len(value)}
    if is_dataclass(value) and not isinstance(value, type):
        inside = {
            f.name: _described(getattr(value, f.name), parts) for f in fields(value) if f.init
        }
        return {"is": _TABLE, "kind": type(value).__name__, "fields": inside}
    if isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} is no part of a flat table")


def _made(told: Any, data: memoryview, at: int) -> tuple[Any, int]:
    """Return what ``told`` describes, and where its bytes end."""
    if isinstance(told, str | int):
        return told, at
    if told["is"] == _TABLE:
        inside = {}
        for name, one in told["fields"].items():
            inside[name], at = _made(one, data, at)
        return KINDS[told["kind"]](**inside), at
    end = at + told["size"]
    if not at <= end <= len(data):
        raise ValueError("it is shorter than its description says")
    if told["is"] == _BYTES:
        return bytes(data[at:end]), end
    found: array[int] = array(told["code"])
    found.frombytes(data[at:end])
    return found, end
