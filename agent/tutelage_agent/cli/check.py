"""The verbs ``check``, ``record`` and ``attest``: without collector, enrolment or rights."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError
from tutelage_agent.host import HostError
from tutelage_agent.host.account_names import pseudonyms_of
from tutelage_agent.host.local import LocalHost
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import (
    CHECKS,
    DeviceClass,
    Profile,
    attested,
    kept,
    load_reference,
    rows,
    run_checks,
    shown,
)
from tutelage_agent.posture.model import Status
from tutelage_wire import times
from tutelage_wire.policy import BUILT_IN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tutelage_agent.host import Host
    from tutelage_agent.posture import Check, Judgement
    from tutelage_wire.policy import Policy

DONE, FOUND = 0, 1
MEMBERSHIP_FILE = "membership.json"
ALL = "all"


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the three verbs."""
    check = verbs.add_parser(
        "check",
        help="check this device against section 11 of the policy",
        description="Looks at this device and says what it found, what it could not see and why. "
        "Changes nothing, sends nothing, and works without a collector and without rights.",
    )
    check.add_argument("--json", action="store_true", help="as JSON, with the evidence")
    check.add_argument(
        "--profile",
        choices=(*(str(profile) for profile in Profile), ALL),
        default=str(Profile.SCHOOL_S11),
        help="whose rules to judge by (default: %(default)s)",
    )
    check.add_argument(
        "--explain", metavar="CHECK", help="all about one check: evidence, source, what to do"
    )
    check.add_argument(
        "--recorded", type=Path, metavar="DIR", help="judge a recorded machine instead"
    )
    check.add_argument(
        "--fresh", action="store_true", help="search for missing fixes now, although it was today"
    )
    check.add_argument(
        "--device-class",
        choices=tuple(str(kind) for kind in DeviceClass),
        help="what the device is used for (default: as enrolled, else assigned)",
    )
    check.set_defaults(run=_check)

    record = verbs.add_parser(
        "record",
        help="record this device's answers, without names and secrets",
        description="Writes what the checks asked this device and what it answered into a new "
        "folder, scrubbed of names, addresses and secrets: read it before you give it away.",
    )
    record.add_argument("folder", type=Path, metavar="DIR", help="a folder that does not exist yet")
    record.add_argument("--title", default="", help="what the machine is, in a few words")
    record.set_defaults(run=_record)

    attest = verbs.add_parser(
        "attest",
        help="confirm what no program can see",
        description="Shows the sentences that a member of staff confirms once a year, and keeps "
        "the answers with their date on this device.",
    )
    attest.add_argument(
        "statements", nargs="*", metavar="STATEMENT",
        help="only these: " + ", ".join(statement.id for statement in attested.STATEMENTS),
    )  # fmt: skip
    attest.add_argument("--yes", action="store_true", help="confirm them without being asked")
    attest.add_argument(
        "--aup-version", default="", metavar="VERSION", help="of the acceptable use policy"
    )
    attest.set_defaults(run=_attest)


def _check(options: argparse.Namespace) -> int:
    check = _named(options.explain) if options.explain else None
    try:
        host, device_class = _host(options)
        policy = _policy(options)
        judgements = run_checks(
            host,
            profiles=tuple(Profile),
            device_class=device_class,
            reference=load_reference(),
            now=host.now(),
            checks=(check,) if check else CHECKS,
            reuse=None if options.fresh else kept.MAX_AGE,
            ict_accounts=pseudonyms_of(host, policy.ict_accounts),
            aup_version=policy.aup_version,
        )
    except HostError as error:
        raise AgentError(str(error)) from error
    chosen = [j for j in judgements if options.profile in {j.profile, ALL} or check]
    if options.json:
        print(json.dumps(_document(chosen, device_class, times.text(host.now())), indent=2))
    elif check:
        print("\n".join(shown.explanation(check, chosen, _width())))
    else:
        rights = "with" if host.privileged else "without"
        print(f"{host.now():%d %B %Y, %H:%M} UTC, as a device of class {device_class}, "
              f"{rights} administrator rights.\n")  # fmt: skip
        _print_tables(judgements, chosen)
    return FOUND if any(j.status is Status.FAIL for j in chosen) else DONE


def _host(options: argparse.Namespace) -> tuple[Host, DeviceClass]:
    """Return the machine to look at, and what it is used for."""
    if options.recorded is not None:
        recorded = RecordedHost(options.recorded)
        given = options.device_class or recorded.machine.device_class
        return recorded, DeviceClass(given)
    folder = read_config(options.config).state_folder
    return LocalHost(state=folder), DeviceClass(options.device_class or _enrolled_class(folder))


