"""Episodes and how alerts stand, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store import sqlite_rows
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_alerting import AlertState, Episode, Handling, Standing
from tutelage_wire import times
from tutelage_wire.events import DeviceId, EventId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_alerting import Placed

_ORDER = tuple(Standing)
_RANK = " ".join(f"WHEN '{one.value}' THEN {rank}" for rank, one in enumerate(_ORDER))
EPISODE_COLUMNS = (
    "episode_id, school, device_id, account, handling, grade, any_hour, alerts, opened_ms, "
    "latest_ms, acknowledged_by, acknowledged_ms, look_ms, says"
)
EPISODES = (
    f"SELECT {EPISODE_COLUMNS}, "  # noqa: S608 - constants
    # Named, because without statistics SQLite takes the index over changes, and reads all of it.
    f"(SELECT min(CASE standing {_RANK} END) FROM alert_state AS one "
    "INDEXED BY alert_state_by_episode "
    "WHERE one.trust = episode.trust AND one.episode_id = episode.episode_id) FROM episode "
    "WHERE trust = ? "
)
# In the words of the partial index.
_WAITING = (
    "INDEXED BY episode_waiting WHERE trust = ? AND acknowledged_ms IS NULL "
    "AND handling IN ('ladder', 'machines', 'before') "
)
_ALL = "WHERE trust = ? "
_ALERT = ", ".join(f"alert.{name.strip()}" for name in sqlite_rows.ALERT_COLUMNS.split(","))


def episode_of(row: tuple[Any, ...]) -> Episode:
    """Return the episode of a row of ``EPISODES``."""
    return Episode(
        id=EventId(row[0]),
        school=row[1],
        device_id=DeviceId(row[2]),
        account=row[3],
        handling=Handling(row[4]),
        grade=row[5],
        any_hour=bool(row[6]),
        alerts=row[7],
        opened_at=times.from_ms(row[8]),
        latest_at=times.from_ms(row[9]),
        acknowledged_by=row[10],
        acknowledged_at=None if row[11] is None else times.from_ms(row[11]),
        look_at=None if row[12] is None else times.from_ms(row[12]),
        says=row[13],
        standing=_ORDER[row[14] or 0],
    )


class SqliteAlerting(Database):
    """The part of the store that holds what people did about alerts."""

    def taken_in(self) -> int:
        """Return the cursor up to which alerts are in episodes."""
        row = self._row("SELECT number FROM taken_in WHERE trust = ?", self._trust)
        return row[0] if row else 0

    def take_in(self, before: int, after: int, placed: Sequence[Placed]) -> bool:
        """Keep newly placed alerts, and move the cursor on; False = work it out again."""
        with self._transaction() as cursor:
            if any(self._came_too_late(cursor, one) for one in placed):
                return False
            cursor.execute("INSERT OR IGNORE INTO taken_in VALUES (?, 0)", (self._trust,))
            cursor.execute(
                "UPDATE taken_in SET number = ? WHERE trust = ? AND number = ?",
                (after, self._trust, before),
            )
            if not cursor.rowcount:
                return False
            for one in placed:
                self._place(cursor, one)
        return True

    def _came_too_late(self, cursor: sqlite3.Cursor, one: Placed) -> bool:
        """Tell whether somebody acknowledged the episode since: the alert belongs to a new one."""
        row = cursor.execute(
            "SELECT 1 FROM episode WHERE trust = ?1 AND episode_id = ?2 "
            "AND acknowledged_ms IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM alert_state WHERE trust = ?1 AND event_id = ?3)",
            (self._trust, one.episode.id, one.event_id),
        ).fetchone()
        return row is not None

    def _place(self, cursor: sqlite3.Cursor, one: Placed) -> None:
        episode = one.episode
        cursor.execute(
            "INSERT OR IGNORE INTO alert_state VALUES (?, ?, ?, ?, ?, 'new', '', ?)",
            (self._trust, one.event_id, episode.id, one.grade, "\n".join(one.raised),
             times.to_ms(episode.latest_at)),
        )  # fmt: skip
        if not cursor.rowcount:  # known from before the projections were made anew
            return
        cursor.execute(
            f"INSERT INTO episode (trust, {EPISODE_COLUMNS}) "  # noqa: S608 - a constant
            f"VALUES ({', '.join('?' * 15)}) ON CONFLICT (trust, episode_id) DO UPDATE SET "
            "grade = max(grade, excluded.grade), any_hour = max(any_hour, excluded.any_hour), "
            "alerts = alerts + 1, latest_ms = max(latest_ms, excluded.latest_ms), "
            "handling = excluded.handling, look_ms = excluded.look_ms, says = excluded.says",
            (self._trust, episode.id, episode.school, episode.device_id, episode.account,
             episode.handling.value, episode.grade, int(episode.any_hour), episode.alerts,
             times.to_ms(episode.opened_at), times.to_ms(episode.latest_at), "", None,
             None if episode.look_at is None else times.to_ms(episode.look_at), episode.says),
        )  # fmt: skip

    def open_episode(self, device_id: DeviceId, account: str, since: datetime) -> list[Episode]:
        """Return episodes that nobody has acknowledged, with an alert since a moment."""
        rows = self._rows(
            EPISODES + "AND device_id = ? AND account = ? AND acknowledged_ms IS NULL "
            "AND latest_ms >= ? ORDER BY latest_ms DESC",
            self._trust,
            device_id,
            account,
            times.to_ms(since),
        )
        return [episode_of(row) for row in rows]

    def alike(
        self, since: datetime, *, account: str | None = None, school: str | None = None,
        subcategory: str | None = None,
    ) -> list[Alert]:  # fmt: skip
        """Return real alerts received since a moment, oldest first."""
        sql, values = "", [self._trust, times.to_ms(since)]
        for name, value in (("account", account), ("school", school), ("subcategory", subcategory)):
            if value is not None:
                sql += f"AND {name} = ? "
                values.append(value)
        if account:
            sql += "AND account <> '' "  # tells SQLite that the partial index fits
        rows = self._rows(
            f"SELECT {sqlite_rows.ALERT_COLUMNS} FROM alert WHERE trust = ? "  # noqa: S608
            f"AND received_ms >= ? {sql} AND canary = '' ORDER BY received_ms, number",
            *values,
        )
        return [sqlite_rows.alert_of(row) for row in rows]

    def episodes(
        self, school: str | None = None, *, waiting: bool = False, limit: int = 200
    ) -> list[Episode]:
        """Return episodes, the latest first; ``waiting`` = those at which somebody should look."""
        # The ids first: only of those few is it looked up how their alerts stand.
        of_school, values = ("AND school = ? ", (school,)) if school else ("", ())
        some = self._rows(
            f"SELECT episode_id FROM episode {_WAITING if waiting else _ALL}"  # noqa: S608
            f"{of_school} ORDER BY latest_ms DESC LIMIT ?",
            self._trust,
            *values,
            limit,
        )
        marks = ", ".join("?" * len(some))
        rows = self._rows(
            EPISODES + f"AND episode_id IN ({marks})",
            self._trust,
            *(row[0] for row in some),
        )
        found = [episode_of(row) for row in rows]
        return sorted(found, key=lambda one: (-times.to_ms(one.latest_at), one.id))

    def episode(self, episode_id: EventId) -> Episode | None:
        """Return one episode."""
        row = self._row(EPISODES + "AND episode_id = ?", self._trust, episode_id)
        return episode_of(row) if row else None

    def episode_alerts(self, episode_id: EventId) -> list[Alert]:
        """Return an episode's alerts, oldest first."""
        rows = self._rows(
            f"SELECT {_ALERT} FROM alert_state INDEXED BY alert_state_by_episode "  # noqa: S608
            "JOIN alert USING (trust, event_id) "
            "WHERE alert_state.trust = ? AND episode_id = ? ORDER BY number",
            self._trust,
            episode_id,
        )
        return [sqlite_rows.alert_of(row) for row in rows]

    def alert_states(self, event_ids: Collection[EventId]) -> dict[EventId, AlertState]:
        """Return how some alerts stand; those not taken in yet are missing."""
        marks = ", ".join("?" * len(event_ids))
        rows = self._rows(
            "SELECT event_id, episode_id, grade, raised, standing, changed_by, changed_ms "  # noqa: S608
            f"FROM alert_state WHERE trust = ? AND event_id IN ({marks})",
            self._trust,
            *event_ids,
        )
        found = [
            AlertState(
                event_id=EventId(row[0]),
                episode_id=EventId(row[1]),
                grade=row[2],
                raised=tuple(row[3].split("\n")) if row[3] else (),
                standing=Standing(row[4]),
                changed_by=row[5],
                changed_at=times.from_ms(row[6]),
            )
            for row in rows
        ]
        return {one.event_id: one for one in found}

    def mark_alerts(
        self, event_ids: Collection[EventId], standing: Standing, by: str, now: datetime
    ) -> list[EventId]:
        """Let a person move alerts on; whatever it is, it acknowledges their whole episodes."""
        at, fresh = times.to_ms(now), []
        with self._transaction() as cursor:
            for event_id in event_ids:
                row = cursor.execute(
                    "SELECT episode_id FROM alert_state WHERE trust = ? AND event_id = ?",
                    (self._trust, event_id),
                ).fetchone()
                if row is None:
                    raise NotFoundError(f"alert {event_id}: not known; see: alert list")
                if standing is not Standing.ACKNOWLEDGED:
                    cursor.execute(
                        "UPDATE alert_state SET standing = ?, changed_by = ?, changed_ms = ? "
                        "WHERE trust = ? AND event_id = ?",
                        (standing.value, by, at, self._trust, event_id),
                    )
                cursor.execute(
                    "UPDATE alert_state SET standing = 'acknowledged', changed_by = ?, "
                    "changed_ms = ? WHERE trust = ? AND episode_id = ? AND standing = 'new'",
                    (by, at, self._trust, row[0]),
                )
                cursor.execute(
                    "UPDATE episode SET acknowledged_by = ?, acknowledged_ms = ?, look_ms = NULL, "
                    "says = '' WHERE trust = ? AND episode_id = ? AND acknowledged_ms IS NULL",
                    (by, at, self._trust, row[0]),
                )
                if cursor.rowcount:
                    fresh.append(EventId(row[0]))
        return fresh

    def alerting_changed(self) -> int:
        """Return something that differs once any alert stands differently."""
        row = self._row("SELECT max(changed_ms) FROM alert_state WHERE trust = ?", self._trust)
        return row[0] or 0
