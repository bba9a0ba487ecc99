"""Whose accounts a Linux machine has: passwd, shadow, group, login.defs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.posture.linux.ini import parse_words, whole_number

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading

_NO_SHELL = frozenset({"nologin", "false", "sync", "halt", "shutdown", "git-shell"})
ADMIN_GROUPS = frozenset({"sudo", "wheel", "admin"})


@dataclass(frozen=True, slots=True)
class Account:
    """A line of /etc/passwd."""

    name: str
    password: str
    """``x``: see shadow; empty: none is asked for."""
    uid: int
    gid: int
    home: str
    shell: str


def parse_passwd(text: str) -> tuple[Account, ...]:
    """Return the accounts of passwd(5); a line of another form is left out."""
    found = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) != 7:
            continue
        uid, gid = whole_number(fields[2]), whole_number(fields[3])
        if uid is not None and gid is not None:
            found.append(Account(fields[0], fields[1], uid, gid, fields[5], fields[6]))
    return tuple(found)


def parse_shadow(text: str) -> dict[str, str]:
    """Return account name -> ``none``, ``locked`` or ``set``: shadow(5), field 2.

    Empty is no password at all; ``!`` and ``*`` let no password in; anything else is a hash.
    """
    found = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 2 and fields[0]:
            found[fields[0]] = password_state(fields[1])
    return found


def password_state(field: str) -> str:
    """Return what the password field of shadow(5) says."""
    if not field:
        return "none"
    return "locked" if field[0] in "!*" else "set"


def parse_group(text: str) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return group name -> (gid, members) of group(5)."""
    found = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 4 and (gid := whole_number(fields[2])) is not None:
            found[fields[0]] = (gid, tuple(name for name in fields[3].split(",") if name))
    return found


def people(accounts: tuple[Account, ...], login_defs: str = "") -> tuple[Account, ...]:
    """Return the accounts that a person can sign in with: uid range and shell.

    ``UID_MIN`` and ``UID_MAX`` are of login.defs(5), by default 1000 and 60000.
    """
    words = parse_words(login_defs)
    lowest = whole_number(words.get("UID_MIN")) or 1000
    highest = whole_number(words.get("UID_MAX")) or 60000
    return tuple(
        account
        for account in accounts
        if lowest <= account.uid <= highest and account.shell.rsplit("/", 1)[-1] not in _NO_SHELL
    )


def read_people(host: Host) -> Reading[tuple[Account, ...]]:
    """Return the people of a host."""
    defs = host.text("/etc/login.defs")
    return host.text("/etc/passwd").map(
        lambda text: people(parse_passwd(text), defs.value if defs.seen else "")
    )
