"""The coverage report as rows: for tables, CSV and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.coverage import FAULTS, Fault, Proof, Standing, in_words, never_seen
from tutelage_wire import times

if TYPE_CHECKING:
    from tutelage_collector.coverage import Coverage
    from tutelage_collector.output import Row

SAID = {
    Standing.MISSING: "on your list, never enrolled",
    Standing.NEVER_HEARD: "enrolled, never heard",
    Standing.SILENT: "silent for three days",
    Standing.QUIET: "went quiet in school hours",
    Standing.BLIND: "cannot see something it should",
    Standing.STALE: "watches by an older pack",
    Standing.LATE: "sees, but reported late",
    Standing.PARTLY_PROVEN: "proven in part",
    Standing.UNPROVEN: "no self-test within a month",
    Standing.POSTURE_ONLY: "content is out of scope here",
    Standing.PROVEN: "proven",
}
REMEDY = {
    Standing.MISSING: "Install the agent with the school's bundle, or take it off the list.",
    Standing.NEVER_HEARD: "Start the agent's service; the device may not reach the collector.",
    Standing.SILENT: "Find it and switch it on; if it is gone for good: device revoke --retire.",
    Standing.QUIET: "Look under Gone quiet: what it said last, and who was told.",
    Standing.BLIND: "Open the device's page: it says which source and why.",
    Standing.STALE: "It takes the newer pack when it is next online; if not, look at its page.",
    Standing.LATE: "The line to the collector was lost for a while; look at the network.",
    Standing.PARTLY_PROVEN: "It goes on by itself: a page once a week, a window at an idle desk.",
    Standing.UNPROVEN: "Run tutelage-agent selftest on it, or type the test phrase there.",
    Standing.POSTURE_ONLY: "",
    Standing.PROVEN: "",
}

FAULT_SAID = {
    Fault.AGENT_DOWN: "the agent is down, or its device is not heard",
    Fault.CHANNEL_BLIND: "a source of text cannot be seen on a device that is heard",
    Fault.PACK_STALE: "a device watches by an older pack than others",
    Fault.COLLECTOR_LOST: "the line to this collector was lost for a while: things came late",
    Fault.ALERT_UNDELIVERED: "alerts are stored, and their messages reach nobody",
}
FAULT_REMEDY = {
    Fault.AGENT_DOWN: "ICT: start the agent's service, or find the device (Gone quiet).",
    Fault.CHANNEL_BLIND: "ICT: the device's page says which source and why.",
    Fault.PACK_STALE: "ICT: bring it online; it takes the newer pack by itself.",
    Fault.COLLECTOR_LOST: "ICT: look at the network and at this collector's service.",
    Fault.ALERT_UNDELIVERED: "ICT: Messages (notify list) says which way fails. Safeguarding lead: "
    "keep Alerts open until it works.",
}
PROOFS = {
    Proof.PROVEN: "proven",
    Proof.LATE: "proven, but late",
    Proof.MISSED: "self-test missed",
    Proof.NOT_YET: "not proven within a month",
    Proof.UNWATCHED: "not watched by policy",
    Proof.WITHOUT: "has no self-test",
}
AWAY = {
    "device_asleep": "asleep, as it said",
    "device_off": "switched off, as it said",
    "agent_stopped": "its agent was stopped while it stays on",
}


def fault_rows(coverage: Coverage) -> list[Row]:
    """Return what is wrong, the five kinds told apart; kinds that nothing has are left out."""
    rows: list[Row] = []
    for fault, standings in FAULTS.items():
        count = coverage.count(*standings)
        if fault is Fault.ALERT_UNDELIVERED:
            if coverage.undelivered:
                said = f"{FAULT_SAID[fault]}: {' '.join(coverage.undelivered)}"
                rows.append(_fault(fault, None, said))
        elif count:
            rows.append(_fault(fault, count, FAULT_SAID[fault]))
    return rows


def _fault(fault: Fault, devices: int | None, said: str) -> Row:
    return {
        "fault": fault.value,
        "said": said,
        "devices": devices,
        "what_to_do": FAULT_REMEDY[fault],
    }


def standing_rows(coverage: Coverage) -> list[Row]:
    """Return how many devices stand how, the worst first; standings of nobody are left out."""
    return [
        {
            "standing": one.value,
            "said": SAID[one],
            "devices": coverage.count(one),
            "what_to_do": REMEDY[one],
        }
        for one in Standing
        if coverage.count(one)
    ]


def device_rows(coverage: Coverage) -> list[Row]:
    """Return a row for each device, the worst first."""
    return [
        {
            "name": one.name,
            "device": one.device_id,
            "school": one.school,
            "profile": one.profile,
            "place": one.place,
            "standing": one.standing.value,
            "said": SAID[one.standing],
            "last_seen": times.text(one.last_seen_at) if one.last_seen_at else None,
            "away": AWAY.get(one.away) or None,
            "pack": one.pack,
            "channels": "; ".join(
                f"{each.sensor}: {each.state.value}, {PROOFS[each.proof]}"
                + (f" {times.text(each.proven_at)}" if each.proven_at else "")
                + (f" in {each.seconds:.1f} s" if each.seconds is not None else "")
                for each in one.channels
            ),
            "blind_spots": "; ".join(in_words(spot).said for spot in one.blind_spots),
        }
        for one in coverage.devices
    ]


def spot_rows(coverage: Coverage) -> list[Row]:
    """Return what devices say they cannot see, the most common first."""
    return [
        {
            "code": code,
            "sensor": in_words(code).sensor,
            "said": in_words(code).said,
            "devices": number,
            "what_to_do": in_words(code).remedy,
        }
        for code, number in coverage.blind_spots
    ]


def as_json(coverage: Coverage) -> Row:
    """Return all of it."""
    return {
        "at": times.text(coverage.at),
        "school": coverage.school,
        "expected": coverage.expected,
        "from_inventory": coverage.from_inventory,
        "in_scope": coverage.in_scope,
        "seeing": coverage.seeing,
        "percent": coverage.percent,
        "proven": coverage.count(Standing.PROVEN),
        "newest_pack": coverage.newest_pack,
        "faults": fault_rows(coverage),
        "standings": standing_rows(coverage),
        "blind_spots": spot_rows(coverage),
        "never_seen": list(never_seen()),
        "devices": device_rows(coverage),
    }


def summary(coverage: Coverage) -> str:
    """Return the one sentence of it."""
    if coverage.percent is None:
        return "No device whose content is to be looked at is known."
    of = "of your own list" if coverage.from_inventory else "of those that enrolled"
    return (
        f"Monitoring looks at {coverage.seeing} of {coverage.in_scope} devices "
        f"({coverage.percent} %, {of}); {coverage.count(Standing.PROVEN)} proven by a self-test."
    )
