"""Advice, reference data and the catalogue are complete and do not contradict themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources

import pytest

import recorded_host
from posture_facts import NOW, said, saw
from tutelage_agent.host import HostError, System
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import CHECKS, Profile, advice, observers
from tutelage_agent.posture.model import Actor, Reason
from tutelage_agent.posture.reference import Release, load_reference, shipped, validate


def test_every_clause_of_section_11_has_a_check():
    said_clauses = {
        clause
        for check in CHECKS
        for text in check.clauses.get(Profile.SCHOOL_S11, ())
        for clause in re.findall(r"(?:11\.a\.\d+|9\.a)", text)
    }
    assert said_clauses == {"9.a", *(f"11.a.{number}" for number in range(1, 11))}


def test_check_ids_are_unique_and_linux_looks_for_each():
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert {check.id for check in CHECKS if System.LINUX not in check.observers} == set()


@pytest.mark.parametrize("system", observers.SYSTEMS)
def test_no_observer_is_named_for_a_check_that_is_not_there(system):
    assert set(observers.table(system)) <= {check.id for check in CHECKS}


def test_every_bad_judgement_of_every_machine_says_what_to_do_and_who_does_it():
    for folder in recorded_host.machines():
        for judgement in recorded_host.judge(RecordedHost(folder)):
            if judgement.status == "fail":
                where = (folder.name, judgement.check_id, judgement.reason)
                assert judgement.actor is not Actor.NOBODY, where
                assert judgement.advice_ict, where
            if judgement.actor is Actor.STAFF:
                assert judgement.advice_staff, judgement.check_id


def test_advice_to_staff_is_short_and_holds_no_command():
    for (scope, reason), found in advice.table().items():
        sentences = [s for s in re.split(r"(?<=[.!?])\s", found.staff) if s]
        assert len(sentences) <= 3, (scope, reason)
        assert len(found.staff) <= 220, (scope, reason)
        assert not re.search(r"`|sudo|\bGPO\b|HKLM|/etc/", found.staff), (scope, reason)


def test_advice_is_only_written_for_checks_that_are_there():
    scopes = {scope for scope, _ in advice.table()}
    families = {check.id.partition(".")[0] for check in CHECKS}
    assert scopes <= families | {check.id for check in CHECKS} | {"any"}
    assert all(isinstance(reason, Reason) for _, reason in advice.table())


def test_the_shipped_tables_hold_no_contradiction():
    assert validate(shipped()) == []


def test_a_table_with_an_unknown_key_or_without_a_date_is_refused(tmp_path):
    base = resources.files("tutelage_agent.posture.reference")
    for name in ("os_support", "thresholds", "products", "browsers"):
        (tmp_path / f"{name}.toml").write_text(base.joinpath(f"{name}.toml").read_text("utf-8"))
    load_reference(tmp_path)
    products = tmp_path / "products.toml"
    good = products.read_text()
    products.write_text(good.replace("as_of =", "asof ="))
    with pytest.raises(HostError, match="unknown key asof"):
        load_reference(tmp_path)
    products.write_text(good.replace("schema = 1", "schema = 2"))
    with pytest.raises(HostError, match="schema = 1"):
        load_reference(tmp_path)


def os_says(product: str, version: str, now=NOW, cadence: str = "", releases=None) -> str:
    seen = (saw("product", product), saw("version", version), saw("cadence", cadence,
            needed=False))  # fmt: skip
    if releases is None:
        return said("os.supported", *seen, now=now)
    from posture_facts import check
    from tutelage_agent.posture import Context, DeviceClass

    context = Context(
        Profile.SCHOOL_S11, DeviceClass.ASSIGNED,
        replace(shipped(), releases=releases), now,
    )  # fmt: skip
    judgement = check("os.supported").judgement(seen, context)
    return f"{judgement.status} {judgement.reason}"


def test_a_version_is_supported_soon_ended_ended_new_or_unknown():
    as_of = shipped().releases_as_of
    rows = (
        Release("x", "1", released=date(2020, 1, 1), end=date(2024, 1, 1)),
        Release("x", "2", released=date(2022, 1, 1), end=NOW.date() + timedelta(days=30)),
        Release("x", "3", released=date(2024, 1, 1), end=NOW.date() + timedelta(days=900)),
        Release("x", "4", released=date(2026, 1, 1)),
    )
    assert as_of <= NOW.date()
    assert os_says("x", "1", releases=rows) == "fail ended"
    assert os_says("x", "2", releases=rows) == "pass ends_soon"
    assert os_says("x", "3", releases=rows) == "pass compliant"
    assert os_says("x", "4", releases=rows) == "pass compliant"
    assert os_says("x", "5", releases=rows) == "unknown newer_than_table"
    assert os_says("y", "1", releases=rows) == "unknown not_in_table"
    later = NOW + timedelta(days=90)
    assert os_says("x", "1", later, releases=rows) == "fail ended", "what has ended stays ended"
    assert os_says("x", "3", later, releases=rows) == "pass compliant", "far ends are believed"
    assert os_says("x", "4", later, releases=rows) == "unknown stale_reference_data"


def test_paid_fixes_count_when_they_are_seen():
    seen = (saw("product", "ubuntu"), saw("version", "20.04"))
    assert said("os.supported", *seen) == "fail extended_unproven"
    proven = saw("extended_proven", True, needed=False)
    assert said("os.supported", *seen, proven) == "pass compliant"


def test_windows_is_judged_by_build_and_edition():
    after = NOW.replace(month=11, day=1)
    assert os_says("windows", "26100", after, "W") == "fail ended"
    assert os_says("windows", "26100", after, "E").startswith("pass")
    assert os_says("windows", "22631", NOW.replace(month=11, day=20), "E") == "fail ended"
