"""Locking on Linux: what the account's own desktop would do, and what holds for every account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux import dconf, kscreenlocker
from tutelage_agent.posture.linux.desktops import (
    Settings,
    gsettings,
    locked,
    offered,
    only_gnome,
    seats,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading, Session
    from tutelage_agent.posture.model import Observation

_GNOME_SESSION = "org.gnome.desktop.session"
_GNOME_SAVER = "org.gnome.desktop.screensaver"
_GNOME_LOCKDOWN = "org.gnome.desktop.lockdown"
_GNOME_KEYS = (
    (_GNOME_SESSION, "idle-delay"),
    (_GNOME_SAVER, "lock-enabled"),
    (_GNOME_SAVER, "lock-delay"),
    (_GNOME_LOCKDOWN, "disable-lock-screen"),
)


def gnome_seconds(
    idle: int | None, delay: int | None, *, lock: bool | None, forbidden: bool | None
) -> int | None:
    """Return after how many idle seconds GNOME asks for a password; 0: never; None: not known.

    ``idle-delay`` 0 means never. ``idle-activation-enabled`` is not asked: its own schema says
    that it is ignored (posture.md section 15, row 38).
    """
    if idle is None or delay is None or lock is None or forbidden is None:
        return None
    if idle == 0 or not lock or forbidden:
        return 0
    return idle + delay


def gnome(settings: Settings) -> int | None:
    """Return after how many idle seconds an account's GNOME locks; 0: never; None: not known."""
    return gnome_seconds(
        settings.number(_GNOME_SESSION, "idle-delay"),
        settings.number(_GNOME_SAVER, "lock-delay"),
        lock=settings.truth(_GNOME_SAVER, "lock-enabled"),
        forbidden=settings.truth(_GNOME_LOCKDOWN, "disable-lock-screen"),
    )


def _cinnamon(settings: Settings) -> int | None:
    return gnome_seconds(
        settings.number("org.cinnamon.desktop.session", "idle-delay"),
        settings.number("org.cinnamon.desktop.screensaver", "lock-delay"),
        lock=settings.truth("org.cinnamon.desktop.screensaver", "lock-enabled"),
        forbidden=settings.truth("org.cinnamon.desktop.lockdown", "disable-lock-screen"),
    )


def machine_seconds(keys: Mapping[str, str]) -> int:
    """Return the idle lock that enforced dconf keys give every GNOME account; 0: none.

    All four keys have to be enforced; the desktop's defaults are nobody's policy.
    """
    idle = keys.get("/org/gnome/desktop/session/idle-delay", "")
    delay = keys.get("/org/gnome/desktop/screensaver/lock-delay", "")
    lock = keys.get("/org/gnome/desktop/screensaver/lock-enabled")
    forbidden = keys.get("/org/gnome/desktop/lockdown/disable-lock-screen")
    if not (idle.isascii() and idle.isdigit() and delay.isascii() and delay.isdigit()):
        return 0
    if len(idle) > 9 or len(delay) > 9 or forbidden not in {"true", "false"}:
        return 0
    return (
        gnome_seconds(int(idle), int(delay), lock=lock == "true", forbidden=forbidden == "true")
        or 0
    )


def _desktop(host: Host) -> tuple[Observation, Reading[tuple[str, ...]]]:
    names = offered(host)
    source = "folder:xsessions, wayland-sessions"
    return observed(host, "desktop", names.map(bool), source), names


def _machine_lock(host: Host, names: Reading[tuple[str, ...]]) -> Observation:
    source = "dconf:enforced keys"
    if not names.seen or not only_gnome(names.value):
        return saw(host, "machine_lock_seconds", 0, "none: not only GNOME", needed=False)
    seconds = dconf.enforced(host).map(machine_seconds)
    return observed(host, "machine_lock_seconds", seconds, source, needed=False)


