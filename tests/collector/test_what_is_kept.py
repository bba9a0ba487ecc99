"""What goes by the clock alone: no table is forgotten, holds hold, every chain still verifies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

from live_collector import SCHOOL, Device, LiveCollector, heartbeat
from tutelage_collector.rights import holdings, holds, retention, schedule
from tutelage_collector.rights.schedule import Kept
from tutelage_collector.store.records import DeviceState
from tutelage_collector.store.records_rights import HoldKind
from tutelage_wire import times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import IctFinding, IntegrityFinding, IntegrityKind, UsageCounts

if TYPE_CHECKING:
    from tutelage_collector.store.sqlite import SqliteStore

PUPIL = "ab" * 16


def test_every_table_says_how_long_it_is_kept(collector: LiveCollector) -> None:
    with closing(sqlite3.connect(collector.settings.database)) as database:
        tables = {
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        }
    assert set(holdings.HELD) == tables
    for name, how in holdings.HELD.items():
        assert how, name
    kinds = {one for how in holdings.HELD.values() for one in how if isinstance(one, Kept)}
    assert kinds == set(Kept)


def said(collector: LiveCollector) -> Device:
    """A device that told ICT, counted visits, stopped once, and was then cut off."""
    device = collector.device()
    day = times.utc_now().date()
    device.send(
        device.batch_of(
            heartbeat(),
            IctFinding("download", "an invented program", account=PUPIL),
            UsageCounts(day, PUPIL, (("social", 7),)),
            IntegrityFinding(IntegrityKind.TIME_HOLE, "60 seconds"),
            heartbeat(),
            lane=TravelLane.BULK,
        ),
        lane=TravelLane.BULK,
    )
    with collector.store() as store:
        store.set_device_state(device.id, DeviceState.REVOKED)
    return device


def numbers(store: SqliteStore) -> tuple[int, int, int]:
    return (
        len(store.ict_findings()),
        len(store.site_counts(date.min, SCHOOL)),
        len([one for one in store.integrity() if one.kind == IntegrityKind.TIME_HOLE]),
    )


def test_what_devices_told_goes_with_its_events_and_every_chain_still_verifies(
    collector: LiveCollector,
) -> None:
    device = said(collector)
    terms = schedule.load(collector.settings.folder)
    late = times.utc_now() + timedelta(days=500)
    with collector.store() as store:
        counted = store.rollup()
        assert numbers(store) == (1, 1, 1)
        found = {one.term.kept: one for one in retention.due(store, terms, late)}
        assert [found[one].count for one in (Kept.ICT, Kept.USAGE, Kept.INTEGRITY)] == [1, 1, 1]
        assert found[Kept.DEVICES].count == 1
        retention.apply(store, list(found.values()), "schedule", late)
        assert numbers(store) == (0, 0, 0)
        assert store.check() == []
        gone = store.device(device.id)
        assert gone is not None
        assert (gone.evidence.label, gone.evidence.serial) == ("", "")
        assert gone.signing_key
        store.rebuild()
        assert numbers(store) == (0, 0, 0)
        assert sum(one.events for one in store.rollup()) == sum(one.events for one in counted)
        again = retention.due(store, terms, late)
        assert not [one for one in again if one.count and one.term.kept is not Kept.POSTURE]
    data = b"".join(path.read_bytes() for path in collector.settings.folder.glob("collector.db*"))
    assert b"an invented program" not in data


def test_a_hold_on_an_account_or_a_device_keeps_what_they_told(collector: LiveCollector) -> None:
    device = said(collector)
    terms = schedule.load(collector.settings.folder)
    late = times.utc_now() + timedelta(days=500)
    for subject in (f"account {PUPIL}", f"device {device.id}", holds.EVERYTHING):
        with collector.store() as store:
            placed = holds.place(store, HoldKind.LEGAL, subject, "a claim", "", "head", late)
            found = {one.term.kept: one for one in retention.due(store, terms, late)}
            assert found[Kept.ICT].count == 0, subject
            assert found[Kept.USAGE].count == 0, subject
            assert found[Kept.ICT].held == 1, subject
            retention.apply(store, list(found.values()), "schedule", late)
            assert numbers(store)[:2] == (1, 1)
            store.release_hold(placed.id, "head", late)


def test_a_rota_that_was_replaced_goes_and_the_one_in_use_stays(collector: LiveCollector) -> None:
    terms = schedule.load(collector.settings.folder)
    start = times.utc_now()
    with closing(sqlite3.connect(collector.settings.database)) as database, database:
        for version, years in ((101, 0), (102, 1), (103, 7)):
            at = times.to_ms(start + timedelta(days=366 * years))
            database.execute(
                "INSERT INTO rota VALUES ('ret', ?, ?, ?, 'head', '')", (SCHOOL, version, at)
            )
    with collector.store() as store:
        late = start + timedelta(days=366 * 8)
        found = [one for one in retention.due(store, terms, late) if one.term.kept is Kept.ROTAS]
        retention.apply(store, found, "schedule", late)
    with closing(sqlite3.connect(collector.settings.database)) as database:
        left = [row[0] for row in database.execute("SELECT version FROM rota ORDER BY version")]
    assert left == [102, 103]
