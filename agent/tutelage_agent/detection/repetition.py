"""Repetition over days on this device (policy 6.a): counted for a pseudonym, kept without text.

What lies in the state folder: for an account's keyed hash and a rule, how often on which day; and
keyed hashes of the occasions that were counted, so that one document that is saved all week is one
occasion. Nothing is older than the longest span that a rule of the pack asks for.
"""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_policy.errors import PackError
from tutelage_policy.repeat import Repeated, Repeats
from tutelage_wire.events import Channel, Grade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_agent.sensors.observation import Observation
    from tutelage_policy.model import Pack
    from tutelage_policy.result import Result

_log = logging.getLogger(__name__)

COUNTS_FILE = "repeats.counts"
MOST_OCCASIONS = 20_000
"""Hashes of occasions; the oldest are forgotten first."""
_LASTING = frozenset({Channel.FILE, Channel.FILE_NAME, Channel.DOWNLOAD})
"""What lies there for days: read again tomorrow, it is still the same occasion."""


class Repetition:
    """Not thread-safe: the detector's lock is around it."""

    def __init__(self, pack: Pack, file: Path, hashed: Callable[[str], str]) -> None:
        """Go on from the counts in ``file``, or begin anew where there are none to be read.

        Args:
            pack: the rules with ``repeat``.
            file: where the counts are kept, readable by the agent's account only.
            hashed: turns an occasion into its keyed hash.
        """
        self._pack, self._file, self._hashed = pack, file, hashed
        repeats = {rule.id: rule.repeat for rule in pack.rules if rule.repeat is not None}
        self._rules = frozenset(repeats)
        self._span = timedelta(days=max((one.days for one in repeats.values()), default=1))
        self._repeats, self._seen = Repeats(pack), dict[str, date]()
        self._kept, self._changed = self._to_bytes(), False
        try:
            self._restore(file.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, PackError) as error:  # a lost count costs a late grade, not detection
            _log.warning("repetition begins anew: %s", type(error).__name__)

    def observe(self, subject: str, observation: Observation, result: Result) -> Repeated:
        """Count what ``observation`` gave, if it is another occasion, and raise its grade.

        A trend (grade 1) is nobody's, so it is never counted; nor is what has no known account.
        ``keep`` or ``undo`` must follow.

        Args:
            subject: the account's pseudonym; empty where unknown.
            observation: what was seen; none of its words is kept.
            result: what the engine made of it.
        """
        fresh = []
        if subject and result.grade > Grade.TREND:
            for rule in sorted({one.rule for one in result.matches} & self._rules):
                occasion = self._occasion(rule, observation, result)
                if occasion not in self._seen:
                    self._seen[occasion] = result.day
                    fresh.append(rule)
        if not fresh:
            return Repeated(result, "", 0)
        self._changed = True
        while len(self._seen) > MOST_OCCASIONS:
            del self._seen[next(iter(self._seen))]
        return self._repeats.observe(subject, result, fresh)

    def keep(self, today: date) -> None:
        """Make the counts durable, without those that no rule needs any more."""
        if not self._changed:
            return
        self._repeats.forget(today)
        first = today - self._span
        self._seen = {name: day for name, day in self._seen.items() if day > first}
        self._kept, self._changed = self._to_bytes(), False
        try:
            write_private(self._file, self._kept)
        except OSError as error:  # counted in memory until the disk takes it again
            _log.warning("repeat counts were not written: %s", error.strerror)

    def undo(self) -> None:
        """Take back what was counted since ``keep``: the observation will come again."""
        if self._changed:
            self._restore(self._kept)

    def _occasion(self, rule: str, observation: Observation, result: Result) -> str:
        words = sorted(
            {
                " ".join(observation.text[one.start : one.end].casefold().split())
                for one in result.matches
                if one.rule == rule
            }
        )
        day = "" if observation.channel in _LASTING else result.day.isoformat()
        parts = (rule, observation.account, observation.channel.value, observation.source, day)
        return self._hashed(json.dumps([*parts, *words]))

    def _to_bytes(self) -> bytes:
        seen = [[name, day.isoformat()] for name, day in self._seen.items()]
        return self._repeats.to_bytes() + b"\n" + json.dumps(seen).encode()

    def _restore(self, data: bytes) -> None:
        counts, _, rest = data.partition(b"\n")
        try:
            seen = {str(name): date.fromisoformat(day) for name, day in json.loads(rest)}
        except (ValueError, TypeError) as error:
            raise PackError("repeat counts are damaged: begin anew") from error
        self._repeats, self._seen = Repeats.from_bytes(self._pack, counts), seen
        self._kept, self._changed = data, False
