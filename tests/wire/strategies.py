"""Hypothesis strategies for whole events, so that every field travels in a test."""

from __future__ import annotations

from hypothesis import strategies as st

from tutelage_wire import times
from tutelage_wire.context import ContextAnswer, ContextState
from tutelage_wire.events import (
    Actor,
    AgeBand,
    Channel,
    ComplianceFinding,
    DetectionFinding,
    Enforced,
    Event,
    Grade,
    Heartbeat,
    IctFinding,
    IntegrityFinding,
    IntegrityKind,
    Lane,
    RiskArea,
    Route,
    SensorReport,
    SensorState,
    Severity,
    Status,
    UsageCounts,
)
from tutelage_wire.merkle_log import LogRoot
from tutelage_wire.sealed import Sealed, Wrap

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
hexes = st.binary(min_size=16, max_size=16).map(bytes.hex)
moments = st.integers(1, 7_000_000_000_000).map(times.from_ms)
counts = st.integers(0, 2**31 - 1)

compliance = st.builds(
    ComplianceFinding,
    check_id=texts,
    profile=texts,
    status=st.sampled_from(Status),
    reason=texts,
    title=texts,
    subject=texts,
    enforced=st.sampled_from(Enforced),
    severity=st.sampled_from(Severity),
    expected=texts,
    actual=texts,
    clauses=st.lists(texts, max_size=4).map(tuple),
    actor=st.sampled_from(Actor),
    source=texts,
    observed_at=moments,
    rule_version=counts,
    advice_staff=texts,
    advice_ict=texts,
    due_at=st.none() | moments,
    reference_as_of=st.none() | st.dates(),
)
sealed = st.builds(
    Sealed,
    suite=texts,
    ciphertext=st.binary(max_size=300),
    wraps=st.lists(
        st.builds(Wrap, key_id=st.binary(max_size=8), wrapped_key=st.binary(max_size=80)),
        max_size=3,
    ).map(tuple),
)
detection = st.builds(
    DetectionFinding,
    rule_id=texts,
    risk_area=st.sampled_from(RiskArea),
    subcategory=texts,
    grade=st.sampled_from(Grade),
    lane=st.sampled_from(Lane),
    route=st.sampled_from(Route),
    channel=st.sampled_from(Channel),
    age_band=st.sampled_from(AgeBand),
    score=st.integers(-(2**31), 2**31 - 1),
    threshold=counts,
    pack=texts,
    account=texts,
    occurred_at=moments,
    content_hash=texts,
    repeats=counts,
    canary=texts,
    sealed=st.none() | sealed,
    context_until=st.none() | moments,
)
heartbeat = st.builds(
    Heartbeat,
    agent_version=texts,
    system=texts,
    uptime_seconds=counts,
    key_protection=texts,
    spool_events=counts,
    spool_bytes=counts,
    packs=st.lists(texts, max_size=3).map(tuple),
    policy_version=counts,
    profile=texts,
    clock_offset_ms=st.integers(-(2**62), 2**62),
    sensors=st.lists(
        st.builds(
            SensorReport,
            name=texts,
            state=st.sampled_from(SensorState),
            reason=texts,
            last_progress=st.none() | moments,
        ),
        max_size=3,
    ).map(tuple),
    blind_spots=st.lists(texts, max_size=3).map(tuple),
    log_roots=st.lists(
        st.builds(LogRoot, size=counts, root=st.binary(min_size=32, max_size=32)), max_size=2
    ).map(tuple),
)
integrity = st.builds(
    IntegrityFinding, kind=st.sampled_from(IntegrityKind), detail=texts, count=counts
)
ict = st.builds(
    IctFinding,
    kind=texts,
    detail=texts,
    sha256=texts,
    account=texts,
    occurred_at=st.none() | moments,
)
usage = st.builds(
    UsageCounts,
    day=st.dates(),
    account=texts,
    counts=st.lists(st.tuples(texts, counts), max_size=3).map(tuple),
)
context = st.builds(
    ContextAnswer,
    finding=hexes,
    state=st.sampled_from(ContextState),
    sealed=st.none() | sealed,
)
events = st.builds(
    Event,
    id=hexes,
    device_time=moments,
    monotonic_ms=counts,
    boot_id=hexes,
    body=compliance | detection | heartbeat | integrity | ict | usage | context,
)
