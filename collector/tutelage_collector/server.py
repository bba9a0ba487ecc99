"""The composition root: two gRPC listeners, one writer, one store; started and ended in order.

Order is safety. Start: the store and the writer before anyone can reach them. Stop: no new
streams, open ones are told to go, what is waiting is written, and only then is the store closed.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

import grpc

from tutelage_collector import daily, ports, serving, state
from tutelage_collector.bus import Bus
from tutelage_collector.contexts import Carrier
from tutelage_collector.enrolment_service import EnrolmentService
from tutelage_collector.errors import CollectorError, ServeError, StoreError
from tutelage_collector.escalation.service import Escalation
from tutelage_collector.ingest import Link, channel_options
from tutelage_collector.instance_lock import InstanceLock
from tutelage_collector.library import Library
from tutelage_collector.live_keys import LiveKeys
from tutelage_collector.notify.outbox import Outbox
from tutelage_collector.quiet.watch import EVERY_SECONDS, QuietWatch
from tutelage_collector.reports import posting
from tutelage_collector.serving import Serving
from tutelage_collector.streams import Ending
from tutelage_collector.web.app import PageServer, is_loopback
from tutelage_collector.web.site import Site
from tutelage_collector.writer import CheckpointSigner, Writer
from tutelage_wire.v1 import enrolment_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_collector.config import Config
    from tutelage_collector.store import Store
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
_GRACE_SECONDS = 2.0
_BARRED_EVERY_SECONDS = 1.0
_HEARD_SECONDS = 1.0
"""So long connected devices have to hear of a new checkpoint key before it is used."""
_DAILY_EVERY_SECONDS = 600.0
_REPORTS_EVERY_SECONDS = 60.0
"""So often it is looked whether a new day has begun."""


async def serve(
    config: Config,
    clock: Clock,
    stop: asyncio.Event,
    ready: Callable[[Serving], None],
    say: Callable[[str], None],
) -> None:
    """Serve until ``stop`` is set.

    Args:
        config: of the state folder.
        clock: the collector's.
        stop: set by whoever ends it (a signal).
        ready: told the addresses once everything answers.
        say: told, in a sentence, what a person should know, for example another port.

    Raises:
        CollectorError: it cannot begin; the message says what to do.
    """
    with InstanceLock(config.folder):
        live = LiveKeys(config.folder, config.trust, clock)
        store = state.open_store(config)
        try:
            await _serve(config, live, store, clock, stop, ready, say)
        finally:
            store.close()


async def _serve(
    config: Config,
    live: LiveKeys,
    store: Store,
    clock: Clock,
    stop: asyncio.Event,
    ready: Callable[[Serving], None],
    say: Callable[[str], None],
) -> None:
    signer = CheckpointSigner(live.held.checkpoint_key, config.trust, clock, store.log_root)
    bus = Bus()
    bus.attach(asyncio.get_running_loop())
    writer = Writer(config.ingest, store, signer, bus.publish)
    library = Library(store, lambda: live.held.checkpoint_keys.signing(), config.trust, clock)
    library.refresh()
    carrier = Carrier(store, clock)
    link = Link(config, store, writer, signer, library, clock, carrier, live)
    listener_a = grpc.aio.server(options=channel_options(config.ingest.connection_age_seconds))
    listener_b = grpc.aio.server(options=channel_options(config.ingest.connection_age_seconds))
    enrolment_pb2_grpc.add_EnrolmentServicer_to_server(
        EnrolmentService(config, live, store, clock), listener_a
    )
    listener_b.add_generic_rpc_handlers((link.handlers(),))
    devices_know_us = bool(store.devices())
    enrol_port = _listen(
        listener_a, config, config.listen.enrol_port, _credentials(live, mutual=False),
        "enrolment", say, movable=not devices_know_us,
    )  # fmt: skip
    link_port = _listen(
        listener_b, config, config.listen.link_port, _credentials(live, mutual=True), "devices",
        say, movable=not devices_know_us,
    )  # fmt: skip
    web_port = ports.free_port(config.listen.host, config.listen.web_port)
    _say_moved(config.listen.web_port, web_port, "pages", say)
    bound = ports.bind(config.listen.host, web_port)
    secure = not is_loopback(config.listen.host)
    name = config.listen.advertise
    web = f"{'https' if secure else 'http'}://{name}:{bound.getsockname()[1]}"
    public = config.pages.address or web
    here = Site(config, store, bus, clock, public.startswith("https:"), public)
    pages = PageServer(here, state.tls_file(config.folder) if secure else None)
    writer.start()
    answering = asyncio.create_task(pages.run_on(bound))
    outbox = Outbox(config.folder, store, clock, public, say)
    escalation = Escalation(store, bus, clock, outbox, say)
    watching = asyncio.gather(
        _cut_barred(store, link),
        carrier.run(),
        _announce(library, link),
        _daily(config, store, live, clock),
        _take_keys(live, signer, library, link, pages),
        _post_reports(config, store, public, clock),
        escalation.run(),
        _watch_quiet(QuietWatch(store, config.quiet), bus, clock),
    )
    try:
        await listener_a.start()
        await listener_b.start()
        found = Serving(os.getpid(), f"{name}:{enrol_port}", f"{name}:{link_port}", web)
        serving.write(config.folder, found)
        ready(found)
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, answering}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not stop.is_set():
            raise ServeError("the pages ended by themselves: see the log above, and start again")
    finally:
        serving.forget(config.folder)
        watching.cancel()
        bus.close()
        link.streams.end(link.streams.devices(), Ending.CLOSING)
        await asyncio.gather(
            listener_a.stop(_GRACE_SECONDS), listener_b.stop(_GRACE_SECONDS), return_exceptions=True
        )
        pages.should_exit = True
        await asyncio.gather(answering, watching, return_exceptions=True)
        await asyncio.to_thread(writer.stop)


def _listen(
    listener: grpc.aio.Server,
    config: Config,
    wanted: int,
    credentials: grpc.ServerCredentials,
    who: str,
    say: Callable[[str], None],
    *,
    movable: bool,
) -> int:
    """Bind a listener; return its port.

    Raises:
        ServeError: the port is taken, and enrolled devices know no other.
    """
    host = config.listen.host
    port = ports.free_port(host, wanted)
    if port != wanted and not movable:
        raise ServeError(
            f"port {wanted} on {host} is taken by another program, and enrolled devices look for "
            f"this collector there: stop that program (is another collector running?)"
        )
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = int(listener.add_secure_port(address, credentials))
    except RuntimeError as error:
        raise ServeError(f"{address}: cannot be listened on ({error})") from error
    _say_moved(wanted, bound, who, say)
    return bound


def _say_moved(wanted: int, bound: int, who: str, say: Callable[[str], None]) -> None:
    if wanted and bound != wanted:
        say(f"Port {wanted} is taken: {who} are answered on port {bound}.")


def _credentials(live: LiveKeys, *, mutual: bool) -> grpc.ServerCredentials:
    """Return credentials that show, at each handshake, the certificate of that moment."""

    def present() -> grpc.ServerCertificateConfiguration:
        held = live.held.authority
        return grpc.ssl_server_certificate_configuration(
            [(held.server_key, held.server_chain)], held.root_certificate
        )

    return grpc.dynamic_ssl_server_credentials(
        present(), present, require_client_authentication=mutual
    )


async def _take_keys(
    live: LiveKeys, signer: CheckpointSigner, library: Library, link: Link, pages: PageServer
) -> None:
    """Go on with keys and certificates that a command has exchanged, without a restart."""
    while True:
        await asyncio.sleep(_BARRED_EVERY_SECONDS)
        try:
            fresh = await asyncio.to_thread(live.look)
        except CollectorError as error:
            _LOG.error("exchanged keys cannot be used, those of before go on: %s", error)
            continue
        if fresh is None:
            continue
        before = live.held
        if fresh.held.checkpoint_keys.present_public != before.checkpoint_keys.present_public:
            # Devices are told before the first checkpoint that they could not believe otherwise.
            link.announce_checkpoint_key(fresh.checkpoint_certificate)
            await asyncio.sleep(_HEARD_SECONDS)
        live.take(fresh)
        signer.use(fresh.held.checkpoint_key)
        await asyncio.to_thread(library.speak_anew)
        if fresh.held.authority.server_chain != before.authority.server_chain:
            pages.take_certificate()
        link.settle_authorities()
        _LOG.info("keys and certificates were exchanged: the new ones are in use")


async def _announce(library: Library, link: Link) -> None:
    """Tell agents of documents that were published, also by another process."""
    while True:
        await asyncio.sleep(_BARRED_EVERY_SECONDS)
        try:
            news = await asyncio.to_thread(library.refresh)
        except StoreError as error:
            _LOG.error("signed documents cannot be read: %s", error)
            continue
        if news:
            link.announce_documents()


async def _cut_barred(store: Store, link: Link) -> None:
    """End streams of devices that were revoked or retired, also from another process."""
    while True:
        await asyncio.sleep(_BARRED_EVERY_SECONDS)
        try:
            barred = await asyncio.to_thread(store.barred_devices)
        except StoreError as error:
            _LOG.error("revocations cannot be read: %s", error)
            continue
        for device_id in link.streams.devices() & barred:
            _LOG.warning("device %s: revoked, its streams are cut", device_id)
            link.streams.end((device_id,), Ending.REVOKED)


async def _daily(config: Config, store: Store, live: LiveKeys, clock: Clock) -> None:
    """Do once a day what no person starts."""
    while True:
        await asyncio.to_thread(daily.run, config, store, live.held.checkpoint_key, clock())
        await asyncio.sleep(_DAILY_EVERY_SECONDS)


async def _watch_quiet(watch: QuietWatch, bus: Bus, clock: Clock) -> None:
    """Notice devices that should be heard and are not."""
    while True:
        try:
            if await asyncio.to_thread(watch.tick, clock()):
                bus.touch()  # the outbox looks at once
        except CollectorError as error:
            _LOG.error("quiet devices cannot be looked for: %s", error)
        except Exception:  # nothing may end this for good: silence would pass for order
            _LOG.exception("quiet devices cannot be looked for")
        await asyncio.sleep(EVERY_SECONDS)


async def _post_reports(config: Config, store: Store, web: str, clock: Clock) -> None:
    """Make and send the reports whose week, month or term is over."""
    while True:
        try:
            await asyncio.to_thread(posting.run, config, store, web, clock())
        except CollectorError as error:
            _LOG.error("scheduled reports could not be made: %s", error)
        await asyncio.sleep(_REPORTS_EVERY_SECONDS)
