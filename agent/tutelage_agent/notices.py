"""The notice where everybody at the device can read it, written anew whenever it changes.

The agent's own folder is closed to the people whom it watches; what is watched must not be.
"""

from __future__ import annotations

import html
import json
import os
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_wire.policy.notice import Audience, Notice, Section, notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tutelage_agent.config import AgentConfig
    from tutelage_wire.events import AgeBand
    from tutelage_wire.policy import Policy
    from tutelage_wire.policy.scope import Place

FILE_NAME = "notice.json"
PAGE_NAME = "notice.html"
_RUNTIME = Path("/run/tutelage-notice")
"""Made by the system service for everybody to read (``RuntimeDirectory``)."""
_WIDTH = 78
_BY_AGE = {
    "primary": Audience.CHILD,
    "secondary": Audience.TEEN,
    "sixth_form": Audience.TEEN,
    "adult": Audience.ADULT,
}
_PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: {size}/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; color: #1d2733;
  background: #f6f4ef; max-width: 42rem; margin: 0 auto; padding: 3rem 1.5rem 5rem }}
h1 {{ font-size: 1.9em; line-height: 1.2; margin: 0 0 1rem; color: #0f5c52 }}
h2 {{ font-size: 1.15em; margin: 2rem 0 .4rem; color: #0f5c52 }}
ul {{ padding-left: 1.2em; margin: .4rem 0 }}
li {{ margin: .35rem 0 }}
footer {{ margin-top: 3rem; padding-top: 1rem; border-top: 1px solid #c9cfd6; color: #51606e;
  font-size: .85em }}
@media print {{
  body {{ background: none; padding: 0; font-size: 11pt }}
  h2 {{ break-after: avoid }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{sections}
</main>
<footer>{footer}</footer>
</body>
</html>
"""


def usual_audience(age_band: AgeBand) -> Audience:
    """Return whose words fit the people of a device."""
    return _BY_AGE[age_band.value]


def folder(config: AgentConfig) -> Path:
    """Return where a running agent puts the notice for everybody to read."""
    if config.notice_folder is not None:
        return config.notice_folder
    given = os.environ.get("RUNTIME_DIRECTORY")  # by systemd, to its service
    if given:
        return Path(given.split(":")[0])
    return _beside(config)


def _beside(config: AgentConfig) -> Path:
    return config.state_folder.with_name(config.state_folder.name + "-notice")


def find(config: AgentConfig, audience: Audience | None) -> Notice | None:
    """Return what a running agent last published; None where there is nothing to be read."""
    places = [config.notice_folder] if config.notice_folder else [_beside(config), _RUNTIME]
    return next((found for one in places if (found := read(one, audience))), None)


def publish(where: Path, policy: Policy, place: Place, usual: Audience, now: datetime) -> None:
    """Write the notice in all voices, and the usual one as a page.

    Raises:
        OSError: it cannot be written.
    """
    made = {one: notice(policy, place, one, now) for one in Audience}
    row = {"usual": usual.value, "notices": {one.value: asdict(made[one]) for one in Audience}}
    where.mkdir(mode=0o755, parents=True, exist_ok=True)
    _write(where / FILE_NAME, json.dumps(row, ensure_ascii=False, indent=1))
    _write(where / PAGE_NAME, as_html(made[usual]))


def read(where: Path, audience: Audience | None) -> Notice | None:
    """Return the notice in a folder; None where there is none to be read."""
    try:
        row = json.loads((where / FILE_NAME).read_text(encoding="utf-8"))
        return _notice(row["notices"][audience.value if audience else row["usual"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_text(found: Notice) -> str:
    """Return a notice for a terminal."""
    lines = [found.title, "=" * len(found.title), ""]
    for section in found.sections:
        if section.heading:
            lines += [section.heading, "-" * len(section.heading)]
        for sentence in section.sentences:
            lead = "  - " if section.is_list else ""
            lines += textwrap.wrap(
                sentence, _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
            )
        lines.append("")
    return "\n".join([*lines, _footer(found), ""])


def as_html(found: Notice) -> str:
    """Return a notice as a page of its own."""
    parts: list[str] = []
    for section in found.sections:
        if section.heading:
            parts.append(f"<h2>{html.escape(section.heading)}</h2>")
        if section.is_list:
            rows = "\n".join(f"<li>{html.escape(one)}</li>" for one in section.sentences)
            parts.append(f"<ul>\n{rows}\n</ul>")
        else:
            parts += [f"<p>{html.escape(one)}</p>" for one in section.sentences]
    large = found.audience in {Audience.CHILD, Audience.EASY_READ}
    return _PAGE.format(
        title=html.escape(found.title),
        size="1.3rem" if large else "1.05rem",
        sections="\n".join(parts),
        footer=html.escape(_footer(found)),
    )


def _footer(found: Notice) -> str:
    if not found.policy_version:
        return "Made from the built-in policy of Tutelage: the school has signed none yet."
    return f"Made from version {found.policy_version} of the policy that {found.school} signed."


def _notice(row: Mapping[str, object]) -> Notice:
    sections = row["sections"]
    if not isinstance(sections, list):
        raise TypeError("sections must be a list")
    return Notice(
        audience=Audience(str(row["audience"])),
        title=str(row["title"]),
        sections=tuple(
            Section(str(one["heading"]), tuple(map(str, one["sentences"])), bool(one["is_list"]))
            for one in sections
        ),
        policy_version=int(str(row["policy_version"])),
        school=str(row["school"]),
    )


def _write(path: Path, text: str) -> None:
    """Replace a file that everybody may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    if os.name == "posix":
        fresh.chmod(0o644)  # the service's umask would close it
        path.parent.chmod(0o755)
    fresh.replace(path)