def _policy(options: argparse.Namespace) -> Policy:
    """Return the policy that this device obeys, as far as this account may read it."""
    if options.recorded is not None:
        return BUILT_IN
    config = read_config(options.config)
    if not os.access(config.state_folder / MEMBERSHIP_FILE, os.R_OK):
        return BUILT_IN
    from tutelage_agent.trust.on_disk import policy_on_disk  # 60 ms: only an enrolled device

    try:
        return policy_on_disk(config)[0]
    except AgentError:
        return BUILT_IN


def _enrolled_class(folder: Path) -> str:
    """Return the device class that enrolment gave; ``assigned`` where nobody may or did say."""
    try:
        given = json.loads((folder / MEMBERSHIP_FILE).read_text("utf-8"))["device_class"]
        return str(DeviceClass(given))
    except (OSError, ValueError, KeyError, TypeError):
        return str(DeviceClass.ASSIGNED)


def _named(check_id: str) -> Check:
    known = {check.id: check for check in CHECKS}
    if check_id not in known:
        raise AgentError(f"--explain {check_id}: no such check; known are {', '.join(known)}")
    return known[check_id]


def _print_tables(judgements: Sequence[Judgement], chosen: Sequence[Judgement]) -> None:
    by_profile: dict[Profile, list[Judgement]] = {profile: [] for profile in Profile}
    for judgement in judgements:
        by_profile[judgement.profile].append(judgement)
    profiles = list(dict.fromkeys(judgement.profile for judgement in chosen))
    for profile in profiles:
        if len(profiles) > 1:
            print(f"== {profile}")
        print("\n".join(shown.table(by_profile[profile], _width())))
        print()
        print("\n".join(shown.closing(by_profile[profile])))
        if len(profiles) > 1:
            print()
    if len(profiles) == 1:
        for line in shown.disagreements(by_profile, profiles[0]):
            print(line)
        seen = {judgement.check_id for judgement in chosen}
        more = len({judgement.check_id for judgement in judgements} - seen)
        if more:
            print(f"{more} more checks answer to other profiles: --profile all.")
    print("All about one check: tutelage-agent check --explain CHECK, for example "
          f"{judgements[0].check_id}.")  # fmt: skip


def _document(
    judgements: Sequence[Judgement], device_class: DeviceClass, at: str
) -> dict[str, object]:
    counts = {}
    for profile in dict.fromkeys(judgement.profile for judgement in judgements):
        found = shown.summary([j for j in judgements if j.profile is profile])
        counts[str(profile)] = {
            "checks": found.total,
            "assessed": found.assessed,
            "pass": found.passed,
            "fail": found.failed,
            "not_seen": found.not_seen,
            "not_applicable": found.not_applicable,
        }
    return {
        "schema": 1,
        "at": at,
        "device_class": str(device_class),
        "summary": counts,
        "judgements": [rows.row(judgement, evidence=True) for judgement in judgements],
    }


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, 140)


def _record(options: argparse.Namespace) -> int:
    from tutelage_agent.host import recording  # only this verb needs it
    from tutelage_agent.host.scrub import scrubber_for

    local = LocalHost(state=read_config(options.config).state_folder)
    host = recording.RecordingHost(local)
    try:
        run_checks(
            host,
            profiles=tuple(Profile),
            device_class=DeviceClass.ASSIGNED,
            reference=load_reference(),
            now=host.now(),
        )
        # What an earlier check kept is no answer of the machine's.
        host.asked = {q: r for q, r in host.asked.items() if not q.what.endswith(kept.FILE)}
        title = options.title or f"a {local.system} machine"
        answers = recording.write(host, options.folder, title=title, scrubber=scrubber_for(local))
    except HostError as error:
        raise AgentError(str(error)) from error
    print(f"{answers} answers in {options.folder}. Read host.toml before you give it away.")
    print(f"Judge it with: tutelage-agent check --recorded {options.folder}")
    return DONE


def _attest(options: argparse.Namespace) -> int:
    known = {statement.id: statement for statement in attested.STATEMENTS}
    if unknown := [name for name in options.statements if name not in known]:
        raise AgentError(f"{unknown[0]}: no such statement; known are {', '.join(known)}")
    folder = read_config(options.config).state_folder
    host = LocalHost(state=folder)
    before = host.read(attested.path(host))
    made = (attested.parse(before.value) if before.seen else None) or {}
    asked = options.statements or list(known)
    for name in asked:
        if options.yes or _confirms(known[name].words):
            version = options.aup_version if known[name].versioned else ""
            made[name] = attested.Attestation(host.now(), version)
    if not host.remember(attested.FILE, attested.dump(made)):
        raise AgentError(
            f"{folder}: the answers could not be kept: run as the agent's account (sudo), or set "
            "state_folder in its settings"
        )
    print(f"{len(made)} statements are kept: tutelage-agent check shows them.")
    return DONE


def _confirms(words: str) -> bool:
    try:
        return input(f"{words} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False
