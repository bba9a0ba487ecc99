"""``people import|list|forget``: pupils and staff from the school's MIS. Never required."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, excerpts, output, state
from tutelage_collector.cli import passphrase, people
from tutelage_collector.concerns import access
from tutelage_collector.errors import ConfigError
from tutelage_collector.mis import plan, rows
from tutelage_collector.store.records_concerns import About
from tutelage_collector.store.records_people import PersonKind
from tutelage_wire import pseudonyms, times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.mis.plan import Plan
    from tutelage_collector.mis.rows import Read, Row

DONE, FOUND = 0, 1
_MOST_BYTES = 50 * 2**20
_COLUMNS = {
    "person": "Pseudonym", "kind": "Kind", "age_band": "Age band", "level": "Level",
    "imported": "Imported",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("people", help="pupils and staff from the MIS; sealed, never required")
    parts = verb.add_subparsers(dest="part", metavar="import|list|forget", required=True)
    take = parts.add_parser(
        "import",
        help="say what a CSV would change; --apply does it (status 1: lines that cannot be used)",
        description="Reads a CSV export of SIMS, Arbor, Bromcom or a spreadsheet. Without --apply "
        "it only says what would be added, changed and removed, and which lines are wrong.",
    )
    take.add_argument("file", type=Path, metavar="FILE")
    take.add_argument("--kind", choices=[one.value for one in PersonKind],
                      help="all of them are (default: as a column says, else pupils)")  # fmt: skip
    take.add_argument("--school", help="short name (default: the collector's first school)")
    take.add_argument("--apply", action="store_true", help="store it, sealed")
    take.add_argument("--keep-missing", action="store_true",
                      help="keep people who are stored and not in this file")  # fmt: skip
    take.add_argument("--json", action="store_true")
    people.add_option(take)
    take.set_defaults(run=_import)
    listed = parts.add_parser("list", help="who is imported; names need the passphrase")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--json", action="store_true")
    passphrase.add_options(listed)
    listed.set_defaults(run=_list)
    forget = parts.add_parser("forget", help="forget all imported people, or one account")
    forget.add_argument("--school", help="only of this school")
    forget.add_argument("--account", help="only the person of this device account")
    people.add_option(forget)
    forget.set_defaults(run=_forget)


def _import(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school or settings.school, "school")
    kind = PersonKind(options.kind) if options.kind else None
    found = rows.read(_text(options.file), kind)
    key = state.load(settings.folder).subject_key
    with closing(state.open_store(settings)) as store:
        readers = access.readers(state.readers(store, school), About.PUPIL)
        by = people.account(options, store)
        kinds = {kind} if kind else {row.kind for row in found.rows}
        made = plan.plan(found.rows, store.people(school), key, kinds)
        gone = () if options.keep_missing else made.gone
        if options.apply:
            fresh = (*made.added, *made.changed)
            store.put_people(plan.seal(fresh, school, settings.trust, key, readers, now), gone)
            store.audit(
                by, "people imported", f"school {school}",
                f"added {len(made.added)} changed {len(made.changed)} removed {len(gone)}", now,
            )  # fmt: skip
    _say(found, made, len(gone), options)
    return FOUND if found.bad else DONE


def _say(found: Read, made: Plan, gone: int, options: argparse.Namespace) -> None:
    if options.json:
        output.print_json(
            {
                "applied": options.apply,
                "added": [_line(row) for row in made.added],
                "changed": [_line(row) for row in made.changed],
                "same": made.same,
                "removed": gone,
                "bad": [{"line": one.line, "why": one.why} for one in found.bad],
                "columns_not_read": list(found.ignored),
            }
        )
        return
    would = "" if options.apply else "would be "
    print(
        f"{len(made.added)} {would}added, {len(made.changed)} {would}changed, "
        f"{gone} {would}removed, {made.same} stay as they are."
    )
    for one in found.bad:
        print(f"{options.file.name}: line {one.line}: {one.why}")
    if found.ignored:
        print(f"Columns that are not read: {output.printable(', '.join(found.ignored))}")
    if not options.apply:
        print("Nothing is stored yet: --apply stores it, sealed.", file=sys.stderr)


def _line(row: Row) -> output.Row:
    """Return a row without names: what is printed ends in logs and tickets."""
    return {
        "line": row.line,
        "kind": row.kind.value,
        "age_band": row.age_band.value,
        "level": row.level.value,
    }


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    columns = dict(_COLUMNS)
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        listed: list[output.Row] = []
        for one in store.people(options.school):
            row: output.Row = {
                "person": one.pseudonym,
                "school": one.school,
                "kind": one.kind.value,
                "age_band": one.age_band.value,
                "level": one.level.value,
                "imported": times.text(one.imported_at),
            }
            if key is not None:
                bound = plan.binding(settings.trust, one.pseudonym)
                text = excerpts.open_record(
                    one.sealed, excerpts.person_id(one.pseudonym), key, bound, store
                )
                opened = json.loads(text)
                row |= {
                    "name": opened["name"], "year": opened["year"],
                    "identifier": opened["identifier"], "reasons": ", ".join(opened["reasons"]),
                }  # fmt: skip
            listed.append(row)
        if key is not None:
            columns |= {"name": "Name", "year": "Year", "reasons": "Why"}
            store.audit("terminal", "people opened", f"school {options.school or 'all'}", "",
                        times.utc_now())  # fmt: skip
    output.print_rows(listed, columns, as_json=options.json)
    return DONE


def _forget(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        by = people.account(options, store)
        if options.account:
            key = state.load(settings.folder).subject_key
            name = pseudonyms.of_account(key, rows.account_of(options.account))
            count = 1 if store.person(name) else 0
            store.put_people((), (name,))
        else:
            count = store.forget_people(options.school)
        store.audit(by, "people forgotten", f"school {options.school or 'all'}", str(count), now)
    print(f"{count} forgotten.", file=sys.stderr)
    return DONE


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()[: _MOST_BYTES + 1]
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path}: larger than 50 MB: is this the right file?")
    for encoding in ("utf-8-sig", "cp1252"):  # Excel saves the second
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"{path}: not text; save it as CSV (UTF-8)")
