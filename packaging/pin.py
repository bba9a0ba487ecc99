"""Write constraints.txt: what an installation of agent and collector has, without tools for tests.

Usage: .venv/bin/python packaging/pin.py   (looks at the environment that runs it)
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement


def needed(root: str, extras: set[str]) -> dict[str, str]:
    """Return name -> version of everything that ``root`` with ``extras`` pulls in here."""
    found: dict[str, str] = {}
    waiting = [(root, extras)]
    while waiting:
        name, wanted = waiting.pop()
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker and not any(
                requirement.marker.evaluate({**default_environment(), "extra": extra})
                for extra in wanted or {""}
            ):
                continue
            key = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if key in found or key == root:
                continue
            found[key] = metadata.version(requirement.name)
            waiting.append((requirement.name, set(requirement.extras) or {""}))
    return found


def main() -> int:
    """Write the file beside this script."""
    pins = needed("tutelage", {"", "collector"})
    text = (
        "# Exact versions for installers, agent and collector, as tested on Linux with Python "
        f"{sys.version_info.major}.{sys.version_info.minor}.\n"
        "# Made by packaging/pin.py; Windows also needs pywin32 and tzdata, pinned by hand.\n"
        + "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()))
        + "pywin32==312; sys_platform == 'win32'\n"
        + "tzdata==2026.6; sys_platform == 'win32'\n"
    )
    Path(__file__).with_name("constraints.txt").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
