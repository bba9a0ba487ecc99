"""``init`` and ``serve``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, ports, state
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tutelage_collector.serving import Serving
    from tutelage_collector.state import Credentials


_GC_THRESHOLD = 50_000


def add_parsers(verbs: Any) -> None:
    """Add the verbs to the parser."""
    init = verbs.add_parser("init", help="make a new collector in the state folder")
    init.add_argument("--trust", required=True, help="short name of the trust, for example ret")
    init.add_argument("--school", required=True, help="short name of the first school")
    init.add_argument(
        "--listen", default="127.0.0.1", metavar="ADDRESS",
        help="address to answer on; 0.0.0.0 serves the whole network (default: %(default)s)",
    )  # fmt: skip
    init.add_argument(
        "--advertise", default="localhost", metavar="NAME",
        help="name or address by which devices reach this machine (default: %(default)s)",
    )  # fmt: skip
    init.add_argument("--json", action="store_true", help="print the first secrets as JSON")
    init.set_defaults(run=_init)
    serve = verbs.add_parser("serve", help="answer devices until Ctrl-C or SIGTERM")
    serve.set_defaults(run=_serve)


def _init(options: argparse.Namespace) -> int:
    listen = free_listen(options.listen, options.advertise)
    made = state.initialise(
        options.state.absolute(), options.trust, options.school, times.utc_now(), listen
    )
    if options.json:
        output.print_json(
            {
                "state": str(options.state.absolute()),
                "dsl_passphrase": made.dsl_passphrase,
                "passwords": dict(made.passwords),
            }
        )
    else:
        _print_made(options, made, listen)
    return 0


def free_listen(host: str, advertise: str) -> config.Listen:
    """Return where a new collector will answer: the usual ports, or the next free ones."""
    usual = config.Listen(host, advertise)
    taken: list[int] = []
    for wanted in (usual.enrol_port, usual.link_port, usual.web_port):
        taken.append(ports.free_port(host, wanted, taken))
    return config.Listen(host, advertise, *taken)


def _print_made(options: argparse.Namespace, made: Credentials, listen: config.Listen) -> None:
    print(f"A collector for trust {options.trust} is in {options.state.absolute()}.")
    usual = config.Listen()
    wanted = (usual.enrol_port, usual.link_port, usual.web_port)
    for usually, chosen in zip(
        wanted, (listen.enrol_port, listen.link_port, listen.web_port), strict=True
    ):
        if usually != chosen:
            print(f"Port {usually} is taken: {chosen} was chosen (collector.toml).")
    print("\nWrite these down now. They are stored nowhere in clear and shown only once:\n")
    for name, password in made.passwords:
        print(f"  password of account {name:<5} {password}")
    print(f"  passphrase of the DSL    {made.dsl_passphrase}")
    print(
        "\nThe passphrase opens what children wrote. It belongs to the safeguarding lead alone.\n"
        f"\nNext: tutelage-collector --state {options.state} serve"
    )


def _serve(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    # A batch is hundreds of short-lived objects without cycles: look for cycles less often.
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(_until_told(settings))
    print("Stopped.", flush=True)
    return 0


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the quicker event loop where the system has it; None = Python's own."""
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


async def _until_told(settings: config.Config) -> None:
    # Imported here: no other verb needs gRPC and its 30 MB.
    from tutelage_collector import server

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: the handler runs between two steps of the loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await server.serve(settings, times.utc_now, stop, _print_ready, _say)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _print_ready(serving: Serving) -> None:
    print(
        f"Ready. Devices enrol at {serving.enrol} and report to {serving.link}."
        + (f" Pages: {serving.web}" if serving.web else ""),
        flush=True,
    )
