"""``demo``: the main job, for real, on this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

from tutelage_collector.cli.serve import free_listen

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    demo = verbs.add_parser(
        "demo",
        help="show the main job on this machine, with nothing set up before",
        description="Starts a fresh collector, enrols this machine as a device, checks it against "
        "section 11 and raises alerts from an invented pupil's documents. Nothing stays.",
    )
    demo.add_argument("--once", action="store_true", help="end by itself when all was shown")
    demo.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    logging.getLogger().setLevel(logging.WARNING)  # what happens is shown, not logged
    asyncio.run(_until_told(once=options.once))
    return 0


async def _until_told(*, once: bool) -> None:
    from tutelage_collector.demo import demo  # gRPC is loaded by the verbs that need it

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":  # asyncio has no signal handlers there
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop.set))
    else:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, stop.set)
    await demo(free_listen("127.0.0.1", "localhost"), stop, once=once)
