"""The daily digest: made by ``serve``, kept in a folder, sent to the safeguarding lead.

The folder on this machine proves nothing: who owns the machine owns it too. It is where the
notifier takes what it sends, and what ``store digest`` copies for somebody else. What proves is
the copy in the lead's mailbox, or a governor's: ``audit verify --against FOLDER``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import witness
from tutelage_collector.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.store import Store

FOLDER = "digests"
_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Compared:
    """What digests that were kept elsewhere say."""

    digests: int
    faults: list[str]


def make(store: Store, trust: str, key: ed25519.Ed25519PrivateKey, now: datetime) -> str:
    """Return the digest of a moment, as the text of its file."""
    last = store.audit_rows(1)
    return witness.make(store.batches(), last[0] if last else None, trust, key, now)


def make_daily(
    folder: Path, store: Store, trust: str, key: ed25519.Ed25519PrivateKey, now: datetime
) -> Path | None:
    """Write the digest of a day, unless it is there; return its file if it is new.

    Raises:
        StateError: it cannot be written.
    """
    path = folder / FOLDER / f"{now:%Y-%m-%d}.json"
    if path.exists():
        return None
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(make(store, trust, key, now))
        fresh.replace(path)
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})") from error
    return path


def latest(folder: Path) -> Path | None:
    """Return the newest daily digest: what the notifier attaches."""
    found = sorted((folder / FOLDER).glob("????-??-??.json"))
    return found[-1] if found else None


def compare(paths: Iterable[Path], store: Store, key: bytes) -> Compared:
    """Compare what is stored with digests, and with what evidence folders say of their chains.

    Args:
        paths: files, or folders in which all of them are looked for.
        store: as it is now.
        key: raw checkpoint key that must have signed them.

    Raises:
        StateError: nothing to compare with was found.
    """
    read, faults = 0, []
    log = store.audit_log()
    for path in _files(paths):
        try:
            text = path.read_text(encoding="utf-8")
            outer = json.loads(text)
        except (OSError, ValueError):
            continue
        if not isinstance(outer, dict) or "digest" not in outer:
            continue
        read += 1
        try:
            digest = witness.read(text, key)
        except StateError as error:
            faults.append(f"{path.name}: {error}")
            continue
        faults += [f"{path.name}: {line}" for line in witness.compare(digest, store.batches())]
        faults += [f"{path.name}: {line}" for line in witness.compare_audit(digest, log)]
    if not read:
        raise StateError(
            "no digest was found there; the daily ones that were sent to the safeguarding lead, or "
            "files of: tutelage-collector store digest --out FILE"
        )
    return Compared(read, faults)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (
                one
                for one in sorted(path.rglob("*.json"))
                if one.is_file() and one.stat().st_size <= _MAX_BYTES
            )
        else:
            yield path
