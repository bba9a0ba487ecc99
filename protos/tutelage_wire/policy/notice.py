"""The notice: what the effective policy says to the people whom it is about, in their own words.

Rendered from the policy in force and from nothing else, so that it cannot say less than is done.
The sentences lie in ``notice.toml``, one voice for each audience.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_wire.policy import ALWAYS, LawfulBasis, Profile, SensorName
from tutelage_wire.policy.scope import scope
from tutelage_wire.policy.timetable import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from tutelage_wire.policy import Policy, ProfileRule, School, SelfTests
    from tutelage_wire.policy.scope import Place
    from tutelage_wire.policy.timetable import Hours, Span

_DAY_NAMES = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_BASIS = {
    LawfulBasis.PUBLIC_TASK: "The school's public task, UK GDPR article 6(1)(e)",
    LawfulBasis.LEGAL_OBLIGATION: "A legal obligation, UK GDPR article 6(1)(c)",
    LawfulBasis.LEGITIMATE_INTERESTS: "Legitimate interests, UK GDPR article 6(1)(f)",
    LawfulBasis.VITAL_INTERESTS: "Vital interests, UK GDPR article 6(1)(d)",
}


class Audience(StrEnum):
    """Who reads it."""

    ADULT = "adult"
    TEEN = "teen"
    CHILD = "child"
    EASY_READ = "easy-read"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences; of a list, each sentence is an entry."""

    heading: str
    sentences: tuple[str, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """The whole notice, for any page or terminal."""

    audience: Audience
    title: str
    sections: tuple[Section, ...]
    """The first one has no heading."""
    policy_version: int
    school: str


def notice(policy: Policy, place: Place, audience: Audience, now: datetime) -> Notice:
    """Return what a policy says about devices of one kind.

    Args:
        policy: in force.
        place: profile, school and group of the device.
        audience: whose words to use.
        now: the present moment.
    """
    said = _voices()[audience.value]
    school = policy.school(place.school)
    rule = policy.rule(place.profile)
    stands = scope(policy, place, now)
    values = {"school": school.name if school else "the school"} | _basis_values(policy)
    sections = [
        Section(
            "",
            _filled(
                [*said["intro"], *_standing(said, policy, place, expired=stands.basis_expired)],
                values,
            ),
        ),
        Section(said["what"], _watched(said, rule, policy.self_tests), is_list=True),
        Section(said["never"], tuple(said["never_list"]), is_list=True),
    ]
    if rule.sensors:
        sections[2:2] = [
            Section(said["looking"], (*said["looking_text"], *_context(said, rule))),
            Section(said["when"], _when(said, policy, place, rule)),
        ]
        sections += _people(said, school, place.profile, policy)
    if policy.basis is not None and said["why"] and rule.sensors:
        sections.append(Section(said["why"], _filled([said["why_text"]], values)))
    sections.append(Section(said["rights"], tuple(said["rights_text"])))
    if school is not None and (helpers := _help(school, place.profile)):
        sections.append(Section(said["help"], helpers, is_list=True))
    return Notice(audience, said["title"], tuple(sections), policy.version, values["school"])


@lru_cache(1)
def _voices() -> dict[str, Any]:
    text = resources.files("tutelage_wire.policy").joinpath("notice.toml").read_text("utf-8")
    return tomllib.loads(text)


def _filled(sentences: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(one.format_map(values) for one in sentences if one)


def _basis_values(policy: Policy) -> dict[str, str]:
    basis = policy.basis
    if basis is None:
        return {}
    return {
        "basis": _BASIS[basis.lawful_basis],
        "dpia": basis.dpia,
        "signed_by": basis.signed_by,
        "signed_on": day_words(basis.signed_on),
        "expires_on": day_words(basis.expires_on),
    }


def _standing(
    said: Mapping[str, Any], policy: Policy, place: Place, *, expired: bool
) -> tuple[str, ...]:
    if place.profile is Profile.PERSONAL:
        return (said["personal"],)
    if policy.basis is None:
        return (said["unsigned"],)
    return (said["expired"],) if expired else ()


def _watched(said: Mapping[str, Any], rule: ProfileRule, tests: SelfTests) -> tuple[str, ...]:
    found = [said["sensors"][one.value] for one in SensorName if one in rule.sensors]
    if not found:
        found = [said["nothing"]]
    if rule.site_counts:
        found.append(said["sensors"]["site_counts"])
    found.append(said["checks"])
    every = {
        SensorName.FILES: tests.documents_every_days,
        SensorName.BROWSER_HISTORY: tests.pages_every_days,
        SensorName.WINDOW_TITLE: tests.windows_every_days,
    }
    if tested := [
        said["self_tests"][one.value] for one in every if one in rule.sensors and every[one]
    ]:
        found.append(" ".join([said["self_tests"]["intro"], *tested]))
    return tuple(found)


def _context(said: Mapping[str, Any], rule: ProfileRule) -> tuple[str, ...]:
    if not rule.context_days:
        return ()
    days = "one day" if rule.context_days == 1 else f"{rule.context_days} days"
    return (said["context"].format(days=days),)


def _when(
    said: Mapping[str, Any], policy: Policy, place: Place, rule: ProfileRule
) -> tuple[str, ...]:
    named = rule.hours_by_group.get(place.group, rule.hours)
    if named == ALWAYS:
        return (said["always"],)
    return (said["hours"].format(hours=hours_words(policy.hours[named])),)


def _people(
    said: Mapping[str, Any], school: School | None, profile: Profile, policy: Policy
) -> list[Section]:
    found = []
    if school is not None:
        readers = tuple(f"{one.role}: {one.reads}. {_upper(one.when)}." for one in school.readers)
        found.append(Section(said["who"], readers, is_list=True))
    if policy.kept:
        kept = tuple(f"{one.what}: {one.how_long}." for one in policy.kept)
        found.append(Section(said["kept"], kept, is_list=True))
    return found


def _help(school: School, profile: Profile) -> tuple[str, ...]:
    return tuple(
        f"{one.name}: {one.contact}"
        for one in school.help
        if not one.profiles or profile in one.profiles
    )


def hours_words(hours: Hours) -> str:
    """Return a timetable as people say it."""
    spans = "; ".join(_span_words(one) for one in hours.spans)
    return f"{spans}{', in term time' if hours.only_in_term else ''}"


def _span_words(span: Span) -> str:
    at = [DAYS.index(day) for day in span.days]
    if len(at) > 2 and at == list(range(at[0], at[0] + len(at))):
        days = f"{_DAY_NAMES[span.days[0]]} to {_DAY_NAMES[span.days[-1]]}"
    else:
        days = " and ".join(_DAY_NAMES[day] for day in span.days)
    ends = "midnight" if f"{span.ends:%H:%M}" == "00:00" else f"{span.ends:%H:%M}"
    return f"{days} from {span.starts:%H:%M} to {ends}"


def day_words(day: date) -> str:
    """Return a date as people write it: 1 September 2026."""
    return f"{day.day} {day:%B %Y}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
