"""Is this batch what a device of ours signed, whole and for us? Pure, in numbered steps.

The chain is judged afterwards, inside the store's transaction (``store.chain``): only there is
the present end of the chain known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.errors import CollectorError
from tutelage_collector.store.records import Append
from tutelage_wire import batch, codec, keys
from tutelage_wire.errors import SignatureError, WireError

if TYPE_CHECKING:
    from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
    from tutelage_wire.events import DeviceId

_OVERHEAD_BYTES = 64 * 2**10
MAX_MESSAGE_BYTES = batch.MAX_BATCH_BYTES + _OVERHEAD_BYTES
"""Of a whole SignedBatch: its events at their bound, and what frames them."""
_LAST_SEQUENCE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as its certificate and the store say. Fixed for one stream."""

    device_id: DeviceId
    trust: str
    school: str
    signing_keys: tuple[bytes, ...]
    """The present one first, then those before it whose batches may still be under way."""


class RefusedError(CollectorError):
    """A batch is not what both ends agreed on. The message names device and sequence."""

    def __init__(self, reason: str, peer: Peer, header: BatchHeader | None = None) -> None:
        """Name who sent what, as far as it is known."""
        self.header = header
        place = (
            f"epoch {header.epoch} lane {header.lane.name.lower()} sequence {header.first_sequence}"
            if header
            else "sequence unknown"
        )
        super().__init__(f"device {peer.device_id} {place}: {reason}")


def verify(raw: bytes, lane: TravelLane, peer: Peer, received_ms: int) -> Append:
    """Return the batch, ready to be stored.

    Args:
        raw: bytes of a SignedBatch as they came.
        lane: of the stream on which they came.
        peer: who the certificate says that the sender is.
        received_ms: collector's clock, for the store.

    Raises:
        RefusedError: it says what is wrong, and names the device and the sequence.
    """
    # 1. Bounds, before anything is parsed; 2. a shallow parse: events stay bytes.
    try:
        shallow = codec.decode_batch(raw)
        header = codec.decode_header(shallow.header)
    except WireError as error:
        raise RefusedError(str(error), peer) from error
    try:
        if len(raw) > MAX_MESSAGE_BYTES:
            raise RefusedError(
                f"{len(raw)} bytes; {MAX_MESSAGE_BYTES} allowed for a batch", peer, header
            )
        batch.check_bounds(shallow)
        # 3. The sender may only speak for itself.
        if header.device_id != peer.device_id:
            raise RefusedError(
                f"it is signed as device {header.device_id}, the certificate is another's",
                peer,
                header,
            )
        # 4. For this collector's trust, on this lane, with numbers that can be counted on.
        if header.trust_id != peer.trust:
            raise RefusedError(f"it is meant for trust {header.trust_id!r}", peer, header)
        if header.lane is not lane:
            raise RefusedError(f"it came on the {lane.name.lower()} stream", peer, header)
        if header.next_sequence > _LAST_SEQUENCE:
            raise RefusedError("the sequence is beyond what is counted", peer, header)
        # 5. The signature, before anything in it is believed.
        if not _is_signed(shallow, peer):
            raise RefusedError("the header is not signed with this device's key", peer, header)
        # 6. The events are exactly those that were signed.
        batch.verify_contents(shallow, header)
    except WireError as error:
        raise RefusedError(str(error), peer, header) from error
    return Append(raw, shallow, header, batch.head_of(shallow.header), peer.school, received_ms)


def _is_signed(shallow: SignedBatch, peer: Peer) -> bool:
    message = batch.signed_bytes(shallow.header)
    for key in peer.signing_keys:
        try:
            keys.verify_ed25519(key, shallow.signature, message)
        except SignatureError:
            continue
        return True
    return False
