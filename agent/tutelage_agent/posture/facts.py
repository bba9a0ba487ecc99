"""Making observations from readings (the observing side), and reading them (the judging side)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from tutelage_agent.posture.model import (
    DEVICE,
    Observation,
    Outcome,
    Reason,
    Status,
    Value,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tutelage_agent.host import Host, Reading

V = TypeVar("V", bound="Value")

RAW_LIMIT = 300
"""Characters of a source's own words that are kept for ``--explain``."""

SYSTEM = "system"
"""The fact that is missing where a check does not know the system at all."""

REASONS: dict[Outcome, tuple[Status, Reason]] = {
    Outcome.ABSENT: (Status.UNKNOWN, Reason.NOT_FOUND),
    Outcome.DENIED: (Status.UNKNOWN, Reason.DENIED),
    Outcome.UNSUPPORTED: (Status.UNKNOWN, Reason.UNSUPPORTED),
    Outcome.TIMEOUT: (Status.UNKNOWN, Reason.TIMEOUT),
    Outcome.ERROR: (Status.ERROR, Reason.TOOL_FAILED),
    Outcome.NO_USER_CONTEXT: (Status.UNKNOWN, Reason.NO_USER_CONTEXT),
}
"""What a needed observation without a value makes of its judgement."""

_WORTH_SAYING = (
    Outcome.DENIED, Outcome.TIMEOUT, Outcome.ERROR, Outcome.NO_USER_CONTEXT, Outcome.ABSENT,
    Outcome.UNSUPPORTED,
)  # fmt: skip
"""Of several rungs that saw nothing, the outcome that says most about why."""


def saw(
    host: Host,
    fact: str,
    found: Value,
    source: str,
    *,
    subject: str = DEVICE,
    raw: str = "",
    rung: int = 0,
    needed: bool = True,
    as_of: datetime | None = None,
) -> Observation:
    """Return an observation with a value."""
    return Observation(
        fact,
        Outcome.VALUE,
        source,
        host.now(),
        subject,
        found,
        raw[:RAW_LIMIT],
        rung,
        needed,
        as_of,
    )


def missed(
    host: Host,
    fact: str,
    outcome: Outcome,
    source: str,
    *,
    subject: str = DEVICE,
    raw: str = "",
    needed: bool = True,
) -> Observation:
    """Return an observation without a value, and why."""
    return Observation(
        fact, outcome, source, host.now(), subject, None, raw[:RAW_LIMIT], needed=needed
    )


def observed(
    host: Host,
    fact: str,
    reading: Reading[V],
    source: str,
    *,
    subject: str = DEVICE,
    absent: Value | None = None,
    needed: bool = True,
    rung: int = 0,
) -> Observation:
    """Return the observation that a reading makes.

    Args:
        host: gives the time.
        fact: its name.
        reading: what a door answered, already converted to a value.
        source: the rung's name.
        subject: what it is true of.
        absent: the documented meaning of a proved absence (a default); None: there is none.
        needed: see ``Observation``.
        rung: how many better sources were tried before.
    """
    if reading.seen:
        return saw(host, fact, reading.value, source, subject=subject, needed=needed, rung=rung)
    if reading.outcome is Outcome.ABSENT and absent is not None:
        default = f"{source} absent, default"
        return saw(host, fact, absent, default, subject=subject, needed=needed, rung=rung)
    return missed(
        host, fact, reading.outcome, source, subject=subject, raw=reading.detail, needed=needed
    )


def ladder(
    host: Host,
    fact: str,
    rungs: Iterable[tuple[str, Callable[[], Reading[V]]]],
    *,
    subject: str = DEVICE,
    needed: bool = True,
) -> Observation:
    """Return what the first source that has a value says, with how far down it stands.

    Args:
        host: gives the time.
        fact: its name.
        rungs: (source name, how to ask it), best first; a later one is only asked if needed.
        subject: what it is true of.
        needed: see ``Observation``.
    """
    failures: list[tuple[str, Reading[V]]] = []
    for rung, (source, ask) in enumerate(rungs):
        reading = ask()
        if reading.seen:
            return saw(host, fact, reading.value, source, subject=subject, rung=rung, needed=needed)
        failures.append((source, reading))
    for outcome in _WORTH_SAYING:
        for source, reading in failures:
            if reading.outcome is outcome:
                return missed(
                    host, fact, outcome, source, subject=subject, raw=reading.detail, needed=needed
                )
    return missed(host, fact, Outcome.UNSUPPORTED, "none", subject=subject, needed=needed)


def plain(fact: str) -> str:
    """Return a fact's name as people read it."""
    return fact.replace("_", " ")


class Facts:
    """The observations of one check, for its judge."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        """Sort the observations by fact and subject; of two for one, the first counts."""
        self.all = tuple(observations)
        self._by: dict[tuple[str, str], Observation] = {}
        for observation in self.all:
            self._by.setdefault((observation.fact, observation.subject), observation)

    def observation(self, fact: str, subject: str = DEVICE) -> Observation | None:
        """Return the observation of a fact, if there is one."""
        return self._by.get((fact, subject))

    def subjects(self, fact: str) -> tuple[str, ...]:
        """Return the subjects of which ``fact`` was observed or missed, in order."""
        return tuple(subject for known, subject in self._by if known == fact)

    def _value(self, fact: str, subject: str) -> object:
        found = self._by.get((fact, subject))
        return found.value if found is not None and found.outcome is Outcome.VALUE else None

    def truth(self, fact: str, subject: str = DEVICE) -> bool | None:
        """Return a fact that is true or false; None if it has no value."""
        found = self._value(fact, subject)
        return found if isinstance(found, bool) else None

    def integer(self, fact: str, subject: str = DEVICE) -> int | None:
        """Return a fact that is a number; None if it has no value."""
        found = self._value(fact, subject)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def text(self, fact: str, subject: str = DEVICE) -> str | None:
        """Return a fact that is text; None if it has no value."""
        found = self._value(fact, subject)
        return found if isinstance(found, str) else None

    def moment(self, fact: str, subject: str = DEVICE) -> datetime | None:
        """Return a fact that is a moment; None if it has no value."""
        found = self._value(fact, subject)
        return found if isinstance(found, datetime) else None

    def names(self, fact: str, subject: str = DEVICE) -> tuple[str, ...] | None:
        """Return a fact that is a list of names; None if it has no value."""
        found = self._value(fact, subject)
        return found if isinstance(found, tuple) else None

    def gap(self, *facts: str, subject: str = DEVICE, expected: str = "") -> Verdict | None:
        """Return UNKNOWN (or ERROR) if one of ``facts`` has no value, with the reason; else None.

        A fact that nobody observed counts as a gap too.
        """
        for fact in facts:
            found = self._by.get((fact, subject))
            if found is None and fact != SYSTEM:
                # A system that no observer knows says so once, for every fact.
                actual = f"{plain(fact)} was not observed"
                return self.gap(SYSTEM, expected=expected) or Verdict(
                    Status.UNKNOWN, Reason.NOT_OBSERVED, actual, expected, subject
                )
            if found is None:
                continue
            if found.outcome is not Outcome.VALUE:
                status, reason = REASONS[found.outcome]
                detail = f": {found.raw}" if found.raw else ""
                return Verdict(
                    status,
                    reason,
                    f"{plain(fact)} not seen ({found.source}{detail})",
                    expected,
                    subject,
                )
        return None
