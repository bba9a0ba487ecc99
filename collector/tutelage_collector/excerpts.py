"""Sealed excerpt -> the words, for who holds the DSL's key. Never inside a serving collector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tutelage_collector.errors import SecretError
from tutelage_collector.store.records import Alert
from tutelage_wire import codec, sealed
from tutelage_wire.errors import SealError
from tutelage_wire.events import DetectionFinding
from tutelage_wire.sealed import Content, SealContext

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import x25519

Opener = Callable[[Alert], Content | None]
"""Opens one alert's excerpt; None = it carries none."""


def opener(key: x25519.X25519PrivateKey, trust: str) -> Opener:
    """Return what opens the excerpts of a trust with a recipient's key."""

    def open_one(alert: Alert) -> Content | None:
        found = codec.decode_event(alert.event).body
        if not isinstance(found, DetectionFinding) or found.sealed is None:
            return None
        context = SealContext(trust, alert.device_id, alert.event_id)
        try:
            return sealed.open_sealed(found.sealed, key, context)
        except SealError as error:
            raise SecretError(f"alert {alert.event_id}: {error}") from error

    return open_one


def marked(content: Content) -> str:
    """Return the excerpt on one line with its matches in brackets."""
    text, parts, last = content.excerpt, [], 0
    for start, end in sorted(content.spans):
        if last <= start < end <= len(text):
            parts += [text[last:start], "[", text[start:end], "]"]
            last = end
    line = "".join((*parts, text[last:]))
    return "".join(one if one.isprintable() else " " for one in line)
