"""Running the checks: one look at the machine each, one judgement a profile."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tutelage_agent.host.proven import ProvenHost
from tutelage_agent.posture import kept
from tutelage_agent.posture.catalogue import CHECKS
from tutelage_agent.posture.check import Context
from tutelage_agent.posture.model import Profile, Tier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime, timedelta

    from tutelage_agent.host import Host
    from tutelage_agent.posture.check import Check
    from tutelage_agent.posture.model import DeviceClass, Judgement, Observation
    from tutelage_agent.posture.reference import Reference

_log = logging.getLogger(__name__)


def run_checks(
    host: Host,
    *,
    profiles: Iterable[Profile],
    device_class: DeviceClass,
    reference: Reference,
    now: datetime,
    tiers: Collection[Tier] = tuple(Tier),
    checks: Iterable[Check] = CHECKS,
    reuse: timedelta | None = None,
    ict_accounts: frozenset[str] = frozenset(),
    aup_version: str = "",
) -> list[Judgement]:
    """Look at ``host`` and return what each check means for each profile that it answers to.

    Args:
        host: the machine.
        profiles: whose rules to judge by.
        device_class: what the school uses it for.
        reference: support dates, thresholds, known products.
        now: the moment of judgement, aware UTC.
        tiers: only checks of these costs.
        checks: the checks, by default all.
        reuse: judge what the slow tier saw within this time instead of looking again.
        ict_accounts: pseudonyms that do not count as sharing.
        aup_version: the acceptable use policy in force.

    Returns:
        Judgements in the order of ``checks``. A check that raises becomes ERROR and stops none.
    """
    proven = ProvenHost(host)
    earlier = kept.load(host, reuse) if reuse is not None and Tier.SLOW in tiers else {}
    looked: dict[str, tuple[Observation, ...]] = {}
    wanted = tuple(profiles)
    judgements: list[Judgement] = []
    for check in checks:
        if check.tier not in tiers:
            continue
        contexts = [
            Context(profile, device_class, reference, now, ict_accounts, aup_version)
            for profile in wanted
            if profile in check.clauses
        ]
        if not contexts:
            continue
        try:
            known = earlier.get(check.id)
            observations = known if known is not None else check.observe(proven)
            if check.tier is Tier.SLOW and known is None:
                looked[check.id] = observations
            judgements += [check.judgement(observations, context) for context in contexts]
        except Exception as error:  # One check's fault must not hide what the others saw.
            _log.exception("check %s failed", check.id)
            judgements += [check.failed(error, context) for context in contexts]
    if looked:
        kept.save(host, looked)
    return judgements
