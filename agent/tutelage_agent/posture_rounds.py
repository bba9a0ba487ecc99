"""When which checks run, and which judgements are worth sending.

Cheap checks every quarter of an hour, dear ones daily (posture.md section 19). A judgement is sent
when it changed, and once a day as proof of life: unchanged posture is a digest, not fifty events.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tutelage_agent.posture import DeviceClass, Profile, Tier, load_reference, run_checks

if TYPE_CHECKING:
    from tutelage_agent.config import PostureSettings
    from tutelage_agent.host import Host
    from tutelage_wire.events import ComplianceFinding
    from tutelage_wire.times import Clock

SCHOOL = Profile.SCHOOL_S11
_Key = tuple[str, str]


class PostureRounds:
    """Runs due checks; not thread-safe, the runner asks from one thread at a time."""

    def __init__(
        self, host: Host, device_class: DeviceClass, settings: PostureSettings, clock: Clock
    ) -> None:
        """Check ``host`` as a device of ``device_class``."""
        self._host, self._device_class, self._clock = host, device_class, clock
        self._refresh_every = settings.refresh_every
        self._every = {
            Tier.CHEAP: settings.cheap_every,
            Tier.MEDIUM: settings.medium_every,
            Tier.SLOW: settings.slow_every,
        }
        self._last_round: dict[Tier, float] = {}
        self._sent: dict[_Key, tuple[tuple[str, ...], float]] = {}
        self._latest: dict[_Key, str] = {}
        self._reference = load_reference()

    def due(self, uptime: float) -> list[ComplianceFinding]:
        """Run the tiers that are due at ``uptime`` seconds; return what is worth sending."""
        tiers = [
            tier
            for tier, every in self._every.items()
            if tier not in self._last_round or uptime - self._last_round[tier] >= every
        ]
        if not tiers:
            return []
        judgements = run_checks(
            self._host,
            profiles=tuple(Profile),
            device_class=self._device_class,
            reference=self._reference,
            now=self._clock(),
            tiers=tiers,
        )
        for tier in tiers:
            self._last_round[tier] = uptime
        worth_sending = []
        for judgement in judgements:
            finding = judgement.to_finding()
            key = (finding.profile, finding.check_id)
            self._latest[key] = finding.status.value
            look = (finding.status.value, finding.reason, finding.subject, finding.actual)
            before, at = self._sent.get(key, ((), 0.0))
            if look != before or uptime - at >= self._refresh_every:
                self._sent[key] = (look, uptime)
                worth_sending.append(finding)
        return worth_sending

    def counts(self) -> Counter[str]:
        """Return the latest judgements of the school's own profile, by status."""
        return Counter(status for (profile, _), status in self._latest.items() if profile == SCHOOL)
