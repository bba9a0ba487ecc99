"""The compiled pack: canonical JSON bytes and their SHA-256, the pack's fingerprint.

The bytes hold everything that decides a match and nothing about where it was written (no files,
no lines), so that the same rules give the same fingerprint wherever they are read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tutelage_policy.pack import read_pack, shipped, with_sha

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_policy.model import Pack

NOT_CANONICAL = frozenset(["file", "line", "sha256"])


def plain(value: object) -> Any:
    """Return ``value`` as JSON knows it; sets are sorted."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(getattr(value, f.name))
            for f in fields(value)
            if f.name not in NOT_CANONICAL
        }
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, frozenset):
        return sorted(plain(v) for v in value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def canonical(pack: Pack) -> bytes:
    """Return the pack's canonical bytes."""
    return json.dumps(
        plain(pack), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def seal(pack: Pack) -> Pack:
    """Return ``pack`` with the SHA-256 of its canonical bytes."""
    return with_sha(pack, hashlib.sha256(canonical(pack)).hexdigest())


def load_pack(path: Path | None = None) -> Pack:
    """Return the pack in the folder ``path``; ``None`` is the pack that ships.

    Raises:
        PackError: It cannot be read.
    """
    return seal(read_pack(path if path is not None else shipped()))
