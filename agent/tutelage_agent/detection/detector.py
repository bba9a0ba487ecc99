"""The detector: one observation in, at most one sealed finding out; the text goes no further."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from tutelage_agent.detection import canary
from tutelage_agent.detection.excerpt import excerpt, stretch
from tutelage_agent.detection.repetition import COUNTS_FILE, Repetition
from tutelage_policy import model as policy
from tutelage_policy.build import plain
from tutelage_wire import codec, pseudonyms, sealed, times
from tutelage_wire.context import ContextAnswer, ContextState, answer_id
from tutelage_wire.events import (
    AgeBand,
    Channel,
    DetectionFinding,
    Event,
    EventId,
    Grade,
    Lane,
    RiskArea,
    Route,
)
from tutelage_wire.sealed import Content, SealContext

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.context import ContextRing
    from tutelage_agent.reporter import Reporter
    from tutelage_agent.sensors.observation import Observation, Signal
    from tutelage_policy.match import Matcher
    from tutelage_policy.repeat import Repeated
    from tutelage_policy.result import Result
    from tutelage_wire.events import DeviceId, UsageCounts
    from tutelage_wire.times import Clock

COALESCE_SECONDS = 60
MOST_REMEMBERED = 5_000
MOST_EXPLANATION = 16 * 2**10
_NO_BOOT = "00" * 16


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose device this is, and to whom its excerpts are sealed."""

    trust_id: str
    device_id: DeviceId
    age_band: AgeBand
    subject_key: bytes
    """Turns accounts and texts into pseudonyms; 32 bytes."""
    recipients: Sequence[bytes]
    """Raw X25519 public keys."""
    rule_key: bytes
    """This device's own, 32 bytes: turns the ids of marked rules into names that say nothing."""

    def pseudonym(self, account: str) -> str:
        """Return an account's pseudonym: the same on each of the school's devices."""
        return pseudonyms.of_account(self.subject_key, account)

    def shown_id(self, rule: policy.Rule) -> str:
        """Return a rule's id, or an opaque one where the id itself tells too much.

        Its key leaves the device as little as the rule's id does: whoever holds the pack and the
        collector cannot try all rules. The same rule has the same name on this device, so that
        repetition is seen; the id itself is sealed with the words, for who reads them.
        """
        if not rule.hide_id:
            return rule.id
        return "hidden." + pseudonyms.keyed(self.rule_key, "rule", rule.id)[:16]

    def content_hash(self, text: str) -> str:
        """Return a text's keyed hash: equal for equal texts, and nothing without the key."""
        return self._keyed("content", " ".join(text.split()).casefold())[:32]

    def occasion(self, text: str) -> str:
        """Return an occasion's keyed hash: what was counted once is known again."""
        return self._keyed("occasion", text)[:24]

    def event_id(self, observation: Observation, rule: str) -> EventId:
        """Return the id of the finding that this observation gives.

        The same observation, brought again after a crash, gives the same id, and the collector
        makes no second alert of it.
        """
        moment = times.to_ms(observation.occurred_at)
        return EventId(self._keyed("event", f"{observation.key}|{moment}|{rule}")[:32])

    def signal_id(self, signal: Signal) -> EventId:
        """Return the id of the event of a signal: the same when the signal is told again."""
        what = (signal.kind.value, signal.detail, signal.sha256, signal.about)
        return EventId(self._keyed("signal", json.dumps(what))[:32])

    def visit_id(self, list_id: str, account: str, host: str, at: datetime) -> EventId:
        """Return the id of the finding of a visit: the same when the visit is brought again."""
        what = (list_id, account.casefold(), host, times.to_ms(at))
        return EventId(self._keyed("visit", json.dumps(what))[:32])

    def counts_id(self, counts: UsageCounts) -> EventId:
        """Return the id of a day's counts of an account."""
        what = f"{counts.day.isoformat()}|{counts.account}"
        return EventId(self._keyed("counts", what)[:32])

    def _keyed(self, purpose: str, text: str) -> str:
        return pseudonyms.keyed(self.subject_key, purpose, text)


