"""A real collector on loopback, and devices that speak to it with real keys over real gRPC.

The devices are honest by default; a test that attacks changes one thing of what they send.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tutelage_collector import config, published, server, state, tokens
from tutelage_collector.store.records import Placement
from tutelage_wire import batch, checkpoint, codec, enrolment, keys, sealed, times
from tutelage_wire.batch import NO_HEAD, BatchHeader, SignedBatch, TravelLane
from tutelage_wire.events import (
    Actor,
    AgeBand,
    Channel,
    ComplianceFinding,
    DetectionFinding,
    Enforced,
    Event,
    Grade,
    Heartbeat,
    Lane,
    RiskArea,
    Route,
    Severity,
    Status,
)
from tutelage_wire.names import COLLECTOR_NAME
from tutelage_wire.v1 import batch_pb2, enrolment_pb2, enrolment_pb2_grpc, link_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tutelage_collector.config import Config
    from tutelage_collector.serving import Serving
    from tutelage_collector.store.sqlite import SqliteStore
    from tutelage_wire.bundle import Bundle
    from tutelage_wire.events import Body, DeviceId, EventId

TRUST, SCHOOL = "ret", "ret-high"
TIMEOUT = 20.0
_SERVICE = "/tutelage.v1.AgentLink/"


def placement(school: str = SCHOOL) -> Placement:
    """Return where invented devices belong."""
    return Placement(school, "", "pupil", AgeBand.SECONDARY.value, "assigned")


def new_token(settings: Config, quota: int = 10, days: float = 1, school: str = SCHOOL) -> Bundle:
    """Make a token in a state folder's store; return its bundle, without addresses."""
    token = tokens.new_token(placement(school), quota, timedelta(days=days), times.utc_now())
    with closing(state.open_store(settings)) as store:
        store.add_token(token)
        root, recipients = published.pinned_root(store), store.recipients()
    held = state.load(settings.folder)
    return tokens.bundle_of(token, held, recipients, settings.trust, "", "", root)


class LiveCollector:
    """``server.serve`` in a thread of its own, on free ports, for as long as the block lasts."""

    def __init__(self, folder: Path, clock: times.Clock = times.utc_now, **listen_to: Any) -> None:
        """Serve the state folder ``folder``, which ``init`` has made."""
        self.settings = config.load(folder)
        ports = dict.fromkeys(("enrol_port", "link_port", "web_port"), 0)
        wanted = {"advertise": "127.0.0.1", **ports, **listen_to}
        listen = replace(self.settings.listen, **wanted)
        self.settings = replace(self.settings, listen=listen)
        self.clock = clock
        self.said: list[str] = []

    def __enter__(self) -> LiveCollector:
        self._ready = threading.Event()
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)
        self._thread.start()
        assert self._ready.wait(TIMEOUT), "the collector did not get ready"
        if self._failed:
            raise self._failed[0]
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):  # it ended by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), "the collector did not end"

    def _run(self) -> None:
        async def serve() -> None:
            self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
            await server.serve(
                self.settings, self.clock, self._stop, self._answers, self.said.append
            )

        try:
            asyncio.run(serve())
        except BaseException as error:
            self._failed.append(error)
            self._ready.set()

    def _answers(self, serving: Serving) -> None:
        self.serving = serving
        self._ready.set()

    @contextlib.contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """Give a second look at what is stored, as a command would have it."""
        with closing(state.open_store(self.settings)) as store:
            yield store

    def bundle(self, quota: int = 10, days: float = 1, school: str = SCHOOL) -> Bundle:
        """Return a bundle that lets devices in."""
        return replace(
            new_token(self.settings, quota, days, school),
            enrol_address=self.serving.enrol,
            link_address=self.serving.link,
        )

    def device(self, label: str = "laptop", bundle: Bundle | None = None) -> Device:
        """Return a newly enrolled device."""
        device = Device(bundle or self.bundle(), label)
        device.enrol()
        return device


