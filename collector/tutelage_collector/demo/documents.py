"""The invented documents of the demo."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Document:
    """A file that an invented pupil saves."""

    name: str
    text: str


def documents() -> tuple[Document, ...]:
    """Return the documents, the one to show first."""
    text = resources.files(__package__).joinpath("documents.toml").read_text(encoding="utf-8")
    return tuple(
        Document(row["name"], row["text"].strip() + "\n") for row in tomllib.loads(text)["document"]
    )
