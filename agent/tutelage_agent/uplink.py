"""The agent's end of the stream: one mTLS channel, three streams, nothing forgotten unsigned.

Urgent and bulk are separate streams, because behind a bulk backlog an urgent event would wait
hundreds of milliseconds (reference: architecture.md, decision 9). What the collector says is
believed only when its checkpoint key signed it; until then the spool keeps everything.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import grpc

from tutelage_agent.believed_keys import BelievedKeys
from tutelage_agent.document_link import DocumentLink
from tutelage_agent.errors import KeyLostError
from tutelage_agent.exchange import Held
from tutelage_agent.spool import Chain, Spool
from tutelage_agent.tls_identity import channel_credentials
from tutelage_wire import __version__, checkpoint, codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.errors import WireError
from tutelage_wire.ids import EventId
from tutelage_wire.names import COLLECTOR_NAME
from tutelage_wire.v1 import batch_pb2, link_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from tutelage_agent.config import UplinkSettings
    from tutelage_agent.document_link import Obeys
    from tutelage_agent.exchange import KeyExchange
    from tutelage_agent.identity import DeviceKeys, Membership
    from tutelage_agent.witness import Witness
    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)

WINDOW = 8
"""Batches of one lane that may be under way at once."""
WELCOME_SECONDS = 30.0
"""For the TLS handshake and the collector's first words."""
MAX_RECEIPT_BYTES = 64 * 2**10
_SERVICE = "/tutelage.v1.AgentLink/"
_Stream = Any  # grpc.aio.StreamStreamCall; its stubs do not know streams without a serializer


@dataclass(slots=True)
class LinkState:
    """What ``status`` shows of the connection. Written here, read anywhere."""

    connected: bool = False
    last_error: str = ""
    clock_offset_ms: int = 0
    last_checkpoint_ms: int = 0
    revoked: bool = False
    key_lost: bool = False
    """The key of the connection cannot be had back: only joining again heals it."""


class Contexts(Protocol):
    """Who answers when more of the text around a finding is asked for."""

    def asked(self, findings: Sequence[EventId]) -> None:
        """Answer about findings. Blocks."""

    def revoked(self) -> None:
        """Keep nothing more. Blocks."""


