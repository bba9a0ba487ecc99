"""When which checks run, and which judgements are worth sending.

Cheap checks every quarter of an hour, dear ones daily (posture.md section 19). A judgement is sent
when it changed, and once a day as proof of life: unchanged posture is a digest, not fifty events.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host.account_names import pseudonyms_of
from tutelage_agent.posture import DeviceClass, Profile, Tier, load_reference, run_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.config import PostureSettings
    from tutelage_agent.host.local import LocalHost
    from tutelage_wire.events import ComplianceFinding
    from tutelage_wire.policy import Policy
    from tutelage_wire.times import Clock

SCHOOL = Profile.SCHOOL_S11
_Key = tuple[str, str]


class PostureRounds:
    """Runs due checks; not thread-safe, the runner asks from one thread at a time."""

    def __init__(
        self,
        host: LocalHost,
        device_class: DeviceClass,
        settings: PostureSettings,
        clock: Clock,
        policy: Callable[[], Policy],
    ) -> None:
        """Check ``host`` as a device of ``device_class``; ``policy`` gives the one in force."""
        self._policy = policy
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
        self._stopped = False

    def due(self, uptime: float) -> list[Tier]:
        """Return the tiers that are due at ``uptime`` seconds, the cheapest first."""
        return [
            tier
            for tier, every in self._every.items()
            if tier not in self._last_round or uptime - self._last_round[tier] >= every
        ]

    def round(self, tier: Tier, uptime: float) -> list[ComplianceFinding]:
        """Run one tier's checks; return what is worth sending. Empty once stopped."""
        policy = self._policy()
        judgements = run_checks(
            self._host,
            profiles=tuple(Profile),
            device_class=self._device_class,
            reference=self._reference,
            now=self._clock(),
            tiers=(tier,),
            reuse=timedelta(seconds=self._every[Tier.SLOW]),
            ict_accounts=pseudonyms_of(self._host, policy.ict_accounts),
            aup_version=policy.aup_version,
        )
        if self._stopped:
            return []  # what was not seen because the agent stops is no news
        self._last_round[tier] = uptime
        findings = [judgement.to_finding() for judgement in judgements]
        return [finding for finding in findings if self._is_news(finding, uptime)]

    def stop(self) -> None:
        """Let a round that runs come to its end soon. From any thread."""
        self._stopped = True
        self._host.stop()

    def _is_news(self, finding: ComplianceFinding, uptime: float) -> bool:
        key = (finding.profile, finding.check_id)
        self._latest[key] = finding.status.value
        look = (finding.status.value, finding.reason, finding.subject, finding.actual)
        before, at = self._sent.get(key, ((), 0.0))
        if look == before and uptime - at < self._refresh_every:
            return False
        self._sent[key] = (look, uptime)
        return True

    def counts(self) -> Counter[str]:
        """Return the latest judgements of the school's own profile, by status."""
        return Counter(status for (profile, _), status in self._latest.items() if profile == SCHOOL)
