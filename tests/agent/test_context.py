"""More of a text is kept around what was found, sealed, for a few days; and sent when asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from one_detector import FIRST, KEY, SUBJECT, OneDetector
from small_pack import small_pack
from tutelage_agent.context import ContextRing, delete_all
from tutelage_agent.context import ring as rings
from tutelage_agent.detection.excerpt import STRETCH, stretch
from tutelage_agent.errors import SpoolError
from tutelage_policy.match import Matcher
from tutelage_wire import sealed
from tutelage_wire.context import ContextAnswer, ContextState, answer_id
from tutelage_wire.events import Channel, DetectionFinding, EventId
from tutelage_wire.sealed import SealContext

PHRASE = "i want to sink the school raft"
BEFORE = "The tide tables hung beside the door of the boathouse.\n" * 60
AFTER = " Marrowfat peas were served on Tuesday, says the notice." * 60
TEXT = f"{BEFORE}{PHRASE}.{AFTER}"


@pytest.fixture
def school(tmp_path):
    one = OneDetector(tmp_path, Matcher(small_pack()))
    yield one
    one.spool.close()


def write_down(school, text=TEXT, day=0.0, source="/home/a/diary.odt"):
    school.hear(text, day, source=source, channel=Channel.FILE)
    return found(school)[-1]


def found(school):
    return [one for one in school.events() if isinstance(one.body, DetectionFinding)]


def answers(school):
    return [one for one in school.events() if isinstance(one.body, ContextAnswer)]


def kept_files(school):
    folder = school.folder / rings.FOLDER
    return sorted(path for path in folder.iterdir() if path.suffix == ".sealed")


def test_the_stretch_is_up_to_two_thousand_characters_either_side_and_marks_the_match():
    start = TEXT.index(PHRASE)
    words, spans = stretch(TEXT, [(start, start + len(PHRASE))])
    assert [words[begin:end] for begin, end in spans] == [PHRASE]
    assert spans[0][0] <= STRETCH + 2
    assert len(words) - spans[0][1] <= STRETCH + 2
    assert words.startswith("… ")
    assert words.endswith(" …")
    assert "\n" in words


def test_addresses_in_the_stretch_are_masked_also_where_it_is_cut():
    address = "mia.b@example.invalid"
    around = f"{address} " * 200
    text = f"{around}{PHRASE} {around}"
    start = text.index(PHRASE)
    words, _ = stretch(text, [(start, start + len(PHRASE))])
    assert "mia" not in words
    assert "example" not in words


def test_of_a_short_text_there_is_no_more_than_its_excerpt(school):
    assert stretch(PHRASE, [(0, len(PHRASE))]) is None
    assert write_down(school, PHRASE).body.context_until is None
    assert school.ring.held().count == 0


def test_a_finding_says_until_when_more_is_kept_and_the_answer_opens_with_the_readers_key(school):
    event = write_down(school)
    assert event.body.context_until == school.now + timedelta(days=7)
    assert school.ring.held().until == event.body.context_until
    school.answering.asked([event.id])
    (answer,) = answers(school)
    assert answer.id == answer_id(event.id)
    assert (answer.body.finding, answer.body.state) == (event.id, ContextState.SENT)
    place = SealContext("ret", SUBJECT.device_id, answer.id)
    content = sealed.open_sealed(answer.body.sealed, KEY, place)
    assert "tide tables" in content.excerpt
    assert "Marrowfat" in content.excerpt
    assert (content.account, content.source) == ("a.pupil", "diary.odt")
    start, end = content.spans[0]
    assert content.excerpt[start:end] == PHRASE


def test_of_what_matched_nothing_and_of_mere_trends_nothing_is_kept(school):
    school.hear(BEFORE, channel=Channel.FILE, source="/home/a/tides.txt")
    assert school.ring.held().count == 0
    assert not (school.folder / rings.FOLDER).exists()


def test_nothing_on_the_disk_can_be_read_not_even_by_the_agent(school):
    write_down(school)
    whole = b"".join(path.read_bytes() for path in school.folder.rglob("*") if path.is_file())
    for word in (b"tide tables", b"Marrowfat", b"raft", b"diary", b"a.pupil"):
        assert word not in whole
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept_files(school))


def test_asked_again_and_after_a_restart_it_is_one_answer(school):
    event = write_down(school)
    school.answering.asked([event.id, event.id])
    school.answering.asked([event.id])
    school.start()
    school.answering.asked([event.id])
    assert len(answers(school)) == 1
    assert kept_files(school) == []
    assert school.ring.held().count == 0


def test_killed_between_sending_and_deleting_the_same_event_is_sent_again(school):
    event = write_down(school)
    before = {path: path.read_bytes() for path in kept_files(school)}
    school.answering.asked([event.id])
    for mark in (school.folder / rings.FOLDER).iterdir():
        mark.unlink()
    for path, data in before.items():
        path.write_bytes(data)  # as a kill -9 would have left it
    school.start()
    school.answering.asked([event.id])
    first, second = answers(school)
    assert (first.id, first.body) == (second.id, second.body)


def test_a_finding_that_could_not_be_reported_leaves_nothing_behind(school):
    school.reporter.full = True
    with pytest.raises(SpoolError):
        school.hear(TEXT, source="/home/a/diary.odt", channel=Channel.FILE)
    assert school.ring.held().count == 0
    assert kept_files(school) == []
    school.reporter.full = False
    assert write_down(school).body.context_until is not None


def test_when_the_disk_is_full_the_answer_waits_and_what_is_kept_stays(school):
    event = write_down(school)
    school.reporter.full = True
    school.answering.asked([event.id])
    assert school.ring.held().count == 1
    school.reporter.full = False
    school.answering.asked([event.id])
    assert len(answers(school)) == 1


def test_after_its_time_it_is_deleted_and_the_answer_says_so(school):
    event = write_down(school)
    school.now += timedelta(days=7, seconds=1)
    school.answering.asked([event.id])
    (answer,) = answers(school)
    assert answer.body == ContextAnswer(event.id, ContextState.NOT_KEPT)
    assert kept_files(school) == []


def test_a_shorter_policy_shortens_what_is_kept_already_and_none_deletes_it(school):
    event = write_down(school)
    school.now += timedelta(days=2)
    school.days = 3
    school.ring.settle()
    assert school.ring.held().until == event.device_time + timedelta(days=3)
    school.days = 0
    school.ring.settle()
    assert kept_files(school) == []
    school.answering.asked([event.id])
    (answer,) = answers(school)
    assert answer.body.state is ContextState.SWITCHED_OFF
    assert write_down(school, day=3, source="/home/a/b.odt").body.context_until is None


def test_a_clock_that_stood_in_the_future_keeps_nothing_for_ever(school):
    school.hear(TEXT, 400, source="/home/a/diary.odt", channel=Channel.FILE)
    school.now -= timedelta(days=400)
    school.ring.settle()
    assert kept_files(school) == []


def test_a_made_up_finding_gets_a_no_and_ten_thousand_of_them_no_flood(school):
    for number in range(10_000):
        school.answering.asked([EventId(f"{number:032x}")])
    said = answers(school)
    assert {one.body.state for one in said} == {ContextState.NOT_KEPT}
    assert len(said) == 30
    real = write_down(school)
    school.answering.asked([real.id])
    assert answers(school)[-1].body.state is ContextState.SENT


def test_the_ring_stays_within_its_bounds_and_the_oldest_goes_first(tmp_path):
    moment = [FIRST]
    ring = ContextRing(tmp_path, lambda: 7, lambda: moment[0], most_bytes=1_000)
    ids = [EventId(f"{number:032x}") for number in range(20)]
    for one in ids:
        moment[0] += timedelta(minutes=1)
        ring.keep(one, b"x" * 100)
    assert ring.held().count == 10
    assert ring.take(ids[0]) is None
    assert ring.take(ids[-1]) == b"x" * 100
    assert ring.keep(EventId("ff" * 16), b"x" * 1_001) is None
    many = ContextRing(tmp_path / "many", lambda: 7, lambda: moment[0])
    (tmp_path / "many").mkdir()
    for number in range(rings.MOST_KEPT + 5):
        moment[0] += timedelta(seconds=1)
        many.keep(EventId(f"{number:032x}"), b"x")
    assert many.held().count == rings.MOST_KEPT


def test_half_written_and_strange_files_do_no_harm(school):
    event = write_down(school)
    folder = school.folder / rings.FOLDER
    (folder / "0001.new").write_bytes(b"half")
    damaged = kept_files(school)[0]
    damaged.write_bytes(damaged.read_bytes()[:40])
    school.start()
    assert not (folder / "0001.new").exists()
    school.answering.asked([event.id])
    assert answers(school)[0].body.state is ContextState.NOT_KEPT


def test_a_revoked_or_removed_agent_keeps_nothing(school):
    write_down(school)
    school.answering.revoked()
    assert kept_files(school) == []
    write_down(school, day=1, source="/home/a/other.odt")
    delete_all(school.folder)
    assert not (school.folder / rings.FOLDER).exists()
