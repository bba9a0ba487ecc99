"""What a report costs over three years of forty schools: 50 million events.

A database is filled as 50 million events would leave it: their daily counts by school, kind, risk
area and grade (``rollup``), 100,000 alerts with their episodes, 10,000 devices with a heartbeat and
12 judgements each, 4,000 concerns. The 50 million events themselves lie in no table that a report
reads, and are not made. Each report is made for the whole trust over the three years, and for one
school over a term; the slowest counts.

Peer: what one would write without daily counts, ``SELECT … count(*) … GROUP BY`` by month, school,
kind, area and grade over a table with one narrow row an event, by SQLite itself. It is measured on
a table of 2 million rows (``--rows``) and multiplied, as a scan without an index costs in
proportion to its rows; the factor is printed. Both are warm and in one thread; what is counted is
CPU time, the median of three runs.

Goal: each report under 5 seconds. Last line: ``ratio: N``, the slowest report beside the peer.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from live_collector import judgement
from tutelage_collector import config, state
from tutelage_collector.figures import Period, term_of
from tutelage_collector.reports import catalogue, paper
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import (
    AgeBand,
    Channel,
    Event,
    Heartbeat,
    RiskArea,
    SensorReport,
    SensorState,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tutelage_collector.config import Config

TRUST = "ret"
EVENTS = 50_000_000
SCHOOLS = tuple(f"school-{number:02d}" for number in range(1, 41))
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LAST = NOW.date()
FIRST = LAST.replace(year=LAST.year - 3)
DAYS = (LAST - FIRST).days + 1
CHECKS = 12
CONCERNS = 4_000
SEED = 20261128
GOAL_SECONDS = 5.0
SUBCATEGORIES = {
    RiskArea.CONTENT: ("self_harm", "suicide", "drugs", "hate_racism", "pornography"),
    RiskArea.CONTACT: ("grooming", "sextortion", "meeting_strangers"),
    RiskArea.CONDUCT: ("bullying", "nudes", "threats"),
    RiskArea.COMMERCE: ("gambling", "scam"),
    RiskArea.CIRCUMVENTION: ("vpn_proxy",),
    RiskArea.DISCLOSURE: ("abuse_at_home", "neglect"),
}
OUTCOMES = ("pastoral", "advice_to_pupil", "false_positive_context", "safeguarding_concern",
            "cyber_bullying", "referral_social_care")  # fmt: skip


def main() -> int:
    """Fill, measure, print."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--rows", type=int, default=2_000_000, help="of the peer's table")
    asked.add_argument("--alerts", type=int, default=100_000)
    asked.add_argument("--devices", type=int, default=10_000)
    asked.add_argument("--keep", type=Path, help="leave the filled state folder here")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary) / "state"
        settings = fill(folder, options.alerts, options.devices)
        ours = measure(settings)
        theirs = peer(Path(temporary) / "peer.db", options.rows)
    print(f"the slowest report: {ours:.2f} s; goal: {GOAL_SECONDS} s; peer: {theirs:.1f} s")
    print(f"ratio: {ours / theirs:.3f}")
    return 0


def fill(folder: Path, alerts: int, devices: int) -> Config:
    """Make a state folder as 50 million events would leave it."""
    state.initialise(folder, TRUST, SCHOOLS[0], times.utc_now())
    settings = config.load(folder)
    with closing(state.open_store(settings)):  # brings the schema up to date
        pass
    draw = random.Random(SEED)
    with closing(sqlite3.connect(settings.database)) as base:
        base.execute("PRAGMA synchronous=OFF")
        with base:
            counted = sum(_put(base, "rollup", _rollups(draw, alerts)))
            ids = [f"{number:064x}" for number in range(devices)]
            _put(base, "device", _devices(ids))
            _put(base, "device_seen", _seen(ids))
            _put(base, "judgement", _judgements(draw, ids))
            raised = list(_alerts(draw, ids, alerts))
            _put(base, "alert", raised)
            base.execute("INSERT INTO taken_in VALUES (?, ?)", (TRUST, alerts))
            _put(base, "episode", _episodes(draw, raised))
            _put(base, "concern", _concerns(draw))
        rows = base.execute("SELECT count(*) FROM rollup").fetchone()[0]
        base.execute("ANALYZE")
    print(
        f"filled: {counted:,} events in {rows:,} daily counts, {alerts:,} alerts, "
        f"{devices:,} devices, {devices * CHECKS:,} judgements"
    )
    return settings


