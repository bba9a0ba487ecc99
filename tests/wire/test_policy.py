"""The effective policy: read strictly, and what it lets run when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signed_policy import TEXT, body, policy
from tutelage_collector import policy_files
from tutelage_wire.errors import DecodeError, WireError
from tutelage_wire.ids import DeviceId
from tutelage_wire.policy import BUILT_IN, PackEntry, Profile, SensorName, Stage
from tutelage_wire.policy.notice import Audience, notice
from tutelage_wire.policy.reading import policy_from
from tutelage_wire.policy.scope import Place, Why, context_days, scope

PUPIL, STAFF = Place(Profile.PUPIL, "rowan"), Place(Profile.STAFF, "rowan")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_template_that_people_fill_in_is_a_policy_as_it_stands(tmp_path):
    path = tmp_path / "policy.toml"
    text = policy_files.template("ret", "Rowan High", date(2026, 11, 28))
    path.write_text(text, encoding="utf-8")
    draft = policy_files.read_draft(path)
    assert draft.policy.rule(Profile.PUPIL).sensors
    assert SensorName.FILES not in draft.policy.rule(Profile.STAFF).sensors
    assert "@" not in text


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('sensors = ["files"', 'sensors = ["fils"', "'fils' is not one of files"),
        ("[profile.staff]", "[profile.teacher]", "known: pupil, staff"),
        ('hours = "school_day"', 'hours = "lessons"', "has no \\[hours.lessons\\]"),
        ("expires_on = 2027-08-31", "expires_on = 2029-08-31", "look yearly"),
        ("dpia =", "dpia_reference =", "basis.dpia: is missing"),
        ('title = "', 'watches = "x"\ntitle = "', "watches: is not a key"),
        ('from = "08:00"', 'from = "eight"', "time of day"),
        ("[[school]]", "[[schools]]", "needs one entry"),
        ("[profile.staff]", '[profile.personal]\nsensors=["files"]\n[profile.staff]', "never"),
        ('sensors = ["browser_history"]', 'sensors = ["browser_extension"]', "typed text"),
        ("format = 1", "format = 2", "this version reads format 1"),
        ("[profile.staff]", "[profile.staff]\ncontext_days = 8", "context_days"),
        ("[profile.staff]", "[profile.visitor]\ncontext_days = 1\n[profile.staff]", "no text"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_with_its_key(before, after, said):
    with pytest.raises(DecodeError, match=said):
        policy(TEXT.replace(before, after, 1))


def test_staff_are_watched_in_school_hours_of_term_only():
    held = policy()
    noon = at("2026-11-25 12:00")
    assert scope(held, STAFF, noon).running == {SensorName.BROWSER_HISTORY}
    assert scope(held, STAFF, noon).until == at("2026-11-25 17:00")
    evening = scope(held, STAFF, at("2026-11-25 18:00"))
    assert (evening.running, evening.why_not("browser_history")) == (frozenset(), Why.HOURS)
    assert evening.why_not("files") is Why.PROFILE
    assert evening.until == at("2026-11-26 08:00")
    assert scope(held, STAFF, at("2026-10-28 12:00")).why_not("browser_history") is Why.HOLIDAY
    assert scope(held, PUPIL, at("2026-11-25 23:00")).running >= {SensorName.FILES}


def test_hours_follow_the_clocks_of_the_school_through_summer_time():
    held = policy()
    assert scope(held, STAFF, at("2027-06-02 07:30")).running  # 8:30 in London
    assert not scope(held, STAFF, at("2026-11-25 07:30")).running


def test_a_boarder_has_hours_of_their_own_that_end_at_midnight():
    boarder = Place(Profile.STAFF, "rowan", "boarding")
    assert scope(policy(), boarder, at("2026-11-28 23:59")).running
    assert not scope(policy(), boarder, at("2026-11-29 00:00")).running
    assert not scope(policy(), boarder, at("2026-11-25 12:00")).running


def test_the_day_after_the_lawful_basis_ended_nothing_is_watched():
    held = policy()
    last, after = at("2027-08-31 22:59"), at("2027-08-31 23:00")  # midnight in London
    assert scope(held, PUPIL, last).running
    assert scope(held, PUPIL, last).until == after
    ended = scope(held, PUPIL, after)
    assert (ended.running, ended.basis_expired) == (frozenset(), True)
    assert ended.why_not("files") is Why.BASIS


def test_a_persons_own_device_is_never_watched_whatever_is_signed():
    for held in (policy(), BUILT_IN):
        own = scope(held, Place(Profile.PERSONAL, "rowan"), at("2026-11-25 12:00"))
        assert (own.running, own.basis_expired) == (frozenset(), False)


def test_without_a_signed_policy_only_pupils_devices_are_watched():
    now = at("2026-11-25 12:00")
    assert SensorName.FILES in scope(BUILT_IN, PUPIL, now).running
    assert SensorName.BROWSER_EXTENSION not in scope(BUILT_IN, PUPIL, now).running
    for profile in set(Profile) - {Profile.PUPIL}:
        assert not scope(BUILT_IN, Place(profile, "rowan"), now).running


def test_more_of_a_text_is_kept_only_where_a_signed_policy_says_so_and_while_its_basis_holds():
    noon = at("2026-11-25 12:00")
    assert context_days(policy(), PUPIL, noon) == 0
    signed = policy(TEXT.replace("[profile.pupil]", "[profile.pupil]\ncontext_days = 3", 1))
    assert context_days(signed, PUPIL, noon) == 3
    assert context_days(signed, PUPIL, at("2026-11-25 23:00")) == 3  # hours do not matter
    assert context_days(signed, STAFF, noon) == 0
    assert context_days(signed, PUPIL, at("2027-09-01 12:00")) == 0
    assert context_days(BUILT_IN, PUPIL, noon) == 7
    for profile in set(Profile) - {Profile.PUPIL}:
        assert context_days(BUILT_IN, Place(profile, "rowan"), noon) == 0


@pytest.mark.parametrize("voice", Audience)
def test_the_notice_tells_in_each_voice_that_more_of_a_text_is_kept_and_for_how_long(voice):
    noon = at("2026-11-25 12:00")

    def told(held):
        sections = notice(held, PUPIL, voice, noon).sections
        return [sentence for one in sections for sentence in one.sentences]

    one_day = policy(TEXT.replace("[profile.pupil]", "[profile.pupil]\ncontext_days = 1", 1))
    assert any("for 7 days" in one for one in told(BUILT_IN))
    said = set(told(one_day)) - set(told(policy()))
    assert len(said) == 1
    assert "for one day" in said.pop()


def test_a_sensor_that_no_policy_can_name_does_not_run():
    assert scope(policy(), PUPIL, at("2026-11-25 12:00")).why_not("microphone") is Why.PROFILE


def test_a_stage_is_a_share_of_devices_and_who_is_in_stays_in():
    entry = PackEntry("kcsie", "2.0.0", "ab" * 32, "cd" * 32, 1, (
        Stage(date(2026, 12, 1), 5), Stage(date(2026, 12, 3), 40), Stage(date(2026, 12, 7), 100),
    ), frozenset({"pilot"}))  # fmt: skip
    devices = [DeviceId(f"{number:032x}") for number in range(2000)]
    shares = [
        {one for one in devices if entry.meant_for(one, date(2026, 12, day))} for day in (1, 3, 7)
    ]
    assert 60 <= len(shares[0]) <= 140
    assert 700 <= len(shares[1]) <= 900
    assert shares[2] == set(devices)
    assert shares[0] < shares[1]
    before = date(2026, 11, 30)
    assert [one for one in devices if entry.meant_for(one, before)] == []
    assert entry.meant_for(DeviceId("pilot"), before)


def test_the_newest_pack_counts_by_number_not_by_letters():
    rows = [
        {"name": "kcsie", "version": one, "sha256": "ab" * 32, "artefact": "cd" * 32,
         "least_rules": 1}
        for one in ("1.9.0", "1.10.0")
    ]  # fmt: skip
    found = policy(pack=rows).pack_for(DeviceId("d"), date(2026, 12, 1))
    assert found is not None
    assert found.version == "1.10.0"


@given(st.dictionaries(st.sampled_from([*body(), "x"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
), max_size=4))  # fmt: skip
def test_arbitrary_tables_are_refused_with_a_reason(changes):
    said = "policy: "
    try:
        policy_from({**body(), **changes}, 1)
    except WireError as error:
        said = str(error)
    assert said.startswith("policy: ")


@given(st.integers(0, 394 * 24 * 60))
def test_nothing_changes_before_the_moment_that_is_said(minutes):
    now, held = at("2026-08-01") + timedelta(minutes=minutes), policy()
    found = scope(held, STAFF, now)
    if found.until is not None:
        assert now < found.until
        for part in (0.3, 0.99):
            between = now + (found.until - now) * part - timedelta(microseconds=1)
            if between > now:
                assert scope(held, STAFF, between).running == found.running
