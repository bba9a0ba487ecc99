"""Every table, and how long what is in it is kept: by the schedule, or why not by it.

A test sees to it that no table is forgotten here.
"""

from __future__ import annotations

from enum import StrEnum

from tutelage_collector.rights.schedule import Kept


class Stays(StrEnum):
    """Why something has no term of its own."""

    SIGNED = "signed bytes and hashes: what they say goes with its kind, the hashes stay"
    WITH_ALERTS = "goes with its alert, or when no alert of it is left"
    RECORD = "shows that decisions and erasing were right; holds nothing that a pupil wrote"
    IN_USE = "as long as the account, device, token or setting is in use; removed by a person"
    COUNTS = "states, dates and counts: nobody's words and no name"


HELD: dict[str, tuple[Kept | Stays, ...]] = {
    "account": (Stays.IN_USE,),
    "agreement_signature": (Kept.REGISTERS,),
    "agreement_version": (Stays.IN_USE,),
    "alert": (
        Kept.SELF_TESTS, Kept.ALERTS_LOW, Kept.ALERTS, Kept.ALERTS_OF_CONCERNS,
    ),
    "alert_state": (Stays.WITH_ALERTS,),
    "approval": (Stays.RECORD,),
    "artefact": (Stays.IN_USE,),
    "audit": (Stays.RECORD,),
    "batch": (Stays.SIGNED,),
    "concern": (Stays.COUNTS,),
    "concern_alert": (Stays.COUNTS,),
    "concern_entry": (Kept.WORDS_OF_CONCERNS,),
    "context_answer": (Stays.WITH_ALERTS,),
    "context_request": (Kept.MESSAGES,),
    "cover": (Stays.RECORD,),
    "device": (Kept.DEVICES,),
    "device_key": (Stays.SIGNED,),
    "device_seen": (Stays.COUNTS,),
    "drift": (Kept.POSTURE,),
    "enrolment_proof": (Stays.SIGNED,),
    "episode": (Stays.WITH_ALERTS,),
    "erased_count": (Stays.COUNTS,),
    "erasure": (Stays.RECORD,),
    "exemption": (Stays.RECORD,),
    "expected_device": (Stays.IN_USE,),
    "farewell": (Stays.COUNTS,),
    "head": (Stays.SIGNED,),
    "hold": (Stays.RECORD,),
    "ict_action": (Stays.COUNTS,),
    "ict_finding": (Kept.ICT,),
    "integrity": (Kept.INTEGRITY,),
    "judgement": (Kept.POSTURE,),
    "ledger_mark": (Stays.IN_USE,),
    "log_edge": (Stays.SIGNED,),
    "notice": (Kept.MESSAGES,),
    "office_holder": (Stays.IN_USE,),
    "passkey": (Stays.IN_USE,),
    "passkey_wrap": (Stays.IN_USE,),
    "person": (Stays.IN_USE,),
    "quiet": (Kept.MESSAGES,),
    "quiet_message": (Kept.MESSAGES,),
    "quiet_mute": (Stays.IN_USE,),
    "quiet_told": (Kept.MESSAGES,),
    "recipient": (Stays.IN_USE,),
    "register_person": (Stays.IN_USE,),
    "report_post": (Kept.REPORTS,),
    "report_schedule": (Stays.IN_USE,),
    "review_done": (Kept.REGISTERS,),
    "review_trigger": (Kept.REGISTERS,),
    "rollup": (Stays.COUNTS,),
    "rota": (Kept.ROTAS,),
    "shared_key": (Stays.WITH_ALERTS,),
    "signed_document": (Stays.IN_USE,),
    "signing_key": (Stays.SIGNED,),
    "site_count": (Kept.USAGE,),
    "step": (Kept.MESSAGES,),
    "step_notice": (Kept.MESSAGES,),
    "taken_in": (Stays.COUNTS,),
    "token": (Stays.IN_USE,),
    "training": (Kept.REGISTERS,),
    "waiting_device": (Kept.WAITING,),
}  # fmt: skip
