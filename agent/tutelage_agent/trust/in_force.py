"""The policy in force on this device: what its documents mean here, and what may run now.

Where no policy was ever applied, the built-in one holds (``tutelage_wire.policy.BUILT_IN``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.trust import FetchError, no_fetch
from tutelage_wire.policy import BUILT_IN
from tutelage_wire.policy.reading import read_policy
from tutelage_wire.policy.scope import Place, Scope, context_days, may_run, scope
from tutelage_wire.policy.timetable import local_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.trust import Fetch
    from tutelage_agent.trust.packs import PackShelf
    from tutelage_wire.documents import Document
    from tutelage_wire.ids import DeviceId
    from tutelage_wire.policy import PackEntry, Policy, ProfileRule
    from tutelage_wire.times import Clock


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy, and the pack that this device detects with under it."""

    policy: Policy
    entry: PackEntry | None = None
    pack: Path | None = None
    """None = the pack that the agent was installed with."""


class PolicyInForce:
    """The handler of the policy role. Thread-safe: one value is exchanged for another."""

    def __init__(
        self,
        place: Place,
        device_id: DeviceId,
        shelf: PackShelf,
        least_rules: Callable[[], Mapping[str, int]],
        clock: Clock,
    ) -> None:
        """Begin with the built-in policy.

        Args:
            place: what of this device decides its scope.
            device_id: decides when it takes a new pack.
            shelf: of packs that came signed.
            least_rules: the root's floors, by pack.
            clock: corrected by the collector's where that is known.
        """
        self.place, self._device_id, self._shelf = place, device_id, shelf
        self._least_rules, self.clock = least_rules, clock
        self._held = InForce(BUILT_IN)
        self._tell: Callable[[], object] = lambda: None

    def on_change(self, tell: Callable[[], object]) -> None:
        """Say who is told after each change, from any thread."""
        self._tell = tell

    @property
    def held(self) -> InForce:
        """What is in force now."""
        return self._held

    @property
    def rule(self) -> ProfileRule:
        """What the policy in force says of devices like this one."""
        return self._held.policy.rule(self.place.profile)

    def in_scope(self, account: str) -> bool:
        """Tell whether anything of an account may be opened: folders, histories, windows."""
        return not self.rule.leaves_out(account)

    def scope(self, moment: datetime | None = None) -> Scope:
        """Return what may run now, or might have at another moment."""
        return scope(self._held.policy, self.place, moment or self.clock())

    def context_days(self) -> int:
        """Return how many days more of a text is kept around a finding; 0 = none."""
        return context_days(self._held.policy, self.place, self.clock())

    def may_watch(self, sensor: str, moment: datetime) -> bool:
        """Tell whether what happened at ``moment`` is a sensor's to see."""
        return may_run(self._held.policy, self.place, sensor, moment)

    def prepare(self, document: Document, fetch: Fetch) -> Callable[[], None]:
        """See ``trust.Handler``."""
        policy = read_policy(document)
        entry = policy.pack_for(self._device_id, local_day(self.clock(), policy.time_zone))
        try:
            pack = self._ready(entry, fetch)
        except FetchError:
            if fetch is not no_fetch:
                raise
            # At a start without the file: better the policy with the installed pack than none.
            entry, pack = None, None
        return lambda: self._exchange(InForce(policy, entry, pack))

    def catch_up(self, fetch: Fetch) -> None:
        """Take a pack whose stage has come, or that was missing. See ``trust.Handler``."""
        held = self._held
        entry = held.policy.pack_for(
            self._device_id, local_day(self.clock(), held.policy.time_zone)
        )
        if entry != held.entry:
            self._exchange(InForce(held.policy, entry, self._ready(entry, fetch)))

    def _ready(self, entry: PackEntry | None, fetch: Fetch) -> Path | None:
        return None if entry is None else self._shelf.ready(entry, self._least_rules(), fetch)

    def _exchange(self, fresh: InForce) -> None:
        before, self._held = self._held, fresh
        self._shelf.keep_only({one.sha256 for one in (before.entry, fresh.entry) if one})
        self._tell()


class PolicyReader:
    """A handler that only tells which policy would be in force: for commands beside the agent."""

    def __init__(self, tell: Callable[[Policy], object]) -> None:
        """Tell ``tell``."""
        self._tell = tell

    def prepare(self, document: Document, fetch: Fetch) -> Callable[[], None]:
        """See ``trust.Handler``."""
        policy = read_policy(document)

        def into_force() -> None:
            self._tell(policy)

        return into_force
