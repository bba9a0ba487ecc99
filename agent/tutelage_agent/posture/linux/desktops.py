"""Which desktops a Linux machine offers, who sits at one now, and their settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading, Session

_FOLDERS = ("/usr/share/xsessions", "/usr/share/wayland-sessions")
_GNOME = ("gnome", "ubuntu")


def offered(host: Host) -> Reading[tuple[str, ...]]:
    """Return the names of the sessions that the sign-in screen offers; none: a server."""
    found: set[str] = set()
    for folder in _FOLDERS:
        names = host.folder(folder)
        if names.seen:
            found |= {n.removesuffix(".desktop") for n in names.value if n.endswith(".desktop")}
        elif names.outcome is not Outcome.ABSENT:
            return nothing(names.outcome, folder)
    return value(tuple(sorted(found)))


def only_gnome(names: tuple[str, ...]) -> bool:
    """Tell whether every offered session is GNOME's, so that its policy holds for everybody."""
    return bool(names) and all(name.startswith(_GNOME) for name in names)


def seats(host: Host) -> Reading[tuple[Session, ...]]:
    """Return the sessions of people who sit at this machine's own screen."""
    return host.sessions().map(
        lambda found: tuple(s for s in found if s.graphical and not s.remote)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """GSettings keys of an account: ``schema key`` -> the value's text, type words removed."""

    found: tuple[tuple[str, str], ...]

    def text(self, schema: str, key: str) -> str | None:
        """Return a value, or None."""
        return dict(self.found).get(f"{schema} {key}")

    def truth(self, schema: str, key: str) -> bool | None:
        """Return a boolean value, or None for another."""
        return {"true": True, "false": False}.get(self.text(schema, key) or "")

    def number(self, schema: str, key: str) -> int | None:
        """Return a whole number, or None for another value."""
        text = self.text(schema, key) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def parse_gsettings(text: str) -> Settings:
    """Return the keys of ``gsettings list-recursively``: ``schema key uint32 300``."""
    found = []
    for line in text.splitlines():
        fields = line.split(" ", 2)
        if len(fields) == 3:
            content = fields[2].strip()
            for word in ("uint32 ", "int32 ", "int64 ", "uint64 ", "@as ", "@s "):
                content = content.removeprefix(word)
            found.append((f"{fields[0]} {fields[1]}", content.strip("'")))
    return Settings(tuple(found))


def gsettings(host: Host, account: str, *schemas: str) -> Reading[Settings]:
    """Return the effective settings of an account, read in its own context."""
    found: list[tuple[str, str]] = []
    for schema in schemas:
        reading = host.run("gsettings-list", schema, account=account)
        if not reading.seen:
            return nothing(reading.outcome, reading.detail)
        found += parse_gsettings(reading.value.text).found
    return value(Settings(tuple(found)))


def locked(host: Host, account: str, keys: tuple[tuple[str, str], ...]) -> Reading[bool]:
    """Tell whether an account cannot change any of ``keys`` (dconf locks)."""
    for schema, key in keys:
        reading = host.run("gsettings-writable", schema, key, account=account)
        if not reading.seen:
            return nothing(reading.outcome, reading.detail)
        if reading.value.text.strip() != "false":
            return value(found=False)
    return value(found=True)
