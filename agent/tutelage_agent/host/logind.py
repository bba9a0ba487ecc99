"""Who is signed in at a Linux machine: systemd-logind's sessions."""

from __future__ import annotations

import pwd
from datetime import timedelta

from tutelage_agent.host import Row, Session, dbus
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_wire.times import EPOCH

_DESKTOPS = (
    ("cinnamon", "cinnamon"),
    ("gnome", "gnome"),
    ("ubuntu", "gnome"),
    ("plasma", "kde"),
    ("kde", "kde"),
    ("xfce", "xfce"),
    ("mate", "mate"),
)


def sessions() -> Reading[tuple[Session, ...]]:
    """Return the sessions of people: class ``user``, not services and sign-in screens."""
    listed = dbus.call("logind.sessions")
    if not listed.seen:
        return nothing(listed.outcome, listed.detail)
    found: list[Session] = []
    for entry in listed.value if isinstance(listed.value, tuple) else ():
        path = entry[4] if isinstance(entry, tuple) and len(entry) > 4 else ""
        properties = dbus.call("logind.session", (str(path),))
        if properties.outcome is Outcome.ABSENT:
            continue  # It ended between the two calls.
        if not properties.seen or not isinstance(properties.value, Row):
            return nothing(Outcome.ERROR, f"a session did not answer: {properties.detail}")
        session = session_of(properties.value)
        if session is not None:
            found.append(session)
    return value(tuple(found))


def session_of(properties: Row) -> Session | None:
    """Return a session from ``org.freedesktop.login1.Session`` properties; None if no person's.

    Pure: ``IdleSinceHint`` is microseconds since 1970, 0 for never.
    """
    if properties.text("Class") not in {"user", "user-early", "user-light"}:
        return None
    if properties.text("State") == "closing":
        return None
    user = properties.fields.get("User")
    uid = user[0] if isinstance(user, tuple) and user else None
    if not isinstance(uid, int) or isinstance(uid, bool):
        return None
    idle = properties.truth("IdleHint")
    since = properties.integer("IdleSinceHint") or 0
    graphical = properties.text("Type") in {"x11", "wayland", "mir"}
    return Session(
        id=properties.text("Id") or "",
        account=str(uid),
        desktop=desktop_of(properties.text("Desktop") or "") if graphical else "",
        graphical=graphical,
        remote=properties.truth("Remote") or False,
        active=properties.truth("Active") or False,
        locked=properties.truth("LockedHint"),
        idle_since=EPOCH + timedelta(microseconds=since) if idle and since else None,
        home=_home(uid),
    )


def desktop_of(name: str) -> str:
    """Return our word for a desktop's name (``ubuntu-xorg`` is gnome), or the name itself."""
    lowered = name.lower()
    return next((ours for theirs, ours in _DESKTOPS if theirs in lowered), lowered)


def _home(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_dir
    except KeyError:
        return ""