def _put(base: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> Iterator[int]:
    """Insert rows; gives what their last column counts, where that is a number."""
    found: list[int] = []
    many: list[tuple[object, ...]] = []

    def flush() -> None:
        if many:
            marks = ", ".join("?" * len(many[0]))
            base.executemany(f"INSERT INTO {table} VALUES ({marks})", many)
            many.clear()

    for row in rows:
        many.append(row)
        if isinstance(row[-1], int):
            found.append(row[-1])
        if len(many) >= 50_000:
            flush()
    flush()
    return iter(found)


def _rollups(draw: random.Random, alerts: int) -> Iterator[tuple[object, ...]]:
    """Give daily counts that add up to the 50 million events."""
    cells = len(SCHOOLS) * DAYS
    beats, rest = int(EVENTS * 0.75), EVENTS - int(EVENTS * 0.75) - alerts
    for number in range(cells):
        school, day = SCHOOLS[number % len(SCHOOLS)], FIRST + timedelta(number // len(SCHOOLS))
        for kind, total in (("heartbeat", beats), ("compliance", rest)):
            share = total // cells + (number < total % cells)
            yield TRUST, school, day.isoformat(), kind, "", 0, share
    found: dict[tuple[str, str, str, int], int] = {}
    for _ in range(alerts):
        day = FIRST + timedelta(draw.randrange(DAYS))
        key = (draw.choice(SCHOOLS), day.isoformat(), draw.choice(list(RiskArea)).value,
               draw.choice((1, 2, 2, 3, 3, 3, 4, 5)))  # fmt: skip
        found[key] = found.get(key, 0) + 1
    for (school, day_, area, grade), count in found.items():
        yield TRUST, school, day_, "detection", area, grade, count


def _devices(ids: list[str]) -> Iterator[tuple[object, ...]]:
    for number, one in enumerate(ids):
        staff = number % 10 == 0
        yield (
            TRUST, one, SCHOOLS[number % len(SCHOOLS)], "", "staff" if staff else "pupil",
            AgeBand.ADULT.value if staff else AgeBand.SECONDARY.value, "assigned", "active", 1,
            b"", b"", "", times.to_ms(NOW) - 10**9, times.to_ms(NOW) + 10**9, f"device-{number}",
            "windows-11", "", "", "", "", "0.1.0", "",
        )  # fmt: skip


def _seen(ids: list[str]) -> Iterator[tuple[object, ...]]:
    for number, one in enumerate(ids):
        blind = ("browser_history:private_windows",) if number % 3 else ()
        state_ = SensorState.RUNNING if number % 7 else SensorState.BLIND
        beat = Heartbeat(
            "0.1.0", "windows-11", 60, "file", 0, 0, ("kcsie@0.1.0#0123456789abcdef",), 1, "pupil",
            0, (SensorReport("files", state_, "", None),), blind,
        )  # fmt: skip
        away = times.to_ms(NOW) - (number % 20 == 0) * 10 * 86_400_000
        event = Event(codec.new_event_id(), NOW, 1, "0" * 32, beat)
        yield TRUST, one, away, away, codec.encode_event(event)


def _judgements(draw: random.Random, ids: list[str]) -> Iterator[tuple[object, ...]]:
    clauses = [f"OSP 11.a.{number}" for number in (1, 2, 3, 4, 5, 7)]
    event = Event(codec.new_event_id(), NOW, 1, "0" * 32, judgement(Status.PASS))
    data, number = codec.encode_event(event), 0
    for place, one in enumerate(ids):
        for check in range(CHECKS):
            number += 1
            status = draw.choice(("pass",) * 8 + ("fail", "unknown"))
            yield (
                number, TRUST, one, "school-s11", f"check.{check}", status, None, 1, number, None,
                times.to_ms(NOW) - draw.randrange(10**8), None, "device",
                SCHOOLS[place % len(SCHOOLS)], clauses[check % len(clauses)], data,
            )  # fmt: skip


def _alerts(draw: random.Random, ids: list[str], alerts: int) -> Iterator[tuple[object, ...]]:
    channels = [one.value for one in Channel]
    for number in range(alerts):
        area = draw.choice(list(RiskArea))
        at = times.to_ms(NOW) - draw.randrange(DAYS * 86_400_000)
        place = draw.randrange(len(ids))
        yield (
            number + 1, TRUST, f"{number:032x}", ids[place], SCHOOLS[place % len(SCHOOLS)],
            draw.choice((1, 2, 2, 3, 3, 3, 4, 5)), "concern", area.value,
            draw.choice(SUBCATEGORIES[area]), draw.choice(channels),
            draw.choice(("secondary", "secondary", "sixth_form", "primary")), "a.rule.0001", 100,
            80, "kcsie@0.1.0#0123456789abcdef", f"{draw.randrange(20_000):032x}", 1,
            "canary" if number % 25 == 0 else "", at, at + draw.randrange(9_000), 1,
            TravelLane.URGENT.value, number + 1, b"\0" * 700,
        )  # fmt: skip


def _episodes(
    draw: random.Random, raised: list[tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    for one in raised:
        grade, at = int(str(one[5])), int(str(one[19]))
        if one[17] or grade < 3:
            continue
        promise = {5: 300, 4: 1_800, 3: 86_400}[grade]
        took = at + int(promise * 1000 * draw.choice((0.2, 0.4, 0.5, 0.7, 0.9, 1.6)))
        yield (TRUST, one[2], one[4], one[3], one[15], "ladder", grade, 0, 1, at, at, "dsl", took,
               None, "")  # fmt: skip


def _concerns(draw: random.Random) -> Iterator[tuple[object, ...]]:
    for number in range(CONCERNS):
        at = times.to_ms(NOW) - draw.randrange(DAYS * 86_400_000)
        area = draw.choice(list(RiskArea))
        outcome = draw.choice(OUTCOMES)
        false = outcome.startswith("false")
        logged = not false and draw.random() < 0.9
        grade = draw.choice((3, 4, 5))
        yield (
            TRUST, f"{number:032x}", draw.choice(SCHOOLS), "pupil" if number % 40 else "staff",
            draw.choice(("alerts", "alerts", "report")), "closed", grade, area.value,
            draw.choice(SUBCATEGORIES[area]), at, "dsl", at + 10**5, outcome, at + 10**7,
            at + 2 * 10**7, "not_needed" if grade == 5 else "", None, "R1" if logged else "",
            "dsl" if logged else "", at + 5 * 10**7 if logged else None,
        )  # fmt: skip


def measure(settings: Config) -> float:
    """Print what each report takes; return the slowest."""
    whole, term = Period(FIRST, LAST), Period(term_of(LAST)[1].first, LAST)
    slowest = 0.0
    with closing(state.open_store(settings)) as store:
        for entry in catalogue.CATALOGUE.values():

            def made(school: str | None, period: Period, entry: catalogue.Entry = entry) -> object:
                return catalogue.make(entry, store, settings, NOW, period, school)

            trust = _median(lambda made=made: made(None, whole))
            school = _median(lambda made=made: made(SCHOOLS[0], term))
            document = catalogue.make(entry, store, settings, NOW, whole, None)
            printed = _median(lambda document=document: paper.as_pdf(document))
            print(
                f"{entry.name.value:>14}: trust, 3 years {trust:5.2f} s; one school, a term "
                f"{school:5.2f} s; as PDF {printed:5.2f} s more"
            )
            slowest = max(slowest, trust + printed)
    return slowest


def peer(path: Path, rows: int) -> float:
    """Return what a plain scan of 50 million events takes."""
    draw = random.Random(SEED)
    days = [(FIRST + timedelta(number)).isoformat() for number in range(DAYS)]
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE TABLE event (day TEXT, school TEXT, kind TEXT, area TEXT, grade INTEGER)"
        )
        with base:
            base.executemany(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?)",
                (
                    (draw.choice(days), draw.choice(SCHOOLS), "heartbeat", "", 0)
                    for _ in range(rows)
                ),
            )
        ask = (
            "SELECT substr(day, 1, 7), school, kind, area, grade, count(*) FROM event "
            "WHERE day BETWEEN ? AND ? GROUP BY 1, 2, 3, 4, 5"
        )
        seconds = _median(
            lambda: base.execute(ask, (FIRST.isoformat(), LAST.isoformat())).fetchall()
        )
    factor = EVENTS / rows
    print(f"peer: {seconds:.2f} s for {rows:,} rows, times {factor:.0f}")
    return seconds * factor


def _median(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