@dataclass
class Device:
    """A device that keeps its chain as an agent does, without a spool."""

    bundle: Bundle
    label: str = "laptop"
    tls: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    signing: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    chain: bytes = b""
    """Its certificate chain, PEM; empty before it is enrolled."""
    epoch: int = 1
    next: dict[TravelLane, int] = field(default_factory=lambda: dict.fromkeys(TravelLane, 1))
    heads: dict[TravelLane, bytes] = field(
        default_factory=lambda: dict.fromkeys(TravelLane, NO_HEAD)
    )

    @property
    def id(self) -> DeviceId:
        return keys.device_id_of(self.tls.public_key())

    def enrol_request(self, nonce: bytes) -> enrolment_pb2.EnrolRequest:
        """Return what an agent sends to join."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.id)])
        csr = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(subject)
            .sign(self.tls, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )
        public = self.signing.public_key().public_bytes_raw()
        return enrolment_pb2.EnrolRequest(
            token_id=self.bundle.token_id,
            nonce=nonce,
            token_mac=enrolment.token_mac(self.bundle.token_secret, nonce, csr, public),
            csr=csr,
            signing_key=public,
            signing_key_certificate=keys.sign_p256(
                self.tls, enrolment.signing_key_statement(public)
            ),
            csr_countersignature=self.signing.sign(enrolment.csr_statement(csr)),
            evidence=enrolment_pb2.Evidence(label=self.label, system="linux", agent_version="t"),
        )

    @contextlib.contextmanager
    def enrolment(self) -> Iterator[enrolment_pb2_grpc.EnrolmentStub]:
        """Give the stub of listener A."""
        credentials = grpc.ssl_channel_credentials(self.bundle.ca_certificate.encode())
        with grpc.secure_channel(self.bundle.enrol_address, credentials, _OPTIONS) as channel:
            yield enrolment_pb2_grpc.EnrolmentStub(channel)

    def ask(self) -> enrolment_pb2.EnrolReply:
        """Ask to join, once."""
        with self.enrolment() as stub:
            nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT).nonce
            reply = stub.Enrol(self.enrol_request(nonce), timeout=TIMEOUT)
        assert isinstance(reply, enrolment_pb2.EnrolReply)
        return reply

    def enrol(self) -> None:
        """Join, or fail the test with the collector's reason."""
        reply = self.ask()
        assert reply.WhichOneof("outcome") == "issued", reply
        self.chain, self.epoch = reply.issued.certificate_chain, reply.issued.epoch

    def link(self, **other: Any) -> grpc.Channel:
        """Return a channel to listener B."""
        credentials = grpc.ssl_channel_credentials(
            self.bundle.ca_certificate.encode(),
            other.get("key") or _pem(self.tls),
            other.get("chain") or self.chain,
        )
        return grpc.secure_channel(self.bundle.link_address, credentials, _OPTIONS)

    def event(self, body: Body, now: Any = None) -> Event:
        """Return a body as an event of this device."""
        return Event(codec.new_event_id(), now or times.utc_now(), 1, "0" * 32, body)

    def close_batch(
        self, events: Sequence[bytes], lane: TravelLane = TravelLane.URGENT, **changes: Any
    ) -> SignedBatch:
        """Sign the next batch of a lane; ``changes`` go into its header before it is signed."""
        header = BatchHeader(
            device_id=self.id,
            epoch=self.epoch,
            lane=lane,
            first_sequence=self.next[lane],
            count=len(events),
            previous_head=self.heads[lane],
            merkle_root=batch.root_over(events),
            trust_id=self.bundle.trust_id,
            closed_at=times.utc_now(),
        )
        header = replace(header, **changes)
        encoded = codec.encode_header(header)
        self.next[lane], self.heads[lane] = header.next_sequence, batch.head_of(encoded)
        return SignedBatch(encoded, tuple(events), self.signing.sign(batch.signed_bytes(encoded)))

    def batch_of(self, *bodies: Body, lane: TravelLane = TravelLane.URGENT) -> SignedBatch:
        """Return a signed batch of bodies."""
        return self.close_batch([codec.encode_event(self.event(body)) for body in bodies], lane)

    def send(
        self, *batches: SignedBatch | bytes, lane: TravelLane = TravelLane.URGENT, **other: Any
    ) -> list[batch_pb2.Receipt]:
        """Send batches on one stream; return their receipts in order."""
        raw = [one if isinstance(one, bytes) else codec.encode_batch(one) for one in batches]
        with self.link(**other) as channel:
            call = channel.stream_stream(
                _SERVICE + lane.name.capitalize(),
                request_serializer=None,
                response_deserializer=batch_pb2.Receipt.FromString,
            )
            return list(call(iter(raw), timeout=TIMEOUT))

    def greet(self, channel: grpc.Channel) -> Any:
        """Open the control stream and say hello; return the call, whose first answer waits."""
        call = channel.stream_stream(
            _SERVICE + "Control",
            request_serializer=link_pb2.AgentMessage.SerializeToString,
            response_deserializer=link_pb2.CollectorMessage.FromString,
        )
        hold = threading.Event()

        def say() -> Iterator[link_pb2.AgentMessage]:
            yield link_pb2.AgentMessage(hello=link_pb2.Hello(epoch=self.epoch))
            hold.wait(TIMEOUT)

        started = call(say(), timeout=TIMEOUT)
        started.add_callback(hold.set)
        return started

    def open_epoch(self, reason: str = "fork") -> int:
        """Ask for a new epoch; return its number, and begin its chains."""
        with self.link() as channel:
            ask = channel.unary_unary(
                _SERVICE + "OpenEpoch",
                request_serializer=link_pb2.OpenEpochRequest.SerializeToString,
                response_deserializer=link_pb2.OpenEpochReply.FromString,
            )
            reply = ask(
                link_pb2.OpenEpochRequest(last_epoch=self.epoch, reason=reason), timeout=TIMEOUT
            )
        self.epoch = reply.epoch
        self.next = dict.fromkeys(TravelLane, 1)
        self.heads = dict.fromkeys(TravelLane, NO_HEAD)
        return self.epoch

    def believes(self, receipt: batch_pb2.Receipt) -> checkpoint.CheckpointBody:
        """Return what a receipt's checkpoint says, after its signature was checked."""
        message = receipt.checkpoint
        one = checkpoint.Checkpoint(message.body, message.signature, message.key_id)
        checkpoint.verify(one, {keys.key_id(key): key for key in self.bundle.checkpoint_keys})
        return codec.decode_checkpoint_body(one.body)


