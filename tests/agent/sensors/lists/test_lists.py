from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_agent.errors import AgentError
from tutelage_agent.sensors.lists import Category, DomainList, ListError, ListsFolder
from tutelage_agent.sensors.lists.domains import dumps, imported, loads, new_salt, site_of
from tutelage_agent.sensors.lists.home import shipped
from tutelage_agent.sensors.lists.programs import loads as load_programs


def listed(*names: str, salt: bytes = b"", **head: object) -> DomainList:
    made = DomainList("test", "Test", "test", date(2026, 11, 1), "", salt=salt, **head)
    return loads(dumps(made, imported("\n".join(names))), "test.list")


@pytest.mark.parametrize("salt", [b"", b"0123456789abcdef"])
def test_an_entry_covers_what_is_below_it_and_nothing_beside(salt):
    made = listed("bet.example", "mixed.example/casino", salt=salt)
    for covered in (
        "https://bet.example", "http://www.bet.example/x?q=1", "https://a.b.bet.example:8443/",
        "https://mixed.example/casino/table?id=1", "https://mixed.example/CASINO",
    ):  # fmt: skip
        assert made.covers(site_of(covered)), covered
    for other in (
        "https://alphabet.example", "https://bet.example.org", "https://mixed.example/news",
        "https://mixed.example/casinos",
    ):  # fmt: skip
        assert not made.covers(site_of(other)), other


def test_a_restricted_list_names_none_of_its_entries():
    made = DomainList("test", "Test", "test", date(2026, 11, 1), "", grade=4, salt=new_salt())
    data = dumps(made, ["secret.example", "other.example/secret"])
    assert b"secret" not in data
    assert b"example" not in data
    found = loads(data, "test.list")
    assert found.restricted
    assert found.covers(site_of("https://www.secret.example/page"))
    assert "secret" not in repr(found)


def test_two_restricted_lists_of_the_same_entries_have_no_line_in_common():
    one, two = (
        set(dumps(DomainList("t", "T", "t", date(2026, 1, 1), "", salt=new_salt()), ["a.example"])
            .partition(b"---")[2].split())
        for _ in range(2)
    )  # fmt: skip
    assert not one & two


def test_other_peoples_lists_are_read_as_they_come():
    text = """# a comment
0.0.0.0 ads.example
127.0.0.1 localhost
||block.example^
https://www.page.example/some/path?x=1
PLAIN.example.
! adblock comment
not a domain
"""
    assert imported(text) == {
        "ads.example", "block.example", "page.example/some/path", "plain.example",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no head", "needs a head"),
        (b'format = "other/1"\n---\n', "format is not"),
        (b'format = "tutelage-list/1"\nid = "x"\n---\n', "cannot be read"),
    ],
)
def test_a_damaged_list_says_what_is_wrong_and_the_others_are_used(tmp_path, data, why):
    with pytest.raises(ListError, match=why):
        loads(data, "bad.list")
    (tmp_path / "bad.list").write_bytes(data)
    (tmp_path / "good.list").write_bytes(
        dumps(DomainList("good", "Good", "good", date(2026, 1, 1), ""), ["good.example"])
    )
    found = ListsFolder(tmp_path).current()
    assert found.category("https://good.example") == "good"
    assert len(found.damaged) == 1


def test_an_added_list_is_seen_without_a_restart_and_goes_when_it_is_removed(tmp_path):
    folder = ListsFolder(tmp_path)
    assert folder.current().category("https://new.example") == ""
    path = tmp_path / "new.list"
    path.write_bytes(dumps(DomainList("new", "N", "new", date(2026, 1, 1), ""), ["new.example"]))
    assert folder.current().category("https://new.example") == "new"
    path.unlink()
    assert folder.current().category("https://new.example") == ""


def test_what_ships_is_whole_and_open():
    found = ListsFolder().current()
    assert found.damaged == ()
    assert {Category.VPN, Category.PROXY, Category.ANONYMITY, Category.GAMES} <= {
        one.category for one in found.programs
    }
    assert found.category("https://www.bet365.com/#/HO/") == "gambling"
    assert found.category("https://www.bbc.co.uk/news") == ""
    assert found.running("NordVPN.exe").id == "nordvpn"
    assert found.running("firefox") is None
    assert all(not one.restricted for one in found.sites)
    assert len(list(shipped().iterdir())) >= 9


@pytest.mark.parametrize(
    "text",
    ['files = ["*"]', 'sha256 = ["abc"]', 'category = "nonsense"', "colour = 1", 'files = "x"'],
)
def test_a_program_that_would_fit_everything_or_says_nonsense_is_refused(text):
    head = 'format = "tutelage-programs/1"\n[[program]]\nid = "x"\n'
    category = "" if "category" in text else 'category = "vpn"\n'
    with pytest.raises(AgentError):
        load_programs((head + category + text).encode(), "x.toml")


@given(st.text(max_size=80))
def test_no_address_breaks_the_look_up(text):
    ListsFolder().current().of(text)
    ListsFolder().current().of(f"https://{text}/{text}")
