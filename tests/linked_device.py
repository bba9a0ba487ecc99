"""A device's real keys, spool, uplink and trust keeper in this process, without sensors."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent import identity
from tutelage_agent.believed_keys import BelievedKeys
from tutelage_agent.config import SpoolSettings, UplinkSettings
from tutelage_agent.context import Answering, ContextRing
from tutelage_agent.enrolment import Evidence, enrol
from tutelage_agent.exchange import KeyExchange
from tutelage_agent.keystore.sealed_file import SealedFileKeyStore
from tutelage_agent.reporter import Reporter
from tutelage_agent.spool import Spool
from tutelage_agent.trust.keeper import TrustKeeper
from tutelage_agent.uplink import Uplink
from tutelage_agent.witness import Witness
from tutelage_wire import times
from tutelage_wire.documents import Role

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_wire.bundle import Bundle


class Linked:
    """Enrolled; its uplink runs in a thread for as long as ``running`` lasts."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.told = []
        self.recipients = []
        self.keystore = SealedFileKeyStore(folder / "keys", b"this machine")
        device_keys = identity.drawn_keys(self.keystore, 0)
        self.member = asyncio.run(
            enrol(bundle, device_keys, Evidence("laptop", "linux", "", "t"), print)
        )
        identity.save_membership(folder, self.member)
        spool_key = identity.spool_key(self.keystore)
        self.spool = Spool(folder / "spool", spool_key, SpoolSettings(), times.utc_now)
        self.spool.start_epoch(self.member.first_epoch)
        self.keeper = self.new_keeper()
        self.days, self.moved = 7, timedelta()
        self.reporter = Reporter(
            self.spool, times.utc_now, "0" * 32, lambda lane: self.uplink.wake(lane)
        )
        self.ring = ContextRing(folder, lambda: self.days, lambda: times.utc_now() + self.moved)
        self.uplink = self.new_uplink()

    def new_uplink(self) -> Uplink:
        kept = identity.load_membership(self.folder)
        if kept.key_number != self.member.key_number:  # it exchanged its keys meanwhile
            self.member = kept
        self.keys = identity.load_keys(self.keystore, self.member.key_number)
        settings = UplinkSettings(bulk_wait=0.02, backoff_first=0.05, backoff_most=0.2)
        return Uplink(
            self.member, self.keys, self.spool, settings, times.utc_now, obeys=self.keeper,
            contexts=Answering(self.ring, self.reporter, lambda: self.days),
            witness=self.new_witness(),
            exchange=KeyExchange(self.folder, self.keystore, times.utc_now, self.told.append),
            believed=BelievedKeys(self.member.bundle, self.folder),
        )  # fmt: skip

    def new_witness(self) -> Witness:
        """As an agent that was started anew: it knows what its file holds."""
        trust = self.member.bundle.trust_id
        self.witness = Witness(self.folder, trust, self.told.append)
        return self.witness

    def new_keeper(self) -> TrustKeeper:
        bundle = self.member.bundle
        keeper = TrustKeeper(
            self.folder / "trust", self.keystore, bundle.trust_id, bundle.root,
            {Role.RECIPIENTS: self}, self.told.append,
        )  # fmt: skip
        keeper.load()
        return keeper

    def prepare(self, document, fetch):
        return lambda: self.recipients.append(document.head.version)

    @contextmanager
    def running(self):
        """Run; again after it ended, as an agent that was started anew."""
        self.uplink = self.new_uplink()

        def run():
            async def both():
                self.stop, self.loop = asyncio.Event(), asyncio.get_running_loop()
                ready.set()
                await self.uplink.run(self.stop)

            asyncio.run(both())

        ready = threading.Event()
        thread = threading.Thread(target=run)
        thread.start()
        ready.wait(10)
        try:
            yield
        finally:
            self.loop.call_soon_threadsafe(self.stop.set)
            thread.join(20)
            assert not thread.is_alive()

    def kinds(self):
        return [f"{one.kind}: {one.detail}" for one in self.told]
