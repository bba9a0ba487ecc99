"""The effective policy: what is watched, for whom, when, who reads it, how long it is kept.

The body of a signed ``policy`` document, as values. ``reading`` makes them from a document or a
TOML file, strictly; ``timetable`` knows hours and terms; ``scope`` says what may run now.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tutelage_wire.ids import DeviceId
    from tutelage_wire.policy.timetable import Hours, Period

FORMAT = 1
ALL_SCHOOLS = "*"
ALWAYS = "always"
"""Hours that need no timetable."""
MOST_CONTEXT_DAYS = 7
"""A wider stretch of a text is for the days in which somebody looks into it."""


class Profile(StrEnum):
    """Whose device it is: what a join token gives."""

    PUPIL = "pupil"
    STAFF = "staff"
    GOVERNOR = "governor"
    VISITOR = "visitor"
    PERSONAL = "personal"
    """Owned by the person: posture only, always. No policy can say otherwise."""


class SensorName(StrEnum):
    """The sources of text, and of counts, that a policy can allow."""

    FILES = "files"
    DOWNLOADS = "downloads"
    BROWSER_HISTORY = "browser_history"
    WINDOW_TITLE = "window_title"
    BROWSER_EXTENSION = "browser_extension"
    """Typed text: pupils' devices only (DESIGN.md, decision 8)."""
    USAGE = "usage"


class LawfulBasis(StrEnum):
    """UK GDPR, article 6(1)."""

    PUBLIC_TASK = "public_task"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    VITAL_INTERESTS = "vital_interests"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why monitoring is lawful, who answers for it, and until when. Without it there is none."""

    lawful_basis: LawfulBasis
    dpia: str
    """Reference of the data protection impact assessment."""
    signed_by: str
    """A role, not a name: ``Headteacher``."""
    signed_on: date
    expires_on: date
    """The last day. After it content monitoring stops; checks of the device go on."""


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """What may run on the school's devices of one profile."""

    sensors: frozenset[SensorName] = frozenset()
    hours: str = ALWAYS
    hours_by_group: Mapping[str, str] = field(default_factory=dict)
    """Group of a device (``boarding``) -> other hours."""
    site_counts: bool = False
    """Whether counts of site categories may leave the device."""
    listed_sites: bool = True
    """Whether a visit to a site of a list with a grade is a finding."""
    accounts_left_out: frozenset[str] = frozenset()
    """Sign-in names, lower case, whose text is never read: services, test accounts."""
    context_days: int = 0
    """So long a device keeps more of the text around a finding, sealed, for who asks with a reason.
    A policy that does not say so keeps none: nobody signed for it."""

    def leaves_out(self, account: str) -> bool:
        r"""Tell whether nothing of an account may be read, as the operating system names it.

        ``backup`` leaves out ``SCHOOL\backup`` and ``backup@school.example``; ``SCHOOL\backup``
        leaves out no account of another domain.
        """
        domain, name = _domain_and_name(account)
        return bool(name) and any(
            name == left_out and ("" in (domain, its_domain) or domain == its_domain)
            for its_domain, left_out in map(_domain_and_name, self.accounts_left_out)
        )


