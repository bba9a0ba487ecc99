"""Each of the thirty threats has a test that carries its number, or a row that says why not."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = range(1, 31)


def by_threat() -> dict[int, list[str]]:
    """Return the names of tests by the threat that they carry in their name."""
    found: dict[int, list[str]] = {row: [] for row in ROWS}
    for file in TESTS.rglob("test_*.py"):
        for name in re.findall(
            r"^ *(?:async )?def (test_threat_\d\d_\w+)", file.read_text(encoding="utf-8"), re.M
        ):
            found[int(name[12:14])].append(name)
    return found


def explained() -> set[int]:
    """Return the threats of which docs/verified.md says what is not tested here, and why."""
    page = (TESTS.parent / "docs" / "verified.md").read_text(encoding="utf-8")
    return {int(number) for number in re.findall(r"^\| threat (\d\d) \|", page, re.M)}


def test_each_threat_is_tested_or_said_not_to_be() -> None:
    covered, said = by_threat(), explained()
    assert [row for row in ROWS if not covered[row] and row not in said] == []


def test_the_page_explains_no_threat_that_does_not_exist() -> None:
    assert explained() <= set(ROWS)
