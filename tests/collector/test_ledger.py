"""The policy ledger: every clause is there, says what serves it, and names a test that exists."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_collector import compliance, policy_ledger
from tutelage_collector.cli.main import main
from tutelage_collector.policy_ledger import Kind, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

SHAPE = """
1: a b c d.1 d.2 d.3 d.4
2: a a.1 a.2 a.3 a.4 a.5 a.6 a.7 a.8 b c
3: a.1 a.2 a.3.i a.3.ii a.3.iii b.1 c.1 c.2.i c.2.ii c.2.iii c.2.iv c.2.v c.2.vi c.2.vii c.2.viii
   c.2.ix c.2.x d.1.i d.1.ii d.1.iii d.1.iv d.1.v e.1.i e.1.ii e.1.iii e.1.iv e.1.v e.1.vi f.1.i
   f.1.ii f.2 g.1
4: a b c.1.i c.1.ii c.2.i c.2.ii c.3.i c.3.ii c.3.iii c.3.iv c.3.v c.3.vi c.3.vii c.3.viii c.3.ix
   c.3.x c.3.xi c.3.xii
5: a b c d
6: a
7: a b c d e f g
8: a b c.1 c.2 c.3 d.1 d.2 d.3 e.1 e.2 e.3 f
9: a b c d
10: a.1 a.2 a.3 b c
11: a a.1 a.2 a.3 a.4 a.5 a.6 a.7 a.8 a.9 a.10
12: a b c
13: a b c.1 c.2.i c.2.ii c.2.iii c.2.iv c.3 c.4 c.5 c.6 d e f g
14: a b
"""
"""The numbering of the Online Safety Policy of July 2023, but for "this list is not exhaustive"."""


def _clauses() -> Iterator[str]:
    section = ""
    for word in SHAPE.split():
        if word.endswith(":"):
            section = word[:-1]
        else:
            yield f"{section}.{word}"


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def test_every_clause_of_the_policy_is_in_the_ledger_in_its_order() -> None:
    assert [one.id for one in policy_ledger.clauses()] == list(_clauses())


def test_section_11_is_judged_by_the_same_sentences() -> None:
    judged = {one.id for one in compliance.clauses()}
    assert judged == {one.id for one in policy_ledger.clauses() if one.section == "11"} - {"11.a"}
    for one in policy_ledger.clauses():
        for source, clause in one.sources:
            assert source is not Source.POSTURE or clause in judged, one.id


def test_what_software_serves_has_evidence_and_a_test_that_exists() -> None:
    lacking = [one.id for one in policy_ledger.clauses() if one.kind is Kind.CORE and not one.proof]
    assert lacking == []
    for one in policy_ledger.clauses():
        if one.kind is not Kind.PEOPLE and not one.sources:
            assert one.kind is Kind.EXTENSION, one.id
        for proof in one.proof:
            file, _, name = proof.partition("::")
            text = (ROOT / file).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"{one.id}: {proof}"


def test_defects_name_clauses_that_exist() -> None:
    known = set(_clauses())
    for one in policy_ledger.defects():
        assert set(one.clauses) <= known, one.id


def test_the_coverage_page_is_what_the_ledger_says_today() -> None:
    import policy_coverage

    page = (ROOT / "docs" / "policy-coverage.md").read_text(encoding="utf-8")
    assert page == policy_coverage.page(), "run: .venv/bin/python docs/policy_coverage.py"


def test_a_clause_gets_another_owner_and_a_review(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "ledger", "set-owner", "3.C.2.iv", "deputy_dsl") == 0
    assert run(folder, "ledger", "review", "3.c.2.iv", "14.a", "--by", "headteacher",
               "--on", "2026-10-01", "--note", "export tried") == 0  # fmt: skip
    capsys.readouterr()
    assert run(folder, "ledger", "show", "3.c.2.iv", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["owner"], shown["reviewed"]) == ("deputy_dsl", "2026-10-01")
    assert (shown["review_by"], shown["note"]) == ("2027-10-01", "export tried")
    assert shown["evidence"]
    assert run(folder, "ledger", "list", "--due", "--json") == 0
    due = {row["clause"] for row in json.loads(capsys.readouterr().out)}
    assert "14.a" not in due
    assert "14.b" in due


def test_a_slip_marks_nothing_and_says_what_is_near(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "ledger", "review", "14.a", "3.c.2.xx", "--by", "dsl") == 2
    assert "near it: 3.c.1" in capsys.readouterr().err
    assert run(folder, "ledger", "list", "--json") == 0
    assert not any(row["reviewed"] for row in json.loads(capsys.readouterr().out))
    assert run(folder, "ledger", "review", "14.a", "--by", "dsl", "--on", "2031-01-01") == 2


def test_assurance_prints_evidence_gap_and_owner_for_every_clause(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "report", "assurance", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    rows = {
        row["clause"]: row
        for section in report["sections"].values()
        for table in section["tables"].values()
        for row in table
        if "clause" in row
    }
    assert set(rows) == set(_clauses())
    assert all(row["evidence"] and row["owner"] for row in rows.values())
    assert rows["8.e.3"]["gap"].startswith("Stale")
    assert "no device is enrolled" in rows["1.a"]["evidence"].lower()
    assert len(report["sections"]["defects"]["tables"]["defects"]) >= 10
