"""``training courses|record|import|due|status``: the training register (policy 13)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli import people_files
from tutelage_collector.cli.reports_made import day
from tutelage_collector.errors import ConfigError, NotFoundError
from tutelage_collector.registers import training
from tutelage_collector.registers.agreements import MemberKind
from tutelage_collector.registers.due import Standing
from tutelage_collector.store.records_registers import Completion, Member
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_KINDS = sorted({kind.value for one in training.courses() for kind in one.kinds})
_DUE_COLUMNS = {
    "course": "Course", "kind": "Kind", "reference": "Reference", "school": "School",
    "taken": "Last taken", "due": "Due", "standing": "Standing",
}  # fmt: skip
_COURSE_COLUMNS = {
    "course": "Course",
    "title": "What",
    "kinds": "Taken by",
    "months": "Months",
    "clauses": "Asked by",
}
_STATUS_COLUMNS = {
    "title": "Course", "expected": "Expected", "current": "Up to date", "overdue": "Overdue",
    "never": "Never taken",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    register = verbs.add_parser("training", help="the training register: who took what, who is due")
    parts = register.add_subparsers(
        dest="part", metavar="courses|record|import|due|status", required=True
    )
    listed = parts.add_parser("courses", help="all courses, who takes them, how often")
    listed.set_defaults(run=_courses)
    record = parts.add_parser("record", help="note that somebody took a course")
    record.add_argument(
        "course", metavar="COURSE", help=", ".join(one.id for one in training.courses())
    )
    record.add_argument(
        "--kind", required=True, choices=_KINDS, help="lead: safeguarding lead or deputy"
    )
    record.add_argument("--reference", required=True, help="payroll or badge number; no name")
    record.add_argument("--on", type=day, metavar="DAY", help="default: today")
    record.set_defaults(run=_record)
    imported = parts.add_parser(
        "import", help="read a CSV: kind, reference[, school, course, taken]"
    )
    imported.add_argument("file", type=Path)
    imported.add_argument("--apply", action="store_true", help="without it, only what would change")
    imported.set_defaults(run=_import)
    due = parts.add_parser("due", help="who must take a course (status 1: somebody)")
    due.add_argument("--course", help="only this one")
    due.add_argument("--all", action="store_true", help="also who is up to date")
    due.set_defaults(run=_due)
    status = parts.add_parser("status", help="counts by course")
    status.set_defaults(run=_status)
    for one in (record, imported, due, status):
        one.add_argument("--school", help="short name (default: the collector's first; lists: all)")
    for one in (listed, imported, due, status):
        one.add_argument("--json", action="store_true")


def _courses(options: argparse.Namespace) -> int:
    rows: list[output.Row] = [
        {
            "course": one.id,
            "title": one.title,
            "kinds": ", ".join(one.kinds),
            "months": one.months,
            "clauses": ", ".join(one.clauses),
        }
        for one in training.courses()
    ]
    output.print_rows(rows, _COURSE_COLUMNS, as_json=options.json)
    return 0


def _record(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school or settings.school, "school")
    on = options.on or now.date()
    if on > now.date():
        raise ConfigError(f"--on {on}: lies ahead; note a course after it was taken")
    course = _for_kind(options.course, options.kind)
    with closing(state.open_store(settings)) as store:
        store.add_members([Member(school, options.kind, options.reference, on)])
        store.add_completions([Completion(school, options.kind, options.reference, course.id, on)])
        store.audit("terminal", "training recorded", f"{options.kind} {options.reference}",
                    course.id, now)  # fmt: skip
    print(f"{options.kind} {options.reference}: took {course.id} on {on}.")
    return 0


def _for_kind(course_id: str, kind: str) -> training.Course:
    course = training.course(course_id)
    if MemberKind(kind) not in course.kinds:
        raise ConfigError(f"course {course_id}: is for {', '.join(course.kinds)}, not for {kind}")
    return course


def _import(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school or settings.school, "school")
    lines = people_files.read(options.file, "course", "taken", _KINDS, school, now.date())
    for one in lines:
        if one.what:
            try:
                _for_kind(one.what, one.kind)
            except (ConfigError, NotFoundError) as error:
                raise ConfigError(f"{options.file}: line {one.number}: {error}") from error
    taken = [
        Completion(one.school, one.kind, one.reference, one.what, one.on)
        for one in lines
        if one.on is not None
    ]
    with closing(state.open_store(settings)) as store:
        new = people_files.newcomers(store, lines)
        fresh = set(taken) - set(store.completions())
        if options.apply:
            people_files.expect(store, lines, now.date())
            store.add_completions(taken)
            store.audit("terminal", "training imported", "training register",
                        f"people {new} courses {len(fresh)}", now)  # fmt: skip
    people_files.print_imported(options, len(lines), new, len(fresh), "courses")
    return 0


def _due(options: argparse.Namespace) -> int:
    today = times.utc_now().date()
    if options.course:
        training.course(options.course)
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = training.trained(
            store.members(options.school), store.completions(options.school), today
        )
    late = {Standing.NEVER, Standing.OVERDUE}
    shown = [
        one
        for one in found
        if (options.all or one.standing in late)
        and (not options.course or one.course.id == options.course)
    ]
    rows: list[output.Row] = [
        {
            "course": one.course.id,
            "kind": one.member.kind,
            "reference": one.member.reference,
            "school": one.member.school,
            "taken": one.taken_on.isoformat() if one.taken_on else None,
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
        found = training.trained(
            store.members(options.school), store.completions(options.school), today
        )
    rows: list[output.Row] = [
        {
            "course": one.course.id,
            "title": one.course.title,
            "expected": one.expected,
            "current": one.current,
            "overdue": one.overdue,
            "never": one.never,
        }
        for one in training.counted(found)
    ]
    output.print_rows(rows, _STATUS_COLUMNS, as_json=options.json)
    return 0
