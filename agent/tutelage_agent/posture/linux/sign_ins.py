"""Who signed in at a Linux machine: wtmp, or the databases that replace it, and logind.

Debian 13, Ubuntu 25.10 and Fedora 43 stop writing wtmp: util-linux's lastlog2 and wtmpdb are
SQLite files (posture.md section 5.3). Terminal windows, cron and SSH are no sign-ins at the
keyboard.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing, value
from tutelage_agent.host.account_names import is_generic
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux.desktops import seats
from tutelage_agent.posture.linux.ini import cascade, last, parse_ini, truth
from tutelage_agent.posture.linux.people import (
    Account,
    parse_passwd,
    parse_shadow,
    password_state,
    read_people,
)
from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

# struct utmp of glibc with 32-bit times (x86-64, and what wtmp has on every 64-bit Debian):
# type, pid, line, id, user, host, exit, session, seconds, microseconds, address, unused.
_UTMP = struct.Struct("<hxxi32s4s32s256shhiii16s20s")
_USER_PROCESS = 7
_KEYBOARD = re.compile(r"^(?:tty\d+|:\d+(?:\.\d+)?|seat\d+|console)$")
_LATEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in at the keyboard."""

    name: str
    at: datetime


def keyboard(line: str, origin: str) -> bool:
    """Tell whether a terminal line is this machine's own screen, and not a window or SSH."""
    return _KEYBOARD.match(line) is not None and (not origin or _KEYBOARD.match(origin) is not None)


def parse_wtmp(content: bytes) -> tuple[SignIn, ...] | None:
    """Return the keyboard sign-ins of wtmp(5), oldest first; None for another format."""
    if len(content) % _UTMP.size:
        return None
    found = []
    for kind, _, line, _, name, origin, _, _, _, seconds, _, _, _ in _UTMP.iter_unpack(content):
        if kind == _USER_PROCESS and seconds > 0 and keyboard(_text(line), _text(origin)):
            found.append(SignIn(_text(name), EPOCH + timedelta(seconds=seconds)))
    return tuple(found)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def from_rows(rows: object) -> tuple[SignIn, ...]:
    """Return the keyboard sign-ins of lastlog2's or wtmpdb's rows."""
    found = []
    for row in rows if isinstance(rows, tuple) else ():
        if not isinstance(row, Row):
            continue
        name, seconds = row.text("name"), row.integer("time")
        here = keyboard(row.text("tty") or "", row.text("host") or "")
        if name and here and seconds and 0 < seconds < 1 << 33:
            found.append(SignIn(name, EPOCH + timedelta(seconds=seconds)))
    return tuple(found)


