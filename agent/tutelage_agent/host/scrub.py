"""Taking names, addresses and secrets out of a recording, so that anyone can give one away."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Host, Row, System
from tutelage_agent.host.account_names import is_generic

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Password hashes keep their scheme ($y$, $6$): a check reads that, and nothing more.
    (re.compile(r"(\$(?:y|gy|[1-9][a-z]?|2[abxy]?|7)\$)[^\s:\"]{8,}"), r"\1scrubbed"),
    (re.compile(r"\b\d{6}(?:-\d{6}){7}\b"), "000000-" * 7 + "000000"),  # BitLocker recovery key
    (re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), "02:00:00:00:00:00"),
    # A systemd instance (getty@tty1.service) looks like an address and is none.
    (
        re.compile(
            r"\b[\w.+-]+@(?![\w.-]*\.(?:service|timer|socket|target|mount|slice)\b)"
            r"[\w-]+(?:\.[\w-]+)+\b"
        ),
        "person@school.invalid",
    ),
    (re.compile(r"(?i)(?<=C:\\Users\\)(?!Public\b|Default|All Users)[^\\\s\"']+"), "person"),
    (re.compile(r"(?<=/Users/)(?!Shared\b)[\w.-]+"), "person"),
    (re.compile(r"(?<=/home/)(?!person\d)[\w.-]+"), "person"),
    (
        re.compile(r"\b(?!127\.|0\.)(?:\d{1,3}\.){3}\d{1,3}(?![.\w-])(?=[\s/:,;\"']|$)"),
        "192.0.2.1",
    ),
    (re.compile(r"(?i)((?:password|passphrase|secret|token|psk)\s*[=:]\s*)\S+"), r"\1scrubbed"),
    (re.compile(r"(?i)(serial(?:_?number)?\"?\s*[=:]\s*\"?)[\w-]{5,}"), r"\1SCRUBBED"),
    # An Entra SID is the account's directory id, written otherwise.
    (re.compile(r"(?i)\bS-1-12-1-\d+-\d+-\d+"), "S-1-12-1-1-2-3"),
)

_DOMAIN = re.compile(r"(?i)\bS-1-5-21-(?!1-2-\d)\d+-\d+-\d+")
"""A machine's or a domain's SID: it names one organisation. Its last number (the account) stays."""

_COMPUTER = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName"
_LOGON_UI = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI"

UTMP_SIZE = 384
"""Bytes of a record of wtmp(5); the name begins at byte 44, the host at 76, the address at 348."""

_SYSTEM_WORDS = frozenset(
    ("ubuntu", "debian", "fedora", "arch", "mint", "linux", "admin", "default", "system", "none")
)
"""Sign-in names of images that are also words of their configuration."""


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Replaces what belongs to people.

    Attributes:
        replaced: (word, what stands for it), longest word first.
    """

    replaced: tuple[tuple[str, str], ...] = ()

    def text(self, text: str) -> str:
        """Return ``text`` without names, addresses and secrets."""
        for word, stand_in in self.replaced:
            text = re.sub(rf"(?<![\w]){re.escape(word)}(?![\w])", stand_in, text)
        for pattern, stand_in in _PATTERNS:
            text = pattern.sub(stand_in, text)
        return _DOMAIN.sub(_domain, text)

    def names(self, names: Iterable[object]) -> tuple[str, ...]:
        """Return the names of a folder, scrubbed."""
        return tuple(self.text(str(name)) for name in names)

    def file(self, path: str, content: bytes) -> bytes:
        """Return a file's bytes, scrubbed; what is not UTF-8 text is kept as it is."""
        if path == "/etc/machine-id":
            return b"0" * 32 + b"\n"
        if path.endswith("/wtmp"):
            return self.wtmp(content)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return content
        return self.text(text).encode()

    def wtmp(self, content: bytes) -> bytes:
        """Return sign-in records with every name and address replaced in its fixed field."""
        clean = bytearray(content)
        for start in range(0, len(content) - UTMP_SIZE + 1, UTMP_SIZE):
            for begin, size in ((44, 32), (76, 256)):
                at = start + begin
                field = content[at : at + size].partition(b"\0")[0].decode("utf-8", "replace")
                stand_in = self.sign_in_name(field) if size == 32 else self.text(field)
                clean[at : at + size] = stand_in.encode()[:size].ljust(size, b"\0")
            clean[start + 348 : start + 364] = bytes(16)
        return bytes(clean)

    def sign_in_name(self, name: str) -> str:
        """Return a stand-in for a name in a sign-in record, which passwd need not know."""
        known = {"", "root", "reboot", "shutdown", "runlevel", "LOGIN", "gdm", "sddm", "lightdm"}
        if name in known or name in {word for word, _ in self.replaced} or is_generic(name):
            return self.text(name)
        return "person-" + hashlib.sha256(name.encode()).hexdigest()[:4]

    def sign_ins(self, rows: object) -> object:
        """Return rows of a sign-in database with every name replaced."""
        found = []
        for row in rows if isinstance(rows, tuple) else ():
            fields = dict(row.fields) if isinstance(row, Row) else {}
            name = fields.get("name")
            clean = {key: self.value(entry) for key, entry in fields.items()}
            clean["name"] = self.sign_in_name(name) if isinstance(name, str) else ""
            found.append(Row(clean))  # type: ignore[arg-type]
        return tuple(found)

    def value(self, found: object) -> object:
        """Return a plain value, scrubbed in all its parts."""
        match found:
            case str():
                return self.text(found)
            case tuple():
                return tuple(self.value(entry) for entry in found)
            case Row():
                clean = {key: self.value(entry) for key, entry in found.fields.items()}
                return Row(clean)  # type: ignore[arg-type]
            case _:
                return found


