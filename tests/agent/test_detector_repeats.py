"""What is said again and again within days is told with a higher grade; counting keeps no text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from one_detector import SUBJECT, OneDetector
from small_pack import small_pack
from tutelage_agent.errors import SpoolError
from tutelage_policy.match import Matcher
from tutelage_wire.events import Channel


@pytest.fixture
def school(tmp_path):
    one = OneDetector(tmp_path, Matcher(small_pack()))
    yield one
    one.spool.close()


def test_the_third_day_within_a_week_is_told_with_the_higher_grade(school):
    for day in (0, 2, 6):
        school.hear("martians are daft", day)
    assert school.grades() == [2, 2, 4]
    assert school.told()[-1].repeats == 3


def test_what_is_weeks_apart_is_not_repeated(school):
    for day in (0, 8, 16, 24):
        school.hear("martians are daft", day)
    assert school.grades() == [2, 2, 2, 2]


def test_three_ways_of_saying_it_within_a_minute_do_not_wait_for_the_minute(school):
    for number, word in enumerate(("daft", "silly", "all daft")):
        school.hear(f"martians are {word}", number / 86_400)
    assert school.grades() == [2, 4]


def test_one_document_that_is_saved_all_week_is_one_occasion(school):
    for day in range(6):
        text = "martians are daft " + "and so on " * day
        school.hear(text, day, source="/home/a/essay.odt", channel=Channel.FILE)
    assert set(school.grades()) == {2}


def test_the_same_search_brought_twice_on_one_day_is_one_occasion(school):
    for day in (0, 0.1, 0.2, 0.3):
        school.hear("martians are daft", day)
    assert set(school.grades()) == {2}


def test_each_account_is_counted_by_itself_and_an_unknown_one_never(school):
    for number in range(3):
        school.hear("martians are daft", number, account=f"pupil{number}")
        school.hear("martians are daft", number + 0.5, account="")
    assert set(school.grades()) == {2}


def test_counts_survive_a_restart(school):
    school.hear("martians are daft", 0)
    school.hear("martians are daft", 1)
    school.start()
    school.hear("martians are daft", 2)
    assert school.grades() == [2, 2, 4]


def test_what_is_kept_holds_no_text_no_name_and_no_source(school):
    school.hear("martians are daft", source="/home/a/essay.odt")
    file = school.folder / "repeats.counts"
    data = file.read_bytes()
    assert SUBJECT.pseudonym("a.pupil").encode() in data
    for word in (b"martians", b"daft", b"pupil", b"essay"):
        assert word not in data
    assert file.stat().st_mode & 0o077 == 0


def test_what_no_rule_needs_any_more_leaves_the_disk(school):
    school.hear("martians are daft", 0, account="long.gone")
    school.hear("martians are daft", 9)
    data = (school.folder / "repeats.counts").read_bytes()
    assert SUBJECT.pseudonym("long.gone").encode() not in data
    assert b"2026-12-01" not in data


@pytest.mark.parametrize("damage", [b"", b"\x00\xff", b"{}\n[]", b'{"version":1,"counts":[]}\n[1]'])
def test_damaged_counts_begin_anew_and_detection_goes_on(school, damage):
    school.hear("martians are daft", 0)
    school.hear("martians are daft", 1)
    (school.folder / "repeats.counts").write_bytes(damage)
    school.start()
    for day in (2, 3, 4):
        school.hear("martians are daft", day)
    assert school.grades() == [2, 2, 2, 2, 4]


def test_what_could_not_be_reported_is_counted_when_it_comes_again(school):
    school.hear("martians are daft", 0)
    school.hear("martians are daft", 1)
    school.reporter.full = True
    for _ in range(3):
        with pytest.raises(SpoolError):
            school.hear("martians are daft", 2)
    school.reporter.full = False
    school.hear("martians are daft", 2)
    assert school.grades() == [2, 2, 4]
    assert school.told()[-1].repeats == 3


def test_a_trend_is_nobodys_and_is_never_counted(tmp_path):
    pack = small_pack()
    rules = tuple(replace(r, grades=(1,) * 4) if r.repeat else r for r in pack.rules)
    school = OneDetector(tmp_path, Matcher(replace(pack, rules=rules)))
    for day in range(5):
        school.hear("martians are daft", day)
    assert school.grades() == [1] * 5
    assert not (tmp_path / "repeats.counts").exists()
    school.spool.close()
