"""A webhook: JSON, signed, so that the receiver knows who sent it and that nobody replays it.

``X-Tutelage-Signature: sha256=<hex>`` is HMAC-SHA256, under the shared secret, over
``<X-Tutelage-Timestamp>.<body>``. Redirects are not followed: the secret's holder is at one
address.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tutelage_collector.notify.message import DeliveryError
from tutelage_wire import times

if TYPE_CHECKING:
    from tutelage_collector.notify.message import Message
    from tutelage_collector.notify.settings import Webhook

TIMEOUT_SECONDS = 15.0
_DONE = range(200, 300)
_AGAIN = frozenset({408, 409, 425, 429})


def send(hook: Webhook, message: Message) -> None:
    """Post one message.

    Raises:
        DeliveryError: it was not taken; says why without the address.
    """
    body = json.dumps(
        {
            "id": message.id,
            "kind": message.kind,
            "grade": message.grade,
            "waiting": message.waiting,
            "text": message.text,
            "open": message.address,
        }
    ).encode()
    stamp = str(times.to_ms(message.sent_at) // 1000)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "tutelage-collector",
        "X-Tutelage-Id": message.id,
        "X-Tutelage-Timestamp": stamp,
        "X-Tutelage-Signature": f"sha256={signature(hook.secret, stamp, body)}",
    }
    parts = urlsplit(hook.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connection(hook)
        try:
            connection.request("POST", path, body, headers)
            code = connection.getresponse().status
        finally:
            connection.close()
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"the webhook's certificate is not trusted ({error.verify_message})"
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise DeliveryError(f"the webhook does not answer ({said})") from error
    if code not in _DONE:
        refused = code < 500 and code not in _AGAIN
        raise DeliveryError(f"the webhook answered {code}", for_good=refused)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return what the receiver compares."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _connection(hook: Webhook) -> http.client.HTTPConnection:
    parts = urlsplit(hook.url)
    host = parts.hostname or ""
    if parts.scheme == "http":  # this machine alone: settings refuse others
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    context = ssl.create_default_context(cafile=hook.ca_file or None)
    return http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_SECONDS, context=context)