def _domain_and_name(account: str) -> tuple[str, str]:
    domain, _, name = account.casefold().rpartition("\\")
    return domain, name.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Stage:
    """From a day on, so many of a hundred devices take a pack."""

    starts: date
    percent: int


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A pack that devices shall detect with."""

    name: str
    version: str
    sha256: str
    """The pack's fingerprint, as findings carry it; hex."""
    artefact: str
    """SHA-256 of the compressed file that is fetched; hex."""
    least_rules: int
    """A pack with fewer rules is refused: an emptied pack is no pack."""
    stages: tuple[Stage, ...] = ()
    """Empty = every device, at once."""
    first_devices: frozenset[str] = frozenset()
    """Take it whatever the stages say."""

    @property
    def order(self) -> tuple[int, ...]:
        """Orders versions by their numbers."""
        return tuple(int(part) for part in self.version.split("."))

    def meant_for(self, device_id: DeviceId, today: date) -> bool:
        """Tell whether a device takes this pack today; who did once always does."""
        if not self.stages or device_id in self.first_devices:
            return True
        percent = max((one.percent for one in self.stages if one.starts <= today), default=0)
        return self.turn_of(device_id) < percent

    def turn_of(self, device_id: DeviceId) -> int:
        """Return when a device's turn is, 0 to 99; another for each pack: none is always first."""
        digest = hashlib.sha256(f"tutelage/stage/v1\0{self.sha256}\0{device_id}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 100


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads what is found."""

    role: str
    reads: str
    when: str
    """Also when nobody does: ``in school hours; in the holidays nobody is watching``."""


@dataclass(frozen=True, slots=True)
class Help:
    """Where a person gets help, for the notice."""

    name: str
    contact: str
    profiles: frozenset[Profile] = frozenset()
    """Whose notices name it; empty = everybody's."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How long something is kept, in words for the notice."""

    what: str
    how_long: str


@dataclass(frozen=True, slots=True)
class School:
    """One school's days and people; ``*`` is every school that has no entry of its own."""

    id: str
    name: str
    readers: tuple[Reader, ...]
    help: tuple[Help, ...]
    terms: tuple[Period, ...] = ()
    """Empty = the whole year is term."""
    closed: tuple[Period, ...] = ()
    """Half terms, INSET days, bank holidays."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Weekly thresholds of use that is not work (Online Safety Policy 11.a.9)."""

    non_work_percent: int
    least_minutes: int
    """A week with less use than this says nothing."""
    categories: tuple[str, ...] = ()
    """Site categories that are not work; empty = the agent's own choice."""


@dataclass(frozen=True, slots=True)
class SelfTests:
    """How often a device proves by itself that it sees what it watches; 0 = never."""

    documents_every_days: int = 1
    pages_every_days: int = 7
    windows_every_days: int = 7


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it."""

    title: str
    version: int
    """Of the signed document; 0 = built in, nobody signed it."""
    time_zone: str
    basis: Basis | None
    """None only in the built-in policy."""
    profiles: Mapping[Profile, ProfileRule]
    hours: Mapping[str, Hours] = field(default_factory=dict)
    packs: tuple[PackEntry, ...] = ()
    """Empty = the pack that the agent was installed with."""
    schools: tuple[School, ...] = ()
    kept: tuple[Kept, ...] = ()
    ict_accounts: frozenset[str] = frozenset()
    """Sign-in names of ICT's own accounts: they do not count as sharing a device."""
    aup_version: str = ""
    """The acceptable use policy in force; "" = any."""
    usage: Usage | None = None
    self_tests: SelfTests = SelfTests()
    allowed_programs: tuple[str, ...] = ()
    """Ids of listed programs that the school uses itself, such as its own VPN."""
    allowed_tunnels: tuple[str, ...] = ()
    """Kinds of tunnel that the school uses itself: ``wg``, ``openvpn``."""

    def rule(self, profile: Profile) -> ProfileRule:
        """Return what may run for a profile; nothing where it is not named."""
        if profile is Profile.PERSONAL:
            return ProfileRule()
        return self.profiles.get(profile, ProfileRule())

    def school(self, school_id: str) -> School | None:
        """Return a school's own entry, else that of all schools."""
        by_id = {one.id: one for one in self.schools}
        return by_id.get(school_id) or by_id.get(ALL_SCHOOLS)

    def pack_for(self, device_id: DeviceId, today: date) -> PackEntry | None:
        """Return the newest pack that is meant for a device; None = the installed one."""
        meant = [one for one in self.packs if one.meant_for(device_id, today)]
        return max(meant, key=lambda one: one.order, default=None)


BUILT_IN = Policy(
    title="Built-in policy (no policy of the school's own is in force)",
    version=0,
    time_zone="Europe/London",
    basis=None,
    profiles={
        Profile.PUPIL: ProfileRule(
            frozenset(
                {
                    SensorName.FILES,
                    SensorName.DOWNLOADS,
                    SensorName.BROWSER_HISTORY,
                    SensorName.WINDOW_TITLE,
                }
            ),
            context_days=MOST_CONTEXT_DAYS,
        )
    },
)
"""Before a trust has signed a policy: the school's own pupil devices are watched with the pack
that ships, so that a fresh install protects; staff, governors and visitors are not watched at
all; no counts leave; nothing typed is read. The heartbeat says policy version 0."""
