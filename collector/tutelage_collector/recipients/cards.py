"""Recovery cards on paper: one PDF a person, never kept by us."""

from __future__ import annotations

import json
import os
from importlib import resources
from typing import TYPE_CHECKING

from tutelage_collector.errors import StateError
from tutelage_collector.recipients import quorum

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

_COLUMNS = 3


def as_pdf(words: str, number: int, trust: str, key_id: str, now: datetime) -> bytes:
    """Return one card as tagged PDF (PDF/UA-1)."""
    # Imported here: a wheel of 30 MB that hardly any command needs.
    import typst

    rows = [{"number": at, "word": word} for at, word in enumerate(words.split(), 1)]
    height = -(-len(rows) // _COLUMNS)
    card = {
        "number": number,
        "cards": quorum.CARDS,
        "needed": "Two" if quorum.NEEDED == 2 else str(quorum.NEEDED),
        "trust": trust,
        "key": key_id,
        "made": now.date().isoformat(),
        "recover": "dsl",
        "columns": [rows[at : at + height] for at in range(0, len(rows), height)],
    }
    folder = resources.files("tutelage_collector.recipients")
    made = typst.compile(
        (folder / "cards.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards="ua-1",
        sys_inputs={"card": json.dumps(card)},
        timestamp=int(now.timestamp()),
    )
    return bytes(made)


def write(folder: Path, cards: Sequence[str], trust: str, key_id: str, now: datetime) -> list[Path]:
    """Write all cards of a set into a new folder; return their files.

    Raises:
        StateError: the folder holds cards already, or cannot be written.
    """
    written = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, words in enumerate(cards, 1):
            path = folder / f"recovery-card-{number}-of-{len(cards)}.pdf"
            data = as_pdf(words, number, trust, key_id, now)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            written.append(path)
    except FileExistsError as error:
        raise StateError(f"{folder}: holds cards already; name another folder") from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
    return written
