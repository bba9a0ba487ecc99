"""How concerns are said to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store.records_concerns import (
    About,
    ConcernState,
    Entry,
    EntryKind,
    IctActionKind,
    Outcome,
    Police,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OUTCOMES: dict[str, dict[Outcome, str]] = {
    "Nothing in it": {
        Outcome.NO_ACTION_BENIGN: "Looked into, nothing to do",
        Outcome.FALSE_POSITIVE_CONTEXT: "False alarm: harmless in its context",
        Outcome.FALSE_POSITIVE_CURRICULUM: "False alarm: schoolwork",
        Outcome.FALSE_POSITIVE_RULE: "False alarm: the rule is wrong",
    },
    "Dealt with in school": {
        Outcome.ADVICE_TO_PUPIL: "Advice to the pupil",
        Outcome.PASTORAL: "Pastoral support",
        Outcome.PARENT_CONTACT: "Parents or carers spoken to",
        Outcome.BEHAVIOUR_POLICY: "Behaviour policy",
        Outcome.CYBER_BULLYING: "Cyber-bullying",
        Outcome.SAFEGUARDING: "Safeguarding concern",
    },
    "Passed on": {
        Outcome.REFERRAL_SOCIAL_CARE: "Children's social care",
        Outcome.REFERRAL_PREVENT: "Prevent or Channel",
        Outcome.REFERRAL_POLICE: "Police",
        Outcome.REFERRAL_CEOP: "CEOP",
        Outcome.REFERRAL_LADO: "LADO",
        Outcome.REFERRAL_HEALTH: "Health services",
    },
    "Staff and systems": {
        Outcome.STAFF_HR: "Staff: code of conduct or disciplinary policy",
        Outcome.ICT_FILTER: "ICT: filtering changed",
        Outcome.ICT_MALWARE: "ICT: malware",
        Outcome.ICT_DEVICE: "ICT: device",
    },
}
_OUTCOME = {one: text for group in OUTCOMES.values() for one, text in group.items()}
POLICE = {
    Police.NOT_NEEDED: "Considered; not needed",
    Police.ADVICE_TAKEN: "Considered; advice taken, not reported",
    Police.REPORTED: "Reported to the police",
}
ABOUT = {
    About.PUPIL: "A pupil",
    About.STAFF: "A member of staff",
    About.DSL: "The safeguarding lead or a deputy",
    About.ICT: "The ICT manager or their staff",
    About.HEAD: "The headteacher",
}
ICT_ACTIONS = {
    IctActionKind.BLOCK_SITE: "Block a site",
    IctActionKind.UNBLOCK_SITE: "Unblock a site",
    IctActionKind.REVIEW_FILTER: "Check that filtering works on a device",
    IctActionKind.RESTRICT_APP: "Restrict an app on a device",
    IctActionKind.KEEP_LOGS: "Keep logs, before they are overwritten",
    IctActionKind.TAKE_DEVICE_IN: "Take a device in, without switching it off",
    IctActionKind.CHECK_MALWARE: "Check a device for malware",
    IctActionKind.RESET_PASSWORD: "Reset the password of a device's account",
}
_STATE = {
    ConcernState.NEW: "New",
    ConcernState.ACKNOWLEDGED: "Acknowledged",
    ConcernState.IN_REVIEW: "Being worked on",
    ConcernState.OUTCOME: "Outcome decided",
    ConcernState.CLOSED: "Closed",
}
_KIND = {
    EntryKind.OPENED: "Concern made",
    EntryKind.ALERT_ADDED: "Alert added",
    EntryKind.NOTE: "Note",
    EntryKind.PUPIL_LINKED: "Pupil linked",
    EntryKind.STATE: "State",
    EntryKind.OUTCOME: "Outcome",
    EntryKind.POLICE: "Police considered",
    EntryKind.ACTION_ASKED: "ICT asked",
    EntryKind.ACTION_DONE: "ICT has done it",
    EntryKind.COMPLAINT_OPENED: "Complaint opened: nothing is deleted",
    EntryKind.COMPLAINT_ENDED: "Complaint ended",
    EntryKind.DECISION_ASKED: "Decision asked for",
    EntryKind.DECISION_MADE: "Decision made",
    EntryKind.SPREAD_LOOKED: "Looked where else it was seen",
    EntryKind.CPOMS_EXPORTED: "Copied for CPOMS",
    EntryKind.CPOMS_LOGGED: "Logged on CPOMS",
}


def outcome(value: Outcome | None) -> str:
    """Return an outcome in words."""
    return _OUTCOME[value] if value else ""


def police(value: Police | None) -> str:
    """Return in words what was decided about the police."""
    return POLICE[value] if value else "Not considered yet"


def about(value: About) -> str:
    """Return in words whom a concern is about."""
    return ABOUT[value]


def concern_state(value: ConcernState) -> str:
    """Return in words how far a concern is."""
    return _STATE[value]


def ict_action(value: IctActionKind) -> str:
    """Return in words what ICT is asked to do."""
    return ICT_ACTIONS[value]


def line(entry: Entry) -> str:
    """Return what one line of a timeline says, without what is sealed."""
    said = _KIND[entry.kind]
    match entry.kind:
        case EntryKind.OUTCOME:
            return f"{said}: {outcome(Outcome(entry.code))}"
        case EntryKind.POLICE:
            return f"{police(Police(entry.code))}"
        case EntryKind.STATE if entry.code == "reopened":
            return "Opened again"
        case EntryKind.STATE:
            return concern_state(ConcernState(entry.code))
        case EntryKind.ACTION_ASKED | EntryKind.ACTION_DONE:
            return f"{said}: {ict_action(IctActionKind(entry.code.split()[0]))}"
        case EntryKind.CPOMS_LOGGED:
            return f"{said}: {entry.code}"
        case EntryKind.PUPIL_LINKED if entry.code:
            return f"{said}: pseudonym {entry.code}"
        case EntryKind.SPREAD_LOOKED:
            return f"{said}: {entry.code}"
        case EntryKind.DECISION_ASKED | EntryKind.DECISION_MADE:
            return f"{said}: {entry.code.split()[0].replace('_', ' ')}"
    return said


FILTERS: dict[str, Callable[..., str]] = {
    "outcome": outcome,
    "police": police,
    "about": about,
    "concern_state": concern_state,
    "ict_action": ict_action,
    "line": line,
}
