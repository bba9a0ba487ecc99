"""What lists say of a visit: a finding, a count, or the category that is being read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tutelage_agent.sensors.lists import ListedVisit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tutelage_agent.sensors.browser_history.counts import CategoryCounts
    from tutelage_agent.sensors.browser_history.visits import Visit
    from tutelage_agent.sensors.lists import Lists
    from tutelage_agent.sensors.policy import SensorPolicy
    from tutelage_agent.sensors.usage import Visited
    from tutelage_wire.events import UsageCounts


class VisitJudge:
    """Looks each visit up once. Not thread-safe: the history sensor's thread is its only one."""

    def __init__(
        self,
        lists: Callable[[], Lists],
        policy: Callable[[], SensorPolicy],
        counts: CategoryCounts,
        visited: Visited,
        *,
        listed: Callable[[ListedVisit], None],
        report: Callable[[UsageCounts], None],
        pseudonym: Callable[[str], str],
    ) -> None:
        """Judge by ``lists`` as ``policy`` says.

        Args:
            lists: the lists of sites, as they are now.
            policy: what may be told, as it is now.
            counts: where visits are counted.
            visited: told of the category that an account reads.
            listed: takes visits to sites of lists with a grade.
            report: takes the counts of a day that is over.
            pseudonym: turns an account into what may be kept.
        """
        self._lists, self._policy, self._counts, self._visited = lists, policy, counts, visited
        self._listed, self._report, self._pseudonym = listed, report, pseudonym

    def judge(self, visit: Visit, account: str) -> None:
        """Take one visit.

        Raises:
            SpoolError: a finding could not be kept; bring the visit again.
        """
        policy = self._policy()
        found = self._lists().of(visit.url)
        category = next((one.category for one in found if not one.restricted), "")
        if policy.non_work.enabled:
            self._visited.note(account, category, visit.at)
        for one in found:
            if policy.listed_sites and one.grade:
                host = urlsplit(visit.url).hostname or ""
                self._listed(ListedVisit(one, host, account, visit.at))
        if policy.category_counts:
            self._counts.add(self._pseudonym(account), category, visit.at.date())

    def settle(self, now: datetime) -> None:
        """Tell the counts of days that are over, where the policy still says so.

        Raises:
            SpoolError: they could not be kept; they are told again later.
        """
        if not self._policy().category_counts:
            self._counts.drop()
        for told in self._counts.finished(now.date()):
            self._report(told)
            self._counts.forget(told)
        self._counts.keep()
