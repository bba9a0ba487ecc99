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

from tutelage_collector import log_witness, witness
from tutelage_collector.errors import StateError
from tutelage_collector.log_witness import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.store import Store
    from tutelage_collector.witness import Digest

FOLDER = "digests"
_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Compared:
    """What files that were kept elsewhere say."""

    files: int
    faults: list[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """Files that were kept elsewhere, as far as this collector's key signed them."""

    files: int
    digests: list[tuple[str, Digest]]
    shown: list[Shown]
    """What they say of the log of all batches."""
    faults: list[str]


def make(store: Store, trust: str, key: ed25519.Ed25519PrivateKey, now: datetime) -> str:
    """Return the digest of a moment, as the text of its file."""
    last, log = store.audit_rows(1), store.log_root()
    return witness.make(store.batches(), last[0] if last else None, log, trust, key, now)


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


def compare(paths: Iterable[Path], store: Store, keys: Sequence[bytes]) -> Compared:
    """Compare what is stored with what lies elsewhere: digests, and what devices kept.

    Args:
        paths: files, or folders in which all of them are looked for.
        store: as it is now.
        keys: raw checkpoint keys, one of which must have signed each.

    Raises:
        StateError: nothing to compare with was found.
    """
    kept = read(paths, keys)
    faults = list(kept.faults)
    log = store.audit_log()
    for name, digest in kept.digests:
        faults += [f"{name}: {line}" for line in witness.compare(digest, store.batches())]
        faults += [f"{name}: {line}" for line in witness.compare_audit(digest, log)]
    shown = [*kept.shown, *log_witness.of_devices(store)]
    return Compared(kept.files, faults + log_witness.faults(shown, store.log_heads()))


def read(paths: Iterable[Path], keys: Sequence[bytes]) -> Kept:
    """Return what the collector signed for others, out of files that lie elsewhere.

    Raises:
        StateError: there is none.
    """
    files, faults = 0, []
    found: list[tuple[str, Digest]] = []
    shown: list[Shown] = []
    for path in _files(paths):
        try:
            text = path.read_text(encoding="utf-8")
            outer = json.loads(text)
        except (OSError, ValueError, RecursionError):
            continue
        if not isinstance(outer, dict) or not {"digest", "checkpoints"} & set(outer):
            continue
        files += 1
        try:
            if "checkpoints" in outer:
                shown += log_witness.of_checkpoints(path.name, outer["checkpoints"], keys)
            else:
                digest = witness.read(text, keys)
                found.append((path.name, digest))
                if digest.log is not None:
                    shown.append(Shown(f"the digest {path.name}", digest.log))
        except StateError as error:
            faults.append(f"{path.name}: {error}")
    if not files:
        raise StateError(
            "nothing to compare with was found there: the daily digests that were sent to the "
            "safeguarding lead, files of: tutelage-collector store digest --out FILE, or of: "
            "tutelage-agent witness --out FILE"
        )
    return Kept(files, found, shown, faults)


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