def _accounts(
    host: Host, sessions: Reading[tuple[Session, ...]]
) -> tuple[Observation, tuple[tuple[str, Session], ...]]:
    """Return who sits here, one session an account."""
    found: dict[str, Session] = {}
    for session in sessions.value if sessions.seen else ():
        found.setdefault(host.pseudonym(session.account), session)
    names = sessions.map(lambda _: tuple(found))
    return observed(host, "accounts", names, "logind"), tuple(found.items())


def observe_idle(host: Host) -> tuple[Observation, ...]:
    """Look at the idle lock of each account that sits here, in that account's context."""
    desktop, names = _desktop(host)
    accounts, sessions = _accounts(host, seats(host))
    observations = [desktop, _machine_lock(host, names), accounts]
    for subject, session in sessions:
        observations += _idle(host, subject, session)
    return tuple(observations)


def _idle(host: Host, subject: str, session: Session) -> list[Observation]:
    match session.desktop:
        case "gnome":
            settings = gsettings(
                host, session.account, _GNOME_SESSION, _GNOME_SAVER, _GNOME_LOCKDOWN
            )
            fixed = locked(host, session.account, _GNOME_KEYS)
            return [
                observed(host, "lock_seconds", settings.map(gnome), "gsettings", subject=subject),
                observed(
                    host, "lock_enforced", fixed, "gsettings:writable", subject=subject,
                    needed=False,
                ),
            ]  # fmt: skip
        case "cinnamon":
            settings = gsettings(
                host, session.account, "org.cinnamon.desktop.session",
                "org.cinnamon.desktop.screensaver", "org.cinnamon.desktop.lockdown",
            )  # fmt: skip
            seconds = settings.map(_cinnamon)
            return [observed(host, "lock_seconds", seconds, "gsettings", subject=subject)]
        case "kde":
            daemon = kscreenlocker.read(host, session.home)
            return [
                observed(
                    host, "lock_seconds", daemon.map(lambda d: d.seconds), "kscreenlockerrc",
                    subject=subject,
                ),
                observed(
                    host, "lock_enforced", daemon.map(lambda d: d.enforced), "kscreenlockerrc",
                    subject=subject, needed=False,
                ),
            ]  # fmt: skip
        case other:
            raw = f"the settings of {other or 'this desktop'} are not known to us"
            return [
                missed(host, "lock_seconds", Outcome.UNSUPPORTED, "none", subject=subject, raw=raw)
            ]


def observe_wake(host: Host) -> tuple[Observation, ...]:
    """Look whether each account is asked for its password after sleep."""
    desktop, _ = _desktop(host)
    accounts, sessions = _accounts(host, seats(host))
    observations = [desktop, accounts]
    for subject, session in sessions:
        reading, source = _wake(host, session)
        observations.append(observed(host, "password_on_wake", reading, source, subject=subject))
    return tuple(observations)


def _wake(host: Host, session: Session) -> tuple[Reading[bool], str]:
    match session.desktop:
        case "gnome":
            settings = gsettings(host, session.account, _GNOME_SAVER, _GNOME_LOCKDOWN)
            return settings.map(gnome_wakes), "gsettings"
        case "kde":
            daemon = kscreenlocker.read(host, session.home)
            return daemon.map(lambda d: d.locks_on_resume), "kscreenlockerrc"
        case other:
            words = f"the settings of {other or 'this desktop'} are not known to us"
            return nothing(Outcome.UNSUPPORTED, words), "none"


def gnome_wakes(settings: Settings) -> bool | None:
    """Tell whether GNOME locks before sleep; Ubuntu has a key of its own for it."""
    lock = settings.truth(_GNOME_SAVER, "lock-enabled")
    forbidden = settings.truth(_GNOME_LOCKDOWN, "disable-lock-screen")
    if lock is None or forbidden is None:
        return None
    own = settings.truth(_GNOME_SAVER, "ubuntu-lock-on-suspend")
    return lock and not forbidden and own is not False


def desktop_reading(host: Host) -> Reading[bool]:
    """Tell whether a person can sit at this machine."""
    names = offered(host)
    return value(bool(names.value)) if names.seen else nothing(names.outcome, names.detail)
