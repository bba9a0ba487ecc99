"""Subject access: everything that is held on one person, for that person (UK GDPR, article 15).

Opened with the safeguarding lead's passphrase on the lead's own machine. What others wrote or who
they are is theirs: names that the lead gives are replaced, and the page reminds of the rest,
because no program knows every name in a sentence.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jinja2

from tutelage_collector import contexts, excerpts
from tutelage_collector.errors import SecretError, StateError
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.config import Config
    from tutelage_collector.contexts import Context
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Entry

SOMEBODY = "[another person]"
NOT_OPENED = "[sealed to somebody else: ask the headteacher]"
_ALL = 10**9


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    alerts: int
    concerns: int
    not_opened: int


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces the names of others, as whole words, in any case."""

    names: tuple[str, ...]

    def __call__(self, text: str) -> str:
        """Return the text without them."""
        for name in self.names:
            text = re.sub(rf"\b{re.escape(name)}\b", SOMEBODY, text, flags=re.IGNORECASE)
        return text


def export(
    store: Store,
    config: Config,
    key: x25519.X25519PrivateKey,
    account: str,
    names: Sequence[str],
    folder: Path,
    now: datetime,
) -> Exported:
    """Write ``held.json`` and ``held.html``.

    Args:
        store: where it is held.
        config: of the collector.
        key: the safeguarding lead's.
        account: the pseudonym under which the person's device account is known.
        names: of other people, to be replaced.
        folder: is made; must not exist yet.
        now: the present moment.

    Raises:
        StateError: the folder exists, or cannot be written.
    """
    redact = Redactor(tuple(name for name in names if name.strip()))
    alerts = store.alerts_of_account(account)
    of = store.concerns_of([one.event_id for one in alerts])
    concern_ids = dict.fromkeys(one for found in of.values() for one in found)
    concern_ids |= dict.fromkeys(
        one.id
        for one in store.concerns(limit=_ALL)
        if any(entry.code == account for entry in store.concern_entries(one.id))
    )
    opener = excerpts.opener(key, config.trust, store)
    stands = contexts.look_all(store, config.trust, alerts, now)
    closed = 0
    rows = []
    for alert in alerts:
        try:
            content = opener(alert)
        except SecretError:
            content, closed = None, closed + 1
        row = _alert_row(alert, content, redact)
        more, opened = _more(stands[alert.event_id], key, config.trust, store)
        closed += not opened
        rows.append(row | {"more_of_the_text": redact(more) if more is not None else None})
    concerns = []
    for concern_id in concern_ids:
        concern = store.concern(concern_id)
        if concern is None:
            continue
        lines = []
        for entry in store.concern_entries(concern_id):
            text, opened = _words(entry, key, config.trust, store)
            closed += not opened
            lines.append(_entry_row(entry, redact(text)))
        concerns.append(
            {
                "concern": concern.id,
                "opened": times.text(concern.opened_at),
                "state": concern.state.value,
                "grade": concern.grade,
                "about": f"{concern.risk_area} {concern.subcategory}".strip(),
                "outcome": concern.outcome.value if concern.outcome else None,
                "closed": times.text(concern.closed_at) if concern.closed_at else None,
                "cpoms_reference": concern.cpoms_reference or None,
                "lines": lines,
            }
        )
    subjects = {f"alert {one.event_id}" for one in alerts}
    subjects |= {f"concern {one}" for one in concern_ids} | {f"account {account}"}
    looks = [
        {"at": times.text(row.at), "role": row.actor_role or "command", "did": row.action,
         "to": row.subject}
        for row in reversed(store.audit_rows(_ALL))
        if row.subject in subjects
    ]  # fmt: skip
    held = {
        "made": times.text(now),
        "trust": config.trust,
        "account": account,
        "alerts": rows,
        "concerns": concerns,
        "erased": [
            {"at": times.text(one.at), "reason": one.reason}
            for one in store.erasures()
            if one.reason.endswith(account)
        ],
        "who_looked": looks,
        "holds": [
            {"kind": one.kind.value, "subject": one.subject, "since": times.text(one.placed_at)}
            for one in store.holds()
            if one.released_at is None and one.subject in subjects
        ],
    }
    _write(folder, held)
    return Exported(len(rows), len(concerns), closed)


def _more(
    stands: Context, key: x25519.X25519PrivateKey, trust: str, store: Store
) -> tuple[str | None, bool]:
    """Return the wider stretch that was asked for; None = nothing came. And whether it opened."""
    if stands.answer is None:
        return None, True
    try:
        content = excerpts.open_context(stands.answer, key, trust, store)
    except SecretError:
        return NOT_OPENED, False
    return (content.excerpt if content is not None else None), True


def _alert_row(alert: Alert, content: Any, redact: Redactor) -> dict[str, Any]:
    return {
        "event": alert.event_id,
        "at": times.text(alert.occurred_at),
        "grade": alert.grade,
        "about": f"{alert.risk_area.value}: {alert.subcategory}",
        "seen_in": alert.channel,
        "device": alert.device_id,
        "self_test": bool(alert.canary),
        "excerpt": redact(content.excerpt) if content else NOT_OPENED,
        "source": redact(content.source) if content else None,
        "account_name": content.account if content else None,
    }


def _entry_row(entry: Entry, text: str) -> dict[str, Any]:
    return {"at": times.text(entry.at), "kind": entry.kind.value, "code": entry.code, "text": text}


def _words(
    entry: Entry, key: x25519.X25519PrivateKey, trust: str, store: Store
) -> tuple[str, bool]:
    try:
        return excerpts.note_text(entry, key, trust, store), True
    except SecretError:
        return NOT_OPENED, False


def _write(folder: Path, held: dict[str, Any]) -> None:
    pages = jinja2.Environment(
        loader=jinja2.PackageLoader("tutelage_collector.rights", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        folder.mkdir(mode=0o700, parents=True)
        text = json.dumps(held, indent=1, ensure_ascii=False)
        (folder / "held.json").write_text(text, encoding="utf-8")
        page = pages.get_template("held.html").render(held=held, somebody=SOMEBODY)
        (folder / "held.html").write_text(page, encoding="utf-8")
    except FileExistsError as error:
        raise StateError(f"{folder}: is there already; name a new folder with --out") from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
