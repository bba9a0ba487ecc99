"""``notice``: what is watched on this device, said to the person in front of it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_agent import notices
from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError
from tutelage_wire.policy.notice import Audience, notice

if TYPE_CHECKING:
    import argparse

    from tutelage_agent.config import AgentConfig
    from tutelage_wire.policy.notice import Notice


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "notice",
        help="say what is watched on this device, when, by whom, and where to get help",
        description="Say what is watched on this device, when, who reads it, how long it is kept "
        "and where to get help: from the signed policy that is in force.",
    )
    verb.add_argument(
        "--audience", choices=[one.value for one in Audience],
        help="whose words to use (default: by the age of this device's people)",
    )  # fmt: skip
    shape = verb.add_mutually_exclusive_group()
    shape.add_argument("--html", type=Path, metavar="FILE", help="write it as a page")
    shape.add_argument("--json", action="store_true", help="as JSON")
    verb.set_defaults(run=_notice)


def _notice(options: argparse.Namespace) -> int:
    config = read_config(options.config)
    audience = Audience(options.audience) if options.audience else None
    # What the running agent published is for everybody; its own folder is for it alone.
    found = notices.find(config, audience) or _from_state(config, audience)
    if options.json:
        print(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    elif options.html:
        try:
            options.html.write_text(notices.as_html(found), encoding="utf-8")
        except OSError as error:
            raise AgentError(f"{options.html}: cannot be written ({error.strerror})") from error
        print(f"{options.html}: open it in a browser, or print it.")
    else:
        sys.stdout.write(notices.as_text(found))
    return 0


def _from_state(config: AgentConfig, audience: Audience | None) -> Notice:
    # Loaded here: in most cases the agent has published its own.
    from tutelage_agent.trust.on_disk import place_of, policy_on_disk
    from tutelage_wire.times import utc_now

    held, member = policy_on_disk(config)
    usual = notices.usual_audience(member.age_band)
    return notice(held, place_of(member), audience or usual, utc_now())
