"""Sealed excerpt -> the words, for who holds a recipient's key. Never in a serving collector."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutelage_collector import sealing
from tutelage_collector.concerns import access
from tutelage_collector.errors import SecretError
from tutelage_collector.mis import plan
from tutelage_collector.store.records import Alert
from tutelage_collector.store.records_recipients import RecordId
from tutelage_wire import codec, sealed
from tutelage_wire.context import ContextAnswer
from tutelage_wire.errors import SealError, WireError
from tutelage_wire.events import DetectionFinding, DeviceId
from tutelage_wire.sealed import Binding, Content, SealContext, Sealed, Wrap

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_concerns import Entry
    from tutelage_collector.store.records_context import ReceivedContext
    from tutelage_collector.store.records_people import Person

Opener = Callable[[Alert], Content | None]
"""Opens one alert's excerpt; None = it carries none."""

_MOST_ENROLMENTS = 8


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Something sealed, with the content keys that a holder shared since."""

    sealed: Sealed
    contexts: tuple[Binding, ...]
    """What it may be bound to: a device that lost its keys and joined again sends what it sealed
    under its earlier name."""

    def bound(self, private: x25519.X25519PrivateKey) -> Binding:
        """Return the context that a recipient's key opens it with.

        Raises:
            SealError: it was not sealed to this key, or was changed.
        """
        for context in self.contexts[:-1]:
            try:
                sealed.unwrap_key(self.sealed, private, context)
            except SealError:
                continue
            return context
        sealed.unwrap_key(self.sealed, private, self.contexts[-1])
        return self.contexts[-1]

    def opens_with(self, key_id: bytes) -> bool:
        """Tell whether a recipient's key is among those that it was sealed to."""
        return any(wrap.key_id == key_id for wrap in self.sealed.wraps)


def find(alert: Alert, trust: str, store: Store) -> Excerpt | None:
    """Return an alert's sealed excerpt; None = it carries none that this version can read."""
    return _sealed_in(alert, DetectionFinding, trust, store)


def context(answer: ReceivedContext, trust: str, store: Store) -> Excerpt | None:
    """Return the wider stretch that a device sent; None = it sent none, or one of a newer agent."""
    return _sealed_in(answer, ContextAnswer, trust, store)


def _sealed_in(
    one: Alert | ReceivedContext,
    kind: type[DetectionFinding | ContextAnswer],
    trust: str,
    store: Store,
) -> Excerpt | None:
    try:
        body = codec.decode_event(one.event).body
    except WireError:
        return None
    if not isinstance(body, kind) or body.sealed is None:
        return None
    return Excerpt(
        with_shared(body.sealed, RecordId(one.event_id), store),
        tuple(SealContext(trust, name, one.event_id) for name in names_of(one.device_id, store)),
    )


def open_context(
    answer: ReceivedContext, key: x25519.X25519PrivateKey, trust: str, store: Store
) -> Content | None:
    """Return the wider stretch that a device sent, opened; None = it sent none.

    Raises:
        SecretError: it was not sealed to this key, or was changed.
    """
    found = context(answer, trust, store)
    if found is None:
        return None
    try:
        return sealed.open_sealed(found.sealed, key, found.bound(key))
    except SealError as error:
        raise SecretError(f"alert {answer.finding}: more of its text: {error}") from error


def with_shared(found: Sealed, record: RecordId, store: Store) -> Sealed:
    """Return something sealed, with the content keys that a holder shared since."""
    shared = tuple(
        Wrap(bytes.fromhex(one.key_id), one.wrapped_key) for one in store.shared_keys(record)
    )
    return replace(found, wraps=found.wraps + shared)


def note(entry: Entry, trust: str, store: Store) -> Excerpt | None:
    """Return what was written in one line of a concern, still sealed; None = nothing was."""
    if not entry.sealed:
        return None
    found = with_shared(sealing.loads(entry.sealed), note_id(entry), store)
    return Excerpt(found, (access.binding(trust, entry.concern_id, entry.id),))


def note_text(entry: Entry, key: x25519.X25519PrivateKey, trust: str, store: Store) -> str:
    """Return what was written in one line of a concern; "" = nothing was.

    Raises:
        SecretError: it was not sealed to this key, or was changed or moved.
    """
    if not entry.sealed:
        return ""
    binding = access.binding(trust, entry.concern_id, entry.id)
    return open_record(entry.sealed, note_id(entry), key, binding, store)


def person(one: Person, trust: str, store: Store) -> Excerpt:
    """Return an imported person, still sealed."""
    held = with_shared(sealing.loads(one.sealed), person_id(one.pseudonym), store)
    return Excerpt(held, (plan.binding(trust, one.pseudonym),))


def open_record(
    text: str, record: RecordId, key: x25519.X25519PrivateKey, binding: Binding, store: Store
) -> str:
    """Return the words of a sealed record, also for who it was shared with later.

    Raises:
        SecretError: it was not sealed to this key, or was changed or moved.
    """
    try:
        return sealed.open_text(with_shared(sealing.loads(text), record, store), key, binding)
    except SealError as error:
        raise SecretError(f"{record}: {error}") from error


def note_id(entry: Entry) -> RecordId:
    """Return the name of a concern's line among what is sealed."""
    return RecordId(f"concern/{entry.concern_id}/{entry.id}")


def person_id(pseudonym: str) -> RecordId:
    """Return the name of an imported person among what is sealed."""
    return RecordId(f"person/{pseudonym}")


def names_of(device_id: DeviceId, store: Store) -> list[DeviceId]:
    """Return a device's name and the ones that it had before it joined again."""
    found = [device_id]
    while len(found) < _MOST_ENROLMENTS:
        device = store.device(found[-1])
        before = DeviceId(device.evidence.supersedes) if device else DeviceId("")
        if not before or before in found:
            break
        found.append(before)
    return found


def opener(key: x25519.X25519PrivateKey, trust: str, store: Store) -> Opener:
    """Return what opens the excerpts of a trust with a recipient's key."""

    def open_one(alert: Alert) -> Content | None:
        found = find(alert, trust, store)
        if found is None:
            return None
        try:
            return sealed.open_sealed(found.sealed, key, found.bound(key))
        except SealError as error:
            raise SecretError(f"alert {alert.event_id}: {error}") from error

    return open_one


def rule_of(alert: Alert, content: Content | None) -> str:
    """Return the id of the rule that fired; of a marked one only with its words open."""
    if content is None:
        return alert.rule_id
    try:
        rule = json.loads(content.explanation).get("rule", "")
    except (ValueError, AttributeError, RecursionError):
        rule = ""
    return rule if isinstance(rule, str) and rule else alert.rule_id


def marked(content: Content) -> str:
    """Return the excerpt on one line with its matches in brackets."""
    text, parts, last = content.excerpt, [], 0
    for start, end in sorted(content.spans):
        if last <= start < end <= len(text):
            parts += [text[last:start], "[", text[start:end], "]"]
            last = end
    line = "".join((*parts, text[last:]))
    return "".join(one if one.isprintable() else " " for one in line)
