"""The idle lock of a Mac: screen saver or dark display, whichever is first, then the grace.

``askForPassword`` is ignored by macOS unless a profile sets it, and ``loginWindowIdleTime`` is
not about sessions (posture.md section 15, row 12): neither is read. 0 is never (row 11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture import lock_samples
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.macos import plists

if TYPE_CHECKING:
    from tutelage_agent.host import CommandResult, Host, Reading, Session
    from tutelage_agent.posture.model import Observation

DEFAULT_IDLE = 1200
"""Seconds until the screen saver where nobody has set it: 20 minutes."""
NEVER = 2147483647
_DOMAIN = "com.apple.screensaver"


def parse_screen_lock(result: CommandResult) -> int | None:
    """Return the grace in seconds of ``sysadminctl -screenLock status``; ``NEVER``: it is off.

    The answer comes on the error stream, behind a date and a process name. None: another text.
    """
    text = result.text + "\n" + result.errors.decode("utf-8", "replace")
    if re.search(r"\bscreenLock is off\b", text, re.I):
        return NEVER
    if re.search(r"\bscreenLock delay is immediate\b", text, re.I):
        return 0
    match = re.search(r"\bscreenLock delay is ([0-9]{1,9})(?:\.[0-9]+)? seconds", text, re.I)
    return int(match[1]) if match else None


def parse_display_sleep(text: str) -> int | None:
    """Return seconds until the display goes dark, of ``pmset -g custom``; 0: never.

    Of mains and battery the longer counts; never on one of them is never. None: another text.
    """
    found = [int(n) for n in re.findall(r"^\s*displaysleep\s+([0-9]{1,6})\b", text, re.M)]
    if not found:
        return None
    return 0 if 0 in found else max(found) * 60


def lock_seconds(idle: int, display: int, grace: int) -> int:
    """Return idle seconds until a session is locked; 0: it never is."""
    starts = [seconds for seconds in (idle, display) if 0 < seconds < NEVER]
    if not starts or grace >= NEVER:
        return 0
    return min(starts) + grace


def seats(host: Host) -> Reading[tuple[Session, ...]]:
    """Return the sessions at the Mac's own screen."""
    return host.sessions().map(lambda found: tuple(s for s in found if not s.remote))


def grace(host: Host, uid: str) -> Reading[int]:
    """Return an account's grace, asked in its own context: root's answer is root's."""
    own = host.call("own.uid")
    if own.seen and str(own.value) == uid:
        return host.run("screen-lock").map(parse_screen_lock)
    if not host.privileged:
        return nothing(Outcome.DENIED, "only root can look as another account")
    return host.run("screen-lock-of", uid, f"#{uid}").map(parse_screen_lock)


def idle_time(host: Host, session: Session) -> tuple[Reading[int], bool]:
    """Return seconds until the account's screen saver, and whether a profile has set it."""
    name = session.home.rpartition("/")[2]
    for folder in (f"{plists.MANAGED}/{name}", plists.MANAGED):
        table = plists.read(host, f"{folder}/{_DOMAIN}.plist")
        if table.seen and "idleTime" in table.value:
            return table.map(lambda t: plists.as_number(t.get("idleTime"))), True
        if not table.seen and table.outcome is not Outcome.ABSENT:
            return nothing(table.outcome, folder), True
    if not session.home:
        return nothing(Outcome.NO_USER_CONTEXT, "no home folder"), False
    folder = f"{session.home}/Library/Preferences/ByHost"
    names = host.folder(folder)
    if not names.seen:
        if names.outcome is Outcome.ABSENT:
            return value(DEFAULT_IDLE), False
        return nothing(names.outcome, "ByHost"), False
    own = [n for n in names.value if n.startswith(f"{_DOMAIN}.") and n.endswith(".plist")]
    for file in own:
        table = plists.read(host, f"{folder}/{file}")
        if not table.seen:
            return nothing(table.outcome, "ByHost screensaver"), False
        if "idleTime" in table.value:
            return table.map(lambda t: plists.as_number(t.get("idleTime"))), False
    return value(DEFAULT_IDLE), False


def _there(host: Host) -> Observation:
    return saw(host, "desktop", found=True, source="macOS")


def _accounts(host: Host) -> tuple[Observation, tuple[Session, ...]]:
    found = seats(host)
    names = found.map(lambda s: tuple(dict.fromkeys(host.pseudonym(x.account) for x in s)))
    return observed(host, "accounts", names, "ioreg:IOConsoleUsers"), (
        found.value if found.seen else ()
    )


def observe_idle(host: Host) -> tuple[Observation, ...]:
    """Look at screen saver, display and grace of each account that is signed in."""
    names, sessions = _accounts(host)
    found = [_there(host), names]
    display = host.run("power-settings").map(lambda result: parse_display_sleep(result.text))
    for session in sessions:
        subject, source = host.pseudonym(session.account), "screensaver + pmset + sysadminctl"
        idle, managed = idle_time(host, session)
        after = grace(host, session.account)
        failed = next((r for r in (after, idle, display) if not r.seen), None)
        if failed is not None and not (after.seen and after.value >= NEVER):
            outcome = failed.outcome if failed.outcome is not Outcome.ABSENT else Outcome.ERROR
            found.append(
                missed(host, "lock_seconds", outcome, source, subject=subject, raw=failed.detail)
            )
            continue
        seconds = lock_seconds(
            idle.value if idle.seen else 0, display.value if display.seen else 0, after.value
        )
        found += [
            saw(host, "lock_seconds", seconds, source, subject=subject,
                raw=f"screen saver {idle.found} s, display {display.found} s, grace {after.value}"),
            saw(host, "lock_enforced", managed, source, subject=subject, needed=False),
        ]  # fmt: skip
    return tuple(found)


def observe_wake(host: Host) -> tuple[Observation, ...]:
    """Look whether each account is asked for its password after the display was dark."""
    names, sessions = _accounts(host)
    found = [_there(host), names]
    for session in sessions:
        asks = grace(host, session.account).map(lambda seconds: seconds < NEVER)
        if asks.outcome is Outcome.ABSENT:
            asks = nothing(Outcome.UNSUPPORTED, "no sysadminctl")
        subject = host.pseudonym(session.account)
        found.append(observed(host, "password_on_wake", asks, "sysadminctl", subject=subject))
    return tuple(found)


def observe_seen(host: Host) -> tuple[Observation, ...]:
    """Sample the sessions: idle time and lock, no more."""
    return lock_samples.observe(host, seats(host), _there(host))
