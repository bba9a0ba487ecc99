"""Windows Security Center: which protection products are registered, and what their state means.

Products that were uninstalled stay registered as ON for years (posture.md section 15, row 21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing, value
from tutelage_agent.posture.words import EngineState

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading

NAMESPACE = r"root\SecurityCenter2"
COLUMNS = ("displayName", "pathToSignedProductExe", "pathToSignedReportingExe", "productState")

_STATES = {
    0: EngineState.OFF, 1: EngineState.ON, 2: EngineState.SNOOZED, 3: EngineState.EXPIRED,
}  # fmt: skip
_VARIABLES = {
    "%programfiles%": r"C:\Program Files",
    "%programfiles(x86)%": r"C:\Program Files (x86)",
    "%programdata%": r"C:\ProgramData",
    "%systemroot%": r"C:\Windows",
    "%windir%": r"C:\Windows",
    "%systemdrive%": "C:",
    "%commonprogramfiles%": r"C:\Program Files\Common Files",
}


@dataclass(frozen=True, slots=True)
class State:
    """``productState``, taken apart."""

    engine: EngineState
    microsoft: bool
    current: bool
    """Its definitions are up to date, by its own word."""


@dataclass(frozen=True, slots=True)
class Product:
    """A registered product."""

    id: str
    name: str
    state: State
    programs: tuple[str, ...]
    """Full paths of its programs, with variables put in."""


def parse_state(number: int) -> State | None:
    """Return what ``productState`` says; None for bits without a documented meaning.

    Bits 15-12: 0 off, 1 on, 2 snoozed, 3 expired. Bits 11-8: 1 Microsoft. Bits 7-4: 1 signatures
    out of date. (The COM interface for the same things has other numbers, of opposite sense.)
    """
    if not 0 <= number < 1 << 32:
        return None
    engine = _STATES.get(number >> 12 & 0xF)
    owner, signatures = number >> 8 & 0xF, number >> 4 & 0xF
    if engine is None or owner > 1 or signatures > 1:
        return None
    return State(engine, owner == 1, signatures == 0)


def expand(path: str) -> str:
    """Return a path with its variables put in, without quotes and arguments."""
    path = path.strip().strip('"')
    match = re.match(r"%[^%]+%", path)
    if match and match[0].lower() in _VARIABLES:
        path = _VARIABLES[match[0].lower()] + path[match.end() :]
    return re.sub(r"(?i)(\.exe)\b.*$", r"\1", path)


def slug(name: str) -> str:
    """Return a product's id: its name in small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "unnamed"


def parse_products(rows: tuple[Row, ...]) -> tuple[Product, ...] | None:
    """Return the products of SecurityCenter2's rows; None if one row is not understood."""
    found = []
    for row in rows:
        name, number = row.text("displayName"), row.integer("productState")
        state = parse_state(number) if number is not None else None
        if not name or state is None:
            return None
        paths = (row.text(column) or "" for column in COLUMNS[1:3])
        programs = tuple(expand(p) for p in paths if p and ":\\" in expand(p))
        product = "defender" if state.microsoft else slug(name)
        found.append(Product(product, name, state, tuple(dict.fromkeys(programs))))
    return tuple(found)


def products(host: Host, wmi_class: str) -> Reading[tuple[Product, ...]]:
    """Return the registered products: ``AntiVirusProduct`` or ``FirewallProduct``."""
    return host.wmi(NAMESPACE, wmi_class, *COLUMNS).map(parse_products)


def alive(host: Host, product: Product) -> Reading[bool]:
    """Tell whether a third party's product is really there: its program, and a process of it.

    A registration alone is a ghost. Where not all processes can be seen, a product whose program
    is there may run unseen: DENIED.
    """
    if not product.programs:
        return nothing(Outcome.UNSUPPORTED, "registered without a program")
    for program in product.programs:
        there = host.stat(program)
        if there.outcome is Outcome.ABSENT:
            continue
        if not there.seen:
            return nothing(there.outcome, "its program")
        running = host.call("processes.paths")
        if not running.seen or not isinstance(running.value, tuple):
            return nothing(running.outcome, running.detail or "processes")
        folders = {path.rpartition("\\")[0].lower() for path in product.programs}
        if any(str(path).rpartition("\\")[0].lower() in folders for path in running.value):
            return value(found=True)
        if not host.privileged:
            return nothing(Outcome.DENIED, "other accounts' processes are not seen")
        return value(found=False)
    return value(found=False)
