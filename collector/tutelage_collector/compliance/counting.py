"""How a school stands in numbers alone: what ``assess`` says, for trusts of many devices.

A report over 10,000 devices counts a hundred thousand standings and shows none of them: here none
is made. ``tests/collector/test_compliance.py`` holds both to the same numbers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_wire import times
from tutelage_wire.events import DeviceId, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime, timedelta

    from tutelage_collector.compliance.clauses import Clause
    from tutelage_collector.store.records_allowed import Exemption
    from tutelage_collector.store.registers import JudgedRow

_RANK = {
    Status.FAIL.value: 0,
    Status.UNKNOWN.value: 1,
    Status.ERROR.value: 1,
    Status.EXEMPT.value: 2,
    Status.PASS.value: 3,
    Status.NOT_APPLICABLE.value: 4,
}
_UNKNOWN, _EXEMPT, _NEVER = 1, 2, 9


@dataclass(frozen=True, slots=True)
class ClauseCount:
    """One sentence in numbers."""

    clause: Clause
    passed: int
    failed: int
    unknown: int
    exempt: int
    not_applicable: int

    @property
    def assessed(self) -> int:
        """Devices of which it is known whether they keep the sentence."""
        return self.passed + self.failed


def count(
    sentences: Sequence[Clause],
    devices: Collection[DeviceId],
    judged: Iterable[JudgedRow],
    exemptions: Sequence[Exemption],
    now: datetime,
    stale_after: timedelta,
) -> tuple[ClauseCount, ...]:
    """Return the numbers of ``assess``.

    Args:
        sentences: of the policy, in order.
        devices: the active ones: each is in exactly one column of each sentence.
        judged: the latest judgements of the profile.
        exemptions: all, whether they still hold or not.
        now: the present moment.
        stale_after: an observation older than this says nothing any more.
    """
    active, oldest = set(devices), times.to_ms(now - stale_after)
    worst: dict[str, dict[str, int]] = defaultdict(dict)
    for device, school, check, status, observed, tags in judged:
        if device not in active:
            continue
        rank = _RANK[status]
        if observed < oldest:
            rank = _UNKNOWN
        elif rank == 0 and any(
            one.covers(DeviceId(device), school, check, now) for one in exemptions
        ):
            rank = _EXEMPT
        for tag in tags.split("\n"):
            ranks = worst[tag]
            if rank < ranks.get(device, _NEVER):
                ranks[device] = rank
    found = []
    for sentence in sentences:
        ranks = worst.get(sentence.tag, {})
        counts = [0] * 5
        for rank in ranks.values():
            counts[rank] += 1
        counts[_UNKNOWN] += len(active) - len(ranks)
        failed, unknown, exempt, passed, not_applicable = counts
        found.append(ClauseCount(sentence, passed, failed, unknown, exempt, not_applicable))
    return tuple(found)
