"""Accounts of a Mac, as ``dscl -plist`` lists them. Pure but for the door."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.posture.macos import plists

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading

_ATTRIBUTE = "dsAttrTypeStandard:"
_FIRST = 501
GUEST = 201
_NO_SHELL = frozenset({"/usr/bin/false", "/usr/bin/nologin", "/sbin/nologin"})
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LAST = re.compile(
    r"^(\S+)\s+console\s+(?:\S+\s+)?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    r"(\w{3})\s+([0-9]{1,2}) ([0-9]{2}):([0-9]{2})\b"
)
_BEGINS = re.compile(r"^wtmp begins \w{3} (\w{3})\s+([0-9]{1,2}) ([0-9]{2}):([0-9]{2})")
_ANY = re.compile(r"\s\w{3} (\w{3})\s+([0-9]{1,2}) ([0-9]{2}):([0-9]{2})\b")


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the Mac's own directory."""

    name: str
    uid: int
    shell: str
    hidden: bool
    authorities: tuple[str, ...]

    @property
    def mobile(self) -> bool:
        """Tell whether its password is a directory's, kept here for use without a network."""
        return any(";LocalCachedUser;" in text for text in self.authorities)

    @property
    def disabled(self) -> bool:
        """Tell whether nobody can sign in with it."""
        return any(";DisabledUser;" in text for text in self.authorities)

    @property
    def has_secret(self) -> bool:
        """Tell whether a password is kept for it here."""
        return any(";ShadowHash;" in text for text in self.authorities)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in at the console."""

    name: str
    at: datetime


def parse_accounts(content: bytes) -> tuple[Account, ...] | None:
    """Return the accounts of ``dscl -plist . -readall /Users ...``; None for another answer."""
    found = plists.parse_any(content)
    if not isinstance(found, list):
        return None
    accounts = []
    for entry in found:
        if not isinstance(entry, dict):
            return None
        texts = {key: _texts(entry.get(_ATTRIBUTE + key)) for key in (
            "RecordName", "UniqueID", "UserShell", "AuthenticationAuthority",
        )}  # fmt: skip
        hidden = _texts(entry.get("dsAttrTypeNative:IsHidden")) or _texts(
            entry.get(_ATTRIBUTE + "IsHidden")
        )
        uid = texts["UniqueID"][:1]
        if not uid or re.fullmatch(r"-?[0-9]{1,10}", uid[0]) is None or not texts["RecordName"]:
            continue
        accounts.append(
            Account(
                texts["RecordName"][0],
                int(uid[0]),
                (texts["UserShell"] or ("",))[0],
                (hidden or ("",))[0].lower() in {"1", "yes", "true"},
                texts["AuthenticationAuthority"],
            )
        )
    return tuple(accounts)


def _texts(found: object) -> tuple[str, ...]:
    return tuple(str(entry) for entry in found) if isinstance(found, list) else ()


def people(accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """Return the accounts that a person can sign in with."""
    return tuple(
        a
        for a in accounts
        if a.uid >= _FIRST and not a.hidden and not a.disabled and a.shell not in _NO_SHELL
    )


def local(host: Host) -> Reading[tuple[Account, ...]]:
    """Return all accounts; root is always there, or the answer is not believed."""
    return host.run("accounts").map(
        lambda result: (
            found
            if (found := parse_accounts(result.output)) and any(a.uid == 0 for a in found)
            else None
        )
    )


def parse_members(content: bytes) -> tuple[str, ...] | None:
    """Return the names in ``dscl -plist . -read /Groups/admin GroupMembership``."""
    table = plists.parse(content)
    members = table.get(_ATTRIBUTE + "GroupMembership") if table is not None else None
    return _texts(members) if isinstance(members, list) else None


def parse_last(text: str, now: datetime) -> tuple[tuple[SignIn, ...], datetime | None] | None:
    """Return sign-ins at the console, newest first, and since when they are recorded.

    ``last`` gives no year: going down the list, a date that would be later than the one above it
    is of the year before. None for a text that does not end as the list does.
    """
    above = now + timedelta(days=1)
    found: list[SignIn] = []
    begins = None
    for line in text.splitlines():
        end = _BEGINS.match(line)
        match = _LAST.match(line)
        moment = _moment(_ANY.search(line), above) if not end else _moment(end, above)
        if moment is not None:
            above = moment
        if end:
            begins = moment
        elif match and moment is not None:
            found.append(SignIn(match[1], moment))
    return (tuple(found), begins) if begins is not None else None


def _moment(match: re.Match[str] | None, above: datetime) -> datetime | None:
    """Return the moment of month, day, hour and minute: the last one that is not after ``above``.

    The clock is the Mac's own; it is read as UTC, an hour or some off, which no rule here notices.
    """
    if match is None:
        return None
    month, day, hour, minute = match.groups()[-4:]
    if month not in _MONTHS:
        return None
    for year in range(above.year, above.year - 5, -1):
        try:
            moment = datetime(
                year, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=UTC
            )
        except ValueError:
            continue
        if moment <= above:
            return moment
    return None
