"""Which sign-in names are nobody's own: those of a role or a room. The same on every system."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_agent.host import Host

_GENERIC = re.compile(
    r"(?i)^(?:guest|user|test|temp|visitor|kiosk|student|pupil|teacher|staff|school|class(?:room)?"
    r"|library|lab|reception|office|supply|cover|family|home|pc|laptop|computer)[-_. ]?\d{0,3}$"
)


def is_generic(name: str) -> bool:
    """Tell whether a sign-in name is a role's or a room's and so nobody's own."""
    return _GENERIC.match(name) is not None


def account_keys(name: str) -> tuple[str, ...]:
    """Return all that checks may know an account by: its name, its number, its SID."""
    keys = [name, f"name:{name}"]
    if sys.platform == "win32":
        import win32security

        with suppress(win32security.error):
            sid, _, _ = win32security.LookupAccountName(None, name)
            keys.append(win32security.ConvertSidToStringSid(sid))
    else:
        import pwd

        with suppress(KeyError):
            keys.append(str(pwd.getpwnam(name).pw_uid))
    return tuple(keys)


def pseudonyms_of(host: Host, names: Iterable[str]) -> frozenset[str]:
    """Return the pseudonyms that accounts of these names may have on a machine."""
    return frozenset(host.pseudonym(key) for name in names for key in account_keys(name))
