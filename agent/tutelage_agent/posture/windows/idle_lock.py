"""The idle lock of Windows: six settings, of which the shortest that is on acts.

0, "not set" and "never" are all off (posture.md section 15, row 10). A display that goes dark
is no lock (row 14): sleep counts only where waking asks for a password, on mains and battery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture import lock_samples
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import accounts
from tutelage_agent.posture.windows import registry as reg

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

MDM_LOCK = reg.MDM + r"\DeviceLock"
_POLICY_DESKTOP = r"Software\Policies\Microsoft\Windows\Control Panel\Desktop"
_OWN_DESKTOP = r"Control Panel\Desktop"
_POWER = r"HKLM\SOFTWARE\Policies\Microsoft\Power\PowerSettings"
CONSOLE_LOCK = "0e796bdb-100d-47d6-a2d5-f7d2daa51f51"
NO_SUBGROUP = "fea3413e-7e05-4911-9a71-700331f1c294"
SLEEP_IDLE = "29f6c1db-86da-48c5-9fdb-f2b67b1f44da"
SLEEP = "238c9fa8-0aad-41ed-83f4-97be242c8f20"
"""GUIDs of power settings: password on waking, its (absent) group, sleep after, the sleep group."""

NEVER = 0xFFFFFFFF
DEFAULT_GRACE = 5
"""Seconds of ``ScreenSaverGracePeriod`` where nobody has set it."""
_MAX_SECONDS = 31 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ScreenSaver:
    """The screen saver's four settings, each from policy before the account's own."""

    active: bool
    secure: bool
    timeout: int
    program: str
    enforced: bool

    def seconds(self, grace: int) -> int:
        """Return after how many idle seconds it locks; 0: it does not."""
        if not (self.active and self.secure and self.program and self.timeout > 0):
            return 0
        # The five seconds that Windows gives by itself are in nobody's policy, and not counted.
        return self.timeout + max(0, grace - DEFAULT_GRACE)


def desktop(host: Host) -> Reading[bool]:
    """Tell whether a person can sit at this Windows; only Server Core has no desktop."""
    kind = reg.words(host, reg.CURRENT, "InstallationType")
    if kind.outcome is Outcome.ABSENT:
        return nothing(Outcome.ERROR, "InstallationType is missing")
    return kind.map(lambda text: text.lower() not in {"server core", "nano server"})


def machine_seconds(host: Host) -> Reading[int]:
    """Return the limit that holds for everybody: policy, or device management; 0: none."""
    policy = reg.default(reg.whole(host, reg.POLICIES + r"\System", "InactivityTimeoutSecs"), 0)
    if not policy.seen:
        return policy
    limits = [policy.value]
    # Device management's limit is in minutes, and only acts while its password rules are on (0).
    minutes = reg.default(reg.whole(host, MDM_LOCK, "MaxInactivityTimeDeviceLock"), 0)
    if not minutes.seen:
        return minutes
    if minutes.value:
        switched = reg.whole(host, MDM_LOCK, "DevicePasswordEnabled")
        if switched.seen and switched.value == 0:
            limits.append(minutes.value * 60)
    active = [limit for limit in limits if 0 < limit < _MAX_SECONDS]
    return value(min(active, default=0))


def screen_saver(host: Host, sid: str) -> Reading[ScreenSaver]:
    """Return the screen saver of an account whose registry is loaded."""
    policy, own = f"HKU\\{sid}\\{_POLICY_DESKTOP}", f"HKU\\{sid}\\{_OWN_DESKTOP}"
    values: dict[str, object] = {}
    by_policy = set()
    for name in ("ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut", "SCRNSAVE.EXE"):
        for key in (policy, own):
            reading = host.registry(key, name)
            if reading.seen:
                values[name] = reading.value
                by_policy |= {name} if key is policy else set()
                break
            if reading.outcome is not Outcome.ABSENT:
                return nothing(reading.outcome, reading.detail)
    program = values.get("SCRNSAVE.EXE")
    numbers = {name: reg.number_of(found) or 0 for name, found in values.items()}
    return value(
        ScreenSaver(
            active=numbers.get("ScreenSaveActive", 0) == 1,
            secure=numbers.get("ScreenSaverIsSecure", 0) == 1,
            timeout=numbers.get("ScreenSaveTimeOut", 0),
            program=program.strip("\0 ") if isinstance(program, str) else "",
            enforced=len(by_policy) == 4,
        )
    )


def power(host: Host, group: str, setting: str) -> Reading[tuple[int, int]]:
    """Return a power setting on mains and on battery: of a policy, else of the active scheme."""
    both = []
    for kind, name in (("ac", "ACSettingIndex"), ("dc", "DCSettingIndex")):
        policy = reg.whole(host, f"{_POWER}\\{setting}", name)
        if policy.seen:
            both.append(policy.value)
            continue
        if policy.outcome is not Outcome.ABSENT:
            return nothing(policy.outcome, policy.detail)
        scheme = host.call("power.index", kind, group, setting).map(reg.number_of)
        if not scheme.seen:
            return nothing(scheme.outcome, scheme.detail)
        both.append(scheme.value)
    return value((both[0], both[1]))


def wake(host: Host, sid: str) -> Reading[bool]:
    """Tell whether waking asks an account for its password, on mains and on battery."""
    lock = power(host, NO_SUBGROUP, CONSOLE_LOCK)
    if not lock.seen:
        return nothing(lock.outcome, lock.detail)
    if lock.value != (1, 1):
        return value(found=False)
    # With Modern Standby, the account can put the question off for ever.
    delay = reg.whole(host, f"HKU\\{sid}\\{_OWN_DESKTOP}", "DelayLockInterval")
    if delay.outcome is Outcome.ABSENT:
        return value(found=True)
    return delay.map(lambda seconds: seconds & NEVER != NEVER)


def sleep_seconds(host: Host, sid: str) -> Reading[int]:
    """Return after how many idle seconds it sleeps and waking asks for a password; 0: never."""
    asks, after = wake(host, sid), power(host, SLEEP, SLEEP_IDLE)
    if asks.seen and not asks.value:
        return value(0)
    for reading in (asks, after):
        if not reading.seen:
            return nothing(reading.outcome, reading.detail)
    if not all(0 < seconds < _MAX_SECONDS for seconds in after.value):
        return value(0)
    return value(max(after.value))


def observe_idle(host: Host) -> tuple[Observation, ...]:
    """Look at the limit for everybody, and at each account's own."""
    machine = machine_seconds(host)
    found = [
        observed(host, "desktop", desktop(host), "registry:InstallationType"),
        observed(host, "machine_lock_seconds", machine, "registry:InactivityTimeoutSecs",
                 needed=False),
    ]  # fmt: skip
    return (*found, *_accounts(host, _idle))


