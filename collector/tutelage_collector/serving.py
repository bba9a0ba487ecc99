"""Where a running collector answers: a small file in its state folder, for parents and tools."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "serving.json"


@dataclass(frozen=True, slots=True)
class Serving:
    """Addresses as devices and browsers use them, and the process that answers."""

    process: int
    enrol: str
    link: str
    web: str
    """Address of the pages as ``https://host:port``; "" = no pages."""


def write(folder: Path, serving: Serving) -> None:
    """Say where the collector answers; whole or not at all."""
    fresh = folder / (FILE_NAME + ".new")
    fresh.write_text(json.dumps(asdict(serving), indent=2), encoding="utf-8")
    fresh.replace(folder / FILE_NAME)


def read(folder: Path) -> Serving | None:
    """Return where the collector of a state folder answers; None = it is not running."""
    try:
        row = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        found = Serving(int(row["process"]), str(row["enrol"]), str(row["link"]), str(row["web"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if _lives(found.process) else None


def forget(folder: Path) -> None:
    """Say that nobody answers any more."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def _lives(process: int) -> bool:
    if os.name != "posix":
        return True  # signal 0 would end the process on Windows
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
