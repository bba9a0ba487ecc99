"""What a passkey has to sign: drawn for one purpose, good once and for a few minutes."""

from __future__ import annotations

import hmac
import secrets
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_wire import keys, times

if TYPE_CHECKING:
    from datetime import datetime

_NONCE_BYTES = 16
_TIME_BYTES = 8
_LIFE = timedelta(minutes=5)


class Challenges:
    """What a browser has to sign, drawn for one purpose, good once and for five minutes.

    Nothing is kept of a challenge until it is answered rightly: asking for many fills nothing up.
    """

    def __init__(self) -> None:
        """Begin with a fresh key: a restart voids all challenges."""
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._spent: dict[bytes, datetime] = {}

    def draw(self, purpose: str, now: datetime) -> bytes:
        """Return a fresh challenge."""
        stamp = times.to_ms(now).to_bytes(_TIME_BYTES, "big")
        body = secrets.token_bytes(_NONCE_BYTES) + stamp
        return body + self._mac(purpose, body)

    def holds(self, challenge: bytes, purpose: str, now: datetime) -> bool:
        """Tell whether a challenge was drawn here for this, lately, and is not spent."""
        cut = _NONCE_BYTES + _TIME_BYTES
        body, mac = challenge[:cut], challenge[cut:]
        if not hmac.compare_digest(mac, self._mac(purpose, body)):
            return False
        drawn = times.from_ms(int.from_bytes(body[_NONCE_BYTES:], "big"))
        return drawn <= now <= drawn + _LIFE and challenge not in self._spent

    def spend(self, challenge: bytes, now: datetime) -> bool:
        """Use a challenge up, from any thread; False = somebody did already."""
        with self._lock:
            self._spent = {one: at for one, at in self._spent.items() if at + 2 * _LIFE > now}
            if challenge in self._spent:
                return False
            self._spent[challenge] = now
            return True

    def _mac(self, purpose: str, body: bytes) -> bytes:
        named = keys.domain("tutelage/passkey-challenge/v1", purpose.encode() + b"\0" + body)
        return hmac.digest(self._key, named, "sha256")
