"""Who is at the other end of a stream, as its certificate and the store say.

TLS has proven that the caller holds the key of a certificate of ours. Here it is decided whether
that is the key which this device has now: a certificate alone lets nobody in, so that a stolen
authority or a key that was exchanged opens nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
from cryptography import x509

from tutelage_collector import pki
from tutelage_collector.errors import CollectorError, StoreError
from tutelage_collector.store.records import DeviceState
from tutelage_collector.store.records_device_keys import PairState
from tutelage_collector.verify import Peer
from tutelage_wire import keys, names
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Device
    from tutelage_wire.events import DeviceId
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
OLD_BATCHES = timedelta(days=30)
"""So long after an exchange batches count that were signed with the key before: what a device had
closed and could not send. Later ones are refused, and the device sends their events anew."""
_SAY_AGAIN = timedelta(hours=1)

_Context = Any  # grpc.aio.ServicerContext; its stubs know no handler without a serializer


class TurnedAwayError(CollectorError):
    """A caller is not let in; ``code`` tells an agent what it can do about it."""

    code = grpc.StatusCode.UNAUTHENTICATED


class RenewFirstError(TurnedAwayError):
    """The device is ours and this certificate is not, or not any more: it should renew."""

    code = grpc.StatusCode.FAILED_PRECONDITION


@dataclass(frozen=True, slots=True)
class Caller:
    """Who was let in."""

    device: Device
    peer: Peer
    issuer: bytes
    """Key identifier of the authority that issued the caller's certificate."""


class Admission:
    """The door of listener B."""

    def __init__(
        self,
        trust: str,
        store: Store,
        clock: Clock,
        withdrawn: Callable[[], frozenset[bytes]] = frozenset,
    ) -> None:
        """Let devices of ``trust`` in.

        Args:
            trust: short name.
            store: of the devices and their keys.
            clock: the collector's.
            withdrawn: key identifiers of intermediates whose certificates count no more.
        """
        self._trust, self._store, self._clock = trust, store, clock
        self._withdrawn = withdrawn
        self._said: dict[DeviceId, datetime] = {}

    async def admit(self, context: _Context) -> Caller:
        """Return who speaks, or end the call with a status."""
        try:
            identities = context.peer_identities() or ()
            name = names.parse_device_uri(b"".join(list(identities)[:1]).decode("ascii"))
            pem = b"".join(context.auth_context().get("x509_pem_cert", ()))
            return await asyncio.to_thread(self._look, name, x509.load_pem_x509_certificate(pem))
        except TurnedAwayError as error:
            _LOG.warning("%s", error)
            return await _abort(context, error.code, str(error))
        except (WireError, UnicodeDecodeError, ValueError) as error:
            _LOG.warning("a certificate of ours without a device's name: %s", error)
            return await turned_away(context)
        except StoreError as error:
            _LOG.error("devices cannot be read: %s", error)
            return await _abort(
                context, grpc.StatusCode.UNAVAILABLE, "the collector cannot read its store now"
            )

    def _look(self, name: names.DeviceName, leaf: x509.Certificate) -> Caller:
        device = self._store.device(name.device_id)
        # 1. Is there such a device, and may it speak?
        if device is None or device.state is not DeviceState.ACTIVE or name.trust_id != self._trust:
            raise TurnedAwayError(
                f"device {name.device_id}: not enrolled here (any more): enrol again"
            )
        # 2. Does the authority that says so still count?
        issuer = pki.issuer_of(leaf)
        if issuer in self._withdrawn():
            raise RenewFirstError(
                f"device {device.id}: the authority of its certificate was withdrawn: renew"
            )
        # 3. Is it for the key that this device has now, or for the next one, met here first?
        key, now = keys.spki(leaf.public_key()), self._clock()
        if key != device.tls_key:
            device = self._met(device, key, now)
        earlier = [
            pair.signing_key
            for pair in self._store.key_pairs(device.id)
            if pair.state is PairState.REPLACED and now - pair.at < OLD_BATCHES
        ]
        signing_keys = tuple(dict.fromkeys((device.signing_key, *earlier)))
        peer = Peer(device.id, self._trust, device.placement.school, signing_keys)
        return Caller(device, peer, issuer)

    def _met(self, device: Device, key: bytes, now: datetime) -> Device:
        if self._store.meet_keys(device.id, key, now):
            self._store.audit("collector", "device keys exchanged", f"device {device.id}", "", now)
        present = self._store.device(device.id)
        if present is not None and present.tls_key == key:  # also by another stream of it
            return present
        if now - self._said.get(device.id, now - _SAY_AGAIN) >= _SAY_AGAIN:
            self._said[device.id] = now
            self._store.audit(
                "collector", "other key turned away", f"device {device.id}",
                "a certificate for a key that this device has exchanged, or that was never its own",
                now,
            )  # fmt: skip
        raise RenewFirstError(
            f"device {device.id}: this certificate is not for the key that it has here: renew"
        )


async def turned_away(context: _Context) -> Caller:
    """End a call of somebody who is not, or no more, a device of ours."""
    return await _abort(context, TurnedAwayError.code, "not enrolled here (any more): enrol again")


async def _abort(context: _Context, code: grpc.StatusCode, said: str) -> Caller:
    return await context.abort(code, said)  # type: ignore[no-any-return]
