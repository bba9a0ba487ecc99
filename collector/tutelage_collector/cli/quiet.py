"""``quiet list|acknowledge|mute|unmute``: devices that should be heard and are not."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli.devices import find_device
from tutelage_collector.quiet import shown
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "name": "Device", "since": "Last heard", "why": "Why", "handling": "Told",
    "acknowledged_by": "Acknowledged by", "ended": "Ended",
}  # fmt: skip
_MUTED_COLUMNS = {"name": "Muted", "until": "Until", "by": "By", "reason": "Why"}
_TERMINAL = "terminal"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    quiet = verbs.add_parser("quiet", help="devices that should be heard and are not")
    parts = quiet.add_subparsers(dest="part", metavar="list|acknowledge|mute|unmute", required=True)
    listed = parts.add_parser(
        "list",
        help="who is quiet now, and why (status 1: at some nobody has looked)",
        description="Devices that were heard today in the school's hours and stopped without a "
        "goodbye. A device that sleeps or shuts down says so and is not here.",
    )
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--all", action="store_true", help="also those of the last seven days")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    taken = parts.add_parser("acknowledge", help="say that you look at it: messages end")
    taken.add_argument("--note", default="", help="what you found, for the next one who looks")
    taken.set_defaults(run=_acknowledge)
    muted = parts.add_parser("mute", help="let nobody be told of a device for some days")
    muted.add_argument("--days", type=int, default=7, metavar="N", help="(default: %(default)s)")
    muted.add_argument("--reason", required=True, help="why; it is kept on record")
    muted.set_defaults(run=_mute)
    unmuted = parts.add_parser("unmute", help="let people be told of it again")
    unmuted.set_defaults(run=_unmute)
    taken.add_argument(
        "device", metavar="DEVICE|all", help="its id, how the id begins, or all that wait"
    )
    for one in (muted, unmuted):
        one.add_argument("device", metavar="DEVICE", help="its id, or how the id begins")


def _list(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = shown.board(store, options.school, now)
    lines = [*found.now, *(found.before if options.all else ())]
    rows: list[output.Row] = [
        {
            "device": one.spell.device_id,
            "name": one.name,
            "school": one.spell.school,
            "since": times.text(one.spell.last_seen_at),
            "noticed": times.text(one.spell.noticed_at),
            "why": one.why,
            "handling": one.handling,
            "acknowledged_by": one.spell.acknowledged_by or None,
            "note": one.spell.note or None,
            "ended": one.ended or None,
        }
        for one in lines
    ]
    if options.json or rows:
        output.print_rows(rows, _COLUMNS, as_json=options.json)
    else:
        print("No device is quiet that should be heard.")
    if found.mutes and not options.json:
        muted: list[output.Row] = [
            {"name": one.name, "until": times.text(one.mute.until), "by": one.mute.by,
             "reason": one.mute.reason}
            for one in found.mutes
        ]  # fmt: skip
        output.print_rows(muted, _MUTED_COLUMNS, as_json=False)
    for school in found.nobody:
        print(
            f"{school}: nobody of ICT is in the rota, so that the collector's console alone is "
            f"told: rota set person ict-1 --duty ict --way email:ADDRESS "
            f"--school {school} --by ict",
            file=sys.stderr,
        )
    return 1 if any(one.spell.waits for one in found.now) else 0


def _acknowledge(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        now, note = times.utc_now(), options.note[:200]
        if options.device == "all":
            count = shown.acknowledge_all(store, None, _TERMINAL, note, now)
            print(f"{count} acknowledged.")
            return 0
        shown.acknowledge(store, find_device(store, options.device), _TERMINAL, note, now)
    print("Acknowledged: no message goes out about it until it is back and quiet again.")
    return 0


def _mute(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        device = find_device(store, options.device)
        shown.mute(store, device, options.days, _TERMINAL, options.reason, times.utc_now())
    print(f"Muted for {options.days} days. It still shows under quiet list and on Coverage.")
    return 0


def _unmute(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        shown.unmute(store, find_device(store, options.device), _TERMINAL, times.utc_now())
    print("Told of again.")
    return 0
