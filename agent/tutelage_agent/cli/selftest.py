"""``tutelage-agent selftest``: prove, at this device, that what is written and visited is seen."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    import argparse

    from tutelage_agent.config import AgentConfig

DONE, FOUND = 0, 1
FILE, PAGE, WINDOW = "file", "page", "window"
_CHANNELS = {FILE: "file", PAGE: "title", WINDOW: "window"}
"""What a person asks for -> the channel in which the agent must have seen it."""
_SAID = {
    FILE: "a document written",
    PAGE: "a page visited",
    WINDOW: "a window opened",
}
_REMEDIES = {
    FILE: "look at `tutelage-agent status`: is the files sensor running, and does it read this "
    "account's folders?",
    PAGE: "this browser is not one that is read, the window is private, or the page never loaded",
    WINDOW: "`tutelage-agent status` says whether window titles are watched here (Wayland shows "
    "them to no other program)",
}


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb."""
    test = verbs.add_parser(
        "selftest",
        help="prove that what is written and visited here is seen",
        description="Writes a document with a reserved phrase and, with --browser, opens a page of "
        "this device in your browser; then says what the agent saw, and after how long. The "
        "collector shows the same as a self-test: nobody is ever of concern for it.",
    )
    test.add_argument("--browser", action="store_true", help="also open a page in your own browser")
    test.add_argument(
        "--window", action="store_true", help="also expect its title (with --browser)"
    )
    test.add_argument("--folder", type=Path, help="write the document here (default: your own)")
    test.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="at most (default: 60)"
    )
    test.add_argument("--json", action="store_true", help="as JSON")
    test.set_defaults(run=_selftest)


@dataclass(frozen=True, slots=True)
class Answer:
    """How one channel did; ``seconds`` is None where it was not seen in time."""

    channel: str
    seconds: float | None


def _selftest(options: argparse.Namespace) -> int:
    from tutelage_agent.selftest import new_code

    config = read_config(options.config)
    _must_run(config)
    if options.window and not options.browser:
        raise AgentError("--window looks for the title of a browser's window: add --browser")
    code = new_code()
    wanted = [FILE, *([PAGE] if options.browser else []), *([WINDOW] if options.window else [])]
    if not options.json:
        print(f"Self-test {code}: {', '.join(_SAID[one] for one in wanted)} ...", flush=True)
    answers = _try(config, options, code, wanted)
    if options.json:
        rows = {one.channel: one.seconds for one in answers}
        print(json.dumps({"code": code, "seconds": rows}, indent=2))
    else:
        _print(answers)
    return DONE if all(one.seconds is not None for one in answers) else FOUND


def _must_run(config: AgentConfig) -> None:
    """Refuse to wait for an agent that is not there, or that this account may not ask."""
    from tutelage_agent import status

    if config.state_folder.exists() and not os.access(config.state_folder, os.R_OK | os.X_OK):
        raise AgentError(
            f"{config.state_folder}: what the agent saw is not this account's to read: run this as "
            "administrator (sudo). Without one: search for the phrase that the console shows under "
            "Coverage, and see it arrive there"
        )
    found = status.read(config.state_folder)
    if found is None or not psutil.pid_exists(found.process):
        raise AgentError(
            "the agent is not running, so that nothing is seen: tutelage-agent service status"
        )


def _try(
    config: AgentConfig, options: argparse.Namespace, code: str, wanted: list[str]
) -> list[Answer]:
    from tutelage_agent.detection import canary
    from tutelage_agent.host.desktop import open_page
    from tutelage_agent.selftest import page

    began = time.monotonic()
    seen: dict[str, float] = {}
    with ExitStack() as stack:
        written = _write(config, options.folder, code)
        stack.callback(_remove, written)
        if options.browser:
            address = stack.enter_context(page.served(code)).address
            if not open_page(address):
                print(f"No browser could be started. Open {address}", file=sys.stderr)
        while len(seen) < len(wanted) and time.monotonic() < began + options.wait:
            time.sleep(0.2)
            channels = {
                one.channel for one in canary.read_seen(config.state_folder) if one.code == code
            }
            for name in wanted:
                if _CHANNELS[name] in channels:
                    seen.setdefault(name, time.monotonic() - began)
    return [Answer(name, seen.get(name)) for name in wanted]


def _write(config: AgentConfig, folder: Path | None, code: str) -> Path:
    """Write the document into a folder that the agent reads."""
    from tutelage_agent.selftest import document
    from tutelage_agent.sensing import document_folders

    own = str(Path.home())
    places = sorted(
        (Path(one.path) for one in document_folders(config)),
        key=lambda place: not str(place).startswith(own),
    )
    for place in [folder] if folder else places:
        path = place / f"monitoring check {code}.txt"
        with suppress(OSError):
            path.write_text(document(code), encoding="utf-8")
            return path
    named = folder or "none of the folders that the agent reads"
    raise AgentError(f"{named}: cannot be written to; name one with --folder")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _print(answers: list[Answer]) -> None:
    for one in answers:
        if one.seconds is not None:
            print(f"  {_SAID[one.channel]}: seen after {one.seconds:.1f} s")
        else:
            print(f"  {_SAID[one.channel]}: NOT SEEN: {_REMEDIES[one.channel]}")
    if all(one.seconds is not None for one in answers):
        print("Monitoring of this device works. The console shows the same under Coverage.")
