"""What only Linux can answer: who is signed in (logind), D-Bus, acting as an account."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from tutelage_agent.host import Door, dbus, logind, processes
from tutelage_agent.host.account_context import AccountContext
from tutelage_agent.host.reading import Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from tutelage_agent.host import Question

_DATABASES = frozenset({"lastlog2", "wtmpdb"})


def privileged() -> bool:
    """Tell whether the agent is root."""
    return os.geteuid() == 0


def answer(question: Question) -> Reading[object]:
    """Return the answer of logind, a D-Bus service, /proc, or a sign-in database."""
    match question.door:
        case Door.SESSIONS:
            return logind.sessions()
        case Door.CALL if question.what == "processes":
            return processes.names()
        case Door.CALL if question.what in _DATABASES:
            from tutelage_agent.host import databases  # SQLite is only loaded where it is needed

            return databases.rows(question.what)
        case Door.CALL:
            return dbus.call(question.what, question.arguments)
        case _:
            return nothing(Outcome.UNSUPPORTED, f"Linux has no {question.door}")


def context(account: str) -> Reading[AccountContext]:
    """Return how to act as the account with uid ``account``.

    Root becomes the account in the child, before the program starts: root's own connection to
    a session bus is refused, and root's own settings are root's (posture.md section 15, row 39).
    """
    try:
        entry = pwd.getpwuid(int(account))
    except (KeyError, ValueError):
        return nothing(Outcome.NO_USER_CONTEXT, "no such account")
    if entry.pw_uid == os.geteuid():
        keep = (
            "HOME",
            "XDG_RUNTIME_DIR",
            "DBUS_SESSION_BUS_ADDRESS",
            "DCONF_PROFILE",
            "XDG_CONFIG_HOME",
            "XDG_DATA_DIRS",
        )
        own = tuple((name, os.environ[name]) for name in keep if name in os.environ)
        if "DBUS_SESSION_BUS_ADDRESS" in os.environ:
            return value(AccountContext(None, None, own))
    elif os.geteuid() != 0:
        return nothing(Outcome.DENIED, "only root can look as another account")
    runtime = f"/run/user/{entry.pw_uid}"
    environment = (
        ("HOME", entry.pw_dir),
        ("XDG_RUNTIME_DIR", runtime),
        ("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/bus"),
    )
    if entry.pw_uid == os.geteuid():
        return value(AccountContext(None, None, environment))
    return value(AccountContext(entry.pw_uid, entry.pw_gid, environment))
