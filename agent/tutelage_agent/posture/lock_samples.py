"""Whether the device was seen to lock: samples of idle time and lock state, kept on the device.

A sample is a pseudonym, a moment, idle seconds and whether the session was locked: no keys, no
screen, no content. Used by ``lock.observed`` on every system.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, System
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_wire.times import text

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading, Session
    from tutelage_agent.posture.model import Observation

FILE = "lock-samples.json"
KEEP = timedelta(days=7)
RECENT = timedelta(hours=24)
"""What was left open counts for a day after: then what was seen later decides."""
MOST = 500
NOTEWORTHY = 60
"""Idle seconds below which an open session says nothing."""
SOURCE = "sessions, sampled"


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one session."""

    account: str
    at: datetime
    idle: int
    """Seconds."""
    locked: bool


def parse(content: bytes) -> tuple[Sample, ...]:
    """Return the samples of a file; what is not one is left out, and so is a broken file."""
    try:
        rows = json.loads(content)["samples"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            at = datetime.fromisoformat(str(row["at"])).astimezone(UTC)
            found.append(Sample(str(row["account"]), at, int(row["idle"]), row["locked"] is True))
        except (ValueError, KeyError, TypeError, OverflowError):
            continue
    return tuple(found)


def dump(samples: tuple[Sample, ...]) -> bytes:
    """Return the file's bytes."""
    rows = [
        {"account": s.account, "at": text(s.at), "idle": s.idle, "locked": s.locked}
        for s in samples
    ]
    return json.dumps({"schema": 1, "samples": rows}).encode()


def times_locked(samples: tuple[Sample, ...]) -> int:
    """Return how often an account's session went from open (or unseen) to locked."""
    before, found = False, 0
    for sample in samples:
        found += sample.locked and not before
        before = sample.locked
    return found


def left_open(samples: tuple[Sample, ...], now: datetime) -> Sample | None:
    """Return the sample that was open for longest within the last day, if any was."""
    recent = [s for s in samples if not s.locked and now - s.at <= RECENT and s.idle >= NOTEWORTHY]
    return max(recent, key=lambda sample: sample.idle, default=None)


def observe(
    host: Host, seats: Reading[tuple[Session, ...]], desktop: Observation
) -> tuple[Observation, ...]:
    """Take a sample of every session at this device's screen, and say what all samples show.

    Args:
        host: its state folder keeps the samples, where it can be written.
        seats: the sessions of people at its own screen.
        desktop: the fact ``desktop``.
    """
    separator = "\\" if host.system is System.WINDOWS else "/"
    kept = host.read(f"{host.state}{separator}{FILE}")
    before = parse(kept.value) if kept.seen else ()
    now = host.now()
    fresh = [s for s in before if timedelta(0) <= now - s.at <= KEEP]
    silent: list[str] = []
    for session in seats.value if seats.seen else ():
        account = host.pseudonym(session.account)
        if session.locked is None:
            silent.append(account)
            continue
        since = session.idle_since
        idle = max(0, int((now - since).total_seconds())) if since is not None else 0
        fresh.append(Sample(account, now, idle, session.locked))
    samples = tuple(fresh[-MOST:])
    if samples != before:
        host.remember(FILE, dump(samples))
    accounts = tuple(dict.fromkeys([*(s.account for s in samples), *silent]))
    names = seats.map(lambda _: accounts)
    found = [desktop, observed(host, "accounts", names, SOURCE)]
    for account in accounts:
        own = tuple(s for s in samples if s.account == account)
        if account in silent and not own:
            found.append(
                missed(host, "left_open_seconds", Outcome.UNSUPPORTED, SOURCE, subject=account,
                       raw="this desktop does not say whether it is locked")
            )  # fmt: skip
            continue
        worst = left_open(own, now)
        found += (
            saw(host, "left_open_seconds", worst.idle if worst else 0, SOURCE, subject=account,
                as_of=worst.at if worst else None),
            saw(host, "seen_locked", times_locked(own), SOURCE, subject=account),
        )  # fmt: skip
    return tuple(found)
