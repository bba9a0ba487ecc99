"""Rows that go by the clock alone, as the store names them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Rows(StrEnum):
    """Kinds of rows that a clock makes due."""

    ICT = "ict"
    USAGE = "usage"
    INTEGRITY = "integrity"
    MESSAGES = "messages"
    ROTAS = "rotas"
    REGISTERS = "registers"
    REPORTS = "reports"
    WAITING = "waiting"
    DEVICES = "devices"


EVENTS = (Rows.ICT, Rows.USAGE, Rows.INTEGRITY)
"""Of these the events themselves go too, from the batches in which devices signed them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What is asked of one kind: all from before a moment, but what is on hold."""

    rows: Rows
    before: datetime
    held: frozenset[str] = frozenset()
    """Ids of devices and pseudonyms of accounts."""
