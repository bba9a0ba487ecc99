"""``alert watch`` in a terminal: what waits, live, to be left open; a number acknowledges.

A number belongs to one episode for as long as the board is open: it never moves to another one
under somebody's finger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tutelage_collector import acknowledging, episodes
from tutelage_collector.cli import keys
from tutelage_collector.concerns import desk, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import CollectorError
from tutelage_collector.notify import health
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_concerns import ConcernId
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_alerting import Episode
    from tutelage_wire.events import EventId

_REFRESH_SECONDS = 0.25
_FLASH_MS = 4_000
_SHOWN = 30
_WORDS = {5: "urgent", 4: "high", 3: "today"}
_STYLES = {5: "bold white on red", 4: "bold red", 3: "yellow"}


class Bell(StrEnum):
    """What tells of a new alert."""

    FLASH = "flash"
    SOUND = "sound"
    NONE = "none"


@dataclass
class Board:
    """What a terminal shows, and what was typed so far."""

    store: Store
    school: str | None
    by: str
    bell: Bell
    numbers: dict[EventId, int] = field(default_factory=dict)
    typed: str = ""
    said: str = ""
    flash_until: int = 0
    begun: bool = False

    def press(self, key: str, now: datetime) -> bool:
        """Take a key; False = the board is closed."""
        if key in {"q", "\x04"}:
            return False
        if key.isdigit():
            self.typed = (self.typed + key)[-4:]
        elif key in {"\x7f", "\b"}:
            self.typed = self.typed[:-1]
        elif key == keys.ENTER and self.typed:
            self.said = self._acknowledge(int(self.typed), now)
            self.typed = ""
        return True

    def _acknowledge(self, number: int, now: datetime) -> str:
        wanted = next((one for one, held in self.numbers.items() if held == number), None)
        if wanted is None:
            return f"There is no number {number}."
        if not self.by:
            return "Start again with --by ACCOUNT to acknowledge: it is on record who looks."
        report = self.store.concern(ConcernId(wanted))
        if report is not None:
            said = Said(self.by, now)
            desk.take(self.store, report, workflow.acknowledge(report, said), said)
            return f"Number {number}: {self.by} looks at it, under Concerns."
        done = acknowledging.acknowledge(self.store, wanted, self.by, now)
        who = done.episode.acknowledged_by
        if done.first:
            return f"Number {number}: {who} looks at it. Nobody further is told."
        return f"Number {number}: {who} was quicker."

    def waiting(self) -> list[Episode]:
        """Return what nobody has looked at, the most urgent first."""
        episodes.take_in(self.store)
        found = [
            one for one in self.store.episodes(self.school, waiting=True)
            if one.handling is Handling.LADDER
        ]  # fmt: skip
        return sorted(found, key=lambda one: (-one.grade, one.opened_at))[:_SHOWN]

    def shown(self, now: datetime) -> Group:
        """Return the board as it is now."""
        found = self.waiting()
        fresh = [one for one in found if one.id not in self.numbers]
        for one in fresh:
            self.numbers[one.id] = len(self.numbers) + 1
        if fresh and self.begun and self.bell is not Bell.NONE:
            self.flash_until = times.monotonic_ms() + _FLASH_MS
            if self.bell is Bell.SOUND:
                Console().bell()
        self.begun = True
        flashing = times.monotonic_ms() < self.flash_until
        count = f"{len(found)} wait" if len(found) != 1 else "1 waits"
        title = Text(f" Nobody has looked yet: {count} ", "reverse bold" if flashing else "bold")
        parts: list[Text | Table] = [title]
        if found:
            parts.append(self._table(found))
        parts += [Text(line, "bold red") for line in health.troubles(self.store, self.school, now)]
        if self.said:
            parts.append(Text(self.said, "green"))
        ask = f"Number: {self.typed}_   Enter: I am looking at it   q: close"
        return Group(*parts, Text(ask, "dim"))

    def _table(self, found: list[Episode]) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for heading in ("No.", "Grade", "About", "Alerts", "Since (UTC)", "Device", "What happens"):
            table.add_column(heading, overflow="fold", no_wrap=heading in {"No.", "Grade"})
        for one in found:
            alerts = self.store.episode_alerts(one.id)
            lead = max(alerts, key=lambda alert: alert.grade, default=None)
            gone = "erased" if one.device_id else "report by a person"
            about = _plain(lead.subcategory) if lead else gone
            table.add_row(
                str(self.numbers[one.id]),
                Text(f"{one.grade} {_WORDS.get(one.grade, '')}", _STYLES.get(one.grade, "")),
                Text(about.replace("_", " ")),
                str(one.alerts),
                f"{one.opened_at:%H:%M}",
                self._label(one),
                Text(one.says),
            )
        return table

    def _label(self, one: Episode) -> str:
        device = self.store.device(one.device_id)
        return _plain(device.evidence.label if device else "") or one.device_id[:12]


def _plain(text: str) -> str:
    # A device's own words reach a terminal here: they may not steer it.
    return "".join(one if one.isprintable() else "?" for one in text)


def watch(board: Board, clock: times.Clock, seconds: float | None) -> int:
    """Show the board until ``q``, Ctrl-C, or the time is over."""
    until = times.monotonic_ms() + (seconds or 0) * 1000
    console = Console(highlight=False)
    with keys.held(), Live(console=console, auto_refresh=False, transient=True) as live:
        while not seconds or times.monotonic_ms() < until:
            try:
                live.update(board.shown(clock()), refresh=True)
                if not board.press(keys.pressed(_REFRESH_SECONDS), clock()):
                    break
            except CollectorError as error:  # a busy store: the board stays open
                board.said = str(error)
    return 0
