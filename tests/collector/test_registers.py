"""Registers: when something is due again, who holds what, and what a list may not hold."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tutelage_collector import config, state
from tutelage_collector.cli.main import main
from tutelage_collector.registers import agreements, offices, reviews, training
from tutelage_collector.registers.agreements import MemberKind
from tutelage_collector.registers.due import Standing, add_months
from tutelage_collector.registers.offices import Office
from tutelage_collector.store.records_registers import (
    AgreementVersion,
    Completion,
    Holder,
    Member,
    ReviewDone,
    ReviewTrigger,
    Signature,
)

if TYPE_CHECKING:
    from pathlib import Path

SCHOOL = "ret-high"
TODAY = date(2026, 11, 28)
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def version(name: str, published: datetime, appendix: int = 2) -> AgreementVersion:
    return AgreementVersion(name, appendix, "An invented agreement.", "0" * 64, published)


def test_months_are_counted_as_people_count_them() -> None:
    assert add_months(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_an_agreement_is_due_again_after_a_year_and_with_a_new_version() -> None:
    people = [Member(SCHOOL, "staff", f"p{number}", TODAY) for number in range(4)]
    old, new = version("2025", NOW - timedelta(days=500)), version("2026", NOW - timedelta(days=60))

    def stand(versions: list[AgreementVersion]) -> dict[str, Standing]:
        signed = [
            Signature(SCHOOL, "staff", "p0", "2025", date(2026, 6, 1)),
            Signature(SCHOOL, "staff", "p1", "2025", date(2025, 10, 1)),
            Signature(SCHOOL, "staff", "p2", "2025", date(2025, 12, 10)),
        ]
        found = agreements.agreed(people, signed, versions, TODAY)
        return {one.member.reference: one.standing for one in found}

    assert stand([old]) == {
        "p0": Standing.CURRENT, "p1": Standing.OVERDUE, "p2": Standing.DUE_SOON,
        "p3": Standing.NEVER,
    }  # fmt: skip
    assert set(stand([old, new]).values()) == {Standing.OVERDUE, Standing.NEVER}


def test_students_sign_one_appendix_and_staff_the_other() -> None:
    versions = [version("s", NOW, 1), version("t", NOW, 2)]
    people = [Member(SCHOOL, kind, "x", TODAY) for kind in ("student", "parent", "visitor")]
    signed = [
        Signature(SCHOOL, "student", "x", "s", TODAY),
        Signature(SCHOOL, "parent", "x", "s", TODAY),
        Signature(SCHOOL, "visitor", "x", "s", TODAY),
    ]
    found = agreements.agreed(people, signed, versions, TODAY)
    assert {one.member.kind: one.standing for one in found} == {
        "student": Standing.CURRENT, "parent": Standing.CURRENT, "visitor": Standing.OVERDUE,
    }  # fmt: skip


def test_training_is_due_again_by_its_course() -> None:
    people = [Member(SCHOOL, MemberKind.LEAD.value, "l1", TODAY)]
    taken = [
        Completion(SCHOOL, "lead", "l1", "child-protection", date(2025, 2, 1)),
        Completion(SCHOOL, "lead", "l1", "lead-update", date(2025, 2, 1)),
    ]
    found = {one.course.id: one for one in training.trained(people, taken, TODAY)}
    assert found["child-protection"].standing is Standing.CURRENT
    assert found["child-protection"].due_on == date(2027, 2, 1)
    assert found["lead-update"].standing is Standing.OVERDUE


def test_a_review_is_due_by_its_calendar_and_earlier_for_a_stated_reason() -> None:
    done = [ReviewDone(SCHOOL, "filtering-monitoring", date(2026, 9, 1), "slt_lead", "")]

    def plan(triggers: list[ReviewTrigger]) -> reviews.Planned:
        found = reviews.planned(SCHOOL, done, triggers, TODAY)
        return next(one for one in found if one.review.id == "filtering-monitoring")

    assert (plan([]).due_on, plan([]).standing) == (date(2027, 9, 1), Standing.CURRENT)
    tool = ReviewTrigger(
        SCHOOL, "filtering-monitoring", date(2026, 11, 1), date(2026, 11, 20), "a new AI tool"
    )
    assert (plan([tool]).standing, plan([tool]).because) == (Standing.OVERDUE, "a new AI tool")
    before = ReviewTrigger(SCHOOL, "filtering-monitoring", date(2026, 8, 1), TODAY, "long answered")
    assert plan([before]).because == ""


def test_a_role_without_holder_or_cover_is_said() -> None:
    held = [
        Holder(SCHOOL, Office.DSL.value, "AB", "", NOW),
        Holder(SCHOOL, Office.HEADTEACHER.value, "CD", "EF", NOW),
    ]
    found = {one.office: one.lacking for one in offices.posts(SCHOOL, held)}
    assert found[Office.DSL] == "nobody covers"
    assert found[Office.HEADTEACHER] == ""
    assert found[Office.ICT_MANAGER] == "nobody is named"


def test_an_agreement_is_published_signed_and_asked_for_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "aup.txt"
    text.write_text("We use the school's computers for learning.")
    assert run(folder, "aup", "record", "--kind", "staff", "--reference", "s1") == 2
    assert "aup publish" in capsys.readouterr().err
    assert run(folder, "aup", "publish", "2026-09", "--text", str(text), "--appendix", "2") == 0
    assert run(folder, "aup", "record", "--kind", "staff", "--reference", "s1") == 0
    assert run(folder, "aup", "publish", "2026-09", "--text", str(text), "--appendix", "2") == 2
    assert "published already" in capsys.readouterr().err
    listed = tmp_path / "list.csv"
    listed.write_text("kind,reference,version,signed\nstaff,s2,,\nstaff,s3,2026-09,2026-09-04\n")
    assert run(folder, "aup", "import", str(listed)) == 0
    assert "Would change" in capsys.readouterr().out
    assert run(folder, "aup", "due") == 0
    assert run(folder, "aup", "import", str(listed), "--apply") == 0
    capsys.readouterr()
    assert run(folder, "aup", "due", "--json") == 1
    assert [row["reference"] for row in json.loads(capsys.readouterr().out)] == ["s2"]
    run(folder, "aup", "status", "--json")
    (row,) = json.loads(capsys.readouterr().out)["counts"]
    assert (row["expected"], row["current"], row["never"]) == (3, 2, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind,name\nstaff,Invented Person\n", "names are not kept here"),
        ("kind,reference,colour\n", "column colour: not known"),
        ("reference\nx\n", "column kind: missing"),
        ("kind,reference\nwizard,x\n", "line 2: kind 'wizard'"),
        ("kind,reference,version,signed\nstaff,x,2026-09,\n", "belong together"),
        ("kind,reference,version,signed\nstaff,x,2026-09,4.9.2026\n", "write the day as"),
        ("kind,reference,version,signed\nstaff,x,2031-09,2031-09-01\n", "lies ahead"),
        ("kind,reference,version,signed\nstaff,x,nope,2026-09-01\n", "not published for staff"),
    ],
)
def test_a_list_with_a_fault_is_refused_whole_and_says_the_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text)
    assert run(folder, "aup", "import", str(listed), "--apply") == 2
    assert said in capsys.readouterr().err
    with closing(state.open_store(config.load(folder))) as store:
        assert store.members() == []


def test_training_posts_and_reviews_are_kept_by_commands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(folder, "training", "record", "lead-update", "--kind", "staff", "--reference", "x") == 2
    )
    assert "is for lead" in capsys.readouterr().err
    assert (
        run(folder, "training", "record", "lead-update", "--kind", "lead", "--reference", "x") == 0
    )
    assert run(folder, "training", "due", "--course", "lead-update") == 0
    assert run(folder, "training", "due") == 1  # child protection was never taken
    assert run(folder, "roles", "set", "dsl", "--holder", "AB") == 0
    assert "Nobody covers yet" in capsys.readouterr().out
    assert run(folder, "roles", "list") == 1
    assert run(folder, "roles", "clear", "dsl") == 0
    assert run(folder, "roles", "clear", "dsl") == 2
    assert run(folder, "review", "done", "policy", "--by", "trust_lead", "--note", "agreed") == 0
    assert run(folder, "review", "done", "nothing", "--by", "trust_lead") == 2
    assert "known: policy" in capsys.readouterr().err
    run(folder, "review", "list", "--json")
    rows = {row["review"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["policy"]["standing"] == "current"
    assert rows["filter-check"]["standing"] == "never"


def test_what_people_keep_up_survives_a_rebuild(folder: Path) -> None:
    with closing(state.open_store(config.load(folder))) as store:
        store.set_holder(Holder(SCHOOL, Office.DSL.value, "AB", "CD", NOW))
        store.add_members([Member(SCHOOL, "staff", "s1", TODAY)])
        store.rebuild()
        assert [one.holder for one in store.holders()] == ["AB"]
        assert [one.reference for one in store.members()] == ["s1"]
