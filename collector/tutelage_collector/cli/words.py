"""Where what a person writes comes from, and its seal before anything is stored.

A prompt, standard input, or a file; never an argument: other accounts see those, and shells keep
them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_collector import sealing, state
from tutelage_collector.concerns import access, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError
from tutelage_collector.sealing import MOST_TEXT_BYTES
from tutelage_collector.store.records_concerns import EntryId

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_concerns import Concern


_STANDARD_INPUT = Path("-")


def add_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option that names where the words are."""
    parser.add_argument(
        "--text", type=Path, metavar="FILE",
        help=f"{what}, from a file; - is standard input (default: asked for in a terminal)",
    )  # fmt: skip


def read(options: argparse.Namespace, asking: str, *, needed: bool) -> str:
    """Return the words, without blanks around them; "" = none, where none are needed.

    Raises:
        ConcernError: they are needed and cannot be had.
    """
    if options.text is not None:
        text = _from(options.text).strip()
    elif needed and sys.stdin.isatty():
        print(f"{asking} (an empty line ends it):", file=sys.stderr)
        lines = []
        while line := sys.stdin.readline().rstrip("\n"):
            lines.append(line)
        text = "\n".join(lines).strip()
    else:
        text = ""
    if needed and not text:
        raise ConcernError("nothing was written: give --text FILE, or --text - and type it there")
    return text


def sealed_said(
    settings: Config, store: Store, concern: Concern, text: str, by: str, now: datetime
) -> Said:
    """Return who said what, when: the words sealed to those who work on this concern.

    Raises:
        SecretError: nobody who works on it has a key.
    """
    entry_id = EntryId(workflow.new_id())
    readers = access.readers(state.readers(store, concern.school), concern.about)
    binding = access.binding(settings.trust, concern.id, entry_id)
    return Said(by, now, sealing.seal(text, readers, binding), entry_id)


def _from(path: Path) -> str:
    most = MOST_TEXT_BYTES + 1
    try:
        if path == _STANDARD_INPUT:
            return sys.stdin.read(most)
        with path.open(encoding="utf-8") as file:
            return file.read(most)
    except (OSError, UnicodeDecodeError) as error:
        raise ConcernError(f"{path}: cannot be read as text ({error})") from error
