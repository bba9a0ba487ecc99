"""Accounts of a Windows device: local ones, those with a profile, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing, value
from tutelage_agent.posture.windows import registry as reg

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading, Session

DISABLED = 0x2
PASSWORD_NOT_REQUIRED = 0x20
"""``UF_ACCOUNTDISABLE``, ``UF_PASSWD_NOTREQD`` (lmaccess.h)."""

GUEST = 501
BUILT_IN = frozenset({501, 503, 504})
"""Guest, DefaultAccount, WDAGUtilityAccount: by number, for their names are translated."""

PROFILES = reg.CURRENT + r"\ProfileList"
LOGON_UI = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI"


@dataclass(frozen=True, slots=True)
class LocalAccount:
    """One account of the device's own."""

    sid: str
    name: str
    flags: int

    @property
    def enabled(self) -> bool:
        """Tell whether it can sign in at all."""
        return not self.flags & DISABLED


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with a folder here, and when it was last loaded: that is, when they signed in."""

    sid: str
    loaded_at: datetime | None


def parse_accounts(found: object) -> tuple[LocalAccount, ...] | None:
    """Return the accounts of the rows of ``net.users``; None if one is not understood."""
    if not isinstance(found, tuple):
        return None
    accounts = []
    for row in found:
        if not isinstance(row, Row):
            return None
        sid, name, flags = row.text("sid"), row.text("name"), row.integer("flags")
        if not sid or name is None or flags is None:
            return None
        accounts.append(LocalAccount(sid, name, flags))
    return tuple(accounts)


def local(host: Host) -> Reading[tuple[LocalAccount, ...]]:
    """Return the device's own accounts. There are always some: none at all is an error."""
    found = host.call("net.users").map(parse_accounts)
    if found.seen and not found.value:
        return nothing(Outcome.ERROR, "no local account at all, not even a disabled one")
    return found


def people(accounts: tuple[LocalAccount, ...]) -> tuple[LocalAccount, ...]:
    """Return the accounts that a person can sign in with."""
    return tuple(a for a in accounts if a.enabled and reg.relative_id(a.sid) not in BUILT_IN)


def profiles(host: Host) -> Reading[tuple[Profile, ...]]:
    """Return everybody who has a profile folder here, of this device or of a directory."""
    keys = host.registry_keys(PROFILES)
    if not keys.seen:
        # Every Windows has this key, for its own services at least.
        outcome = Outcome.ERROR if keys.outcome is Outcome.ABSENT else keys.outcome
        return nothing(outcome, "ProfileList")
    found = []
    for sid in keys.value:
        if not reg.is_person(sid):
            continue  # Services, IIS, and the ".bak" of a damaged profile.
        key = f"{PROFILES}\\{sid}"
        high = reg.whole(host, key, "LocalProfileLoadTimeHigh")
        low = reg.whole(host, key, "LocalProfileLoadTimeLow")
        moment = reg.filetime(high.value, low.value) if high.seen and low.seen else None
        found.append(Profile(sid.upper(), moment))
    return value(tuple(found))


def seats(host: Host) -> Reading[tuple[Session, ...]]:
    """Return the sessions at the device's own screen, of people."""
    return host.sessions().map(
        lambda found: tuple(s for s in found if not s.remote and reg.is_person(s.account))
    )


def who_governs(host: Host) -> Reading[str]:
    """Return whose rules the password of the last person follows.

    ``local``, ``domain``, ``entra``, or ``microsoft``. The local policy says nothing about
    the password of a directory's account (posture.md section 15, row 36).
    """
    last = reg.words(host, LOGON_UI, "LastLoggedOnUserSID")
    if last.outcome is Outcome.ABSENT or (last.seen and not reg.is_person(last.value)):
        return value("local")  # Nobody of a directory has signed in yet.
    if not last.seen:
        return nothing(last.outcome, "LastLoggedOnUserSID")
    if last.value.upper().startswith("S-1-12-1-"):
        return value("entra")
    accounts = local(host)
    if not accounts.seen:
        return nothing(accounts.outcome, accounts.detail)
    if reg.domain_of(last.value) != reg.domain_of(accounts.value[0].sid):
        return value("domain")
    name = reg.words(host, LOGON_UI, "LastLoggedOnUser")
    if name.seen and name.value.lower().startswith("microsoftaccount\\"):
        return value("microsoft")
    return value("local")
