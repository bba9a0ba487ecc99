"""Changes of judgements, gathered into what probably was one change. Pure.

Many devices within one minute are one change: a policy, an update, a new version of a check.
One device alone was probably changed by whoever sits at it. The hint says how it was reached.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Drift
    from tutelage_wire.events import DeviceId, Status

TOGETHER = timedelta(minutes=1)
MANY = 3
"""So many devices within a minute are hardly a coincidence."""


@dataclass(frozen=True, slots=True)
class Change:
    """One check that changed in the same way on devices of one school at about one time."""

    school: str
    profile: str
    check_id: str
    before: Status
    after: Status
    first_at: datetime
    last_at: datetime
    devices: tuple[DeviceId, ...]

    @property
    def hint(self) -> str:
        """What probably caused it, and what that rests on."""
        number = len(self.devices)
        if number >= MANY:
            return (
                f"{number} devices within a minute of each other: probably one change, such as a "
                "policy, an update or a new version of the check"
            )
        if number > 1:
            return f"{number} devices within a minute of each other: perhaps one change"
        return "this device alone: probably changed on the device"


def changes(drifts: Iterable[Drift]) -> list[Change]:
    """Gather drifts, whose order does not matter; return changes, newest first."""
    kinds: dict[tuple[str, str, str, Status, Status], list[Drift]] = defaultdict(list)
    for one in sorted(drifts, key=lambda drift: drift.at):
        kinds[one.school, one.profile, one.check_id, one.before, one.after].append(one)
    found: list[Change] = []
    for alike in kinds.values():
        together: list[Drift] = []
        for drift in alike:
            if together and drift.at - together[-1].at > TOGETHER:
                found.append(_change(together))
                together = []
            together.append(drift)
        found.append(_change(together))
    return sorted(found, key=lambda change: change.last_at, reverse=True)


def _change(together: Sequence[Drift]) -> Change:
    first, last = together[0], together[-1]
    return Change(
        school=first.school,
        profile=first.profile,
        check_id=first.check_id,
        before=first.before,
        after=first.after,
        first_at=first.at,
        last_at=last.at,
        devices=tuple(dict.fromkeys(drift.device_id for drift in together)),
    )
