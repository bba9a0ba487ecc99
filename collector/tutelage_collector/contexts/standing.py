"""How it stands with more of a text: what happened, in, a state and a plain sentence, out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.store.records import DeviceState
from tutelage_wire.context import ContextState

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_context import ContextRequest, ReceivedContext

ON_WITHIN = timedelta(minutes=3)
"""A device that is on says something each minute."""


class Standing(StrEnum):
    """What a person can do, or waits for."""

    NOTHING_MORE = "nothing_more"
    MAY_ASK = "may_ask"
    OVER = "over"
    FORBIDDEN = "forbidden"
    BARRED = "barred"
    ASKED = "asked"
    OFFLINE = "offline"
    ANSWERED = "answered"
    NOT_KEPT = "not_kept"
    SWITCHED_OFF = "switched_off"
    NOT_HEARD = "not_heard"
    UNASKED = "unasked"
    """It came, and nobody is on record who asked."""


_WAITING = {Standing.ASKED, Standing.OFFLINE}
_ANSWERS = {
    ContextState.NOT_KEPT: Standing.NOT_KEPT,
    ContextState.SWITCHED_OFF: Standing.SWITCHED_OFF,
}
_LATE = "The device was not heard in time, and keeps it no longer. Its time was over on"
_SAYS = {
    Standing.NOTHING_MORE: "The device keeps no more of this than the words above.",
    Standing.MAY_ASK: (
        "The device keeps more of the same text, up to 2,000 characters before and after, sealed, "
        "until"
    ),
    Standing.OVER: "The device kept more of the text, and deleted it on",
    Standing.FORBIDDEN: "The signed policy keeps no more of any text on devices of this kind.",
    Standing.BARRED: "This device may not connect (any more), so that it cannot be asked.",
    Standing.ASKED: (
        "The device is on, and answers within seconds as a rule. It is asked again until"
    ),
    Standing.OFFLINE: ("The device is off or away. It is asked as soon as it comes back, until"),
    Standing.ANSWERED: "More of the text came from the device on",
    Standing.NOT_KEPT: (
        "The device no longer has it: its time was over, or it gave way to later ones."
    ),
    Standing.SWITCHED_OFF: (
        "The device keeps no more of any text: the policy in force there does not allow it."
    ),
    Standing.NOT_HEARD: (
        "The device was not heard after it was asked. It can be asked again until"
    ),
    Standing.UNASKED: (
        "More of this text came, and nobody is on record who asked for it. It stays sealed. Tell "
        "the headteacher and ICT: the collector may have been tampered with. It came on"
    ),
}
"""A sentence that ends without a full stop is followed by its moment."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one finding."""

    kept_until: datetime | None
    """As the finding says; None = no more of its text was kept."""
    allowed_days: int
    """By the policy that is published here, for this kind of device; 0 = none."""
    device: DeviceState | None
    """None = not enrolled here (any more)."""
    last_seen: datetime | None
    request: ContextRequest | None
    """The latest."""
    answer: ReceivedContext | None


@dataclass(frozen=True, slots=True)
class Context:
    """How it stands."""

    standing: Standing
    says: str
    """For the page: what is so, and what happens next."""
    moment: datetime | None
    """That the sentence ends with, for who shows it in local time; None = with none."""
    request: ContextRequest | None
    answer: ReceivedContext | None

    @property
    def may_ask(self) -> bool:
        """Whether asking is possible now."""
        return self.standing in {Standing.MAY_ASK, Standing.NOT_HEARD}

    @property
    def waits(self) -> bool:
        """Whether an answer is to come."""
        return self.standing in _WAITING

    @property
    def came(self) -> bool:
        """Whether there is something to open."""
        return self.standing is Standing.ANSWERED


def context_of(facts: Facts, now: datetime) -> Context:
    """Return how it stands with one finding."""
    standing, moment = _standing(facts, now)
    late = standing is Standing.NOT_KEPT and moment is not None
    return Context(
        standing, _LATE if late else _SAYS[standing], moment, facts.request, facts.answer
    )


def _standing(facts: Facts, now: datetime) -> tuple[Standing, datetime | None]:
    asked, answer = facts.request, facts.answer
    if answer is not None and asked is not None:
        if answer.state is ContextState.SENT:
            return Standing.ANSWERED, answer.received_at
        return _ANSWERS[answer.state], None
    if answer is not None and answer.state is ContextState.SENT:
        return Standing.UNASKED, answer.received_at
    if facts.kept_until is None:
        return Standing.NOTHING_MORE, None
    if facts.device is not DeviceState.ACTIVE:
        return Standing.BARRED, None
    if asked is not None and now < asked.until:
        is_on = facts.last_seen is not None and now - facts.last_seen <= ON_WITHIN
        return (Standing.ASKED if is_on else Standing.OFFLINE), asked.until
    if not facts.allowed_days:
        return Standing.FORBIDDEN, None
    if now >= facts.kept_until:
        return (Standing.OVER if asked is None else Standing.NOT_KEPT), facts.kept_until
    return (Standing.MAY_ASK if asked is None else Standing.NOT_HEARD), facts.kept_until
