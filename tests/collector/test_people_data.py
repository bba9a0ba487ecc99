"""People from an MIS: previewed, sealed, and told apart by pseudonym alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from made_concerns import passphrase_fd, run
from tutelage_collector import state
from tutelage_collector.errors import ConfigError
from tutelage_collector.mis import rows
from tutelage_collector.store.records_people import Level, PersonKind
from tutelage_wire import pseudonyms
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    from pathlib import Path

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials

SIMS = (
    "Legal Forename,Legal Surname,UPN,Year Taught In,Network Login,SEN Status,In LEA Care,House\n"
    "Robin,Invented,X1,Year 8,rinvented8,E,F,Red\n"
    "Alex,Invented,X2,10,ainvented10,No SEN,Yes,Blue\n"
)
ARBOR = "Student,Year group,Email address,Looked After\nSam Invented,Year 13,sam@school.example,\n"
BROMCOM = "Preferred First Name;x\n"


@pytest.fixture(autouse=True)
def lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safeguarding lead sits at the terminal."""
    monkeypatch.setenv("TUTELAGE_ACCOUNT", "dsl")


def test_exports_of_several_systems_are_read_by_their_own_headings() -> None:
    robin, alex = rows.read(SIMS, None).rows
    assert (robin.account, robin.name, robin.age_band) == (
        "rinvented8", "Robin Invented", AgeBand.SECONDARY,
    )  # fmt: skip
    assert (robin.level, robin.reasons) == (Level.RAISED, ("SEND",))
    assert (alex.level, alex.reasons) == (Level.HIGH, ("looked after",))
    (sam,) = rows.read(ARBOR, None).rows
    assert (sam.account, sam.name, sam.age_band, sam.level) == (
        "sam", "Sam Invented", AgeBand.SIXTH_FORM, Level.STANDARD,
    )  # fmt: skip
    (member,) = rows.read("Username,Name\nRET\\t.invented,T Invented\n", PersonKind.STAFF).rows
    assert (member.account, member.age_band) == ("t.invented", AgeBand.ADULT)


def test_lines_that_cannot_be_used_are_named_by_number_and_never_quoted() -> None:
    found = rows.read(
        "Username,Name,Year\n,Robin Invented,8\nalex,Alex,eight\nsam,Sam,7\nSAM,Sam,7\n", None
    )
    assert [(one.line, one.why) for one in found.bad] == [
        (2, "no device account"),
        (3, "the year group is none of R, 1 to 14"),
        (5, "the same account as line 4"),
    ]
    for text in ("", BROMCOM, "Name,Year\nRobin,8\n"):
        with pytest.raises(ConfigError, match="line 1: no column holds"):
            rows.read(text, None)


def test_an_import_is_previewed_applied_sealed_changed_and_forgotten(
    collector: LiveCollector,
    credentials: Credentials,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, file = collector.settings.folder, tmp_path / "pupils.csv"
    file.write_text(SIMS)
    assert run(folder, "people", "import", str(file)) == 0
    shown = capsys.readouterr()
    assert "2 would be added, 0 would be changed, 0 would be removed" in shown.out
    assert "House" in shown.out
    assert "Robin" not in shown.out
    assert run(folder, "people", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(folder, "people", "import", str(file), "--apply") == 0
    name = pseudonyms.of_account(state.load(folder).subject_key, "RInvented8")
    with collector.store() as store:
        standing = store.standing(name)
        assert standing is not None
        assert (standing.level, standing.age_band) == (Level.RAISED, AgeBand.SECONDARY)
        assert store.standing("0" * 32) is None
    for one in folder.rglob("*"):
        if one.is_file():
            assert not any(word in one.read_bytes() for word in (b"Robin", b"rinvented8", b"SEND"))
    capsys.readouterr()
    fd = passphrase_fd(credentials)
    run(folder, "people", "list", "--json", "--passphrase-fd", fd)
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["Robin Invented"]["identifier"] == "X1"
    file.write_text(SIMS.replace("Year 8", "Year 9").partition("Alex")[0])
    run(folder, "people", "import", str(file), "--apply", "--json")
    done = json.loads(capsys.readouterr().out)
    assert (len(done["added"]), len(done["changed"]), done["removed"]) == (0, 1, 1)
    assert run(folder, "people", "import", str(file)) == 0
    assert "1 stay as they are" in capsys.readouterr().out
    assert run(folder, "people", "forget", "--account", "rinvented8") == 0
    assert run(folder, "people", "forget") == 0
    with collector.store() as store:
        assert store.people() == []


def test_a_file_of_staff_removes_no_pupil(
    collector: LiveCollector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, pupils, staff = collector.settings.folder, tmp_path / "p.csv", tmp_path / "s.csv"
    pupils.write_text(SIMS)
    staff.write_text("Username,Name\nt.invented,T Invented\n")
    run(folder, "people", "import", str(pupils), "--apply")
    run(folder, "people", "import", str(staff), "--kind", "staff", "--apply")
    assert "1 added, 0 changed, 0 removed" in capsys.readouterr().out
    staff.write_text("Username,Year\nx,99\n")
    assert run(folder, "people", "import", str(staff)) == 1
    assert run(folder, "people", "import", str(tmp_path / "none.csv")) == 2
