"""Rows that go by the clock alone, in SQLite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tutelage_collector.store import batch_bodies
from tutelage_collector.store.records_retention import EVENTS, Rows
from tutelage_collector.store.records_rights import Place
from tutelage_collector.store.sqlite_rights import SqliteRights
from tutelage_wire import times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import DeviceId, IctFinding, IntegrityFinding, UsageCounts

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_retention import Cut

_FREE = "NOT IN (SELECT value FROM json_each(:held))"
_ENDED = "notice_id IN (SELECT notice_id FROM notice WHERE trust = :trust AND ended_ms < :cut)"
_GONE = (
    "state <> 'active' "
    "AND label || serial || hardware_uuid || machine_id_hash || tpm_ek_hash <> '' "
    "AND enrolled_ms < :cut AND NOT EXISTS (SELECT 1 FROM device_seen WHERE trust = :trust "
    "AND device_id = device.device_id AND last_seen_ms >= :cut) "
    "AND device_id NOT IN (SELECT value FROM json_each(:held))"
)
_CLEAR: dict[Rows, tuple[tuple[str, str], ...]] = {
    Rows.ICT: (("ict_finding", f"received_ms < :cut AND device_id {_FREE} AND account {_FREE}"),),
    Rows.USAGE: (("site_count", f"day < :day AND device_id {_FREE} AND account {_FREE}"),),
    Rows.INTEGRITY: (("integrity", f"at_ms < :cut AND ifnull(device_id, '') {_FREE}"),),
    Rows.MESSAGES: (
        ("step_notice", _ENDED),
        ("quiet_told", _ENDED),
        ("notice", "ended_ms < :cut"),
        ("quiet_message", "at_ms < :cut"),
        ("quiet", "ended_ms IS NOT NULL AND noticed_ms < :cut"),
        ("step", "at_ms < :cut"),
        ("context_request", "asked_ms < :cut AND until_ms < :cut"),
    ),
    # A version counts from when the next one took its place; the newest stays.
    Rows.ROTAS: (
        (
            "rota",
            "EXISTS (SELECT 1 FROM rota AS later WHERE later.trust = rota.trust AND later.school = "
            "rota.school AND later.version > rota.version AND later.at_ms < :cut)",
        ),
    ),
    Rows.REGISTERS: (
        ("training", "taken_day < :day"),
        ("agreement_signature", "signed_day < :day"),
        ("review_done", "done_day < :day"),
        ("review_trigger", "asked_day < :day"),
    ),
    Rows.REPORTS: (("report_post", "sent_ms < :cut"),),
    Rows.WAITING: (("waiting_device", "decided_ms < :cut"),),
    Rows.DEVICES: (("device", _GONE),),
}
_BODIES = {Rows.ICT: IctFinding, Rows.USAGE: UsageCounts, Rows.INTEGRITY: IntegrityFinding}
_FIRST = {
    Rows.ICT: "SELECT min(received_ms) FROM ict_finding WHERE trust = :trust",
    Rows.USAGE: "SELECT CAST(strftime('%s', min(day)) AS INTEGER) * 1000 FROM site_count "
    "WHERE trust = :trust",
    Rows.INTEGRITY: "SELECT min(at_ms) FROM integrity WHERE trust = :trust AND origin = 'device'",
}
"""When the oldest came that is still there: older batches hold none any more."""
_PAGE = 200


class SqliteRetention(SqliteRights):
    """The part of the store that clears what is due."""

    def rows_due(self, cut: Cut) -> int:
        """Return how many rows of a kind are due."""
        with self._transaction() as cursor:
            return sum(
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE trust = :trust AND {where}",  # noqa: S608
                    self._said(cut),
                ).fetchone()[0]
                for table, where in _CLEAR[cut.rows]
            )

    def places_due(self, cut: Cut) -> list[Place]:
        """Return the events of a kind that are due, for ``erase``; none for a kind without."""
        if cut.rows not in EVENTS:
            return []
        with self._transaction() as cursor:
            first = cursor.execute(_FIRST[cut.rows], {"trust": self._trust}).fetchone()[0]
        if first is None:
            return []
        found: list[Place] = []
        after = 0
        while rows := self._rows(
            "SELECT number, device_id, epoch, lane, first_sequence, raw FROM batch WHERE trust = ? "
            "AND number > ? AND received_ms >= ? AND received_ms < ? ORDER BY number LIMIT ?",
            self._trust, after, first, times.to_ms(cut.before), _PAGE,
        ):  # fmt: skip
            for _, device, epoch, lane, sequence, raw in rows:
                if device not in cut.held:
                    place = Place(DeviceId(device), epoch, TravelLane(lane), sequence, cut.rows)
                    found += _of_kind(raw, place, cut)
            after = rows[-1][0]
        return found

    def clear_rows(self, cut: Cut, by: str, reason: str, now: datetime) -> int:
        """Clear what is due of a kind, with its audit row; return how many rows."""
        done = 0
        with self._overwriting() as cursor:
            for table, where in _CLEAR[cut.rows]:
                act = f"DELETE FROM {table}"  # noqa: S608 - a constant
                if cut.rows is Rows.DEVICES:
                    act = (
                        "UPDATE device SET label = '', serial = '', hardware_uuid = '', "
                        "machine_id_hash = '', tpm_ek_hash = ''"
                    )
                cursor.execute(f"{act} WHERE trust = :trust AND {where}", self._said(cut))
                done += cursor.rowcount
            if done:
                said = f"{done} rows: {reason}"
                self._audit(cursor, by, "erased", f"rows of {cut.rows.value}", said, now)
        return done

    def _said(self, cut: Cut) -> dict[str, Any]:
        return {
            "trust": self._trust,
            "cut": times.to_ms(cut.before),
            "day": cut.before.date().isoformat(),
            "held": json.dumps(sorted(cut.held)),
        }


def _of_kind(raw: bytes, first: Place, cut: Cut) -> list[Place]:
    """Return the places in a batch whose events are of the kind; ``first`` is of its first one."""
    found = []
    for position, body in batch_bodies.readable(raw):
        if not isinstance(body, _BODIES[cut.rows]):
            continue
        if isinstance(body, UsageCounts) and body.day >= cut.before.date():
            continue
        if isinstance(body, IctFinding | UsageCounts) and body.account in cut.held:
            continue
        found.append(
            Place(first.device_id, first.epoch, first.lane, first.sequence + position, first.kind)
        )
    return found