_OPTIONS = [
    ("grpc.ssl_target_name_override", COLLECTOR_NAME),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_send_message_length", 8 * 2**20),
]


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def detection(
    device: Device, event_id: EventId, excerpt: str = "an invented sentence", **changes: Any
) -> DetectionFinding:
    """Return a detection of an invented phrase, with its excerpt sealed to the bundle's keys."""
    content = sealed.Content(excerpt, "pupil.invented", "essay.odt", "{}", ((3, 11),))
    context = sealed.SealContext(device.bundle.trust_id, device.id, event_id)
    closed = sealed.seal(content, [one.public_key for one in device.bundle.recipients], context)
    found = DetectionFinding(
        rule_id="content.test.0001",
        risk_area=RiskArea.CONTENT,
        subcategory="self_harm",
        grade=Grade.WITHIN_5_MINUTES,
        lane=Lane.CRITICAL,
        route=Route.CONCERN,
        channel=Channel.FILE,
        age_band=AgeBand.SECONDARY,
        score=100,
        threshold=80,
        pack="kcsie@0.1.0#0123456789abcdef",
        account="a1b2c3d4",
        occurred_at=times.utc_now(),
        sealed=closed,
    )
    return replace(found, **changes)


def detection_event(device: Device, **changes: Any) -> Event:
    """Return a detection as a whole event."""
    event_id = codec.new_event_id()
    return replace(device.event(detection(device, event_id, **changes)), id=event_id)


def judgement(status: Status = Status.PASS, **changes: Any) -> ComplianceFinding:
    """Return a judgement of one invented check."""
    found = ComplianceFinding(
        check_id="disk.encryption",
        profile="school-s11",
        status=status,
        reason="observed",
        title="Disk encryption",
        subject="device",
        enforced=Enforced.YES,
        severity=Severity.HIGH,
        expected="encrypted",
        actual="encrypted" if status is Status.PASS else "not encrypted",
        clauses=("OSP 11.a.1",),
        actor=Actor.ICT,
        source="sysfs:dm-uuid",
        observed_at=times.utc_now(),
        rule_version=1,
    )
    return replace(found, **changes)


def heartbeat() -> Heartbeat:
    """Return a sign of life."""
    return Heartbeat("0.1.0", "linux", 60, "file", 0, 0, (), 1, "pupil", 0)
