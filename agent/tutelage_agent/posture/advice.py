"""What to do about a reason, in two voices: for the person at the device, and for ICT."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tutelage_agent.host.reading import HostError
from tutelage_agent.posture.model import Actor, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, and who does it."""

    actor: Actor
    staff: str
    """One or two short sentences that a teacher can act on; empty if there is nothing to do."""
    ict: str


NOBODY = Advice(Actor.NOBODY, "", "")


@cache
def table() -> Mapping[tuple[str, Reason], Advice]:
    """Return (family or ``any`` or check id, reason) -> advice, from ``advice.toml``.

    Raises:
        HostError: the file names an unknown reason or actor, or a text is missing.
    """
    source = resources.files("tutelage_agent.posture").joinpath("advice.toml")
    found: dict[tuple[str, Reason], Advice] = {}
    for scope, reasons in tomllib.loads(source.read_text("utf-8")).items():
        for reason, entry in reasons.items():
            try:
                key = (scope, Reason(reason))
                found[key] = Advice(Actor(entry["actor"]), entry["staff"], entry["ict"])
            except (KeyError, ValueError) as error:
                raise HostError(f"advice.toml: {scope!r} {reason}: {error}") from error
    return found


def find(check_id: str, reason: Reason) -> Advice:
    """Return the advice for a check and reason: of the check, of its family, of any, or none."""
    family = check_id.partition(".")[0]
    for scope in (check_id, family, "any"):
        if (advice := table().get((scope, reason))) is not None:
            return advice
    return NOBODY
