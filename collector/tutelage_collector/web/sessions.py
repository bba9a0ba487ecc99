"""Who is signed in. In memory only: a restart signs everybody out, a stolen database nobody in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import access
from tutelage_collector.store.records import Role

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import Account

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=9)
"""A school day."""
FRESH = timedelta(minutes=10)
"""So long after signing in or proving it again, one person may decide as one of two."""
_MOST = 2_000
_BYTES = 32
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. ``form_token`` goes into every form (against forged requests)."""

    holder: Account
    """As it was at sign-in: once it is changed or removed, the session ends."""
    form_token: str
    began: datetime
    seen: datetime
    acting: Role
    """The role whose work the account does now: a deputy's is the lead's."""
    address: str = ""
    browser: str = ""
    proved: datetime | None = None
    """When they last proved who they are, other than by signing in."""

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether they proved who they are lately enough for a weighty act."""
        return now <= (self.proved or self.began) + FRESH

    @property
    def tag(self) -> str:
        """What the browser knows this session by, beside a key that it keeps unlocked for it."""
        return _name(self.form_token).hex()[:16]

    @property
    def account(self) -> str:
        """Name of the account."""
        return self.holder.name

    @property
    def role(self) -> Role:
        """The role whose work the account does now: what pages ask for."""
        return self.acting

    @property
    def reads_staff(self) -> bool:
        """Whether its keys open what is written about staff, not about pupils."""
        return self.acting is Role.HEAD

    @property
    def title(self) -> str:
        """What the account is, in words."""
        title = access.TITLES[self.holder.role]
        covers = self.acting is not access.standing_role(self.holder.role)
        return f"{title}, for the {access.TITLES[self.acting].lower()}" if covers else title

    @property
    def school(self) -> str | None:
        """School of the account; None = all schools of the trust."""
        return self.holder.school or None

    def form_is_ours(self, token: str) -> bool:
        """Tell whether a form carries this session's token."""
        return hmac.compare_digest(self.form_token.encode(), token.encode())


class Sessions:
    """All sessions, by the hash of the cookie's value."""

    def __init__(self) -> None:
        """Begin with nobody signed in."""
        self._held: dict[bytes, Session] = {}

    def begin(self, account: Account, now: datetime, address: str = "", browser: str = "") -> str:
        """Sign an account in; return the cookie's value."""
        if len(self._held) >= _MOST:
            oldest = min(self._held, key=lambda name: self._held[name].seen)
            del self._held[oldest]
        value = secrets.token_urlsafe(_BYTES)
        self._held[_name(value)] = Session(
            account,
            secrets.token_urlsafe(_BYTES),
            now,
            now,
            access.standing_role(account.role),
            address[:_MAX_TEXT],
            browser[:_MAX_TEXT],
        )
        return value

    def find(self, value: str, now: datetime) -> Session | None:
        """Return the session of a cookie, and note that it is in use; None = sign in again."""
        name = _name(value)
        found = self._held.get(name)
        if found is None:
            return None
        if now > found.seen + IDLE or now > found.began + LONGEST:
            del self._held[name]
            return None
        found = self._held[name] = replace(found, seen=now)
        return found

    def lives(self, value: str, now: datetime) -> bool:
        """Tell whether a cookie's session still holds, without counting this as use."""
        found = self._held.get(_name(value))
        return found is not None and now <= found.seen + IDLE and now <= found.began + LONGEST

    def prove(self, value: str, now: datetime) -> None:
        """Note that who is signed in proved once more who they are."""
        found = self._held.get(_name(value))
        if found is not None:
            self._held[_name(value)] = replace(found, proved=now)

    def end(self, value: str) -> None:
        """Sign out."""
        self._held.pop(_name(value), None)

    def of(self, account: str) -> list[Session]:
        """Return where an account is signed in, the browser used last first."""
        found = [one for one in self._held.values() if one.account == account]
        return sorted(found, key=lambda one: one.seen, reverse=True)

    def end_all(self, account: str) -> None:
        """Sign an account out everywhere."""
        for name in [name for name, one in self._held.items() if one.account == account]:
            del self._held[name]


def _name(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()
