"""The recorded machines of ``tests/hosts/``, and what every check says of them.

``python tests/recorded_host.py expect tests/hosts/NAME`` prints an ``[expect]`` table to read,
doubt and then paste: what it prints is what the checks say, not what is true.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import DeviceClass, Judgement, Profile, load_reference, run_checks

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = Path(__file__).parent / "hosts"


def machines() -> list[Path]:
    """Return the folders of all recorded machines."""
    return sorted(found.parent for found in HOSTS.glob("*/host.toml"))


def judge(host: RecordedHost) -> list[Judgement]:
    """Return all judgements of a recorded machine, by all profiles, at the time of recording."""
    return run_checks(
        host,
        profiles=tuple(Profile),
        device_class=DeviceClass(host.machine.device_class),
        reference=load_reference(),
        now=host.now(),
    )


def said(judgements: list[Judgement]) -> dict[str, str | dict[str, str]]:
    """Return check id -> ``status reason``; where profiles differ, profile -> that."""
    by_check: dict[str, dict[str, str]] = {}
    for judgement in judgements:
        words = f"{judgement.status} {judgement.reason}"
        by_check.setdefault(judgement.check_id, {})[str(judgement.profile)] = words
    return {
        check: next(iter(words.values())) if len(set(words.values())) == 1 else words
        for check, words in by_check.items()
    }


def expected(host: RecordedHost) -> Mapping[str, object]:
    """Return the machine's ``[expect]`` table."""
    return host.expect


def table(judgements: list[Judgement]) -> str:
    """Return an ``[expect]`` table."""
    lines = ["[expect]"]
    for check, words in said(judgements).items():
        if isinstance(words, str):
            lines.append(f'"{check}" = "{words}"')
        else:
            inner = ", ".join(f'{profile} = "{word}"' for profile, word in words.items())
            lines.append(f'"{check}" = {{ {inner} }}')
    return "\n".join(lines)


if __name__ == "__main__":
    recorded = RecordedHost(Path(sys.argv[2]))
    for one in judge(recorded):
        said_of_it = f"{one.status} {one.reason}: {one.actual} [{one.source}]"
        print(f"# {one.check_id} ({one.profile}): {said_of_it}", file=sys.stderr)
    print(table(judge(recorded)))
