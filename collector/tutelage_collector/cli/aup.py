"""``aup publish|record|import|due|status|remove``: acceptable-use agreements (policy 9.a)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli import people_files
from tutelage_collector.cli.reports_made import day
from tutelage_collector.errors import ConfigError, NotFoundError
from tutelage_collector.registers import agreements
from tutelage_collector.registers.agreements import SIGNERS
from tutelage_collector.registers.due import Standing
from tutelage_collector.store.records_registers import Member, Signature
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store import Store

_DUE_COLUMNS = {
    "kind": "Kind", "reference": "Reference", "school": "School", "version": "Signed version",
    "signed": "On", "due": "Due", "standing": "Standing",
}  # fmt: skip
_STATUS_COLUMNS = {
    "kind": "Kind", "expected": "Expected", "current": "In force", "overdue": "To ask again",
    "never": "Never signed",
}  # fmt: skip
_KINDS = [one.value for one in SIGNERS]


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    aup = verbs.add_parser(
        "aup", help="acceptable-use agreements: versions, who signed, who is due"
    )
    parts = aup.add_subparsers(
        dest="part", metavar="publish|record|import|due|status|remove", required=True
    )
    publish = parts.add_parser("publish", help="put a version in force; who signed an older is due")
    publish.add_argument("version", help="for example 2026-09")
    publish.add_argument(
        "--text", type=Path, required=True, metavar="FILE", help="the agreement, as text"
    )
    publish.add_argument("--appendix", type=int, choices=(1, 2), required=True,
                         help="1: students and parents, 2: everybody else")  # fmt: skip
    publish.set_defaults(run=_publish)
    record = parts.add_parser("record", help="note one signature")
    record.add_argument("--kind", required=True, choices=_KINDS)
    record.add_argument(
        "--reference", required=True, help="payroll, admission or badge number; no name"
    )
    record.add_argument("--version", help="default: the one in force")
    record.add_argument("--on", type=day, metavar="DAY", help="default: today")
    record.set_defaults(run=_record)
    imported = parts.add_parser(
        "import", help="read a CSV: kind, reference[, school, version, signed]"
    )
    imported.add_argument("file", type=Path)
    imported.add_argument("--apply", action="store_true", help="without it, only what would change")
    imported.set_defaults(run=_import)
    due = parts.add_parser("due", help="who must be asked (status 1: somebody)")
    due.add_argument("--kind", choices=_KINDS)
    due.add_argument("--all", action="store_true", help="also who is in order")
    due.set_defaults(run=_due)
    status = parts.add_parser("status", help="versions in force, and counts by kind")
    status.set_defaults(run=_status)
    remove = parts.add_parser("remove", help="expect nothing more of somebody who left")
    remove.add_argument("--kind", required=True, choices=_KINDS)
    remove.add_argument("--reference", required=True)
    remove.set_defaults(run=_remove)
    for one in (record, imported, due, status, remove):
        one.add_argument("--school", help="short name (default: the collector's first; lists: all)")
    for one in (publish, imported, due, status):
        one.add_argument("--json", action="store_true")


def _publish(options: argparse.Namespace) -> int:
    now = times.utc_now()
    try:
        text = options.text.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{options.text}: cannot be read as text ({error}); save it as UTF-8"
        ) from error
    made = agreements.new_version(options.version, options.appendix, text, now)
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.add_agreement(made)
        store.audit("terminal", "agreement published", f"agreement {made.version}",
                    f"appendix {made.appendix} sha256 {made.digest}", now)  # fmt: skip
    if options.json:
        output.print_json(
            {"version": made.version, "appendix": made.appendix, "sha256": made.digest,
             "published": times.text(made.published_at)}
        )  # fmt: skip
    else:
        print(f"Agreement {made.version}, appendix {made.appendix}, is in force ({made.digest}).")
    return 0


def _record(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school or settings.school, "school")
    kind, on = agreements.MemberKind(options.kind), options.on or now.date()
    if on > now.date():
        raise ConfigError(f"--on {on}: lies ahead")
    with closing(state.open_store(settings)) as store:
        version = options.version or _in_force(store, kind)
        _check_version(store, kind, version)
        store.add_members([Member(school, kind.value, options.reference, on)])
        store.add_signatures([Signature(school, kind.value, options.reference, version, on)])
        store.audit(
            "terminal", "agreement signed", f"{kind.value} {options.reference}", version, now
        )
    print(f"{kind.value} {options.reference}: signed {version} on {on}.")
    return 0


def _in_force(store: Store, kind: agreements.MemberKind) -> str:
    found = agreements.in_force(store.agreements(), agreements.appendix_of(kind))
    if found is None:
        raise NotFoundError(
            f"no agreement for {kind.value} is published; do it with: aup publish VERSION "
            f"--text FILE --appendix {agreements.appendix_of(kind)}"
        )
    return found.version


def _check_version(store: Store, kind: agreements.MemberKind, version: str) -> None:
    appendix = agreements.appendix_of(kind)
    known = [one.version for one in store.agreements() if one.appendix == appendix]
    if version not in known:
        raise NotFoundError(
            f"version {version}: not published for {kind.value} (appendix {appendix}); "
            f"published: {', '.join(known) or 'none'}"
        )


def _import(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school or settings.school, "school")
    lines = people_files.read(options.file, "version", "signed", _KINDS, school, now.date())
    with closing(state.open_store(settings)) as store:
        for one in lines:
            if one.what:
                try:
                    _check_version(store, agreements.MemberKind(one.kind), one.what)
                except NotFoundError as error:
                    raise NotFoundError(f"{options.file}: line {one.number}: {error}") from error
        new = people_files.newcomers(store, lines)
        signed = [
            Signature(one.school, one.kind, one.reference, one.what, one.on)
            for one in lines
            if one.on is not None
        ]
        fresh = set(signed) - set(store.signatures())
        if options.apply:
            people_files.expect(store, lines, now.date())
            store.add_signatures(signed)
            store.audit("terminal", "agreements imported", "register of agreements",
                        f"people {new} signatures {len(fresh)}", now)  # fmt: skip
    people_files.print_imported(options, len(lines), new, len(fresh), "signatures")
    return 0


def _due(options: argparse.Namespace) -> int:
    today = times.utc_now().date()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = agreements.agreed(
            store.members(options.school),
            store.signatures(options.school),
            store.agreements(),
            today,
        )
    late = {Standing.NEVER, Standing.OVERDUE}
    shown = [
        one
        for one in found
        if (options.all or one.standing in late)
        and (not options.kind or one.member.kind == options.kind)
    ]
    rows: list[output.Row] = [
        {
            "kind": one.member.kind,
            "reference": one.member.reference,
            "school": one.member.school,
            "version": one.version or None,
            "signed": one.signed_on.isoformat() if one.signed_on else None,
            "due": one.due_on.isoformat() if one.due_on else None,
            "standing": one.standing.value,
        }
        for one in shown
    ]
    output.print_rows(rows, _DUE_COLUMNS, as_json=options.json)
    return 1 if any(one.standing in late for one in shown) else 0


def _status(options: argparse.Namespace) -> int:
    today = times.utc_now().date()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        versions = store.agreements()
        found = agreements.agreed(
            store.members(options.school), store.signatures(options.school), versions, today
        )
    rows: list[output.Row] = [
        {
            "kind": one.kind.value,
            "expected": one.expected,
            "current": one.current,
            "overdue": one.overdue,
            "never": one.never,
        }
        for one in agreements.counted(found)
    ]
    now_in_force = [agreements.in_force(versions, appendix) for appendix in (1, 2)]
    if options.json:
        output.print_json(
            {
                "in_force": [
                    {"appendix": one.appendix, "version": one.version, "sha256": one.digest,
                     "published": times.text(one.published_at)}
                    for one in now_in_force
                    if one
                ],
                "counts": rows,
            }
        )  # fmt: skip
        return 0
    for appendix, one in enumerate(now_in_force, 1):
        said = f"{one.version}, since {one.published_at.date()}" if one else "none published"
        print(f"Appendix {appendix}: {said}")
    output.print_rows(rows, _STATUS_COLUMNS, as_json=False)
    return 0


def _remove(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = options.school or settings.school
    with closing(state.open_store(settings)) as store:
        store.remove_member(school, options.kind, options.reference)
        store.audit(
            "terminal", "person expected no more", f"{options.kind} {options.reference}", "", now
        )
    print(f"{options.kind} {options.reference}: nothing more is expected.")
    return 0
