"""Who may change a whole Linux machine: groups, sudoers, uid 0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import observed, saw
from tutelage_agent.posture.linux import sign_ins
from tutelage_agent.posture.linux.people import ADMIN_GROUPS, parse_group, parse_passwd

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_RULE = re.compile(r"^(?P<who>%?[\w.@\\-]+|\"[^\"]+\")\s+ALL\s*=\s*(?:\([^)]*\)\s*)?(?P<what>.+)$")

_DAILY = timedelta(days=30)
"""An account that was used within this time is one that somebody works with."""


@dataclass(frozen=True, slots=True)
class Sudoers:
    """Who may do everything, as sudoers(5) says."""

    accounts: frozenset[str]
    groups: frozenset[str]


def parse_sudoers(text: str) -> Sudoers:
    """Return whom sudoers lets run ``ALL``; aliases are not followed, so their use is missed."""
    accounts: set[str] = set()
    groups: set[str] = set()
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        match = None if line.startswith("#") else _RULE.match(line)
        if match is None:
            continue
        words = re.sub(r"\b(?:NOPASSWD|PASSWD|SETENV|NOEXEC|EXEC|LOG_\w+):\s*", "", match["what"])
        if "ALL" not in re.split(r"[\s,]+", words):
            continue
        who = match["who"].strip('"')
        (groups if who.startswith("%") else accounts).add(who.lstrip("%"))
    return Sudoers(frozenset(accounts), frozenset(groups))


def sudoers(host: Host) -> Reading[Sudoers]:
    """Return what all of sudoers says; ABSENT sudo lets nobody do anything."""
    main = host.text("/etc/sudoers")
    if main.outcome is Outcome.ABSENT:
        return value(Sudoers(frozenset(), frozenset()))
    if not main.seen:
        return nothing(main.outcome, "sudoers")
    texts = [main.value]
    below = host.folder("/etc/sudoers.d")
    for name in below.value if below.seen else ():
        if "." in name or name.endswith("~"):
            continue  # sudo itself skips these
        part = host.text(f"/etc/sudoers.d/{name}")
        if not part.seen:
            return nothing(part.outcome, "sudoers.d")
        texts.append(part.value)
    if not below.seen and below.outcome is not Outcome.ABSENT:
        return nothing(below.outcome, "sudoers.d")
    return value(parse_sudoers("\n".join(texts)))


def observe(host: Host) -> tuple[Observation, ...]:
    """Look which of the people who work here may change the whole machine."""
    source, persons, _ = sign_ins.read(host)
    recent = persons.map(lambda found: tuple(p for p in found if host.now() - p.at <= _DAILY))
    names = recent.map(lambda found: tuple(host.pseudonym(p.account) for p in found))
    observations = [observed(host, "daily_accounts", names, source)]
    passwd, group, rules = host.text("/etc/passwd"), host.text("/etc/group"), sudoers(host)
    for person in recent.value if recent.seen else ():
        subject = host.pseudonym(person.account)
        failed = next((r for r in (passwd, group) if not r.seen), None)
        if failed is not None:
            reading: Reading[bool] = nothing(failed.outcome, failed.detail)
        else:
            reading = _administers(person.account, passwd.value, group.value, rules)
        observations.append(
            observed(host, "administrator", reading, "group + sudoers", subject=subject)
        )
    return tuple(observations) if observations else (saw(host, "daily_accounts", (), source),)


def _administers(account: str, passwd: str, group: str, rules: Reading[Sudoers]) -> Reading[bool]:
    known = next((a for a in parse_passwd(passwd) if str(a.uid) == account), None)
    if known is None:
        return nothing(Outcome.UNSUPPORTED, "a directory's account: its groups are not here")
    groups = {
        name
        for name, (gid, members) in parse_group(group).items()
        if gid == known.gid or known.name in members
    }
    if known.uid == 0 or groups & ADMIN_GROUPS:
        return value(found=True)
    if not rules.seen:
        return nothing(rules.outcome, "sudoers can only be read by root")
    more = rules.value
    return value(found=known.name in more.accounts or bool(groups & more.groups))
