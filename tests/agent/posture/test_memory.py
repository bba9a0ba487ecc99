"""What the device remembers between looks: first sightings, lock samples, a day's dear look."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from posture_facts import NOW, saw
from tutelage_agent.host import Session, System
from tutelage_agent.host.local import LocalHost
from tutelage_agent.host.reading import value
from tutelage_agent.posture import first_seen, kept, lock_samples
from tutelage_agent.posture.facts import saw as observe_saw
from tutelage_agent.posture.first_seen import Age
from tutelage_agent.posture.lock_samples import Sample

MINUTE = timedelta(minutes=1)
ME = "account:me"


class Clock:
    now = NOW

    def __call__(self):
        return self.now


def device(tmp_path, clock) -> LocalHost:
    state = tmp_path / "state"
    state.mkdir(exist_ok=True)
    host = LocalHost(root=tmp_path, state=state, salt=b"x", clock=clock)
    host.system = System.LINUX
    return host


def test_what_was_there_at_the_first_look_has_no_known_age(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    assert first_seen.oldest(host, "seen.json", ("a",)) == Age(NOW, known=False)
    clock.now = NOW + timedelta(days=15)
    assert first_seen.oldest(host, "seen.json", ("a", "b")) == Age(NOW, known=False)


def test_what_appears_later_is_as_old_as_its_first_sighting(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    assert first_seen.oldest(host, "seen.json", ()) is None
    clock.now = NOW + timedelta(days=1)
    first_seen.oldest(host, "seen.json", ("a",))
    clock.now = NOW + timedelta(days=9)
    assert first_seen.oldest(host, "seen.json", ("a",)) == Age(NOW + timedelta(days=1), known=True)


def test_what_was_installed_and_is_offered_again_starts_anew(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    first_seen.oldest(host, "seen.json", ())
    first_seen.oldest(host, "seen.json", ("a",))
    first_seen.oldest(host, "seen.json", ())
    clock.now = NOW + timedelta(days=30)
    assert first_seen.oldest(host, "seen.json", ("a",)) == Age(clock.now, known=True)


def test_a_device_that_can_keep_nothing_knows_no_age(tmp_path):
    host = LocalHost(root=tmp_path, state=tmp_path / "missing", clock=Clock())
    host.system = System.LINUX
    assert first_seen.oldest(host, "seen.json", ("a",)) is None


def looked_at(host, **session):
    seats = value((Session(id="2", account="1000", **session),))
    desktop = observe_saw(host, "desktop", found=True, source="test")
    seen = lock_samples.observe(host, seats, desktop)
    return {o.fact: o.value for o in seen}


def test_a_session_left_open_is_remembered_for_a_day_and_then_let_go(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    found = looked_at(host, locked=False, idle_since=NOW - 20 * MINUTE)
    assert found["left_open_seconds"] == 1200
    clock.now = NOW + timedelta(hours=23)
    assert looked_at(host, locked=False)["left_open_seconds"] == 1200
    clock.now = NOW + timedelta(hours=25)
    assert looked_at(host, locked=False)["left_open_seconds"] == 0


def test_a_weekend_behind_a_lock_counts_once(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    looked_at(host, locked=False)
    for hour in range(1, 40):
        clock.now = NOW + timedelta(hours=hour)
        found = looked_at(host, locked=True, idle_since=NOW)
    assert found["seen_locked"] == 1
    assert found["left_open_seconds"] == 0


def test_a_desktop_that_does_not_say_whether_it_is_locked_proves_nothing(tmp_path):
    host = device(tmp_path, Clock())
    seats = value((Session(id="2", account="1000", locked=None),))
    desktop = observe_saw(host, "desktop", found=True, source="test")
    seen = lock_samples.observe(host, seats, desktop)
    assert [o.outcome for o in seen if o.fact == "left_open_seconds"] == ["unsupported"]
    assert "seen_locked" not in {o.fact for o in seen}


@given(st.lists(st.builds(Sample, st.just(ME), st.just(NOW), st.integers(0, 10**6),
                          st.booleans())))  # fmt: skip
def test_samples_survive_their_file(samples):
    assert lock_samples.parse(lock_samples.dump(tuple(samples))) == tuple(samples)


def test_a_days_dear_look_is_kept_and_an_older_one_is_not(tmp_path):
    clock = Clock()
    host = device(tmp_path, clock)
    seen = (
        saw("missing_fixes", ("openssl=3",)),
        saw("oldest_fix_at", NOW, needed=False),
        saw("up_seconds", 5),
        saw("restart_pending", True),
    )
    assert kept.save(host, {"os.fixes": seen})
    assert kept.load(host) == {"os.fixes": seen}
    clock.now = NOW + timedelta(hours=25)
    assert kept.load(host) == {}
    clock.now = NOW - timedelta(hours=1)
    assert kept.load(host) == {}, "a clock that was set back makes nothing young"


def test_a_file_that_somebody_damaged_is_no_memory(tmp_path):
    host = device(tmp_path, Clock())
    for name, content in (
        (kept.FILE, b'{"checks": {"os.fixes": [{"fact": 1}]}}'),
        (lock_samples.FILE, b"[]"),
        ("seen.json", b"\xff"),
    ):
        (tmp_path / "state" / name).write_bytes(content)
    assert kept.load(host) == {}
    assert looked_at(host, locked=False)["seen_locked"] == 0
    assert first_seen.oldest(host, "seen.json", ("a",)) == Age(NOW, known=False)
