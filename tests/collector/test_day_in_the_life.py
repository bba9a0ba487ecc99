"""A Friday, 22:40, from the device to the governors: every part real, and nobody's name outside.

A pupil's words of grade 5 reach the out-of-hours person by mail and webhook, who does not answer;
they climb to the headteacher, who does. The safeguarding lead makes a concern of it, two people
decide about the material, CPOMS has it, it is closed, and the governors see a number.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

import receivers
from browsing import signed_in, token
from example_rota import ROTA
from live_collector import LiveCollector, detection_event
from receivers import Hook, MailServer
from tutelage_collector.cli import people
from tutelage_collector.cli.main import main
from tutelage_collector.notify import settings
from tutelage_collector.store.records import Role
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import httpx

    from tutelage_collector.state import Credentials

EXCERPT = "i want to end it tonight, only Robin Invented knows"
NOTE = "Spoke with Robin Invented and Alex Invented at eight."
SECRETS = (
    "end it tonight", "Robin", "Invented", "pupil.invented", "essay.odt", "content.test.0001",
    "Spoke with",
)  # fmt: skip
PATIENCE_SECONDS = 30
LAST = "head@school.example"


def friday_night() -> datetime:
    """Return the next Friday, 22:40 by the school's clock."""
    local = times.utc_now().astimezone(ZoneInfo("Europe/London"))
    friday = local + timedelta(days=(4 - local.weekday()) % 7 or 7)
    return friday.replace(hour=22, minute=40, second=0, microsecond=0).astimezone(UTC)


@dataclass
class Clock:
    """The collector's clock: the machine's, and ahead of it as far as the test wants."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return times.utc_now() + self.ahead

    def on(self, **by: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**by)


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for what a running collector does by itself."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def told(post: MailServer) -> list[str]:
    """Return who was told that something waits, in order: the day's digest to keep is not that."""
    return [str(one["To"]) for one in post.mails if "to keep" not in str(one["Subject"])]


def form_of(browser: httpx.Client, path: str, **values: str) -> dict[str, str]:
    """Return a form of a page with its token."""
    return {"form_token": token(browser, path), **values}


