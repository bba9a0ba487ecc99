"""Rotas and steps of escalation in SQLite."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_escalation import Reach, Reason, RotaVersion, Step
from tutelage_collector.store.sqlite_alerting import EPISODES, episode_of
from tutelage_wire import times
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records_alerting import Episode
    from tutelage_collector.store.records_escalation import Told

_ID_BYTES = 8


class SqliteEscalation(Database):
    """The part of the store that holds who is on duty and who was told."""

    def rota(self, school: str) -> RotaVersion | None:
        """Return the newest rota of a school; None = none was set."""
        row = self._row(
            "SELECT version, at_ms, changed_by, document FROM rota "
            "WHERE trust = ? AND school = ? ORDER BY version DESC LIMIT 1",
            self._trust,
            school,
        )
        return RotaVersion(school, row[0], times.from_ms(row[1]), row[2], row[3]) if row else None

    def put_rota(self, school: str, document: str, by: str, now: datetime) -> int:
        """Keep a new version, and let escalation decide anew; return its number."""
        with self._transaction() as cursor:
            (version,) = cursor.execute(
                "INSERT INTO rota SELECT ?1, ?2, coalesce(max(version), 0) + 1, ?3, ?4, ?5 "
                "FROM rota WHERE trust = ?1 AND school = ?2 RETURNING version",
                (self._trust, school, times.to_ms(now), by, document),
            ).fetchone()
            cursor.execute(
                "UPDATE episode SET look_ms = ? WHERE trust = ? AND school = ? "
                "AND look_ms IS NOT NULL",
                (times.to_ms(now), self._trust, school),
            )
        return int(version)

    def to_look_at(self, now: datetime, limit: int = 500) -> list[Episode]:
        """Return episodes at which escalation must look now, the most urgent first."""
        rows = self._rows(
            EPISODES + "AND look_ms IS NOT NULL AND look_ms <= ? "
            "ORDER BY grade DESC, opened_ms LIMIT ?",
            self._trust,
            times.to_ms(now),
            limit,
        )
        return [episode_of(row) for row in rows]

    def steps(self, episode_id: EventId) -> list[Step]:
        """Return who was told of an episode, in order, and whether it reached them."""
        rows = self._rows(
            "SELECT number, person, duty, cycle, grade, reason, at_ms, "
            "(SELECT CASE WHEN sum(state = 'delivered') THEN 'delivered' "
            "WHEN count(*) > 0 AND sum(state = 'dead') = count(*) THEN 'failed' "
            "ELSE 'waiting' END FROM step_notice JOIN notice USING (trust, notice_id) "
            "WHERE step_notice.trust = step.trust AND step_notice.episode_id = step.episode_id "
            "AND step_notice.number = step.number) FROM step "
            "WHERE trust = ? AND episode_id = ? ORDER BY number",
            self._trust,
            episode_id,
        )
        return [
            Step(row[0], row[1], row[2], row[3], row[4], Reason(row[5]), times.from_ms(row[6]),
                 Reach(row[7]))
            for row in rows
        ]  # fmt: skip

    def told(self, duty: str) -> set[EventId]:
        """Return the episodes of which somebody with a duty was told."""
        rows = self._rows(
            "SELECT DISTINCT episode_id FROM step WHERE trust = ? AND duty = ?", self._trust, duty
        )
        return {EventId(row[0]) for row in rows}

    def tell(self, told: Sequence[Told], now: datetime) -> None:
        """Keep steps, and what is to be sent, in one transaction."""
        with self._transaction() as cursor:
            for one in told:
                cursor.execute(
                    "UPDATE episode SET look_ms = ?, says = ? "
                    "WHERE trust = ? AND episode_id = ? AND acknowledged_ms IS NULL",
                    (None if one.look_at is None else times.to_ms(one.look_at), one.says,
                     self._trust, one.episode_id),
                )  # fmt: skip
                if not cursor.rowcount:  # somebody acknowledged while it was being decided
                    cursor.execute(
                        "UPDATE episode SET look_ms = NULL WHERE trust = ? AND episode_id = ?",
                        (self._trust, one.episode_id),
                    )
                    continue
                for step in one.steps:
                    self._put_step(cursor, one, step)

    def _put_step(self, cursor: sqlite3.Cursor, told: Told, step: Step) -> None:
        at = times.to_ms(step.at)
        cursor.execute(
            "INSERT INTO step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._trust, told.episode_id, step.number, step.person, step.duty, step.cycle,
             step.grade, step.reason.value, at),
        )  # fmt: skip
        for way in told.ways:
            row = cursor.execute(
                "SELECT notice_id FROM notice WHERE trust = ? AND school = ? AND person = ? "
                "AND way = ? AND state = 'waiting' AND NOT EXISTS (SELECT 1 FROM quiet_message "
                "WHERE quiet_message.trust = notice.trust "
                "AND quiet_message.notice_id = notice.notice_id)",
                (self._trust, told.school, step.person, way),
            ).fetchone()
            notice_id = row[0] if row else secrets.token_hex(_ID_BYTES)
            if row is None:
                cursor.execute(
                    "INSERT INTO notice VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, NULL, '')",
                    (self._trust, notice_id, told.school, step.person, way,
                     way.partition(":")[0], at, at),
                )  # fmt: skip
            cursor.execute(
                "INSERT INTO step_notice VALUES (?, ?, ?, ?)",
                (self._trust, notice_id, told.episode_id, step.number),
            )

    def look_again(self, now: datetime) -> None:
        """Let escalation decide anew about all that is open: the clock went back, or a start."""
        at = times.to_ms(now)
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE episode SET look_ms = ? WHERE trust = ? AND look_ms IS NOT NULL",
                (at, self._trust),
            )
            cursor.execute(
                "UPDATE step SET at_ms = ?1 WHERE trust = ?2 AND at_ms > ?1", (at, self._trust)
            )
            cursor.execute(
                "UPDATE notice SET next_ms = ?1 WHERE trust = ?2 AND state = 'waiting' "
                "AND next_ms > ?1 AND created_ms > ?1",
                (at, self._trust),
            )