def recorded(host: Host) -> tuple[str, Reading[tuple[SignIn, ...]]]:
    """Return the source that has sign-ins, and them."""
    failed: Reading[tuple[SignIn, ...]] = nothing(Outcome.ABSENT, "no sign-in records")
    for source in ("wtmpdb", "lastlog2"):
        rows = host.call(source)
        if rows.seen:
            return source, value(from_rows(rows.value))
        if rows.outcome not in {Outcome.ABSENT, Outcome.UNSUPPORTED}:
            failed = nothing(rows.outcome, rows.detail)
    wtmp = host.read("/var/log/wtmp")
    if wtmp.seen:
        return "wtmp", wtmp.map(parse_wtmp)
    return "wtmp", failed if failed.outcome is not Outcome.ABSENT else wtmp.map(lambda _: ())


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in, by uid where this machine knows one."""

    account: str
    at: datetime


def people_of(sign_ins: tuple[SignIn, ...], accounts: tuple[Account, ...]) -> tuple[Person, ...]:
    """Return each person's last sign-in; root and services are no persons.

    A name that /etc/passwd does not have is a directory's account, and counts by its name.
    """
    by_name = {account.name: account for account in accounts}
    found: dict[str, datetime] = {}
    for sign_in in sign_ins:
        account = by_name.get(sign_in.name)
        if account is not None and account.uid < 1000:
            continue
        key = str(account.uid) if account is not None else f"name:{sign_in.name}"
        found[key] = max(sign_in.at, found.get(key, EPOCH))
    return tuple(Person(account, at) for account, at in found.items())


def read(host: Host) -> tuple[str, Reading[tuple[Person, ...]], datetime | None]:
    """Return the source, who signed in at the keyboard, and since when that is recorded."""
    source, sign_ins = recorded(host)
    passwd = host.text("/etc/passwd")
    if not sign_ins.seen:
        return source, nothing(sign_ins.outcome, sign_ins.detail), None
    if not passwd.seen:
        return source, nothing(passwd.outcome, passwd.detail), None
    persons = {
        person.account: person for person in people_of(sign_ins.value, parse_passwd(passwd.value))
    }
    now = seats(host)
    for session in now.value if now.seen else ():
        persons[session.account] = Person(session.account, host.now())
    # A clock that was wrong leaves sign-ins in the future: they are no evidence of a time.
    kept = tuple(p for p in persons.values() if p.at <= host.now() + timedelta(days=1))
    begins = min((s.at for s in sign_ins.value if host.now() - s.at < _LATEST), default=None)
    return source, value(kept), begins if source != "lastlog2" else None


def observe_people(host: Host) -> tuple[Observation, ...]:
    """Look who signed in at the keyboard, as far back as it is recorded."""
    source, persons, begins = read(host)
    subjects = persons.map(lambda found: tuple(host.pseudonym(p.account) for p in found))
    observations = [observed(host, "sign_ins", subjects, source)]
    for person in persons.value if persons.seen else ():
        subject = host.pseudonym(person.account)
        at = person.at.astimezone(UTC)
        observations.append(saw(host, "last_sign_in", at, source, subject=subject))
    if begins is not None:
        observations.append(saw(host, "records_since", begins, source, needed=False))
    return tuple(observations)


def observe_generic(host: Host) -> tuple[Observation, ...]:
    """Look for accounts named after a role that let people in, and for a guest session."""
    people = read_people(host)
    generic = tuple(a for a in (people.value if people.seen else ()) if is_generic(a.name))
    guest = _guest(host)
    if not people.seen:
        return (observed(host, "generic_accounts", people.map(lambda _: ()), "passwd"), guest)
    if not generic:
        return (saw(host, "generic_accounts", (), "passwd"), guest)
    shadow = host.text("/etc/shadow")
    if not shadow.seen:
        return (
            missed(host, "generic_accounts", shadow.outcome, "shadow",
                   raw="an account is named after a role; whether it lets people in is not seen"),
            guest,
        )  # fmt: skip
    states = parse_shadow(shadow.value)
    open_ones = tuple(
        host.pseudonym(str(account.uid))
        for account in generic
        if (
            states.get(account.name, "locked")
            if account.password == "x"  # noqa: S105 - the mark for "see shadow"
            else password_state(account.password)
        )
        != "locked"
    )
    return (saw(host, "generic_accounts", open_ones, "passwd + shadow"), guest)


def _guest(host: Host) -> Observation:
    """Tell whether LightDM offers a guest session: it needs its helper, and can be forbidden."""
    source = "config:lightdm"
    text = cascade(
        host,
        ("/etc/lightdm/lightdm.conf",),
        ("/usr/share/lightdm/lightdm.conf.d", "/etc/lightdm/lightdm.conf.d"),
    )
    if text.outcome is Outcome.ABSENT:
        return saw(host, "guest_enabled", found=False, source="no LightDM")
    if not text.seen:
        return missed(host, "guest_enabled", text.outcome, source)
    allowed = truth(last(parse_ini(text.value), "Seat:*", "allow-guest"))
    helper = host.stat("/usr/sbin/guest-account")
    if helper.outcome is Outcome.ABSENT:
        return saw(host, "guest_enabled", found=False, source="no guest helper")
    if not helper.seen:
        return missed(host, "guest_enabled", helper.outcome, source)
    return saw(host, "guest_enabled", found=allowed is not False, source=source)
