"""Sends the day's digest to leads and heads: where it lies with them, it proves something.

The file holds ids, numbers and hashes; the message names nobody and says what to do with it: keep
it. What could not be sent is tried again with the next look, until the next day's takes its place.
"""

from __future__ import annotations

import hashlib
import logging
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tutelage_collector import digests
from tutelage_collector.errors import CollectorError, StateError
from tutelage_collector.notify import mail, settings
from tutelage_collector.notify.message import DeliveryError
from tutelage_collector.rota import keeping
from tutelage_collector.rota.model import Duty, WayKind

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tutelage_collector.config import Config
    from tutelage_collector.notify.settings import Mail
    from tutelage_collector.store import Store

_LOG = logging.getLogger(__name__)
_DUTIES = frozenset({Duty.DSL, Duty.DEPUTY, Duty.HEAD})
_TEXT = """\
Attached is the signed digest of {day}: where every device's chain and the log of what people did
stood on that day. It holds no name and nothing that anybody wrote.

Keep it: move it to a folder, and do nothing else with it. If one day somebody doubts whether
records were changed or removed, whoever checks runs, with a folder of these files:

    tutelage-collector audit verify --against FOLDER

It proves something because it lies with you, and not on the collector's machine.
"""


def send(config: Config, store: Store, now: datetime) -> int:
    """Send the newest digest to whom it was not sent yet; return how many went out.

    Raises:
        CollectorError: settings, rota or files cannot be read now.
    """
    path = digests.latest(config.folder)
    if path is None:
        return 0
    done = _sent(path)
    waiting = [one for one in addresses(config, store) if _mark(one) not in done]
    if not waiting:
        return 0
    server = settings.load(config.folder).email
    if server is None:
        return 0
    sent = 0
    for address in waiting:
        try:
            mail.hand_over(server, address, _written(server, address, path, config.trust, now))
        except DeliveryError as error:
            _LOG.warning("the digest of %s waits: %s", path.stem, error)
            continue
        done.add(_mark(address))
        sent += 1
    try:
        _marks(path).write_text("\n".join(sorted(done)), encoding="ascii")
    except OSError as error:
        raise StateError(f"{_marks(path)}: cannot be written ({error.strerror})") from error
    if sent:
        store.audit("collector", "digest sent", f"digest {path.stem}", f"to {sent}", now)
    return sent


def addresses(config: Config, store: Store) -> list[str]:
    """Return the e-mail addresses of leads, deputies and heads, as the rotas have them."""
    schools = {view.device.placement.school for view in store.devices()} | {config.school}
    found: dict[str, None] = {}
    for school in sorted(schools):
        try:
            people = keeping.load(store, school).people
        except CollectorError as error:
            _LOG.warning("rota of %s: %s", school, error)
            continue
        for one in people:
            if one.duty in _DUTIES:
                ways = (way for way in one.ways if way.kind is WayKind.EMAIL and way.target)
                found |= dict.fromkeys(way.target for way in ways)
    return list(found)


def _written(server: Mail, address: str, path: Path, trust: str, now: datetime) -> EmailMessage:
    written = EmailMessage()
    written["From"] = server.sender
    written["To"] = address
    written["Subject"] = f"Tutelage: digest of {path.stem}, to keep"
    written["Date"] = format_datetime(now)
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(_TEXT.format(day=path.stem))
    written.add_attachment(
        path.read_bytes(),
        maintype="application",
        subtype="json",
        filename=f"tutelage-{trust}-{path.stem}.json",
    )
    return written


def _sent(path: Path) -> set[str]:
    try:
        return set(_marks(path).read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError):
        return set()


def _marks(path: Path) -> Path:
    return path.with_suffix(".sent")


def _mark(address: str) -> str:
    """Addresses are people's: the file holds hashes."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]
