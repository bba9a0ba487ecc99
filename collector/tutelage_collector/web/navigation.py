"""The pages at the top of each page: a line a page, in groups, with the roles that see it.

A first row names the groups; a second one the pages of the group that is open. Nobody, on no
screen, has to look through sixteen names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.store.records import Role

if TYPE_CHECKING:
    from tutelage_collector.web.sessions import Session


class Group(StrEnum):
    """What a page is about, as the first row says it."""

    OVERVIEW = "Overview"
    ALERTS = "Alerts"
    CONCERNS = "Concerns"
    DEVICES = "Devices"
    REPORTS = "Reports"
    PEOPLE = "People and rules"


@dataclass(frozen=True, slots=True)
class Tab:
    """One page; ``place`` is what its templates set to mark it."""

    address: str
    name: str
    place: str
    group: Group
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Menu:
    """One group as a session sees it: its pages, and where its name leads."""

    name: str
    pages: tuple[Tab, ...]

    @property
    def address(self) -> str:
        """Return the first page's address."""
        return self.pages[0].address

    def holds(self, place: str) -> bool:
        """Tell whether a page is of this group."""
        return any(one.place == place for one in self.pages)


WORKING = frozenset({Role.DSL, Role.ICT, Role.HEAD})
"""Those who see devices and compliance."""
READERS = frozenset(Role) - {Role.STAFF}
"""Those who have reports to read."""
HOLDERS = frozenset({Role.DSL, Role.HEAD})
"""Those who have keys: the lead for pupils, the headteacher for what is about staff."""
_ALERTED = frozenset({Role.DSL, Role.ICT, Role.HEAD})
_CONCERNED = frozenset({Role.DSL, Role.HEAD})

TABS = (
    Tab("/", "Overview", "overview", Group.OVERVIEW, frozenset(Role)),
    Tab("/alerts", "Alerts", "alerts", Group.ALERTS, _ALERTED),
    Tab("/rota", "Who is told", "rota", Group.ALERTS, _CONCERNED),
    Tab("/messages", "Messages", "messages", Group.ALERTS, frozenset({Role.ICT})),
    Tab("/concerns", "Concerns", "concerns", Group.CONCERNS, _CONCERNED),
    Tab("/actions", "To do", "actions", Group.CONCERNS, frozenset({Role.ICT})),
    Tab("/approvals", "Two people decide", "approvals", Group.CONCERNS, WORKING),
    Tab("/devices", "Devices", "devices", Group.DEVICES, WORKING),
    Tab("/compliance", "Section 11", "compliance", Group.DEVICES, WORKING),
    Tab("/coverage", "Coverage", "coverage", Group.DEVICES, WORKING),
    Tab("/quiet", "Gone quiet", "quiet", Group.DEVICES, WORKING),
    Tab("/found", "Device use", "found", Group.DEVICES, frozenset({Role.ICT, Role.HEAD})),
    Tab("/waiting", "Waiting to join", "waiting", Group.DEVICES, frozenset({Role.ICT})),
    Tab("/reports", "Reports", "reports", Group.REPORTS, READERS),
    Tab("/registers", "Registers", "registers", Group.REPORTS, WORKING),
    Tab("/recipients", "Who can read", "recipients", Group.PEOPLE, _CONCERNED),
    Tab("/notice", "What is watched", "notice", Group.PEOPLE, frozenset(Role)),
    Tab("/audit", "On record", "audit", Group.PEOPLE, WORKING),
)


def menus(session: Session | None) -> list[Menu]:
    """Return what a session may open, group by group."""
    if session is None:
        return []
    found = [tab for tab in TABS if session.role in tab.roles]
    groups = [(group, tuple(tab for tab in found if tab.group is group)) for group in Group]
    return [
        Menu(pages[0].name if len(pages) == 1 else group.value, pages)
        for group, pages in groups
        if pages
    ]
