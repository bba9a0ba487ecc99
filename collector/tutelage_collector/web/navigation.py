"""The tabs at the top of each page: a line a page, with the roles that see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.store.records import Role

if TYPE_CHECKING:
    from tutelage_collector.web.sessions import Session


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab; ``place`` is what its templates set to mark it."""

    address: str
    name: str
    place: str
    roles: frozenset[Role]


WORKING = frozenset({Role.DSL, Role.ICT, Role.HEAD})
"""Those who see devices and compliance."""
READERS = frozenset(Role) - {Role.STAFF}
"""Those who have reports to read."""
_ALERTED = frozenset({Role.DSL, Role.ICT, Role.HEAD})
_CONCERNED = frozenset({Role.DSL, Role.HEAD})

TABS = (
    Tab("/", "Overview", "overview", frozenset(Role)),
    Tab("/alerts", "Alerts", "alerts", _ALERTED),
    Tab("/concerns", "Concerns", "concerns", _CONCERNED),
    Tab("/actions", "To do", "actions", frozenset({Role.ICT})),
    Tab("/rota", "Rota", "rota", frozenset({Role.DSL, Role.HEAD})),
    Tab("/messages", "Messages", "messages", frozenset({Role.ICT})),
    Tab("/devices", "Devices", "devices", WORKING),
    Tab("/found", "Device use", "found", frozenset({Role.ICT, Role.HEAD})),
    Tab("/waiting", "Waiting", "waiting", frozenset({Role.ICT})),
    Tab("/coverage", "Coverage", "coverage", WORKING),
    Tab("/compliance", "Section 11", "compliance", WORKING),
    Tab("/reports", "Reports", "reports", READERS),
    Tab("/registers", "Registers", "registers", WORKING),
    Tab("/notice", "Notice", "notice", frozenset(Role)),
    Tab("/recipients", "Who can read", "recipients", frozenset({Role.DSL, Role.HEAD})),
    Tab("/approvals", "Two people", "approvals", WORKING),
    Tab("/audit", "On record", "audit", WORKING),
)


def tabs(session: Session | None) -> list[Tab]:
    """Return what a session may open."""
    return [tab for tab in TABS if session is not None and session.role in tab.roles]
