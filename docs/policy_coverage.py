"""Writes policy-coverage.md from the ledger: ``.venv/bin/python docs/policy_coverage.py``."""

from __future__ import annotations

from pathlib import Path

from tutelage_collector import policy_ledger
from tutelage_collector.policy_ledger import Kind

_FILE = Path(__file__).with_name("policy-coverage.md")
_SERVED = {Kind.CORE: "yes", Kind.EXTENSION: "in part", Kind.PEOPLE: "people"}
_TOP = """# The Online Safety Policy, clause by clause

Made from `collector/tutelage_collector/policy_ledger/` by `docs/policy_coverage.py`; a test checks
that it is current, and that each test named here exists. The duties are in our words. *Served*
says what software does: *yes* = it serves the clause and a test proves it; *in part*; *people* =
people's work. `tutelage-collector report assurance` prints the same with the evidence of a school.
"""


def page() -> str:
    """Return the page."""
    clauses = policy_ledger.clauses()
    counts = {kind: sum(one.kind is kind for one in clauses) for kind in Kind}
    lines = [
        _TOP,
        f"{len(clauses)} clauses: {counts[Kind.CORE]} served, {counts[Kind.EXTENSION]} in part, "
        f"{counts[Kind.PEOPLE]} people's work.",
    ]
    for section in policy_ledger.sections():
        lines += ["", f"## {section.id}. {section.title}", ""]
        lines += ["| clause | duty | served | by what | known gap | proven by |"]
        lines += ["|---|---|---|---|---|---|"]
        for one in section.clauses:
            proof = "<br>".join(f"`{_short(name)}`" for name in one.proof) or "-"
            cells = (one.id, one.duty, _SERVED[one.kind], one.served, one.gap or "-", proof)
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    lines += ["", "## What is wrong with the policy itself", ""]
    lines += ["| clauses | what is wrong | what to change |", "|---|---|---|"]
    lines += [
        f"| {', '.join(one.clauses)} | {one.finding} | {one.remedy} |"
        for one in policy_ledger.defects()
    ]
    return "\n".join(lines) + "\n"


def _short(proof: str) -> str:
    return proof.removeprefix("tests/")


if __name__ == "__main__":
    _FILE.write_text(page(), encoding="utf-8")
