"""Reads the store once for a report or for the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import compliance, coverage
from tutelage_collector.coverage.heard import SILENT_AFTER, heartbeat_of
from tutelage_collector.figures.casework import casework
from tutelage_collector.figures.model import Figures, ProfileSeen, Registers, Seen, SensorCount
from tutelage_collector.registers import agreements, offices, reviews, training
from tutelage_collector.store.records import DeviceState
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.figures.period import Period
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import DeviceView

_EVERY = 1_000_000
"""So many concerns and decisions no trust has: all are read."""
_AUDIT_LOOKED_AT = 5_000
_EXPORTED = "evidence exported"


def gather(
    store: Store,
    settings: Config,
    now: datetime,
    period: Period,
    school: str | None,
    compared_with: Period | None = None,
) -> Figures:
    """Return the figures of a span.

    Args:
        store: the collector's store.
        settings: for the trust's name and how old a judgement may be.
        now: the present moment: coverage and section 11 are as of now, not as of the span.
        period: the days that alerts and casework are counted over.
        school: None = all of the trust.
        compared_with: the span to compare with (default: the same days a year before).
    """
    other = compared_with or period.a_year_before()
    views = [view for view in store.devices(school) if view.device.state is DeviceState.ACTIVE]
    judged = store.judged(compliance.PROFILE, school)
    exemptions = store.exemptions(school)
    return Figures(
        at=now,
        trust=settings.trust,
        school=school,
        schools=_schools(store, settings, school),
        period=period,
        coverage=seen(views, _missing(store, views, now, school), now),
        activity=store.activity(period.first, period.last, school),
        alerts=store.alert_counts(period.begins, period.ends, school),
        alerts_by_school=store.alerts_by_school(period.begins, period.ends, school),
        alerts_before=store.alert_counts(other.begins, other.ends, school),
        compared_with=other,
        self_tests=store.self_tests(period.begins, period.ends, school),
        integrity=store.integrity_counts(period.begins, period.ends, school),
        clauses=compliance.count(
            compliance.clauses(),
            [view.device.id for view in views],
            judged,
            exemptions,
            now,
            timedelta(days=settings.judging.stale_after_days),
        ),
        checks_seen=len(judged),
        newest_check=times.from_ms(max(row[4] for row in judged)) if judged else None,
        exemptions=tuple(one for one in exemptions if not one.ended_at and one.expires_at > now),
        kept=gather_registers(store, settings, now, school),
        schedules=tuple(
            one for one in store.schedules() if school is None or one.school in (None, school)
        ),
        sent=tuple(
            one
            for one in store.posts()
            if one.sent_at is not None and (school is None or one.school in (None, school))
        ),
        accounts=tuple(
            sorted(
                Counter(
                    one.role.value
                    for one in store.accounts()
                    if school is None or one.school in ("", school)
                ).items()
            )
        ),
        evidence_exports=sum(
            row.action == _EXPORTED and period.begins <= row.at < period.ends
            for row in store.audit_rows(_AUDIT_LOOKED_AT)
        ),
        casework=casework(
            store.concerns(school, _EVERY),
            store.waited(period.begins, period.ends, now, school),
            store.approvals(school, _EVERY),
            period,
            now,
        ),
    )


def gather_registers(
    store: Store, settings: Config, now: datetime, school: str | None
) -> Registers:
    """Return how what people keep up stands now."""
    today, schools = now.date(), _schools(store, settings, school)
    holders, members = store.holders(school), store.members(school)
    done, triggers = store.reviews_done(school), store.triggers(school)
    agreed = agreements.agreed(members, store.signatures(school), store.agreements(), today)
    trained = training.trained(members, store.completions(school), today)
    return Registers(
        posts=tuple(post for one in schools for post in offices.posts(one, holders)),
        agreed=tuple(agreements.counted(agreed)),
        trained=tuple(training.counted(trained)),
        reviews=tuple(
            plan for one in schools for plan in reviews.planned(one, done, triggers, today)
        ),
    )


def _schools(store: Store, settings: Config, school: str | None) -> tuple[str, ...]:
    return (school,) if school is not None else tuple(store.schools()) or (settings.school,)


def _missing(
    store: Store, views: Sequence[DeviceView], now: datetime, school: str | None
) -> int | None:
    expected = store.expected_devices(school)
    if not expected:
        return None
    return coverage.assess(views, expected, (), now, school).count(coverage.Standing.MISSING)


def seen(views: Iterable[DeviceView], missing: int | None, now: datetime) -> Seen:
    """Return how much of the active devices is seen now; ``missing`` are on the list only."""
    enrolled: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    never: Counter[str] = Counter()
    systems: Counter[str] = Counter()
    blind: Counter[str] = Counter()
    sensors: Counter[tuple[str, str, str]] = Counter()
    packs: Counter[str] = Counter()
    for view in views:
        profile = view.device.placement.profile
        enrolled[profile] += 1
        systems[view.device.evidence.system.split("-")[0] or "not said"] += 1
        if view.last_seen_at is None:
            never[profile] += 1
        elif now - view.last_seen_at <= SILENT_AFTER:
            heard[profile] += 1
        beat = heartbeat_of(view)
        if beat is None:
            continue
        blind.update({coverage.in_words(one).said for one in beat.blind_spots})
        sensors.update({(one.name, one.state.value, one.reason) for one in beat.sensors})
        packs.update(set(beat.packs))
    return Seen(
        profiles=tuple(
            ProfileSeen(name, number, heard[name], never[name])
            for name, number in sorted(enrolled.items())
        ),
        systems=tuple(systems.most_common()),
        blind_spots=tuple(blind.most_common()),
        sensors=tuple(SensorCount(*key, devices) for key, devices in sorted(sensors.items())),
        packs=tuple(packs.most_common()),
        missing=missing,
    )
