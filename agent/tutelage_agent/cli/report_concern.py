"""``report-concern``: tell the safeguarding lead something, from this device."""

from __future__ import annotations

import http.client
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError
from tutelage_agent.host import desktop
from tutelage_agent.reporting.page import PATH
from tutelage_agent.reporting.words import MOST_CHARACTERS, How, Urgency

if TYPE_CHECKING:
    import argparse

_SECONDS = 10
_HELP = (
    "In danger? Call 999. Childline: 0800 1111. Shout: text SHOUT to 85258. Samaritans: 116 123."
)


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "report-concern",
        help="tell the safeguarding lead something, sealed on this device",
        description="Opens a page of this device in your browser; with --text, takes what you "
        "write here. The agent seals it at once: only the safeguarding lead can read it.",
    )
    verb.add_argument(
        "--text", type=Path, metavar="FILE", help="take the words from a file; - is standard input"
    )
    verb.add_argument(
        "--how", choices=[one.name.lower() for one in How], default=How.WORRIED.name.lower(),
        help="how you know (default: worried)",
    )  # fmt: skip
    verb.add_argument(
        "--urgency", choices=[one.value for one in Urgency], default=Urgency.TODAY.value,
        help="how soon somebody should look (default: today)",
    )  # fmt: skip
    verb.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    port = read_config(options.config).report.port
    page = _ask(port, "GET")
    print(_HELP)
    if options.text is None:
        address = f"http://127.0.0.1:{port}{PATH}"
        if not desktop.open_page(address):
            print(f"Open {address} in a browser, or write here: report-concern --text -")
        return 0
    words = _words(options.text)
    token = re.search(r'name="token" value="([^"]+)"', page)
    form = urlencode(
        {
            "token": token[1] if token else "",
            "words": words,
            "how": How[options.how.upper()].value,
            "urgency": options.urgency,
        }
    )
    _ask(port, "POST", form)
    print("It is on its way. Thank you for telling.")
    return 0


def _ask(port: int, method: str, form: str | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request(method, PATH, form, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise AgentError(
            f"port {port}: the agent's report page does not answer; is the agent running "
            "(tutelage-agent status)? Speak to an adult in person instead"
        ) from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise AgentError(f"it was not taken: {text.strip()}")
    return text


def _words(path: Path) -> str:
    try:
        if path == Path("-"):
            return sys.stdin.read(MOST_CHARACTERS).strip()
        with path.open(encoding="utf-8") as file:
            return file.read(MOST_CHARACTERS).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{path}: cannot be read as text") from error
