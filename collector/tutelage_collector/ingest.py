"""Listener B: mutual TLS. Streams of batches in, receipts out; who is at the other end; epochs.

Generic handlers without a deserializer: a batch reaches the verifier as the bytes that came.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import grpc

from tutelage_collector.admission import Admission, Caller, RenewFirstError, turned_away
from tutelage_collector.errors import NotFoundError, StoreError
from tutelage_collector.store.records import Outcome
from tutelage_collector.streams import Ending, Streams
from tutelage_collector.writer import Answer, StreamState, Submission
from tutelage_wire import times
from tutelage_wire.batch import TravelLane
from tutelage_wire.v1 import batch_pb2, link_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tutelage_collector.config import Config
    from tutelage_collector.contexts import Carrier
    from tutelage_collector.library import Library
    from tutelage_collector.live_keys import LiveKeys
    from tutelage_collector.store import Store
    from tutelage_collector.writer import CheckpointSigner, Writer
    from tutelage_wire.checkpoint import Checkpoint
    from tutelage_wire.events import EventId
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
_SERVICE = "tutelage.v1.AgentLink"
MAX_RECEIVE_BYTES = 2 * 2**20
_MAX_REASON = 60

_OUTDATED = "the authority of its certificate was replaced"
_RENEWALS_A_SECOND = 20
_CHUNK_BYTES = 32 * 2**10
"""Half of what an agent takes in one message."""

_Context = Any  # grpc.aio.ServicerContext; its stubs know no handler without a serializer

_Heard = asyncio.Queue[
    link_pb2.AgentMessage | link_pb2.Notice | link_pb2.ContextRequests | Ending | None
]

_LANES = {
    TravelLane.URGENT: batch_pb2.TRAVEL_LANE_URGENT,
    TravelLane.BULK: batch_pb2.TRAVEL_LANE_BULK,
}
_RESULTS = {
    Outcome.STORED: batch_pb2.APPEND_RESULT_STORED,
    Outcome.DUPLICATE: batch_pb2.APPEND_RESULT_DUPLICATE,
    Outcome.STORED_AFTER_GAP: batch_pb2.APPEND_RESULT_STORED_AFTER_GAP,
    Outcome.FORK: batch_pb2.APPEND_RESULT_FORK,
}
_REVOKED = link_pb2.CollectorMessage(notice=link_pb2.Notice(kind=link_pb2.Notice.KIND_REVOKED))


def channel_options(connection_age_seconds: int) -> list[tuple[str, int]]:
    """Return what both listeners say to gRPC (reference: architecture.md, section 3.8)."""
    return [
        ("grpc.max_receive_message_length", MAX_RECEIVE_BYTES),
        # Agents ping every two minutes; the default would answer with GOAWAY too_many_pings.
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 60_000),
        ("grpc.keepalive_time_ms", 120_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_connection_age_ms", connection_age_seconds * 1000),
        ("grpc.max_connection_age_grace_ms", 30_000),
        # Two collectors on one port would share its devices by chance, silently.
        ("grpc.so_reuseport", 0),
    ]


class Link:
    """Answers on listener B."""

    def __init__(
        self,
        config: Config,
        store: Store,
        writer: Writer,
        signer: CheckpointSigner,
        library: Library,
        clock: Clock,
        carrier: Carrier,
        live: LiveKeys,
    ) -> None:
        """Answer for one trust.

        Args:
            config: the trust and the bounds.
            store: of devices and heads.
            writer: where batches go.
            signer: of the checkpoints in a welcome.
            library: of the signed documents that agents obey.
            clock: the collector's.
            carrier: of requests for more of a text.
            live: which authorities count, and whose checkpoints are to be believed.
        """
        self._config, self._store, self._writer = config, store, writer
        self._signer, self._library, self._clock = signer, library, clock
        self._admission = Admission(config.trust, store, clock, live.revoked)
        self._carrier, self._live = carrier, live
        self._listeners: dict[_Heard, Caller] = {}
        self.streams = Streams()

    def announce_documents(self) -> None:
        """Tell every connected agent that there are other documents. On the event loop."""
        notice = link_pb2.Notice(
            kind=link_pb2.Notice.KIND_DOCUMENTS_CHANGED, documents=self._documents()
        )
        for heard in self._listeners:
            heard.put_nowait(notice)

    def announce_checkpoint_key(self, certificate: bytes) -> None:
        """Tell every connected agent whose checkpoints it will get. On the event loop."""
        notice = link_pb2.Notice(
            kind=link_pb2.Notice.KIND_CHECKPOINT_KEY, checkpoint_certificate=certificate
        )
        for heard in self._listeners:
            heard.put_nowait(notice)

    def settle_authorities(self) -> None:
        """Ask devices of retired authorities to renew; cut those of revoked ones. On the loop."""
        revoked, outdated = self._live.revoked(), self._live.outdated()
        asked = {
            heard: caller for heard, caller in self._listeners.items() if caller.issuer in outdated
        }
        notice = link_pb2.Notice(
            kind=link_pb2.Notice.KIND_RENEW,
            detail=_OUTDATED,
            within_seconds=len(asked) // _RENEWALS_A_SECOND,
        )
        for heard, caller in asked.items():
            if caller.issuer in revoked:
                self.streams.end((caller.device.id,), Ending.RENEW)
            else:
                heard.put_nowait(notice)

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return what a gRPC server is to be given."""
        return grpc.method_handlers_generic_handler(
            _SERVICE,
            {
                "Urgent": grpc.stream_stream_rpc_method_handler(self._urgent),
                "Bulk": grpc.stream_stream_rpc_method_handler(self._bulk),
                "Control": grpc.stream_stream_rpc_method_handler(
                    self._control,
                    link_pb2.AgentMessage.FromString,
                    link_pb2.CollectorMessage.SerializeToString,
                ),
                "OpenEpoch": grpc.unary_unary_rpc_method_handler(
                    self._open_epoch,
                    link_pb2.OpenEpochRequest.FromString,
                    link_pb2.OpenEpochReply.SerializeToString,
                ),
                "Fetch": grpc.unary_stream_rpc_method_handler(
                    self._fetch,
                    link_pb2.FetchRequest.FromString,
                    link_pb2.FetchChunk.SerializeToString,
                ),
            },
        )

    async def _urgent(self, requests: AsyncIterator[bytes], context: _Context) -> None:
        await self._batches(requests, context, TravelLane.URGENT)

    async def _bulk(self, requests: AsyncIterator[bytes], context: _Context) -> None:
        await self._batches(requests, context, TravelLane.BULK)

    async def _batches(
        self, requests: AsyncIterator[bytes], context: _Context, lane: TravelLane
    ) -> None:
        """Take batches as fast as the window allows, and answer them in their order."""
        peer = (await self._admission.admit(context)).peer
        window = asyncio.Semaphore(self._config.ingest.window_batches)
        answers: asyncio.Queue[asyncio.Future[Answer] | Ending | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        stream = StreamState()

        async def take() -> None:
            try:
                async for raw in requests:
                    await window.acquire()
                    answer: asyncio.Future[Answer] = loop.create_future()
                    answers.put_nowait(answer)
                    received_ms = times.to_ms(self._clock())
                    self._writer.submit(
                        Submission(raw, lane, peer, stream, received_ms, _answering(loop, answer))
                    )
            finally:
                answers.put_nowait(None)

        taking = asyncio.create_task(take())
        try:
            with self.streams.hold(peer.device_id, answers.put_nowait):
                while (waiting := await answers.get()) is not None:
                    if isinstance(waiting, Ending):
                        await _end(context, waiting)
                        return
                    answer = await waiting
                    window.release()
                    await context.write(self._receipt(answer, lane).SerializeToString())
                    if answer.retry:
                        # What followed in the chain must not overtake: the agent begins again.
                        return
            await taking
        finally:
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await taking

    def _receipt(self, answer: Answer, lane: TravelLane) -> batch_pb2.Receipt:
        receipt = batch_pb2.Receipt(message=answer.message)
        receipt.lane = _LANES[lane]
        if answer.header is not None:
            receipt.epoch = answer.header.epoch
            receipt.first_sequence = answer.header.first_sequence
        if answer.checkpoint is not None:
            _put_checkpoint(receipt.checkpoint, answer.checkpoint)
        if answer.outcome is not None:
            receipt.result = _RESULTS[answer.outcome]
        elif answer.retry:
            receipt.result = batch_pb2.APPEND_RESULT_RETRY
            receipt.retry_after_ms = self._config.ingest.retry_after_ms
        else:
            receipt.result = batch_pb2.APPEND_RESULT_REFUSED
        return receipt

    async def _control(
        self, requests: AsyncIterator[link_pb2.AgentMessage], context: _Context
    ) -> None:
        """Welcome an agent, and hold the stream for what there is to say."""
        caller = await self._admission.admit(context)
        device = caller.device
        heard: _Heard = asyncio.Queue()

        async def listen() -> None:
            try:
                async for message in requests:
                    heard.put_nowait(message)
            finally:
                heard.put_nowait(None)

        listening = asyncio.create_task(listen())
        try:
            with (
                self.streams.hold(device.id, heard.put_nowait),
                contextlib.ExitStack() as welcomed,
            ):
                while (message := await heard.get()) is not None:
                    if isinstance(message, Ending):
                        if message is Ending.REVOKED:
                            await context.write(_REVOKED)
                        await _end(context, message)
                        return
                    if isinstance(message, link_pb2.Notice):
                        await context.write(link_pb2.CollectorMessage(notice=message))
                    elif isinstance(message, link_pb2.ContextRequests):
                        await context.write(link_pb2.CollectorMessage(contexts=message))
                    elif message.WhichOneof("body") == "hello":
                        # From now on it hears of changes: none falls between welcome and notice.
                        self._listeners[heard] = caller
                        welcome = await asyncio.to_thread(self._welcome, caller)
                        await context.write(link_pb2.CollectorMessage(welcome=welcome))
                        welcomed.close()
                        welcomed.enter_context(self._carrier.hold(device.id, _asking(heard)))
        finally:
            self._listeners.pop(heard, None)
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    def _welcome(self, caller: Caller) -> link_pb2.Welcome:
        device = caller.device
        present = self._store.device(device.id) or device
        welcome = link_pb2.Welcome(
            collector_time_ms=times.to_ms(self._clock()),
            epoch=present.epoch,
            documents=self._documents(),
            checkpoint_certificate=self._live.checkpoint_certificate,
            renew=_OUTDATED if caller.issuer in self._live.outdated() else "",
        )
        for lane in TravelLane:
            head = self._store.head(device.id, present.epoch, lane)
            _put_checkpoint(
                welcome.checkpoints.add(),
                self._signer.sign(device.id, present.epoch, lane, head),
            )
        return welcome

    async def _open_epoch(
        self, request: link_pb2.OpenEpochRequest, context: _Context
    ) -> link_pb2.OpenEpochReply:
        """Let a device whose state was lost or doubled begin a new chain, and record it."""
        device = (await self._admission.admit(context)).device
        now = self._clock()
        said = request.reason[:_MAX_REASON]
        reason = "".join(one for one in said if one.isalnum() or one in "_ ")
        detail = f"asked after epoch {request.last_epoch}, reason {reason or 'none'}"
        try:
            epoch = await asyncio.to_thread(self._store.open_epoch, device.id, detail, now)
        except NotFoundError:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "not enrolled here (any more)")
        except StoreError as error:
            _LOG.error("device %s: no epoch: %s", device.id, error)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the collector cannot store now")
        return link_pb2.OpenEpochReply(epoch=epoch, collector_time_ms=times.to_ms(now))

    def _documents(self) -> list[link_pb2.Document]:
        return [
            link_pb2.Document(role=one.role.value, version=one.version, sha256=one.sha256)
            for one in self._library.offers()
        ]

    async def _fetch(self, request: link_pb2.FetchRequest, context: _Context) -> None:
        """Give a signed document, or an artefact that one names, in pieces."""
        await self._admission.admit(context)
        try:
            data = await asyncio.to_thread(self._library.fetch, request.sha256)
        except StoreError as error:
            _LOG.error("documents cannot be read: %s", error)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the collector cannot read its store")
        if data is None:
            await context.abort(
                grpc.StatusCode.NOT_FOUND, f"no document {request.sha256.hex()[:16]} here"
            )
            return
        for at in range(0, len(data), _CHUNK_BYTES):
            await context.write(link_pb2.FetchChunk(data=data[at : at + _CHUNK_BYTES]))


def _asking(heard: _Heard) -> Callable[[list[EventId]], None]:
    """Return what tells a device of which findings more is asked for."""

    def tell(findings: list[EventId]) -> None:
        named = [bytes.fromhex(one) for one in findings]
        heard.put_nowait(link_pb2.ContextRequests(findings=named))

    return tell


async def _end(context: _Context, why: Ending) -> None:
    if why is Ending.RENEW:
        await context.abort(RenewFirstError.code, _OUTDATED)
    if why is Ending.REVOKED:
        await turned_away(context)
    await context.abort(grpc.StatusCode.UNAVAILABLE, "the collector is closing: come again")


def _put_checkpoint(into: batch_pb2.Checkpoint, signed: Checkpoint) -> None:
    into.body, into.signature, into.key_id = signed.body, signed.signature, signed.key_id


def _answering(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Answer]
) -> Callable[[Answer], None]:
    """Return what the writer's thread calls to answer on the loop."""

    def reply(answer: Answer) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            loop.call_soon_threadsafe(_resolve, future, answer)

    return reply


def _resolve(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)