class Uplink:
    """Sends what the spool holds until it is told to stop."""

    def __init__(
        self,
        membership: Membership,
        device_keys: DeviceKeys,
        spool: Spool,
        settings: UplinkSettings,
        clock: Clock,
        notice: Callable[[link_pb2.Notice], Awaitable[None]] | None = None,
        obeys: Obeys | None = None,
        contexts: Contexts | None = None,
        exchange: KeyExchange | None = None,
        witness: Witness | None = None,
        believed: BelievedKeys | None = None,
    ) -> None:
        """Prepare the uplink; ``run`` connects.

        Args:
            membership: of this device.
            device_keys: its private keys.
            spool: what is to be sent.
            settings: waits and backoff.
            clock: the device's wall clock.
            notice: told what the collector announces.
            obeys: told which signed documents the collector has.
            contexts: asked for more of the text around findings; None = nobody answers.
            exchange: exchanges keys and certificate; None = never.
            witness: keeps what is seen of the collector's log; None = nobody does.
            believed: whose checkpoints count; None = the bundle's, and nothing is kept.
        """
        self._spool, self._exchange, self._witness = spool, exchange, witness
        self._settings, self._clock, self._notice = settings, clock, notice
        self._documents = DocumentLink(obeys) if obeys else None
        self._contexts = contexts
        self._use(Held(membership, device_keys))
        self._keys = believed or BelievedKeys(membership.bundle, None)
        self._wakes = {lane: asyncio.Event() for lane in TravelLane}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cannot_sign = ""
        self.state = LinkState()

    def _use(self, held: Held) -> None:
        """Be known by these keys from the next connection on."""
        self._held, self._member = held, held.member
        self._exchanged: Held | None = None
        self._chain = Chain(
            held.member.bundle.trust_id, held.member.device_id, held.keys.signing.sign
        )

    def wake(self, lane: TravelLane) -> None:
        """Say that ``lane`` has something to send. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._wakes[lane].set)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the link up until ``stop`` is set; never raises for what the network does."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        while not stop.is_set():
            began = self._loop.time()
            if self._exchange and (made := await self._exchange.attempt(self._held)):
                self._use(made)
            reason = await self._one_connection(stop)
            # What broke it remembers it, in a circle. gRPC has a thread for each signer that is
            # remembered, and the process would wait for that thread at its end.
            gc.collect()
            self.state.connected = False
            if stop.is_set():
                break
            if self._exchanged is not None:
                # Only now, with the old connection closed, may a batch be signed with the new key:
                # the collector looks at a device's keys when a connection begins.
                self._use(self._exchanged)
                continue
            self.state.last_error = reason
            _log.info("link closed: %s", reason)
            failures = 0 if self._loop.time() - began > self._settings.backoff_most else failures
            most = min(self._settings.backoff_first * 2**failures, self._settings.backoff_most)
            failures = min(failures + 1, 16)
            with suppress(TimeoutError):  # full jitter, so that a restart meets no herd
                await asyncio.wait_for(stop.wait(), random.uniform(0, most))  # noqa: S311
        await self._keep_witnessed(now=True)

    async def _keep_witnessed(self, *, now: bool) -> None:
        if self._witness:
            with suppress(OSError):  # a full disk: what was seen is still remembered
                await asyncio.to_thread(self._witness.save, now=now)

    async def _one_connection(self, stop: asyncio.Event) -> str:
        """Live one connection to its end; return why it ended."""
        async with self._channel() as channel:
            tasks: list[asyncio.Task[None]] = []
            try:
                control = channel.stream_stream(
                    _SERVICE + "Control",
                    request_serializer=link_pb2.AgentMessage.SerializeToString,
                    response_deserializer=link_pb2.CollectorMessage.FromString,
                )()
                async with asyncio.timeout(WELCOME_SECONDS):
                    await self._greet(control)
                await self._settle_epoch(channel)
                self.state.connected, self.state.last_error = True, ""
                tasks = [
                    asyncio.create_task(self._listen(control)),
                    *(asyncio.create_task(self._send_lane(channel, lane)) for lane in TravelLane),
                    asyncio.create_task(_until(stop)),
                ]
                if self._documents:
                    tasks.append(asyncio.create_task(self._documents.run(channel)))
                if self._exchange:
                    tasks.append(asyncio.create_task(self._exchange_when_wanted(self._exchange)))
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    one.result()
            except grpc.aio.AioRpcError as error:
                return self._explain(error)
            except (WireError, ConnectionError) as error:
                return str(error)
            except asyncio.InvalidStateError:
                return "the connection broke while a batch was being written"
            except TimeoutError:
                return f"{self._member.bundle.link_address}: connected, and then no welcome came"
            except Exception as error:  # without the uplink nothing is told: it goes on, and says
                _log.exception("the link failed")
                return f"{type(error).__name__}: {error}"
            finally:
                for one in tasks:
                    one.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._keep_witnessed(now=False)
        return "closed"

    async def _exchange_when_wanted(self, exchange: KeyExchange) -> None:
        """Exchange keys beside the streams, which end when it is done."""
        self._exchanged = await exchange.wait(self._held)

    async def _greet(self, control: _Stream) -> None:
        hello = link_pb2.Hello(
            agent_version=__version__,
            epoch=self._spool.epoch(),
            device_time_ms=times.to_ms(self._clock()),
            documents=self._documents.versions() if self._documents else (),
        )
        await control.write(link_pb2.AgentMessage(hello=hello))
        first = await control.read()
        if first is grpc.aio.EOF or first.WhichOneof("body") != "welcome":
            raise ConnectionError("the collector closed the link without a welcome")
        welcome = first.welcome
        self.state.clock_offset_ms = welcome.collector_time_ms - times.to_ms(self._clock())
        if self._witness:
            self._witness.connected()
        self._keys.hear(welcome.checkpoint_certificate, soon=False)
        for one in welcome.checkpoints:
            self._believe(one)
        if self._documents:
            self._documents.hear_of(welcome.documents)
        if self._exchange and welcome.renew:
            self._exchange.told(welcome.renew)
        if welcome.epoch != self._spool.epoch() and not self._spool.epoch_wanted:
            self._spool.want_epoch("state_lost")

    async def _settle_epoch(self, channel: grpc.aio.Channel) -> None:
        """Ask for a new epoch where the old chain cannot go on."""
        reason = self._spool.epoch_wanted
        if not reason:
            return
        reply = await channel.unary_unary(
            _SERVICE + "OpenEpoch",
            request_serializer=link_pb2.OpenEpochRequest.SerializeToString,
            response_deserializer=link_pb2.OpenEpochReply.FromString,
        )(link_pb2.OpenEpochRequest(last_epoch=self._spool.epoch(), reason=reason), timeout=20.0)
        self._spool.start_epoch(reply.epoch)
        _log.info("epoch %d opened: %s", reply.epoch, reason)

    async def _listen(self, control: _Stream) -> None:
        while (message := await control.read()) is not grpc.aio.EOF:
            if message.WhichOneof("body") == "notice":
                if message.notice.kind == link_pb2.Notice.KIND_REVOKED:
                    self.state.revoked = True
                    if self._contexts is not None:
                        await asyncio.to_thread(self._contexts.revoked)
                if message.notice.kind == link_pb2.Notice.KIND_CHECKPOINT_KEY:
                    self._keys.hear(message.notice.checkpoint_certificate, soon=True)
                if self._exchange and message.notice.kind == link_pb2.Notice.KIND_RENEW:
                    self._exchange.told(message.notice.detail, message.notice.within_seconds)
                if self._documents and message.notice.documents:
                    self._documents.hear_of(message.notice.documents)
                if self._notice is not None:
                    await self._notice(message.notice)
            elif message.WhichOneof("body") == "contexts" and self._contexts is not None:
                ids = (one for one in message.contexts.findings if len(one) == codec.EVENT_ID_BYTES)
                named = [EventId(one.hex()) for one in ids]
                await asyncio.to_thread(self._contexts.asked, named)
        raise ConnectionError("the collector closed the link")

    async def _send_lane(self, channel: grpc.aio.Channel, lane: TravelLane) -> None:
        stream: _Stream = channel.stream_stream(
            _SERVICE + lane.name.capitalize(),
            request_serializer=None,
            response_deserializer=batch_pb2.Receipt.FromString,
        )()
        window = asyncio.Semaphore(WINDOW)
        reading = asyncio.create_task(self._read_receipts(stream, window))
        try:
            async for encoded in self._batches(lane):
                acquire = asyncio.create_task(window.acquire())
                done, _ = await asyncio.wait(
                    (acquire, reading), return_when=asyncio.FIRST_COMPLETED
                )
                if reading in done:
                    acquire.cancel()
                    break
                await stream.write(encoded)
            await reading
        finally:
            reading.cancel()
            stream.cancel()

    async def _batches(self, lane: TravelLane) -> AsyncIterator[bytes]:
        """Yield every batch that is not acknowledged, then each new one as it is closed."""
        wake, after = self._wakes[lane], 0
        while True:
            wake.clear()
            found = self._spool.next_batch(lane, after)
            if found is None and self._spool.close_batch(lane, self._chain):
                found = self._spool.next_batch(lane, after)
            if found is not None:
                after, one = found
                yield codec.encode_batch(one)
                continue
            await wake.wait()
            if lane is TravelLane.BULK:  # give a bulk event time to find company
                await asyncio.sleep(self._settings.bulk_wait)

    async def _read_receipts(self, stream: _Stream, window: asyncio.Semaphore) -> None:
        while (receipt := await stream.read()) is not grpc.aio.EOF:
            window.release()
            if receipt.HasField("checkpoint"):
                self._believe(receipt.checkpoint)
            match receipt.result:
                case batch_pb2.APPEND_RESULT_FORK:
                    self._spool.want_epoch("fork")
                    raise ConnectionError(f"the chain forked: {receipt.message}")
                case batch_pb2.APPEND_RESULT_RETRY:
                    await asyncio.sleep(receipt.retry_after_ms / 1000)
                    raise ConnectionError(f"the collector asks for patience: {receipt.message}")
                case batch_pb2.APPEND_RESULT_REFUSED:
                    # The same bytes again cannot help; a new chain over the same events can.
                    self._spool.want_epoch("refused")
                    raise ConnectionError(f"refused: {receipt.message}")
        raise ConnectionError("the collector closed the stream")

    def _believe(self, message: batch_pb2.Checkpoint) -> None:
        """Act on a checkpoint, if a key that this device was told to trust has signed it."""
        one = checkpoint.Checkpoint(message.body, message.signature, message.key_id)
        checkpoint.verify(one, self._keys.believed)
        body = codec.decode_checkpoint_body(one.body)
        if body.device_id != self._member.device_id or body.trust_id != self._chain.trust_id:
            raise WireError("a checkpoint of another device or trust: the collector is confused")
        if self._witness:
            self._witness.saw(one, body)
        self._spool.acknowledge(body)
        self.state.last_checkpoint_ms = times.to_ms(body.time)

    def _channel(self) -> grpc.aio.Channel:
        self._cannot_sign = ""
        credentials = channel_credentials(
            self._held.keys.tls,
            chain=self._member.certificate_chain.encode(),
            root=self._member.bundle.ca_certificate.encode(),
            failed=self._note_unsigned,
        )
        return grpc.aio.secure_channel(
            self._member.bundle.link_address,
            credentials,
            options=[
                ("grpc.ssl_target_name_override", COLLECTOR_NAME),
                ("grpc.max_receive_message_length", MAX_RECEIPT_BYTES),
                ("grpc.keepalive_time_ms", 120_000),
                ("grpc.keepalive_timeout_ms", 20_000),
                ("grpc.enable_retries", 0),
                ("grpc.enable_http_proxy", 0),
            ],
        )

    def _note_unsigned(self, why: Exception) -> None:
        self._cannot_sign = str(why)
        self.state.key_lost = isinstance(why, KeyLostError)

    def _explain(self, error: grpc.aio.AioRpcError) -> str:
        details = error.details() or ""
        where = self._member.bundle.link_address
        if self._cannot_sign:
            return f"the device's key cannot sign the connection: {self._cannot_sign}"
        if "CERTIFICATE_VERIFY_FAILED" in details:
            return (
                f"{where}: whoever answers there is not this trust's collector; a filter or proxy "
                "may be intercepting: exempt this address from TLS inspection"
            )
        if error.code() is grpc.StatusCode.FAILED_PRECONDITION and self._exchange:
            self._exchange.told(details)
            return f"{where}: the collector asks for other keys: {details}"
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            return f"{where}: the collector does not know this device (any more): {details}"
        return f"{where}: {error.code().name}: {details}"


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
