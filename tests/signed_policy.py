"""An invented trust's real ceremony, and policies signed with its keys."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from ceremony import Ceremony, signing
from tutelage_collector import policy_files, published
from tutelage_wire import documents, times
from tutelage_wire.documents import Head, Role
from tutelage_wire.policy.reading import policy_from

if TYPE_CHECKING:
    from tutelage_collector.store import Store
    from tutelage_wire.documents import SignedDocument
    from tutelage_wire.policy import Policy

TEXT = """
format = 1
title = "What is watched at Rowan High"
aup_version = "2026-09"
ict_accounts = ["it-support"]
[basis]
lawful_basis = "public_task"
dpia = "DPIA-7"
signed_by = "Headteacher"
signed_on = 2026-09-01
expires_on = 2027-08-31
[hours.school_day]
spans = [{days = ["mon", "tue", "wed", "thu", "fri"], from = "08:00", to = "17:00"}]
[hours.boarding]
spans = [{days = ["sat", "sun"], from = "10:00", to = "00:00"}]
[profile.pupil]
sensors = ["files", "downloads", "browser_history"]
[profile.staff]
sensors = ["browser_history"]
hours = "school_day"
hours_by_group = {boarding = "boarding"}
[[school]]
id = "*"
name = "Rowan High"
terms = [{from = 2026-09-02, to = 2026-12-18}, {from = 2027-01-04, to = 2027-07-21}]
closed = [{from = 2026-10-26, to = 2026-10-30, name = "Half term"}]
readers = [{role = "Safeguarding lead", reads = "alerts and a few words", when = "school days"}]
help = [
    {name = "Childline", contact = "0800 1111", for = ["pupil"]},
    {name = "The school office", contact = "01234 567890"},
]
[[keep]]
what = "Alerts that were nothing"
how_long = "90 days"
"""


def body(text: str = TEXT, **changes: object) -> dict[str, object]:
    """Return the policy's table, as it is signed; ``changes`` replace whole keys."""
    return {**policy_files._plain(tomllib.loads(text)), **changes}


def policy(text: str = TEXT, version: int = 1, **changes: object) -> Policy:
    """Return a policy as values."""
    return policy_from(body(text, **changes), version)


def signed(people: Ceremony, version: int, text: str = TEXT, **changes: object) -> SignedDocument:
    """Return a policy that the trust's policy key signed."""
    ends = datetime.combine(datetime(2027, 8, 31, tzinfo=UTC).date(), time(23, 59), UTC)
    head = Head(Role.POLICY, people.trust_id, version, ends)
    payload = documents.write_payload(head, body(text, **changes))
    return documents.sign(Role.POLICY, payload, signing([people.policy_key]))


def publish(store: Store, trust: str, *documents_: SignedDocument) -> None:
    """Publish documents as the command does."""
    for document in documents_:
        published.publish(store, document, trust, times.utc_now(), policy_files.CHECKS)
