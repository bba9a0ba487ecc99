"""Delivers what waits in the outbox: again with patience, given up with a reason, never twice.

A message is marked as being sent before it leaves and as delivered after; its id is the same in
every attempt. A collector that dies in between sends it once more: told twice is better than not.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError
from tutelage_collector.notify import mail, others, settings, webhook
from tutelage_collector.notify.message import DeliveryError, Message
from tutelage_collector.rota import Way
from tutelage_collector.rota.model import WayKind
from tutelage_collector.store.records_escalation import NoticeState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_collector.notify.settings import Notifiers
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_escalation import Notice, NoticeNews
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
PAUSES = tuple(timedelta(seconds=one) for one in (10, 30, 60, 120, 300))
"""Between attempts; the last one for all that follow."""
GIVE_UP_AFTER = timedelta(hours=24)
_AT_ONCE = 50

WORDS = {
    WayKind.CONSOLE: "The console",
    WayKind.EMAIL: "E-mail",
    WayKind.WEBHOOK: "The webhook",
    WayKind.OTHER: "The chat service",
}


class Outbox:
    """Sends what is due. Each kind of way from one thread at a time."""

    def __init__(
        self, folder: Path, store: Store, clock: Clock, address: str, say: Callable[[str], None]
    ) -> None:
        """Send for one collector.

        Args:
            folder: of its state, with ``notify.toml``.
            store: of the collector.
            clock: the collector's.
            address: of the pages, where the settings name none.
            say: told what a person at the console should know.
        """
        self._folder, self._store, self._clock = folder, store, clock
        self._address, self._say = address, say
        self._failing: set[WayKind] = set()

    def recover(self) -> None:
        """Take up what was being sent when the collector ended."""
        count = self._store.recover_notices(self._clock())
        if count:
            _LOG.warning("%d messages were on their way at the last end: sent again", count)

    def deliver(self, kind: WayKind) -> int:
        """Send all messages of one kind that are due; return how many got through.

        Raises:
            StoreError: the store cannot do this now; what was sent may be sent once more.
        """
        delivered = 0
        for _ in range(_AT_ONCE):
            claimed = self._store.claim_notice(kind.value, self._clock())
            if claimed is None:
                break
            notice, news = claimed
            delivered += self._attempt(notice, news)
        return delivered

    def _attempt(self, notice: Notice, news: NoticeNews) -> bool:
        kind = WayKind(notice.way.partition(":")[0])
        try:
            now = self._clock()
            found = settings.load(self._folder)
            address = (found.address or self._address) + _path_of(news)
            waiting = news.quiet.devices if news.quiet else len(news.episodes)
            message = Message(notice.id, news.grade, waiting, address, now, news.quiet)
            self.send(found, Way(kind, notice.way.partition(":")[2]), message, notice.person)
        except (DeliveryError, ConfigError) as error:
            for_good = isinstance(error, DeliveryError) and error.for_good
            says = (
                str(error)
                if isinstance(error, DeliveryError)
                else "the settings of messages cannot be used: notify show says why"
            )
            self._failed(notice, kind, says, for_good=for_good)
            return False
        now = self._clock()
        self._store.end_notice(notice.id, NoticeState.DELIVERED, "", now, now)
        level = logging.DEBUG if kind is WayKind.CONSOLE else logging.INFO
        _LOG.log(level, "message %s: delivered by %s", notice.id, kind.value)
        if kind in self._failing:
            self._failing.discard(kind)
            self._say(f"{WORDS[kind]} gets through again.")
        return True

    def send(self, found: Notifiers, way: Way, message: Message, person: str) -> None:
        """Send one message by one way.

        Raises:
            DeliveryError: it did not get through.
        """
        if way.kind is WayKind.CONSOLE:
            self._say(f"Message to {person}: {message.text}")
        elif way.kind is WayKind.EMAIL:
            if found.email is None:
                raise DeliveryError("e-mail is not set up: notify set email", for_good=True)
            mail.send(found.email, way.target, message)
        elif way.kind is WayKind.WEBHOOK:
            if way.target not in found.webhooks:
                raise DeliveryError("the webhook is not set up: notify set webhook", for_good=True)
            webhook.send(found.webhooks[way.target], message)
        else:
            if way.target not in found.others:
                raise DeliveryError("the service is not set up: notify set other", for_good=True)
            others.send(found.others[way.target], message)

    def _failed(self, notice: Notice, kind: WayKind, says: str, *, for_good: bool) -> None:
        now = self._clock()
        over = for_good or now - notice.created_at >= GIVE_UP_AFTER
        state = NoticeState.DEAD if over else NoticeState.WAITING
        pause = PAUSES[min(notice.attempts, len(PAUSES)) - 1]
        self._store.end_notice(notice.id, state, says, now + pause, now)
        _LOG.warning(
            "message %s: %s by %s, attempt %d: %s", notice.id,
            "given up" if over else "not delivered", kind.value, notice.attempts, says,
        )  # fmt: skip
        if over:
            self._say(
                f"A message was given up: {says}. See: notify list. Whoever comes next is told."
            )
        elif kind not in self._failing:
            self._failing.add(kind)
            self._say(
                f"{WORDS[kind]} does not get through: {says}. Nothing is lost; it is tried again "
                "by itself."
            )


def _path_of(news: NoticeNews) -> str:
    """Return the page that a message opens."""
    if news.quiet:
        return "/quiet"
    return f"/alerts/{news.episodes[0]}" if len(news.episodes) == 1 else "/alerts"
