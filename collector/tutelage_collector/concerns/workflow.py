"""The steps of a concern: new, acknowledged, in review, outcome, closed; and open again. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.concerns import rules
from tutelage_collector.errors import ConcernError
from tutelage_collector.store.records_concerns import (
    About,
    ActionId,
    Change,
    Concern,
    ConcernId,
    ConcernState,
    Entry,
    EntryId,
    EntryKind,
    IctAction,
    IctActionKind,
    Outcome,
    Police,
    Source,
)
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_wire.events import DeviceId

_HEX = re.compile(r"[0-9a-f]{32}")
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,39}")
_PSEUDONYM = re.compile(r"[0-9a-f]{8,64}")
_DUE = {
    IctActionKind.KEEP_LOGS: timedelta(hours=1),
    IctActionKind.TAKE_DEVICE_IN: timedelta(hours=1),
    IctActionKind.CHECK_MALWARE: timedelta(hours=4),
    IctActionKind.RESET_PASSWORD: timedelta(hours=4),
}
_DUE_ELSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """Who takes a step, when, and the words that go with it, sealed; "" = none."""

    by: str
    at: datetime
    sealed: str = ""
    entry_id: EntryId | None = None
    """What ``sealed`` is bound to; None = draw one (nothing is sealed)."""


def new_id() -> str:
    """Return a fresh id for a concern or for a line that is still to be sealed."""
    return secrets.token_hex(16)


def checked_id(value: str) -> str:
    """Return an id that came from outside, if it is one.

    Raises:
        ConcernError: it is not.
    """
    if not _HEX.fullmatch(value):
        raise ConcernError("that is not the id of a concern: it has 32 digits 0 to 9 and a to f")
    return value


def open_from_alerts(
    concern_id: ConcernId, alerts: Sequence[Alert], about: About | None, said: Said
) -> Change:
    """Begin a concern from alerts.

    Args:
        concern_id: fresh.
        alerts: of one school; self-tests are refused.
        about: None = a member of staff where all devices are adults', else a pupil.
        said: who, when, and a first note.

    Raises:
        ConcernError: there are none, or they do not go together.
    """
    if not alerts:
        raise ConcernError("a concern is made from one or more alerts; see: alert list")
    if any(one.canary for one in alerts):
        raise ConcernError("a self-test never becomes a concern: nobody wrote it")
    schools = {one.school for one in alerts}
    if len(schools) > 1:
        raise ConcernError("these alerts are of different schools: make one concern for each")
    gravest = max(alerts, key=lambda one: (one.grade, one.score))
    if about is None:
        adults = all(one.age_band == AgeBand.ADULT.value for one in alerts)
        about = About.STAFF if adults else About.PUPIL
    return _opened(
        Concern(
            id=concern_id,
            school=schools.pop(),
            about=about,
            source=Source.ALERTS,
            state=ConcernState.IN_REVIEW,
            grade=gravest.grade,
            risk_area=gravest.risk_area.value,
            subcategory=gravest.subcategory,
            opened_at=said.at,
            opened_by=said.by,
            acknowledged_at=said.at,
        ),
        said,
        alerts,
    )


def open_by_hand(
    concern_id: ConcernId, school: str, about: About, grade: int, source: Source, said: Said
) -> Change:
    """Begin a concern without an alert: somebody reported it, or the safeguarding lead knows."""
    known = source is Source.PERSON
    return _opened(
        Concern(
            id=concern_id,
            school=school,
            about=about,
            source=source,
            state=ConcernState.IN_REVIEW if known else ConcernState.NEW,
            grade=grade,
            risk_area="",
            subcategory="",
            opened_at=said.at,
            opened_by=said.by,
            acknowledged_at=said.at if known else None,
        ),
        said,
        (),
    )


def _opened(concern: Concern, said: Said, alerts: Sequence[Alert]) -> Change:
    lines = [_line(concern, EntryKind.OPENED, replace(said, sealed="", entry_id=None),
                   concern.source.value)]  # fmt: skip
    lines += [
        _line(concern, EntryKind.ALERT_ADDED, replace(said, sealed="", entry_id=None), one.event_id)
        for one in alerts
    ]
    if said.sealed:
        lines.append(_line(concern, EntryKind.NOTE, said))
    return Change(concern, tuple(lines), tuple(one.event_id for one in alerts))


def acknowledge(concern: Concern, said: Said) -> Change:
    """Say that somebody has it."""
    if concern.state is not ConcernState.NEW:
        raise ConcernError("it is acknowledged already")
    after = replace(concern, state=ConcernState.ACKNOWLEDGED, acknowledged_at=said.at)
    return Change(after, (_line(after, EntryKind.STATE, said, after.state.value),))


def note(concern: Concern, said: Said) -> Change:
    """Write something down: of an open concern it means that somebody is working on it."""
    if not said.sealed:
        raise ConcernError("an empty note says nothing; write what is known and what you did")
    return Change(_working(concern, said), (_line(concern, EntryKind.NOTE, said),))


def add_alerts(concern: Concern, alerts: Sequence[Alert], said: Said) -> Change:
    """Put further alerts into a concern."""
    _not_closed(concern)
    if any(one.school != concern.school or one.canary for one in alerts):
        raise ConcernError("only this school's own alerts, and no self-tests, go into a concern")
    gravest = max([concern.grade, *(one.grade for one in alerts)])
    lines = tuple(_line(concern, EntryKind.ALERT_ADDED, said, one.event_id) for one in alerts)
    return Change(replace(concern, grade=gravest), lines, tuple(one.event_id for one in alerts))


def link(concern: Concern, pseudonym: str, said: Said) -> Change:
    """Link a further pupil: the pseudonym of their account clear, their name sealed."""
    _not_closed(concern)
    if pseudonym and not _PSEUDONYM.fullmatch(pseudonym):
        raise ConcernError("a pseudonym has 8 to 64 digits 0 to 9 and a to f; names are sealed")
    if not pseudonym and not said.sealed:
        raise ConcernError("name the pupil, or the pseudonym of their account")
    return Change(concern, (_line(concern, EntryKind.PUPIL_LINKED, said, pseudonym),))


def ask_ict(
    concern: Concern, kind: IctActionKind, target: str, device_id: DeviceId | None, said: Said
) -> Change:
    """Ask ICT to do something, without a word about whom or why."""
    _not_closed(concern)
    target = target.strip().lower()
    if target and not _HOST.fullmatch(target):
        raise ConcernError(
            "write the site's name alone, for example chat.example.org: ICT reads this"
        )
    sites = {IctActionKind.BLOCK_SITE, IctActionKind.UNBLOCK_SITE}
    if kind in sites and not target:
        raise ConcernError("say which site, for example chat.example.org")
    action = IctAction(
        id=ActionId(secrets.token_hex(8)),
        concern_id=concern.id,
        school=concern.school,
        kind=kind,
        target=target,
        device_id=device_id,
        asked_at=said.at,
        due_at=said.at + _DUE.get(kind, _DUE_ELSE),
    )
    line = _line(concern, EntryKind.ACTION_ASKED, said, f"{kind.value} {action.id}")
    return Change(concern, (line,), action=action)


def ict_done(action: IctAction, said: Said) -> Entry:
    """Return the line that says that ICT has done it."""
    return Entry(
        id=EntryId(new_id()),
        concern_id=action.concern_id,
        at=said.at,
        by=said.by,
        kind=EntryKind.ACTION_DONE,
        code=f"{action.kind.value} {action.id}",
    )


def consider_police(concern: Concern, decision: Police, said: Said) -> Change:
    """Record that reporting to the police was considered (policy 7.g, 12.c)."""
    after = replace(concern, police=decision)
    return Change(after, (_line(after, EntryKind.POLICE, said, decision.value),))


def decide(concern: Concern, outcome: Outcome, said: Said) -> Change:
    """Say what came of it."""
    _not_closed(concern)
    police = Police.REPORTED if outcome is Outcome.REFERRAL_POLICE else concern.police
    after = replace(
        concern,
        state=ConcernState.OUTCOME,
        outcome=outcome,
        outcome_at=said.at,
        police=police,
        acknowledged_at=concern.acknowledged_at or said.at,
    )
    return Change(after, (_line(after, EntryKind.OUTCOME, said, outcome.value),))


def close(concern: Concern, said: Said) -> Change:
    """Close a concern whose outcome is known and whose duties are done."""
    _not_closed(concern)
    if concern.outcome is None:
        raise ConcernError("choose an outcome first: a concern is never closed without one")
    if rules.asks_about_police(concern) and concern.police is None:
        raise ConcernError(
            "record first whether reporting to the police was considered (policy 7.g, 12.c); "
            "the answer may be that it is not needed"
        )
    after = replace(concern, state=ConcernState.CLOSED, closed_at=said.at)
    return Change(after, (_line(after, EntryKind.STATE, said, after.state.value),))


def reopen(concern: Concern, said: Said) -> Change:
    """Open a closed concern again; its outcome is to be decided anew."""
    if concern.state is not ConcernState.CLOSED:
        raise ConcernError("it is open")
    if not said.sealed:
        raise ConcernError("say why it is opened again")
    after = replace(
        concern, state=ConcernState.IN_REVIEW, outcome=None, outcome_at=None, closed_at=None
    )
    return Change(after, (_line(after, EntryKind.STATE, said, "reopened"),))


def complaint(concern: Concern, said: Said, *, is_open: bool) -> Change:
    """Say that a complaint began or ended: meanwhile nothing of the concern is deleted (8.f)."""
    if is_open is (concern.complaint_since is not None):
        raise ConcernError("a complaint is open already" if is_open else "no complaint is open")
    kind = EntryKind.COMPLAINT_OPENED if is_open else EntryKind.COMPLAINT_ENDED
    after = replace(concern, complaint_since=said.at if is_open else None)
    return Change(after, (_line(after, kind, said),))


def log_on_cpoms(concern: Concern, reference: str, said: Said) -> Change:
    """Record CPOMS's reference of this concern (policy 14.a)."""
    if not _REFERENCE.fullmatch(reference):
        raise ConcernError(
            "write CPOMS's reference as it stands there: up to 40 letters, digits and / _ . -"
        )
    after = replace(concern, cpoms_reference=reference, cpoms_by=said.by, cpoms_at=said.at)
    return Change(after, (_line(after, EntryKind.CPOMS_LOGGED, said, reference),))


def remark(concern: Concern, kind: EntryKind, code: str, said: Said) -> Change:
    """Write a line that changes nothing else: an export, a look, a decision."""
    return Change(concern, (_line(concern, kind, said, code),))


def _working(concern: Concern, said: Said) -> Concern:
    if concern.state in (ConcernState.NEW, ConcernState.ACKNOWLEDGED):
        return replace(
            concern,
            state=ConcernState.IN_REVIEW,
            acknowledged_at=concern.acknowledged_at or said.at,
        )
    return concern


def _not_closed(concern: Concern) -> None:
    if concern.state is ConcernState.CLOSED:
        raise ConcernError("it is closed: open it again first, and say why")


def _line(concern: Concern, kind: EntryKind, said: Said, code: str = "") -> Entry:
    return Entry(
        id=said.entry_id or EntryId(new_id()),
        concern_id=concern.id,
        at=said.at,
        by=said.by,
        kind=kind,
        code=code,
        sealed=said.sealed,
    )
