"""``device list|show|waiting|approve|refuse|revoke``."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, key_places, output, state
from tutelage_collector.coverage.heard import heartbeat_of
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records import DeviceState
from tutelage_collector.store.records_waiting import WaitingState
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import DeviceView
    from tutelage_wire.events import DeviceId

_SHORTEST = 6


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    device = verbs.add_parser("device", help="enrolled devices")
    parts = device.add_subparsers(dest="part", metavar="PART", required=True)
    listed = parts.add_parser("list", help="all devices, with their latest sign of life")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    show = parts.add_parser("show", help="one device: what it is, and what it last said of itself")
    show.add_argument("device", metavar="DEVICE", help="its id, or how the id begins")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    waiting = parts.add_parser("waiting", help="those that wait to be let in (status 1: some do)")
    waiting.add_argument("--school", help="only of this school")
    waiting.add_argument("--json", action="store_true")
    waiting.set_defaults(run=_waiting)
    for name, approve in (("approve", True), ("refuse", False)):
        one = parts.add_parser(name, help=f"{name} a device that waits to be let in")
        one.add_argument("request", metavar="REQUEST", help="its number, or how it begins")
        one.set_defaults(run=_decide, approve=approve)
    revoke = parts.add_parser("revoke", help="cut a device off: its streams end within seconds")
    revoke.add_argument("device", metavar="DEVICE", help="its id, or how the id begins")
    revoke.add_argument(
        "--retire", action="store_true", help="it left in good order (sold, scrapped, sent back)"
    )
    revoke.set_defaults(run=_revoke)


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows = [row_of(view) for view in store.devices(options.school)]
    columns = {
        "device": "Device", "label": "Label", "school": "School", "profile": "Profile",
        "state": "State", "keys": "Keys", "last_seen": "Last seen",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _show(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        wanted = find_device(store, options.device)
        (view,) = (one for one in store.devices() if one.device.id == wanted)
    said, beat = view.device.evidence, heartbeat_of(view)
    row = row_of(view) | {
        "serial": said.serial or None,
        "tpm": said.tpm_ek_hash or None,
        "took_the_place_of": said.supersedes or None,
    }
    if beat is not None:
        row |= {
            "policy_version": beat.policy_version,
            "packs": list(beat.packs),
            "events_waiting": beat.spool_events,
            "sensors": [
                f"{one.name}: {one.state.value}" + (f" ({one.reason})" if one.reason else "")
                for one in beat.sensors
            ],
            "cannot_see": list(beat.blind_spots),
        }
        if not options.json:
            row["keys"] = f"{beat.key_protection} ({key_places.in_words(beat.key_protection)})"
    output.print_facts(row, as_json=options.json)
    return 0


def row_of(view: DeviceView) -> output.Row:
    """Return a device as a row of a list."""
    device, beat = view.device, heartbeat_of(view)
    return {
        "device": device.id,
        "label": device.evidence.label,
        "school": device.placement.school,
        "group": device.placement.group,
        "profile": device.placement.profile,
        "age_band": device.placement.age_band,
        "class": device.placement.device_class,
        "system": device.evidence.system,
        "agent_version": device.evidence.agent_version,
        "state": device.state.value,
        "keys": beat.key_protection if beat else None,
        "epoch": device.epoch,
        "enrolled": times.text(device.enrolled_at),
        "certificate_until": times.text(device.certificate_expires_at),
        "last_seen": times.text(view.last_seen_at) if view.last_seen_at else None,
    }


def _waiting(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = store.waiting(options.school)
    rows: list[output.Row] = [
        {
            "request": one.request_id,
            "state": one.state.value,
            "label": one.evidence.label,
            "system": one.evidence.system,
            "serial": one.evidence.serial,
            "school": one.school,
            "address": one.address,
            "asked": times.text(one.asked_at),
            "reason": one.reason,
            "device": one.device_id,
            "token": one.token_id,
        }
        for one in found
    ]
    columns = {
        "request": "Request", "state": "State", "label": "Label", "serial": "Serial",
        "school": "School", "asked": "Asked", "reason": "Why",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 1 if any(one.state is WaitingState.WAITING for one in found) else 0


def _decide(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = [
            one
            for one in store.waiting()
            if one.request_id.startswith(options.request) and one.state is WaitingState.WAITING
        ]
        if len(found) != 1 or len(options.request) < _SHORTEST:
            raise NotFoundError(
                f"request {options.request!r}: {len(found)} that wait begin so; give at least "
                f"{_SHORTEST} characters of one (device waiting shows them)"
            )
        store.decide_waiting(
            found[0].request_id, "terminal", times.utc_now(), approve=options.approve
        )
    said = "is let in when it asks next" if options.approve else "is not let in"
    print(f"Device {found[0].device_id[:12]} ({found[0].evidence.label}) {said}.")
    return 0


def _revoke(options: argparse.Namespace) -> int:
    wanted = DeviceState.RETIRED if options.retire else DeviceState.REVOKED
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = find_device(store, options.device)
        store.set_device_state(found, wanted)
        store.audit("terminal", f"device {wanted.value}", f"device {found}", "", times.utc_now())
    print(f"Device {found} is {wanted.value}.", file=sys.stderr)
    return 0


def find_device(store: Store, beginning: str) -> DeviceId:
    """Return the device that somebody means by the beginning of its id.

    Raises:
        NotFoundError: none or several begin so.
    """
    found = [
        view.device.id for view in store.devices() if view.device.id.startswith(beginning.lower())
    ]
    if len(found) != 1 or len(beginning) < _SHORTEST:
        raise NotFoundError(
            f"device {beginning!r}: {len(found)} devices begin so; give at least {_SHORTEST} "
            "characters of one id (device list shows them)"
        )
    return found[0]
