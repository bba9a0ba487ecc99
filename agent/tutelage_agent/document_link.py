"""How signed documents come over the uplink: what the collector offers, fetched by hash.

Who decides about them is ``trust.keeper``; here is only the network, which is never believed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Protocol

import grpc

from tutelage_agent.trust import FetchError
from tutelage_wire.documents import Offer, Role
from tutelage_wire.v1 import link_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutelage_agent.trust import Fetch

_log = logging.getLogger(__name__)

FETCH_SECONDS = 60.0
"""For one document or artefact."""
_FETCH = "/tutelage.v1.AgentLink/Fetch"


class Obeys(Protocol):
    """Who takes signed documents."""

    def versions(self) -> tuple[str, ...]:
        """Return what is held as ``role@version``."""

    def offered(self, offers: Sequence[Offer], fetch: Fetch) -> None:
        """Take what is new. Blocks."""


class DocumentLink:
    """Hands offers on, over whichever connection there is."""

    def __init__(self, obeys: Obeys) -> None:
        """Hand them to ``obeys``."""
        self._obeys = obeys
        self._offers: tuple[Offer, ...] = ()
        self._offered = asyncio.Event()

    def versions(self) -> tuple[str, ...]:
        """Return what is held, for the greeting."""
        return self._obeys.versions()

    def hear_of(self, found: Iterable[link_pb2.Document]) -> None:
        """Note what the collector says that it has."""
        known = {role.value: role for role in Role}  # a newer collector may name others
        self._offers = tuple(
            Offer(known[one.role], one.version, one.sha256) for one in found if one.role in known
        )
        self._offered.set()

    async def run(self, channel: grpc.aio.Channel) -> None:
        """Work until cancelled: one round at a time, in a thread, as getting ready takes long."""
        loop = asyncio.get_running_loop()

        def fetch(sha256: bytes, most: int) -> bytes:
            asked = asyncio.run_coroutine_threadsafe(_fetch(channel, sha256, most), loop)
            try:
                return asked.result(FETCH_SECONDS)
            except (TimeoutError, CancelledError) as error:
                asked.cancel()
                raise FetchError("the collector took too long, or the link ended") from error

        while True:
            await self._offered.wait()
            self._offered.clear()
            try:
                await asyncio.to_thread(self._obeys.offered, self._offers, fetch)
            except Exception:  # events must flow whatever a document does to us
                _log.exception("signed documents could not be looked at")


async def _fetch(channel: grpc.aio.Channel, sha256: bytes, most: int) -> bytes:
    call: Any = channel.unary_stream(
        _FETCH,
        request_serializer=link_pb2.FetchRequest.SerializeToString,
        response_deserializer=link_pb2.FetchChunk.FromString,
    )(link_pb2.FetchRequest(sha256=sha256), timeout=FETCH_SECONDS)
    found = bytearray()
    try:
        async for chunk in call:
            found += chunk.data
            if len(found) > most:
                call.cancel()
                raise FetchError(f"more than the {most} bytes that are allowed came")
    except grpc.aio.AioRpcError as error:
        raise FetchError(f"{error.code().name}: {error.details()}") from error
    if hashlib.sha256(found).digest() != sha256:
        raise FetchError(f"what came for {sha256.hex()[:16]} is something else")
    return bytes(found)
