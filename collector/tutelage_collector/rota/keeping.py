"""A school's rota, from the store and back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tutelage_collector.errors import RotaError
from tutelage_collector.rota import document
from tutelage_collector.rota.model import first_rota

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.rota.model import Rota
    from tutelage_collector.store import Store

_LOG = logging.getLogger(__name__)


def load(store: Store, school: str) -> Rota:
    """Return the rota of a school; until one is set, the DSL at any hour, then the headteacher."""
    kept = store.rota(school)
    if kept is None:
        return first_rota(school)
    try:
        return document.loads(kept.document, school)
    except RotaError as error:  # a newer collector wrote it: somebody must be told all the same
        _LOG.error("rota of %s, version %d: %s", school, kept.version, error)
        return first_rota(school)


def save(store: Store, rota: Rota, by: str, now: datetime) -> int:
    """Keep a new version of a rota, with who changed it; return its number.

    Raises:
        RotaError: its rows do not fit each other.
    """
    text = document.dumps(document.checked(rota))
    document.loads(text, rota.school)  # what is kept must be readable again
    version = store.put_rota(rota.school, text, by, now)
    store.audit(by, "rota changed", f"rota of {rota.school}", f"version {version}", now)
    return version
