"""Exchanging this device's two keys and its certificate, so that a crash at no point loses it.

The new pair is in the key store before it is asked for; the membership, written whole, says from
then on that it is the present one; the collector takes the old pair until it has met the new one.
The pair before is kept until the exchange after: a collector that was restored from a backup may
know no other (README.md, "Exchanging keys").
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent import enrolment, identity
from tutelage_agent.durable import write_private
from tutelage_agent.errors import AgentError, EnrolmentError, KeyLostError
from tutelage_wire.events import IntegrityFinding, IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_agent.identity import DeviceKeys, Membership
    from tutelage_agent.keystore import KeyStore
    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)

ASKED_FILE = "exchange-keys"
"""Its presence asks the running agent for an exchange: ``tutelage-agent keys rotate``."""
DUE = "the certificate ends soon"
ASKED = "asked for on this device"
_LOOK_SECONDS = 1.0
_RETRY_DUE, _RETRY_REFUSED, _RETRY_UNREACHED = 6 * 3600.0, 60.0, 5.0
"""Seconds between two attempts; who asked looks on, a certificate has a month left."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a device is known by: its membership, and the pair of keys of its certificate."""

    member: Membership
    keys: DeviceKeys


class KeyExchange:
    """On the uplink's event loop."""

    def __init__(
        self,
        folder: Path,
        keystore: KeyStore,
        clock: Clock,
        tell: Callable[[IntegrityFinding], object] = lambda found: None,
    ) -> None:
        """Exchange what lies in ``folder`` and ``keystore``.

        Args:
            folder: the agent's state folder.
            keystore: of the private halves.
            clock: the device's wall clock.
            tell: told of each exchange.
        """
        self._folder, self._keystore, self._clock, self._tell = folder, keystore, clock, tell
        self._told, self._not_before, self._due_after = "", 0.0, 0.0

    def told(self, why: str, within_seconds: int = 0) -> None:
        """Note that the collector asks for it, within some time so that many do not come at once.

        Said again before it was done, it changes nothing.
        """
        if self._told:
            return
        self._told = why
        wait = random.uniform(0, within_seconds)  # noqa: S311
        self._not_before = asyncio.get_running_loop().time() + wait

    def why(self, member: Membership) -> str:
        """Return why the keys should be exchanged now; "" = they should not."""
        now = asyncio.get_running_loop().time()
        if now >= self._not_before:
            if self._told:
                return self._told
            if is_asked(self._folder):
                return ASKED
        return DUE if now >= self._due_after and enrolment.is_due(member, self._clock()) else ""

    async def wait(self, held: Held) -> Held:
        """Wait until an exchange is wanted and was made; return what holds after it."""
        while True:
            if (made := await self.attempt(held)) is not None:
                return made
            await asyncio.sleep(_LOOK_SECONDS)

    async def attempt(self, held: Held) -> Held | None:
        """Exchange, if it is wanted now; None = it is not, or it failed and can wait."""
        why = self.why(held.member)
        if not why:
            return None
        now = asyncio.get_running_loop().time()
        # Also after it was made: by a clock that stands wrong every certificate ends soon.
        self._due_after = now + _RETRY_DUE
        try:
            made = await self.exchange(held)
        except (AgentError, OSError) as error:
            refused = isinstance(error, EnrolmentError) and error.by_collector
            self._not_before = now + (_RETRY_REFUSED if refused else _RETRY_UNREACHED)
            _log.warning("the keys were not exchanged (%s), later again: %s", why, error)
            return None
        self._told = ""
        (self._folder / ASKED_FILE).unlink(missing_ok=True)
        _log.info("the keys were exchanged: %s", why)
        self._tell(IntegrityFinding(IntegrityKind.KEY_REPLACED, f"both keys exchanged: {why}"))
        return made

    async def exchange(self, held: Held) -> Held:
        """Get a new pair certified and make it the present one.

        Raises:
            AgentError: refused, not reachable, or it cannot be kept; the present pair goes on.
        """
        number = held.member.key_number + 1
        # 1. The new pair is kept before anybody hears of it.
        fresh = await asyncio.to_thread(identity.drawn_keys, self._keystore, number)
        # 2. Certified by proof of the present one, or of the one before.
        member = await self._certified(held, fresh, number)
        # 3. The one step that makes it the present pair.
        await asyncio.to_thread(identity.save_membership, self._folder, member)
        # 4. What nobody needs any more.
        await asyncio.to_thread(identity.forget_keys, self._keystore, number - 2)
        return Held(member, fresh)

    async def _certified(self, held: Held, fresh: DeviceKeys, number: int) -> Membership:
        try:
            return await enrolment.renew(held.member, held.keys, fresh, number)
        except EnrolmentError as refused:
            before = None
            if refused.by_collector and held.member.key_number:
                with suppress(KeyLostError):
                    before = identity.load_keys(self._keystore, held.member.key_number - 1)
            if before is None:
                raise
            return await enrolment.renew(held.member, before, fresh, number)


def ask(folder: Path) -> None:
    """Ask the agent that runs on this state folder to exchange its keys.

    Raises:
        AgentError: the folder cannot be written.
    """
    path = folder / ASKED_FILE
    try:
        write_private(path, b"")
    except OSError as error:
        raise AgentError(
            f"{path}: cannot be written ({error.strerror}): run this as the agent's account"
        ) from error


def is_asked(folder: Path) -> bool:
    """Tell whether an exchange that was asked for is still to be made."""
    return (folder / ASKED_FILE).exists()