def observe_wake(host: Host) -> tuple[Observation, ...]:
    """Look whether waking asks for a password."""
    found = observed(host, "desktop", desktop(host), "registry:InstallationType")
    return (found, *_accounts(host, _wake))


def observe_seen(host: Host) -> tuple[Observation, ...]:
    """Sample the sessions. One whose idle time Windows does not say proves nothing either way."""
    seats = accounts.seats(host).map(
        lambda found: tuple(s if s.idle_since else replace(s, locked=None) for s in found)
    )
    there = observed(host, "desktop", desktop(host), "registry:InstallationType")
    return lock_samples.observe(host, seats, there)


def _accounts(host: Host, look: Callable[[Host, str], list[Observation]]) -> list[Observation]:
    seats = accounts.seats(host)
    sids = tuple(dict.fromkeys(s.account for s in seats.value)) if seats.seen else ()
    names = seats.map(lambda _: tuple(host.pseudonym(sid) for sid in sids))
    found = [observed(host, "accounts", names, "WTS sessions")]
    for sid in sids:
        found += look(host, sid)
    return found


def _idle(host: Host, sid: str) -> list[Observation]:
    subject, source = host.pseudonym(sid), "registry:HKU Control Panel\\Desktop"
    hive = host.registry_keys(f"HKU\\{sid}")
    if not hive.seen:
        outcome = Outcome.NO_USER_CONTEXT if hive.outcome is Outcome.ABSENT else hive.outcome
        return [missed(host, "lock_seconds", outcome, source, subject=subject, raw="hive")]
    saver = screen_saver(host, sid)
    if not saver.seen:
        return [missed(host, "lock_seconds", saver.outcome, source, subject=subject)]
    winlogon = reg.CURRENT + r"\Winlogon"
    grace = reg.default(reg.number(host, winlogon, "ScreenSaverGracePeriod"), DEFAULT_GRACE)
    seconds = saver.value.seconds(grace.value if grace.seen else DEFAULT_GRACE)
    asleep = sleep_seconds(host, sid)
    if not seconds and not asleep.seen:
        # The screen saver locks nothing; whether sleep does was not seen.
        raw = f"power settings: {asleep.detail}"
        return [missed(host, "lock_seconds", asleep.outcome, source, subject=subject, raw=raw)]
    sleeps = asleep.value if asleep.seen else 0
    if sleeps and (not seconds or sleeps < seconds):
        return [
            saw(host, "lock_seconds", sleeps, "power: sleep, password on waking", subject=subject,
                raw=f"screen saver {seconds} s"),
        ]  # fmt: skip
    return [
        saw(host, "lock_seconds", seconds, source, subject=subject, raw=f"sleep {sleeps} s"),
        saw(host, "lock_enforced", saver.value.enforced, source, subject=subject, needed=False),
    ]


def _wake(host: Host, sid: str) -> list[Observation]:
    asks = wake(host, sid)
    source = "power:CONSOLELOCK"
    return [observed(host, "password_on_wake", asks, source, subject=host.pseudonym(sid))]
