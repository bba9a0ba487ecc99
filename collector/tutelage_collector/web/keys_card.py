"""What the first page says of keys and certificates that are near their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector import standing, state
from tutelage_collector.errors import CertificateError, StateError
from tutelage_collector.store.records import Role

if TYPE_CHECKING:
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_TOLD = frozenset({Role.ICT, Role.HEAD})
"""ICT has the terminal; the head answers for it that somebody acts."""


def warnings(here: Site, session: Session) -> tuple[str, ...]:
    """Return what somebody should do, in sentences with the command; none for other roles."""
    if session.role not in _TOLD:
        return ()
    try:
        held = state.load(here.config.folder)
    except (StateError, CertificateError):
        return ("The keys of this collector cannot be read: certificate show says why.",)
    found = standing.look(here.config, held, here.store, here.clock(), count_devices=False)
    return standing.warnings(found)
