"""The order of the demo: a fresh collector, this machine as a device, its checks, its alerts.

Nothing here is pretended: the collector is the one that ``serve`` runs, the device is the
installed agent in a process of its own, the document is a file on this disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import acknowledging, excerpts, published, server, state, tokens
from tutelage_collector import config as settings
from tutelage_collector.demo import policy, show
from tutelage_collector.demo.device import DemoDevice
from tutelage_collector.demo.documents import documents
from tutelage_collector.errors import CollectorError
from tutelage_collector.store.records import Placement
from tutelage_wire import bundle, codec, times
from tutelage_wire.events import ComplianceFinding, Heartbeat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tutelage_collector.config import Config, Listen
    from tutelage_collector.excerpts import Opener
    from tutelage_collector.serving import Serving
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert

TRUST, SCHOOL = "demo-trust", "demo-school"
PROFILE = "school-s11"
READY_SECONDS = 60.0
"""For the checks, and for the pack to be read."""
ALERT_SECONDS = 20.0
SETTLED_SECONDS = 1.0
"""Judgements that stopped coming for so long are all there."""
POLL_SECONDS = 0.004


async def demo(listen: Listen, stop: asyncio.Event, *, once: bool) -> None:
    """Run the demo until ``stop`` is set, or with ``once`` until everything was shown.

    Args:
        listen: where the collector answers.
        stop: set by whoever ends it (a signal).
        once: end after the last act.

    Raises:
        CollectorError: something did not happen; the message says what.
    """
    folder = Path(tempfile.mkdtemp(prefix="tutelage-demo-"))
    work = asyncio.create_task(_play(folder, listen, once=once))
    told = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        told.cancel()
        shutil.rmtree(folder, ignore_errors=True)
        show.step("Stopped. No process runs on, and the demo's folder is gone.")


async def _play(folder: Path, listen: Listen, *, once: bool) -> None:
    began = time.monotonic()
    made = state.initialise(folder / "collector", TRUST, SCHOOL, times.utc_now(), listen)
    show.step(f"A fresh collector on SQLite, with its own authority and keys, in {folder}")
    async with _serving(folder / "collector") as (config, serving):
        show.step(f"It answers devices at {serving.link}, over mutual TLS")
        with closing(state.open_store(config)) as store:
            key_of_ours = state.load(config.folder).checkpoint_key.public_key().public_bytes_raw()
            seen = policy.publish(store, TRUST, "the demo school", key_of_ours, times.utc_now())
            show.step(f"What is watched is signed by keys that are not on it; policy {seen[:9]} …")
            key = state.open_recipient_key(store, state.DSL_RECIPIENT, made.dsl_passphrase)
            opener = excerpts.opener(key, TRUST, store)
            async with _device(folder, config, serving, store) as device:
                show.step(
                    f"This machine enrolled, and runs the real agent; it watches {device.documents}"
                )
                findings = await _judgements(device, store)
                show.compliance(findings)
                await _detecting(device, store)
                await _alerts(device, store, opener)
                await _acknowledged(store)
                show.console.print(f"[dim]{time.monotonic() - began:.1f} s since the start[/]\n")
                show.credentials(serving.web, made, folder)
                if not once:
                    await _stay(device, store, opener)


@contextlib.asynccontextmanager
async def _serving(folder: Path) -> AsyncIterator[tuple[Config, Serving]]:
    config = settings.load(folder)
    stop = asyncio.Event()
    ready: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        server.serve(config, times.utc_now, stop, ready.set_result, show.step)
    )
    try:
        either: set[asyncio.Future[Any]] = {ready, task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield config, await ready
    finally:
        stop.set()
        await task


@contextlib.asynccontextmanager
async def _device(
    folder: Path, config: Config, serving: Serving, store: Store
) -> AsyncIterator[DemoDevice]:
    held, now = state.load(config.folder), times.utc_now()
    placement = Placement(SCHOOL, "demo", "pupil", "secondary", "assigned")
    token = tokens.new_token(placement, 1, timedelta(hours=1), now)
    store.add_token(token)
    path = folder / "tutelage-bundle.json"
    made = tokens.bundle_of(
        token, held, store.recipients(), TRUST, serving.enrol, serving.link,
        published.pinned_root(store),
    )  # fmt: skip
    path.write_text(bundle.dumps(made), encoding="utf-8")
    device = DemoDevice(folder)
    await device.enrol(path)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


async def _judgements(device: DemoDevice, store: Store) -> list[ComplianceFinding]:
    """Return this device's judgements, once no more come."""
    deadline = time.monotonic() + READY_SECONDS
    count, since = 0, time.monotonic()
    while time.monotonic() < deadline:
        device.must_be_running()
        rows = [one for one in store.judgements() if one.profile == PROFILE]
        if len(rows) != count:
            count, since = len(rows), time.monotonic()
        elif count and time.monotonic() - since > SETTLED_SECONDS:
            found = [codec.decode_event(one.event).body for one in rows]
            judged = [one for one in found if isinstance(one, ComplianceFinding)]
            return sorted(judged, key=lambda one: (one.clauses, one.check_id))
        await asyncio.sleep(0.05)
    raise CollectorError(f"no check was reported within {READY_SECONDS:.0f} s")


