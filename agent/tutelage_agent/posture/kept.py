"""Keeping what a dear look saw, so that the next check of the day costs nothing.

An update search takes seconds to minutes. Its observations are kept in the state folder with
their own time, and judged again by today's rules: that is what keeping observation and judgement
apart is for.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, System
from tutelage_agent.posture.model import Observation
from tutelage_wire.times import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Value

FILE = "slow-observations.json"
MAX_AGE = timedelta(hours=24)


def dump(kept: Mapping[str, tuple[Observation, ...]]) -> bytes:
    """Return check id -> observations as JSON."""
    rows = {check: [_row(one) for one in found] for check, found in kept.items()}
    return json.dumps({"schema": 1, "checks": rows}).encode()


def parse(content: bytes) -> dict[str, tuple[Observation, ...]]:
    """Return check id -> observations; a file that is not ours holds none."""
    try:
        checks = json.loads(content)["checks"]
        return {
            str(check): tuple(_observation(row) for row in rows) for check, rows in checks.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}


def load(host: Host, max_age: timedelta = MAX_AGE) -> dict[str, tuple[Observation, ...]]:
    """Return what was kept and is not older than ``max_age``; a clock set back keeps nothing."""
    found = host.read(_path(host))
    known = parse(found.value) if found.seen else {}
    return {
        check: seen
        for check, seen in known.items()
        if seen and all(timedelta(0) <= host.now() - o.observed_at <= max_age for o in seen)
    }


def save(host: Host, kept: Mapping[str, tuple[Observation, ...]]) -> bool:
    """Keep observations beside those of other checks; tell whether that was possible."""
    return host.remember(FILE, dump({**load(host), **kept}))


def _path(host: Host) -> str:
    separator = "\\" if host.system is System.WINDOWS else "/"
    return f"{host.state}{separator}{FILE}"


def _row(one: Observation) -> dict[str, object]:
    return {
        "fact": one.fact, "outcome": str(one.outcome), "source": one.source,
        "observed_at": text(one.observed_at), "subject": one.subject, "value": _plain(one.value),
        "raw": one.raw, "rung": one.rung, "needed": one.needed,
        "as_of": text(one.as_of) if one.as_of else None,
    }  # fmt: skip


def _plain(found: Value | None) -> object:
    match found:
        case datetime():
            return {"moment": text(found)}
        case tuple():
            return list(found)
        case _:
            return found


def _observation(row: Mapping[str, Any]) -> Observation:
    as_of = row["as_of"]
    return Observation(
        fact=str(row["fact"]),
        outcome=Outcome(row["outcome"]),
        source=str(row["source"]),
        observed_at=_moment(row["observed_at"]),
        subject=str(row["subject"]),
        value=_value(row["value"]),
        raw=str(row["raw"]),
        rung=int(row["rung"]),
        needed=row["needed"] is not False,
        as_of=_moment(as_of) if as_of else None,
    )


def _value(found: object) -> Value | None:
    match found:
        case None | bool() | int() | str():
            return found
        case list():
            return tuple(str(entry) for entry in found)
        case {"moment": str(at)}:
            return _moment(at)
        case _:
            raise ValueError("not a value of an observation")


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)
