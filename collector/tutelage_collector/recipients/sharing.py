"""Sharing what was sealed before with one more recipient, on the side of who can open it.

Only the 32-byte content key of each excerpt is opened and sealed anew; its words stay sealed. A
request carries wrapped keys to the holder's own machine, an answer carries them back.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import excerpts
from tutelage_collector.errors import SecretError
from tutelage_collector.excerpts import Excerpt
from tutelage_collector.recipients import own
from tutelage_collector.store.records_concerns import About
from tutelage_collector.store.records_recipients import RecipientKind, RecordId, SharedKey
from tutelage_wire import keys, sealed
from tutelage_wire.errors import SealError
from tutelage_wire.sealed import Sealed, Wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_recipients import RecipientKey

WRAPPED_BYTES = 80
"""HPKE over a content key: 32 of the ephemeral key, 32 sealed, 16 of the tag."""
_REQUEST, _ANSWER, _VERSION = "tutelage_share_request", "tutelage_share_answer", 1
_PAGE = 500
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """What a holder is asked to share, and with whom."""

    name: str
    public_key: bytes
    excerpts: tuple[tuple[RecordId, Excerpt], ...]

    @property
    def key_id(self) -> str:
        """The name of the key that would be able to open them."""
        return keys.key_id(self.public_key).hex()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a holder shared."""

    key_id: str
    by_key_id: str
    wrapped: tuple[tuple[RecordId, bytes], ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding as it travels to the holder: its bytes."""

    data: bytes

    def encoded(self) -> bytes:
        """Return the bytes that bind ciphertext and wraps to their place."""
        return self.data


def all_sealed(
    store: Store,
    trust: str,
    kind: RecipientKind,
    school: str | None = None,
    *,
    past_heads: bool = False,
) -> Iterator[tuple[RecordId, Excerpt]]:
    """Yield all that a kind of recipient may read of a school, or of the trust.

    Excerpts and notes on pupils are for the lead, deputies and recovery; notes on staff for the
    head, and for recovery. With ``past_heads``, what is about a headteacher is not among it.
    """
    if kind is not RecipientKind.HEAD:
        yield from _excerpts(store, trust, school)
    for concern in store.concerns(school, _ALL):
        about_pupil = concern.about is About.PUPIL
        if past_heads and concern.about is About.HEAD:
            continue
        if kind is RecipientKind.RECOVERY or about_pupil is (kind is not RecipientKind.HEAD):
            for entry in store.concern_entries(concern.id):
                found = excerpts.note(entry, trust, store)
                if found is not None:
                    yield excerpts.note_id(entry), found
    if kind is not RecipientKind.HEAD:
        for one in store.people(school):
            yield excerpts.person_id(one.pseudonym), excerpts.person(one, trust, store)


def _excerpts(store: Store, trust: str, school: str | None) -> Iterator[tuple[RecordId, Excerpt]]:
    cursor = 0
    while True:
        cursor, found = store.alerts_after(cursor, _PAGE)
        for alert in found:
            if school and alert.school != school:
                continue
            excerpt = excerpts.find(alert, trust, store)
            if excerpt is not None:
                yield RecordId(alert.event_id), excerpt
        for answer in store.context_answers([one.event_id for one in found]):
            stretch = excerpts.context(answer, trust, store)
            if stretch is not None and (not school or answer.school == school):
                yield RecordId(answer.event_id), stretch
        if not found:
            return


def request(store: Store, trust: str, to: RecipientKey) -> Request:
    """Return what a recipient cannot open yet."""
    wanted = bytes.fromhex(to.key_id)
    missing = tuple(
        (record, excerpt)
        for record, excerpt in all_sealed(
            store,
            trust,
            to.kind,
            to.school or None,
            past_heads=to.kind is RecipientKind.HEAD and own.of_one_school(store, to),
        )
        if not excerpt.opens_with(wanted)
    )
    return Request(to.name, to.public_key, missing)


def answer(
    asked: Request, private: x25519.X25519PrivateKey
) -> Iterator[tuple[RecordId, bytes | None]]:
    """Yield each record with its content key sealed anew; None = this key does not open it."""
    for record, excerpt in asked.excerpts:
        try:
            context = excerpt.bound(private)
            content_key = sealed.unwrap_key(excerpt.sealed, private, context)
        except SealError:
            yield record, None
            continue
        yield record, sealed.wrap_key(content_key, asked.public_key, context).wrapped_key


def keep(
    store: Store, to: str, by: str, wrapped: Iterable[tuple[RecordId, bytes]], now: datetime
) -> int:
    """Keep what a holder shared; return how many.

    Raises:
        SecretError: one is not a wrapped content key.
    """
    rows = [SharedKey(record, to, one, by, now) for record, one in wrapped]
    for row in rows:
        if len(row.wrapped_key) != WRAPPED_BYTES:
            raise SecretError(f"{row.record}: not a shared content key; nothing was kept")
    store.share(rows)
    return len(rows)


def dumps_request(asked: Request) -> str:
    """Return a request as the text of its file. It holds wrapped keys and no words."""
    return json.dumps(
        {
            _REQUEST: _VERSION,
            "name": asked.name,
            "public_key": b64encode(asked.public_key).decode(),
            "excerpts": [excerpt_row(record, one) for record, one in asked.excerpts],
        }
    )


def excerpt_row(record: RecordId, excerpt: Excerpt) -> dict[str, object]:
    """Return the wrapped keys of one excerpt, JSON-ready; its ciphertext stays."""
    return {
        "record": record,
        "contexts": [b64encode(context.encoded()).decode() for context in excerpt.contexts],
        "wraps": {
            wrap.key_id.hex(): b64encode(wrap.wrapped_key).decode() for wrap in excerpt.sealed.wraps
        },
    }


def loads_request(text: str) -> Request:
    """Return the request that a file holds.

    Raises:
        SecretError: it is not one.
    """
    try:
        row = json.loads(text)
        if row[_REQUEST] != _VERSION:
            raise SecretError("a request of another version: use the collector's own version")
        return Request(
            str(row["name"]),
            b64decode(row["public_key"], validate=True),
            tuple(_excerpt(one) for one in row["excerpts"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SecretError("not a request to share (recipient share NAME --ask FILE)") from error


def _excerpt(row: dict[str, object]) -> tuple[RecordId, Excerpt]:
    contexts, wraps = row["contexts"], row["wraps"]
    if not isinstance(contexts, list) or not isinstance(wraps, dict) or not contexts:
        raise TypeError("contexts and wraps")
    held = tuple(
        Wrap(bytes.fromhex(name), b64decode(value, validate=True)) for name, value in wraps.items()
    )
    bound = tuple(Bound(b64decode(one, validate=True)) for one in contexts)
    return RecordId(str(row["record"])), Excerpt(Sealed(sealed.SUITE, b"", held), bound)


def dumps_answer(found: Answer) -> str:
    """Return an answer as the text of its file."""
    return json.dumps(
        {
            _ANSWER: _VERSION,
            "key_id": found.key_id,
            "by": found.by_key_id,
            "wrapped": {record: b64encode(one).decode() for record, one in found.wrapped},
        }
    )


def loads_answer(text: str) -> Answer:
    """Return the answer that a file or a browser sent.

    Raises:
        SecretError: it is not one.
    """
    try:
        row = json.loads(text)
        if row[_ANSWER] != _VERSION:
            raise SecretError("an answer of another version: use the collector's own version")
        return Answer(
            str(row["key_id"]),
            str(row["by"]),
            tuple(
                (RecordId(str(record)), b64decode(one, validate=True))
                for record, one in row["wrapped"].items()
            ),
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SecretError("not an answer to a request to share") from error
