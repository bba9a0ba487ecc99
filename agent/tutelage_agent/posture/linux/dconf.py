"""GNOME's machine-wide policy: dconf keyfiles and locks, as far as they are compiled.

A keyfile without a lock is a default that anybody changes; a lock without a key locks nothing in;
and neither has any effect before ``dconf update`` has written the database (posture.md section
4.3). Only keys for which all three hold are returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.linux.ini import parse_ini

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading

PROFILE = "/etc/dconf/profile/user"
_DATABASES = "/etc/dconf/db"


def parse_profile(text: str) -> tuple[str, ...]:
    """Return the system databases of a dconf profile, the strongest last."""
    names = [
        line.strip().removeprefix("system-db:")
        for line in text.splitlines()
        if line.strip().startswith("system-db:")
    ]
    return tuple(reversed(names))


def parse_locks(text: str) -> frozenset[str]:
    """Return the paths of a locks file: ``/org/gnome/desktop/session/idle-delay``."""
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line.startswith("/"))


def parse_keyfile(text: str) -> dict[str, str]:
    """Return path -> value of a dconf keyfile, type words removed."""
    found = {}
    for entry in parse_ini(text):
        content = entry.value
        for word in ("uint32 ", "int32 "):
            content = content.removeprefix(word)
        found[f"/{entry.section.strip('/')}/{entry.key}"] = content.strip("'")
    return found


def enforced(host: Host) -> Reading[Mapping[str, str]]:
    """Return the keys that no account can change, with their values; none: no such policy."""
    profile = host.text(PROFILE)
    if profile.outcome is Outcome.ABSENT:
        return value({})
    if not profile.seen:
        return nothing(profile.outcome, PROFILE)
    found: dict[str, str] = {}
    for name in parse_profile(profile.value):
        if "/" in name or name in {"", ".", ".."}:
            continue
        keys = _database(host, name)
        if not keys.seen:
            return nothing(keys.outcome, keys.detail)
        found.update(keys.value)
    return value(found)


def _database(host: Host, name: str) -> Reading[dict[str, str]]:
    folder, compiled = f"{_DATABASES}/{name}.d", host.stat(f"{_DATABASES}/{name}")
    files = host.folder(folder)
    if files.outcome is Outcome.ABSENT or compiled.outcome is Outcome.ABSENT:
        return value({})
    if not files.seen or not compiled.seen:
        failed = files if not files.seen else compiled
        return nothing(failed.outcome, folder)
    keys: dict[str, str] = {}
    locks: set[str] = set()
    paths = [f"{folder}/{file}" for file in files.value if file != "locks"]
    below = host.folder(f"{folder}/locks")
    lock_paths = [f"{folder}/locks/{file}" for file in (below.value if below.seen else ())]
    for path in (*paths, *lock_paths):
        age, text = host.stat(path), host.text(path)
        if not age.seen or not text.seen:
            return nothing((text if not text.seen else age).outcome, path)
        if age.value.modified_at > compiled.value.modified_at:
            # Written after the last `dconf update`: what is in force is not what is written.
            return value({})
        if path in lock_paths:
            locks |= parse_locks(text.value)
        else:
            keys.update(parse_keyfile(text.value))
    return value({path: content for path, content in keys.items() if path in locks})