@pytest.mark.slow
def test_a_friday_night_from_the_device_to_the_governors(
    folder: Path,
    tmp_path: Path,
    credentials: Credentials,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(people.VARIABLE, "dsl")  # who works in the terminal
    caplog.set_level("DEBUG", logger="tutelage_collector")
    clock, post = Clock(), MailServer(tmp_path / "mail")
    said = tmp_path / "note.txt"
    said.write_text(NOTE)

    def run(*words: str) -> str:
        capsys.readouterr()
        assert main(["--state", str(folder), *words]) in {0, 1}, capsys.readouterr().err
        return capsys.readouterr().out

    post.up()
    with Hook().serving() as hook, contextlib.ExitStack() as ending:
        ending.callback(post.down)
        # 0. The school has a rota, mail and a webhook.
        settings.save(folder, receivers.notifiers(post, hook))
        rota = tmp_path / "rota.toml"
        night = '"email:night@school.example", "webhook:desk"'
        rota.write_text(ROTA.partition("[[term]]")[0].replace('"other:on-call"', night))
        run("rota", "import", str(rota))
        collector = ending.enter_context(LiveCollector(folder, clock))
        device = collector.device("Library-PC-01")
        clock.ahead = friday_night() - times.utc_now()

        # 1. 22:40: it reaches the out-of-hours person, by both ways.
        event = detection_event(device, excerpt=EXCERPT)
        device.send(device.close_batch([codec.encode_event(event)]))
        until(lambda: told(post) == ["night@school.example"] and bool(hook.bodies), "told")
        assert hook.bodies[0]["open"].endswith(f"/alerts/{event.id}")

        # 2. Nobody answers: five times, then the headteacher, who may see it only now.
        with signed_in(collector, credentials, Role.HEAD) as head:
            assert head.get(f"/alerts/{event.id}").status_code == 404
            for count in range(2, 7):
                clock.on(minutes=5, seconds=1)
                until(lambda count=count: len(told(post)) == count, f"message {count}")  # type: ignore[misc]
            assert told(post) == ["night@school.example"] * 5 + [LAST]
            page = head.get(f"/alerts/{event.id}").text
            assert "last in line" in page
            assert head.get(f"/alerts/{event.id}/sealed").status_code == 403

            # 3. The headteacher acknowledges: nobody further is told.
            form = form_of(head, f"/alerts/{event.id}")
            answer = head.post(f"/alerts/{event.id}/acknowledge", data=form)
            assert answer.status_code == 303
        clock.on(hours=2)
        time.sleep(2.5)
        assert len(told(post)) == 6

        # 4. The safeguarding lead makes a concern of it, with a sealed note.
        made = json.loads(run("concern", "create", event.id, "--text", str(said), "--json"))
        concern = made["concern"] if isinstance(made, dict) else made[0]["concern"]
        run("concern", "police", concern, "advice_taken", "--text", str(said))
        row = json.loads(run("alert", "show", event.id, "--json"))
        assert (row["standing"], row["acknowledged_by"]) == ("concern", "head")

        # 5. Two people decide to keep the material (8.d), for a reason of 8.c.
        with signed_in(collector, credentials, Role.DSL) as lead:
            wish = {"kind": "retain", "subject": f"alert {event.id}", "reason": "could cause harm"}
            form = form_of(lead, "/approvals", **wish)
            assert lead.post("/approvals", data=form).status_code == 303
            found = re.search(r"/approvals/(\w+)/approve", lead.get("/approvals").text)
            asked = json.loads(run("approval", "list", "--json"))[0]
            assert found is None or found[1] == asked["approval"]
        with signed_in(collector, credentials, Role.HEAD) as head:
            form = form_of(head, "/approvals", note="kept")
            address = f"/approvals/{asked['approval']}/approve"
            assert head.post(address, data=form).status_code == 303
        assert json.loads(run("approval", "list", "--json"))[0]["state"] == "approved"

        # 6. An outcome, out to CPOMS with the words for CPOMS alone, its reference, and closed.
        run("concern", "outcome", concern, "safeguarding_concern", "--text", str(said))
        exported = tmp_path / "cpoms"
        reading, writing = os.pipe()
        os.write(writing, credentials.dsl_passphrase.encode() + b"\n")
        os.close(writing)
        opened = ("--passphrase-fd", str(reading))
        run("cpoms", "export", concern, "--out", str(exported), *opened)
        text = "".join(one.read_text() for one in exported.iterdir() if one.suffix != ".json")
        assert "Spoke with Robin Invented" in text
        run("cpoms", "log", concern, "INC-2041")
        run("concern", "close", concern)
        assert json.loads(run("alert", "show", event.id, "--json"))["standing"] == "closed"

        # 7. The governors see a count, and a small one not even as a number.
        day = clock().date()
        dates = ("--from", str(day - timedelta(days=30)), "--to", str(day + timedelta(days=8)))
        governors = run("report", "governors", *dates, "--json")
        page_file = tmp_path / "governors.html"
        run("report", "governors", *dates, "--html", str(page_file))
        governors += page_file.read_text() + run("report", "governors", *dates, "--csv")
        shown = json.loads(run("report", "governors", *dates, "--json"))
        said_to_them = json.dumps(shown)
        assert '"what": "Concerns made", "number": "hidden"' in said_to_them
        assert '"outcome": "Safeguarding concern", "concerns": "hidden"' in said_to_them

        # 8. Nothing that left, was said or was logged holds a word or a name.
        attached = [
            part.get_payload(decode=True)
            for mail in post.mails for part in mail.walk() if not part.is_multipart()
        ]  # fmt: skip
        out = b"\n".join([*post.raw, *attached, *hook.raw]).decode() + "\n".join(collector.said)
        logged = "\n".join(one.getMessage() for one in caplog.records)
        for secret in SECRETS:
            for where, text in (("messages", out), ("log", logged), ("governors", governors)):
                assert secret.lower() not in text.lower(), f"{where} hold {secret}"
        assert event.id not in governors
        assert device.id not in governors
