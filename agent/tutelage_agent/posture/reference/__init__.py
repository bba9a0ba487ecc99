"""Reference data: support dates, thresholds, known products. Data with an as-of date, validated.

A table that is too old does not fail a device and does not pass it: what it could have changed
is UNKNOWN(stale_reference_data) (posture.md section 13).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tutelage_agent.host.reading import HostError
from tutelage_agent.posture.model import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

MAX_AGE = timedelta(days=60)
"""After this, a table no longer proves that something is still supported."""

FAR_AGE = timedelta(days=365)
FAR_END = timedelta(days=180)
"""An end that its vendor published and that lies over ``FAR_END`` ahead is believed from a table
up to ``FAR_AGE`` old: such dates are moved later, not nearer. Undated support is not."""

SOON = timedelta(days=60)
"""An end this near is said beforehand."""


@dataclass(frozen=True, slots=True)
class Release:
    """Until when one version of an operating system gets safety fixes."""

    product: str
    version: str
    cadence: str = ""
    released: date | None = None
    end: date | None = None
    """Last day of ordinary fixes; None: none announced."""
    extended: date | None = None
    extended_needs: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A protection product and how it is recognised."""

    id: str
    name: str
    system: str
    kind: str
    processes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrowserRelease:
    """A major version of a browser, and when the next one came."""

    product: str
    major: int
    released: date
    superseded: date | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What one profile asks. Units are in the names."""

    password_min_length: int
    password_classes: int
    password_long_length: int
    password_deny_list_length: int
    lockout_max_attempts: int
    idle_lock_max_seconds: int
    sign_in_window_days: int
    definitions_pass_days: int
    definitions_fail_days: int
    fix_max_age_days: int
    restart_max_days: int
    metadata_max_age_days: int
    browser_max_age_days: int
    firewall_all_profiles: bool
    usb_storage_worst: str
    attestation_days: int


@dataclass(frozen=True, slots=True)
class Reference:
    """All tables."""

    releases: tuple[Release, ...]
    releases_as_of: date
    thresholds: Mapping[Profile, Thresholds]
    products: tuple[Product, ...]
    browsers: tuple[BrowserRelease, ...]
    browsers_as_of: date

    def release(self, product: str, version: str, cadence: str = "") -> Release | None:
        """Return the row of a version; for Windows of its cadence, or of ``ANY``."""
        for release in self.releases:
            named = release.product == product and release.version == version
            if named and release.cadence in {cadence, "ANY", ""}:
                return release
        return None

    def newest(self, product: str) -> Release | None:
        """Return the product's release that came out last."""
        known = [r for r in self.releases if r.product == product and r.released is not None]
        return max(known, key=lambda release: release.released or date.min, default=None)

    def stale(self, as_of: date, now: datetime, end: date | None = None) -> bool:
        """Tell whether a table of ``as_of`` is too old to prove that ``end`` still holds."""
        age = now.astimezone(UTC).date() - as_of
        if end is not None and end - now.astimezone(UTC).date() > FAR_END:
            return age > FAR_AGE
        return age > MAX_AGE


def load_reference(folder: Traversable | None = None) -> Reference:
    """Read the tables, from ``folder`` or as shipped.

    Raises:
        HostError: a table is missing, does not parse, has an unknown key, or contradicts itself.
    """
    base = folder or resources.files("tutelage_agent.posture.reference")
    support, support_as_of = _table(base, "os_support.toml", {"release"})
    thresholds, _ = _table(base, "thresholds.toml", {str(profile) for profile in Profile})
    products, _ = _table(base, "products.toml", {"product"})
    browsers, browsers_as_of = _table(base, "browsers.toml", {"browser"})
    reference = Reference(
        releases=tuple(_row(Release, r, "os_support.toml") for r in support["release"]),
        releases_as_of=support_as_of,
        thresholds={
            profile: _row(Thresholds, thresholds.get(profile, {}), f"thresholds.toml: {profile}")
            for profile in Profile
        },
        products=tuple(_row(Product, r, "products.toml") for r in products["product"]),
        browsers=tuple(_row(BrowserRelease, r, "browsers.toml") for r in browsers["browser"]),
        browsers_as_of=browsers_as_of,
    )
    if problems := validate(reference):
        raise HostError("reference data: " + "; ".join(problems))
    return reference


@cache
def shipped() -> Reference:
    """Return the tables as shipped, read once."""
    return load_reference()


def shipped_products(system: str) -> tuple[Product, ...]:
    """Return the protection products of one system, for observers."""
    return tuple(product for product in shipped().products if product.system == system)


def validate(reference: Reference) -> list[str]:
    """Return what is wrong with the tables, each as a sentence that names the row."""
    problems: list[str] = []
    seen: set[tuple[str, str, str]] = set()
    for release in reference.releases:
        key = (release.product, release.version, release.cadence)
        name = " ".join(part for part in key if part)
        if key in seen:
            problems.append(f"{name}: is there twice")
        seen.add(key)
        if release.end and release.released and release.end < release.released:
            problems.append(f"{name}: ends before it came out")
        if release.extended and (release.end is None or release.extended < release.end):
            problems.append(f"{name}: extended support ends before ordinary support")
        if bool(release.extended) != bool(release.extended_needs):
            problems.append(f"{name}: extended and extended_needs belong together")
    problems += _not_monotone(reference.releases)
    for browser in reference.browsers:
        if browser.superseded and browser.superseded < browser.released:
            problems.append(f"{browser.product} {browser.major}: superseded before it came out")
    for product in reference.products:
        if product.kind not in {"engine", "scanner", "hids"}:
            problems.append(f"{product.id}: unknown kind {product.kind}")
    return problems


def _not_monotone(releases: tuple[Release, ...]) -> list[str]:
    """Return the macOS rows that outlive a newer one (posture.md section 15, row 40)."""
    rows = sorted(
        (r for r in releases if r.product == "macos" and r.released),
        key=lambda release: release.released or date.min,
    )
    return [
        f"macos {older.version}: outlives {newer.version}"
        for older, newer in pairwise(rows)
        if (older.end or date.max) > (newer.end or date.max)
    ]


def _table(base: Traversable, name: str, known: set[str]) -> tuple[Mapping[str, Any], date]:
    try:
        table = tomllib.loads(base.joinpath(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HostError(f"{name}: cannot be read: {error}") from error
    if unknown := sorted(set(table) - known - {"schema", "as_of", "source"}):
        raise HostError(f"{name}: unknown key {unknown[0]}; known are {sorted(known)}")
    as_of = table.get("as_of")
    if table.get("schema") != 1 or not isinstance(as_of, date) or not table.get("source"):
        raise HostError(f"{name}: needs schema = 1, as_of (a date) and source")
    return table, as_of


def _row(kind: type[Any], entry: Mapping[str, Any], where: str) -> Any:
    """Return a row as its dataclass; unknown and missing keys are errors."""
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(entry) - known):
        raise HostError(f"{where}: unknown key {unknown[0]}")
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise HostError(f"{where}: {error}") from error