async def _detecting(device: DemoDevice, store: Store) -> None:
    """Wait until the agent says that its pack is loaded and its file sensor runs."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        device.must_be_running()
        for view in store.devices():
            beat = codec.decode_event(view.heartbeat).body if view.heartbeat else None
            if isinstance(beat, Heartbeat) and beat.packs:
                show.step(f"It detects with {beat.packs[0]}\n")
                return
        await asyncio.sleep(0.05)
    raise CollectorError(f"the agent read no pack within {READY_SECONDS:.0f} s")


async def _alerts(device: DemoDevice, store: Store, opener: Opener) -> None:
    show.step("An invented pupil saves documents:")
    cursor, taken = store.last_alert(), []
    for number, document in enumerate(documents()):
        device.save(document.name, document.text)
        closed = time.monotonic()
        deadline = closed + ALERT_SECONDS
        fresh: list[Alert] = []
        while not fresh:
            if time.monotonic() > deadline:
                raise CollectorError(f"no alert within {ALERT_SECONDS:.0f} s of a saved document")
            device.must_be_running()
            await asyncio.sleep(POLL_SECONDS)
            cursor, fresh = store.alerts_after(cursor)
        taken.append((time.monotonic() - closed) * 1000)
        show.alert(fresh[0], opener(fresh[0]), taken[-1], whole=number == 0)
    show.console.print(
        f"\n  [bold]p50 {statistics.median(taken):.0f} ms[/], slowest {max(taken):.0f} ms, "
        f"over {len(taken)} documents: from closing the file to the collector's commit"
    )


async def _acknowledged(store: Store) -> None:
    """Show who was told of all that, and that one click ends it."""
    deadline = time.monotonic() + ALERT_SECONDS
    while not (found := [one for one in store.episodes(waiting=True) if store.steps(one.id)]):
        if time.monotonic() > deadline:
            raise CollectorError(f"nobody was told of an alert within {ALERT_SECONDS:.0f} s")
        await asyncio.sleep(POLL_SECONDS)
    first = max(found, key=lambda one: one.grade)
    show.step(f"{first.alerts} alerts at one device within minutes are one thing to look at")
    done = acknowledging.acknowledge(store, first.id, "dsl", times.utc_now())
    show.step(
        f"{done.episode.acknowledged_by} acknowledges: nobody further is told. Messages go to the "
        "console here, and by e-mail, webhook or chat once they are set up (notify set)"
    )


async def _stay(device: DemoDevice, store: Store, opener: Opener) -> None:
    """Show alerts as they come, for as long as nobody ends it."""
    show.step(f"Save a document of your own in {device.documents} and watch. Ctrl-C ends.")
    cursor = store.last_alert()
    while True:
        device.must_be_running()
        cursor, fresh = store.alerts_after(cursor)
        for found in fresh:
            show.alert(found, opener(found), None, whole=True)
        await asyncio.sleep(0.1)
