"""A policy from its table: strict, bounded, and with a message that names the key.

The same table whether it was typed as TOML or came signed as JSON, so that what a person reviews
is what devices obey.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tutelage_wire.errors import DecodeError
from tutelage_wire.policy import (
    ALWAYS,
    FORMAT,
    MOST_CONTEXT_DAYS,
    Basis,
    Help,
    Kept,
    LawfulBasis,
    PackEntry,
    Policy,
    Profile,
    ProfileRule,
    Reader,
    School,
    SelfTests,
    SensorName,
    Stage,
    Usage,
)
from tutelage_wire.policy.table import Table
from tutelage_wire.policy.timetable import DAYS, Hours, Period, Span, zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tutelage_wire.documents import Document

LONGEST_BASIS_DAYS = 400
"""A lawful basis is looked at again every year."""
MOST_SELF_TEST_DAYS = 31
"""What was not proven for a month is not proven."""
_WEEK_MINUTES = 7 * 24 * 60
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TYPED = frozenset({SensorName.BROWSER_EXTENSION})


def read_policy(document: Document) -> Policy:
    """Return what a verified policy document says.

    Raises:
        DecodeError: it names the key that is missing, unknown or wrong.
    """
    return policy_from(document.body, document.head.version)


def policy_from(body: Mapping[str, Any], version: int) -> Policy:
    """Return the policy of a table.

    Raises:
        DecodeError: it names the key that is missing, unknown or wrong.
    """
    table = Table(body)
    if (found := table.number("format", 1, 10**6)) != FORMAT:
        raise DecodeError(f"policy: format {found}; this version reads format {FORMAT}")
    hours = {name: _hours(name, row) for name, row in table.named("hours").items()}
    policy = Policy(
        title=table.text("title"),
        version=version,
        time_zone=table.text("time_zone", "Europe/London"),
        basis=_basis(table.table("basis")),
        profiles=_profiles(table.named("profile"), hours),
        hours=hours,
        packs=tuple(_pack(row) for row in table.tables("pack")),
        schools=tuple(_school(row) for row in table.tables("school")),
        kept=tuple(_kept(row) for row in table.tables("keep")),
        ict_accounts=frozenset(one.casefold() for one in table.texts("ict_accounts")),
        aup_version=table.text("aup_version", ""),
        usage=_usage(table.table("usage")) if table.has("usage") else None,
        self_tests=_self_tests(table.table("self_tests"))
        if table.has("self_tests")
        else SelfTests(),
        allowed_programs=table.texts("allowed_programs"),
        allowed_tunnels=table.texts("allowed_tunnels"),
    )
    zone(policy.time_zone)
    _unique(table, "school", [one.id for one in policy.schools])
    _unique(table, "pack", [f"{one.name} {one.version}" for one in policy.packs])
    if any(rule.sensors for rule in policy.profiles.values()) and not policy.schools:
        raise table.fault(
            "school", 'needs one entry, [[school]] with id = "*": who reads, who helps'
        )
    table.end()
    return policy


def _unique(table: Table, key: str, ids: list[str]) -> None:
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise table.fault(key, f"{min(twice)} is there twice")


def _basis(table: Table) -> Basis:
    found = Basis(
        lawful_basis=table.one_of(LawfulBasis, "lawful_basis"),
        dpia=table.text("dpia"),
        signed_by=table.text("signed_by"),
        signed_on=table.day("signed_on"),
        expires_on=table.day("expires_on"),
    )
    lasts = (found.expires_on - found.signed_on).days
    if not 0 < lasts <= LONGEST_BASIS_DAYS:
        raise table.fault(
            "expires_on", f"must be within {LONGEST_BASIS_DAYS} days after signed_on: look yearly"
        )
    table.end()
    return found


def _profiles(rows: dict[str, Table], hours: dict[str, Hours]) -> dict[Profile, ProfileRule]:
    found: dict[Profile, ProfileRule] = {}
    for name, table in rows.items():
        if name not in set(Profile):
            raise table.fault("", f"is no profile; known: {', '.join(Profile)}")
        profile = Profile(name)
        rule = ProfileRule(
            sensors=table.several_of(SensorName, "sensors"),
            hours=_known_hours(table, "hours", table.text("hours", ALWAYS), hours),
            hours_by_group={
                group: _known_hours(table, "hours_by_group", named, hours)
                for group, named in _texts_by_name(table, "hours_by_group").items()
            },
            site_counts=table.truth("site_counts", default=False),
            listed_sites=table.truth("listed_sites", default=True),
            accounts_left_out=frozenset(one.casefold() for one in table.texts("accounts_left_out")),
            context_days=table.number("context_days", 0, MOST_CONTEXT_DAYS, 0),
        )
        if profile is Profile.PERSONAL and (rule.sensors or rule.site_counts):
            raise table.fault("sensors", "must be empty: a person's own device is never watched")
        if rule.context_days and not rule.sensors:
            raise table.fault("context_days", "must be 0 where no sensor runs: there is no text")
        if profile is not Profile.PUPIL and rule.sensors & _TYPED:
            raise table.fault("sensors", "browser_extension reads typed text: pupils' devices only")
        table.end()
        found[profile] = rule
    return found


def _texts_by_name(table: Table, key: str) -> dict[str, str]:
    if not table.has(key):
        return {}
    inner = table.table(key)
    return {name: inner.text(name) for name in inner.names()}


def _known_hours(table: Table, key: str, named: str, hours: dict[str, Hours]) -> str:
    if named != ALWAYS and named not in hours:
        known = ", ".join([ALWAYS, *hours])
        raise table.fault(key, f"{named!r} has no [hours.{named}]; known: {known}")
    return named


def _hours(name: str, table: Table) -> Hours:
    if not _NAME.fullmatch(name) or name == ALWAYS:
        raise table.fault("", "is no name for hours: lower-case letters, digits, _")
    spans = []
    for row in table.tables("spans"):
        days = row.texts("days")
        if not days or set(days) - set(DAYS):
            raise row.fault("days", f"must name days: {', '.join(DAYS)}")
        spans.append(Span(days, row.clock("from"), row.clock("to")))
        row.end()
    if not spans:
        raise table.fault("spans", "needs at least one span")
    found = Hours(tuple(spans), table.truth("only_in_term", default=True))
    table.end()
    return found


def _pack(table: Table) -> PackEntry:
    name, version = table.text("name"), table.text("version")
    if not _NAME.fullmatch(name):
        raise table.fault("name", "must be lower-case letters, digits, - and _")
    if not _VERSION.fullmatch(version):
        raise table.fault("version", "must be numbers with dots, for example 1.4.0")
    found = PackEntry(
        name=name,
        version=version,
        sha256=table.hexadecimal("sha256"),
        artefact=table.hexadecimal("artefact"),
        least_rules=table.number("least_rules", 1, 10**6),
        stages=tuple(_stage(row) for row in table.tables("stages")),
        first_devices=frozenset(table.texts("first_devices")),
    )
    table.end()
    return found


def _stage(table: Table) -> Stage:
    found = Stage(table.day("from"), table.number("percent", 0, 100))
    table.end()
    return found


def _school(table: Table) -> School:
    found = School(
        id=table.text("id"),
        name=table.text("name"),
        readers=tuple(_reader(row) for row in table.tables("readers")),
        help=tuple(_help(row) for row in table.tables("help")),
        terms=tuple(_period(row) for row in table.tables("terms")),
        closed=tuple(_period(row) for row in table.tables("closed")),
    )
    for key, there in (("readers", found.readers), ("help", found.help)):
        if not there:
            raise table.fault(key, "needs at least one entry: the notice must say it")
    table.end()
    return found


def _reader(table: Table) -> Reader:
    found = Reader(table.text("role"), table.text("reads"), table.text("when"))
    table.end()
    return found


def _help(table: Table) -> Help:
    found = Help(table.text("name"), table.text("contact"), table.several_of(Profile, "for"))
    table.end()
    return found


def _period(table: Table) -> Period:
    starts: date = table.day("from")
    ends = table.day("to") if table.has("to") else starts
    if ends < starts:
        raise table.fault("to", "is before from")
    found = Period(starts, ends, table.text("name", ""))
    table.end()
    return found


def _kept(table: Table) -> Kept:
    found = Kept(table.text("what"), table.text("how_long"))
    table.end()
    return found


def _usage(table: Table) -> Usage:
    found = Usage(
        non_work_percent=table.number("non_work_percent", 1, 100),
        least_minutes=table.number("least_minutes", 0, _WEEK_MINUTES),
        categories=table.texts("categories"),
    )
    table.end()
    return found


def _self_tests(table: Table) -> SelfTests:
    found = SelfTests(
        documents_every_days=table.number("documents_every_days", 0, MOST_SELF_TEST_DAYS, 1),
        pages_every_days=table.number("pages_every_days", 0, MOST_SELF_TEST_DAYS, 7),
        windows_every_days=table.number("windows_every_days", 0, MOST_SELF_TEST_DAYS, 7),
    )
    table.end()
    return found
