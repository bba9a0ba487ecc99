"""The data protection impact assessment: ``docs/dpia.md`` filled from the actual configuration."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from tutelage_collector import access, policy_files, state
from tutelage_collector.errors import StateError
from tutelage_collector.rights import schedule
from tutelage_collector.store.records import DeviceState, Role

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.store import Store

_NAME = "dpia.md"
_SEES = {
    Role.DSL: "alerts about people, excerpts with the passphrase, concerns about pupils",
    Role.DEPUTY: "the same as the lead",
    Role.ICT: "devices and their security; alerts about machines; no excerpt, no pupil",
    Role.HEAD: "counts, devices, decisions of two people, concerns about staff",
    Role.LEADER: "counts; the head's work while standing in",
    Role.GOVERNOR: "counts without names",
    Role.STAFF: "nothing: reports a concern",
}


@dataclass(frozen=True, slots=True)
class RoleRow:
    """How many accounts of a role there are, and what they see."""

    title: str
    number: int
    sees: str


def make(store: Store, config: Config, now: datetime) -> str:
    """Return the assessment as Markdown.

    Raises:
        ConfigError: the retention schedule cannot be read.
        StateError: the state folder cannot be read.
    """
    devices = [view.device for view in store.devices() if view.device.state is DeviceState.ACTIVE]
    profiles = Counter(one.placement.profile for one in devices)
    accounts = Counter(one.role for one in store.accounts() if one.active)
    terms = schedule.load(config.folder)
    pages = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown, read by whoever runs the collector
        keep_trailing_newline=True,
    )
    return pages.from_string(_template()).render(
        trust=config.trust,
        made=f"{now:%d %B %Y}",
        devices=len(devices),
        profiles=sorted(profiles.items()),
        schools=sorted({one.placement.school for one in devices} | {config.school}),
        policy=policy_files.published_policy(store),
        readers=[reader.name for reader in state.readers(store)],
        roles=[RoleRow(access.TITLES[role], accounts[role], _SEES[role]) for role in Role],
        terms=list(terms.values()),
        titles=schedule.TITLES,
        holds=sum(1 for one in store.holds() if one.released_at is None),
    )


def _template() -> str:
    """Return the template: in a wheel beside this file, in a checkout in ``docs/``."""
    packed = resources.files("tutelage_collector.reports") / _NAME
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    path = Path(__file__).parents[3] / "docs" / _NAME
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StateError(f"{path}: is missing; install the package again") from error
