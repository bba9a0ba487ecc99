"""The verb ``service``: install, remove and show the agent as a service of this system."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb and its three actions."""
    service = verbs.add_parser("service", help="install, uninstall or show the system service")
    actions = service.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, text in (
        ("install", "install the service, start it now and at every boot"),
        ("uninstall", "stop and remove the service (state and events stay)"),
        ("status", "show the service as the system sees it"),
    ):
        action = actions.add_parser(name, help=text, description=text.capitalize() + ".")
        action.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if sys.platform != "linux":
        raise AgentError(
            f"service {options.action}: comes with the installer of this system, which is not "
            "there yet; run the agent with: tutelage-agent run"
        )
    from tutelage_agent.service import linux

    actions = {
        "install": lambda: linux.install(options.config),
        "uninstall": lambda: _uninstall(options),
        "status": linux.status,
    }
    return actions[options.action]()


def _uninstall(options: argparse.Namespace) -> int:
    """Remove the service, and what only a running agent would delete in its time."""
    from tutelage_agent import context
    from tutelage_agent.config import read_config
    from tutelage_agent.service import linux

    done = linux.uninstall()
    context.delete_all(read_config(options.config).state_folder)
    return done
