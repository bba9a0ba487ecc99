"""Collectors for tests: made once a session (Argon2 is slow on purpose), copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import browsing
from browsing import opened
from live_collector import SCHOOL, TRUST, LiveCollector, detection_event
from passkey_holder import Person
from receivers import Hook, MailServer
from tutelage_collector import config, state
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import httpx

    from tutelage_collector.state import Credentials
    from tutelage_wire.events import Event


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Credentials]:
    """A fresh collector and the secrets that init showed."""
    folder = tmp_path_factory.mktemp("made") / "state"
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    return folder, state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)


@pytest.fixture
def folder(made: tuple[Path, Credentials], tmp_path: Path) -> Path:
    """A state folder of this test's own."""
    return shutil.copytree(made[0], tmp_path / "state")


@pytest.fixture
def credentials(made: tuple[Path, Credentials]) -> Credentials:
    """What init showed once."""
    return made[1]


@pytest.fixture
def collector(folder: Path) -> Iterator[LiveCollector]:
    """A collector that serves."""
    with LiveCollector(folder) as live:
        yield live


@pytest.fixture
def browser(collector: LiveCollector) -> Iterator[httpx.Client]:
    """A browser that nobody has signed in with."""
    with opened(collector) as found:
        yield found


@pytest.fixture
def chromium() -> Iterator[Any]:
    """A real Chromium, whose contexts are the people's own."""
    with browsing.chromium() as running:
        yield running


@pytest.fixture
def post(tmp_path: Path) -> Iterator[MailServer]:
    """A mail server that answers."""
    server = MailServer(tmp_path / "mail")
    server.up()
    yield server
    server.down()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook that answers."""
    with Hook().serving() as found:
        yield found


@pytest.fixture
def named(folder: Path) -> Iterator[LiveCollector]:
    """A collector whose pages have a name: browsers allow passkeys nowhere else."""
    with LiveCollector(folder, advertise="localhost") as live:
        yield live


@pytest.fixture
def event(named: LiveCollector) -> Event:
    """What a real device sealed."""
    device = named.device("Library-PC-01")
    made = detection_event(device)
    device.send(device.close_batch([codec.encode_event(made)]))
    return made


@pytest.fixture
def lead(named: LiveCollector, credentials: Credentials, chromium: Any) -> Person:
    """The safeguarding lead, signed in, with a security key in the hand."""
    person = Person(chromium, named.serving.web)
    person.take()
    return person.signs_in("dsl", dict(credentials.passwords)["dsl"])


@pytest.fixture
def with_passkey(lead: Person, credentials: Credentials) -> Person:
    """The same, who has added it."""
    password = dict(credentials.passwords)["dsl"]
    said = lead.adds("the key on my key ring", password, credentials.dsl_passphrase)
    assert said == "It is added: it signs you in, and opens what is sealed."
    return lead