def _domain(match: re.Match[str]) -> str:
    """Return a stand-in for a SID's domain: another one for another domain.

    With one stand-in for all, a domain's account would replay as one of the machine's own.
    """
    digest = hashlib.sha256(match[0].upper().encode()).hexdigest()
    return f"S-1-5-21-1-2-{int(digest[:4], 16) % 10000}"


def scrubber_for(host: Host) -> Scrubber:
    """Return a scrubber that knows the names on ``host``: its people and its own."""
    pairs: dict[str, str] = {}
    if host.system is System.LINUX:
        hostname = host.text("/etc/hostname")
        if hostname.seen and len(hostname.value.strip()) > 2:
            pairs[hostname.value.strip()] = "device"
        passwd = host.text("/etc/passwd")
        for number, (login, full_name) in enumerate(
            _people(passwd.value if passwd.seen else ""), start=1
        ):
            # A role's name is nobody's, and a judge needs it; a system's name is everywhere.
            if not is_generic(login) and login not in _SYSTEM_WORDS:
                pairs[login] = f"person{number}"
            for part in (full_name, *full_name.split()):
                if len(part) > 2 and part.lower() not in _SYSTEM_WORDS:
                    pairs.setdefault(part, f"Person {number}")
    elif host.system is System.WINDOWS:
        for number, name in enumerate(_windows_names(host), start=1):
            pairs.setdefault(name, f"person{number}")
        computer = host.registry(_COMPUTER, "ComputerName")
        if computer.seen and isinstance(computer.value, str) and len(computer.value) > 2:
            pairs[computer.value] = "device"
    elif host.system is System.MACOS:
        homes = host.folder("/Users")
        for number, name in enumerate(homes.value if homes.seen else (), start=1):
            if name not in {"Shared", "Guest"} and not name.startswith(".") and len(name) > 2:
                pairs[name] = name if is_generic(name) else f"person{number}"
    return Scrubber(tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0]))))


def _windows_names(host: Host) -> list[str]:
    """Return the sign-in names of people: of local accounts, and of who signed in last."""
    names = []
    users = host.call("net.users")
    for row in users.value if users.seen and isinstance(users.value, tuple) else ():
        name, sid = (row.text("name"), row.text("sid")) if isinstance(row, Row) else (None, None)
        tail = (sid or "").rpartition("-")[2]
        if name and tail.isdigit() and int(tail) >= 1000:
            names.append(name)
    for value in ("LastLoggedOnUser", "LastLoggedOnSAMUser", "LastLoggedOnDisplayName"):
        last = host.registry(_LOGON_UI, value)
        if last.seen and isinstance(last.value, str):
            domain, _, name = last.value.rpartition("\\")
            names += [name, domain]
    keep = {"azuread", "microsoftaccount", "nt authority", "workgroup"}
    return [n for n in names if len(n) > 2 and n.lower() not in keep and not is_generic(n)]


def _people(passwd: str) -> list[tuple[str, str]]:
    people = []
    for line in passwd.splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[2].isdigit() and 1000 <= int(fields[2]) < 60000:
            people.append((fields[0], fields[4].split(",")[0]))
    return people
