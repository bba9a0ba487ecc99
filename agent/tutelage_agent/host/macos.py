"""What only macOS can answer: who is signed in, and a few plain facts."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil

from tutelage_agent.host import Door, macos_sessions
from tutelage_agent.host.account_context import AccountContext
from tutelage_agent.host.commands import run
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_wire.times import utc_now

if sys.platform != "win32":
    import pwd

if TYPE_CHECKING:
    from tutelage_agent.host import Question, Session


def privileged() -> bool:
    """Tell whether the agent is root."""
    return sys.platform != "win32" and os.geteuid() == 0


def answer(question: Question) -> Reading[object]:
    """Return what the system answers."""
    match question.door, question.what:
        case Door.SESSIONS, _:
            return sessions()
        case Door.CALL, "processes":
            return processes()
        case Door.CALL, "own.uid" if sys.platform != "win32":
            return value(os.getuid())
        case Door.CALL, "uptime":
            booted = datetime.fromtimestamp(psutil.boot_time(), UTC)
            return value(max(0, int((utc_now() - booted).total_seconds())))
        case _:
            return nothing(Outcome.UNSUPPORTED, f"macOS has no {question}")


def processes() -> Reading[object]:
    """Return the names of running programs; macOS shows all of them to everybody."""
    names = {process.info["name"] for process in psutil.process_iter(["name"])}
    return value(tuple(sorted(name for name in names if name)))


def sessions() -> Reading[tuple[Session, ...]]:
    """Return who is signed in now, whether the screen is locked, and since when it is unused."""
    from tutelage_agent.host.allowed.macos import COMMANDS  # the audit list is the only source

    known = {command.id: command for command in COMMANDS}
    users = run(known["console-users"]).map(lambda r: macos_sessions.console_users(r.output))
    if not users.seen:
        return nothing(users.outcome, users.detail)
    idle = run(known["idle-time"]).map(lambda r: macos_sessions.idle_seconds(r.output))
    homes = {entry.pw_uid: entry.pw_dir for entry in pwd.getpwall()}
    seconds = idle.value if idle.seen else None
    return value(macos_sessions.sessions(users.value, seconds, utc_now(), homes))


def context(account: str) -> Reading[AccountContext]:
    """Return how to act as the account with uid ``account``: root becomes it in the child."""
    if sys.platform == "win32":
        return nothing(Outcome.UNSUPPORTED, "not a Mac")
    try:
        entry = pwd.getpwuid(int(account))
    except (KeyError, ValueError):
        return nothing(Outcome.NO_USER_CONTEXT, "no such account")
    if entry.pw_uid == os.geteuid():
        return value(AccountContext(None, None, (("HOME", entry.pw_dir),)))
    if os.geteuid() != 0:
        return nothing(Outcome.DENIED, "only root can look as another account")
    return value(AccountContext(entry.pw_uid, entry.pw_gid, (("HOME", entry.pw_dir),)))