class Detector:
    """Thread-safe: several sensors bring observations."""

    def __init__(
        self,
        matcher: Matcher,
        subject: Subject,
        reporter: Reporter,
        clock: Clock,
        state: Path,
        ring: ContextRing | None = None,
    ) -> None:
        """Detect with ``matcher``, report to ``reporter``.

        Args:
            matcher: of the pack in force.
            subject: whose device this is.
            reporter: where findings go.
            clock: the device's.
            state: folder where counts lie.
            ring: keeps more of the text around a finding, sealed; None = nobody does.
        """
        self._matcher, self._subject, self._reporter = matcher, subject, reporter
        self._clock, self._ring = clock, ring
        self._rules = {rule.id: rule for rule in matcher.pack.rules}
        self._repetition = Repetition(matcher.pack, state / COUNTS_FILE, subject.occasion)
        self._canaries = canary.Canaries(matcher.pack, state)
        self._lock = Lock()
        self._recent: dict[tuple[str, str, str, int], tuple[datetime, int]] = {}

    @property
    def pack(self) -> str:
        """The pack's name, version and fingerprint, as findings carry them."""
        return self._matcher.pack.ref

    def observe(self, observation: Observation) -> None:
        """Take one observation; on return, whatever it gave is durably queued.

        Raises:
            SpoolError: it could not be kept; the sensor brings the observation again.
        """
        with self._lock:  # the matcher scans for one thread at a time
            result = self._scan(observation)
            if result.grade < Grade.TREND:
                return
            if tests := self._canaries.find(observation.text, result):
                self._tell_canaries(observation, result, tests)
                rest = canary.without(observation.text, tests)
                observation = replace(observation, text=rest)
                result = self._scan(observation)
                if result.grade < Grade.TREND or self._canaries.decides(result):
                    return
            subject = self._subject.pseudonym(observation.account)
            repeated = self._repetition.observe(subject, observation, result)
            try:
                self._tell(observation, repeated)
            except BaseException:  # it comes again, and must be counted then
                self._repetition.undo()
                raise
            self._repetition.keep(result.day)

    def _scan(self, observation: Observation) -> Result:
        return self._matcher.scan(
            observation.text,
            policy.Channel(observation.channel.value),
            policy.AgeBand(self._subject.age_band.value),
            now=self._clock(),
        )

    def _tell_canaries(
        self, observation: Observation, result: Result, tests: list[canary.Found]
    ) -> None:
        """Report self-tests: with their code, and nothing that would tell whose device it is."""
        for one in tests:
            now = self._clock()
            if not self._canaries.is_due(one, observation.channel, now):
                continue
            rule = self._rules[one.rule]
            grade = Grade(rule.grade(policy.AgeBand(self._subject.age_band.value)))
            finding = replace(
                self._finding(observation, result, rule, 1),
                grade=grade,
                route=Route(rule.route.value),
                canary=one.code,
            )
            event_id = self._subject.event_id(observation, f"{rule.id}|{one.code}")
            self._reporter.report(finding, event_id)
            self._canaries.reported(one, observation.channel, now)

    def _tell(self, observation: Observation, repeated: Repeated) -> None:
        """Report now, or hold it for the minute's count; a grade waits for its equals only."""
        rule = self._rules.get(repeated.result.rule)
        if rule is None:
            return
        grade = repeated.result.grade
        source = (rule.id, observation.account, observation.source, grade)
        repeats = self._repeats(source)
        if repeats:
            if repeated.rule:
                repeats = max(repeats, repeated.occasions)
            self._report(observation, repeated.result, rule, repeats)
            self._reported(source)

    def _report(
        self, observation: Observation, result: Result, rule: policy.Rule, repeats: int
    ) -> None:
        event_id = self._subject.event_id(observation, self._subject.shown_id(rule))
        finding = self._finding(observation, result, rule, repeats)
        if finding.grade > Grade.TREND:
            spans = _spans(result, rule)
            content = self._content(observation, result, spans)
            context = SealContext(self._subject.trust_id, self._subject.device_id, event_id)
            finding = replace(
                finding,
                account=self._subject.pseudonym(observation.account),
                content_hash=self._subject.content_hash(observation.text),
                sealed=sealed.seal(content, self._subject.recipients, context),
                context_until=self._keep_more(observation, spans, event_id),
            )
        try:
            self._reporter.report(finding, event_id)
        except BaseException:  # more is kept of what was reported, and of nothing else
            if self._ring is not None:
                self._ring.forget(event_id)
            raise

    def _keep_more(
        self, observation: Observation, spans: list[tuple[int, int]], event_id: EventId
    ) -> datetime | None:
        """Keep a wider stretch of the text, sealed, in the ring; return until when.

        Its seal is made now and to the same readers: later nobody here can open it any more.
        """
        wider = stretch(observation.text, spans) if self._ring is not None else None
        if wider is None or self._ring is None:
            return None
        named = answer_id(event_id)
        content = Content(
            wider[0], observation.account, _file_name(observation.source), spans=wider[1]
        )
        context = SealContext(self._subject.trust_id, self._subject.device_id, named)
        shut = sealed.seal(content, self._subject.recipients, context)
        answer = ContextAnswer(event_id, ContextState.SENT, shut)
        return self._ring.keep(
            event_id, codec.encode_event(Event(named, self._clock(), 0, _NO_BOOT, answer))
        )

    def _finding(
        self, observation: Observation, result: Result, rule: policy.Rule, repeats: int
    ) -> DetectionFinding:
        """Return what is clear. Of a trend (grade 1) nothing tells whose it was."""
        return DetectionFinding(
            rule_id=self._subject.shown_id(rule),
            risk_area=RiskArea(rule.risk_area.value),
            subcategory=rule.subcategory,
            grade=Grade(result.grade),
            lane=Lane((result.lane or rule.lane).value),
            route=Route((result.route or rule.route).value),
            channel=Channel(observation.channel.value),
            age_band=self._subject.age_band,
            score=result.score,
            threshold=result.threshold,
            pack=result.pack,
            account="",
            occurred_at=observation.occurred_at,
            repeats=repeats,
        )

    def _content(
        self, observation: Observation, result: Result, matches: list[tuple[int, int]]
    ) -> Content:
        words, spans = excerpt(observation.text, matches)
        explanation = json.dumps(plain(result), ensure_ascii=False, separators=(",", ":"))
        return Content(
            excerpt=words,
            account=observation.account,
            source=_file_name(observation.source),
            explanation=explanation if len(explanation) <= MOST_EXPLANATION else _short(result),
            spans=spans,
        )

    def _repeats(self, source: tuple[str, str, str, int]) -> int:
        """Return how often this was seen since it was last reported; 0 = not yet time.

        A document that saves itself every few seconds is one finding a minute, with a count.
        """
        since, held = self._recent.get(source, (None, 0))
        if since is not None and 0 <= (self._clock() - since).total_seconds() < COALESCE_SECONDS:
            self._recent[source] = (since, held + 1)
            return 0
        return held + 1

    def _reported(self, source: tuple[str, str, str, int]) -> None:
        """Start the minute, only now that the finding is durable."""
        self._recent.pop(source, None)
        self._recent[source] = (self._clock(), 0)
        if len(self._recent) > MOST_REMEMBERED:
            self._recent.pop(next(iter(self._recent)))


def _spans(result: Result, rule: policy.Rule) -> list[tuple[int, int]]:
    """Return where the matches are, those of the deciding rule first."""
    deciding = [(one.start, one.end) for one in result.matches if one.rule == rule.id]
    return deciding + [(one.start, one.end) for one in result.matches if one.rule != rule.id]


def _file_name(source: str) -> str:
    return source.replace("\\", "/").rsplit("/", 1)[-1]


def _short(result: Result) -> str:
    """Return an explanation without the single matches: which rule decided is always in it."""
    return json.dumps(plain(replace(result, matches=())), ensure_ascii=False, separators=(",", ":"))
