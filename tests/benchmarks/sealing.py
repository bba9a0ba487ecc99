"""What sealing one excerpt costs: to a lead, a deputy and the recovery key, as a device does it.

Beside ``age`` (its Rust implementation, through ``pyrage``), which encrypts the same bytes to as
many X25519 recipients, in the same process and in turns. age binds nothing to an event and derives
no padding; it wraps one file key to each recipient as ours does. CPU time, the median of rounds.

Needs ``pip install pyrage``. Goal: under 1 ms an event. Last line: ``ratio: N``, ours over age's.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import x25519

from tutelage_wire import sealed
from tutelage_wire.codec import new_event_id
from tutelage_wire.events import DeviceId
from tutelage_wire.sealed import Content, SealContext

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, EVENTS, RECIPIENTS = 15, 200, 3
CONTENT = Content(
    excerpt="an invented sentence of the length that an excerpt usually has, some words around it",
    account="pupil.invented",
    source="Essay about the summer (final).odt",
    explanation=json.dumps({"rule": "content.test.0001", "score": 100, "parts": ["x" * 40] * 12}),
    spans=((3, 20), (30, 44)),
)


def main() -> int:
    """Print what it costs, and the ratio."""
    try:
        from pyrage import encrypt
        from pyrage import x25519 as age
    except ImportError:
        print("pip install pyrage", file=sys.stderr)
        return 2
    keys = [
        x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()
        for _ in range(RECIPIENTS)
    ]
    context = SealContext("ret", DeviceId("0" * 32), new_event_id())
    theirs = [age.Identity.generate().to_public() for _ in range(RECIPIENTS)]
    plain = json.dumps(asdict(CONTENT)).encode()
    ours_ms, age_ms = [], []
    for _ in range(ROUNDS):
        ours_ms.append(milliseconds(lambda: sealed.seal(CONTENT, keys, context)))
        age_ms.append(milliseconds(lambda: encrypt(plain, theirs)))
    ours, peer = statistics.median(ours_ms), statistics.median(age_ms)
    size = len(sealed.seal(CONTENT, keys, context).ciphertext)
    print(f"{len(plain)} bytes to {RECIPIENTS} recipients, {size} bytes of ciphertext")
    print(f"ours {ours:.3f} ms an event (goal 1), age {peer:.3f} ms")
    print(f"ratio: {ours / peer:.2f}")
    return 0 if ours < 1 else 1


def milliseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of one call, over a round."""
    began = time.process_time()
    for _ in range(EVENTS):
        call()
    return (time.process_time() - began) * 1000 / EVENTS


if __name__ == "__main__":
    sys.exit(main())
