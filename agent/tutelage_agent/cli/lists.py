"""The verb ``lists``: which sites and programs this device judges by, and adding a school's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_agent.config import read_config
from tutelage_agent.durable import write_private
from tutelage_agent.sensors.lists import DomainList, ListError, ListsFolder, domains, programs
from tutelage_agent.sensors.lists.home import LIST_END, LISTS_FOLDER, PROGRAMS_END, shipped
from tutelage_wire.events import RiskArea
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    import argparse

GRADES = (0, 2, 3, 4, 5)


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb and what it can do."""
    lists = verbs.add_parser(
        "lists",
        help="lists of sites and programs: show, add, remove",
        description="Lists of sites by category and of programs, which this device judges by.",
    )
    what = lists.add_subparsers(dest="what", metavar="WHAT", required=True)

    show = what.add_parser("show", help="show the lists of this device, never an entry")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_show)

    find = what.add_parser("find", help="say which lists cover an address")
    find.add_argument("address", help="a web address or a domain")
    find.set_defaults(run=_find)

    add = what.add_parser(
        "add",
        help="add a list to this device",
        description="Add a list: a file that another device made (.list, .toml), or plain names, "
        "one a line, as other people's lists come (hosts files and ||name^ as well).",
    )
    add.add_argument("file", type=Path, metavar="FILE", help="the list")
    add.add_argument("--id", default="", help="short name; default: the file's name")
    add.add_argument("--title", default="", help="as the safeguarding lead reads it")
    add.add_argument("--category", default="", help="what its sites are: gambling, games, ...")
    add.add_argument(
        "--grade",
        type=int,
        choices=GRADES,
        default=0,
        help="0: visits are only counted; 2 to 5: each is a finding of this grade",
    )
    add.add_argument("--risk-area", choices=[one.value for one in RiskArea], default="content")
    add.add_argument(
        "--restricted",
        action="store_true",
        help="keep only keyed hashes: the list finds its entries and names none",
    )
    add.add_argument("--licence", default="", help="licence of the list")
    add.add_argument(
        "--out", type=Path, metavar="FILE", help="write it for other devices instead of adding it"
    )
    add.set_defaults(run=_add)

    remove = what.add_parser("remove", help="remove a list that was added")
    remove.add_argument("id", help="its short name")
    remove.set_defaults(run=_remove)


def _show(options: argparse.Namespace) -> int:
    folder = read_config(options.config).state_folder / LISTS_FOLDER
    found = ListsFolder(folder).current()
    ours = {path.stem for path in shipped().iterdir()}
    rows = [
        {
            "id": one.id, "title": one.title, "category": one.category, "grade": one.grade,
            "entries": len(one.entries), "as_of": one.as_of.isoformat(),
            "restricted": one.restricted, "from": "Tutelage" if one.id in ours else "this device",
        }
        for one in found.sites
    ]  # fmt: skip
    if options.json:
        print(json.dumps({"sites": rows, "programs": len(found.programs)}, indent=2))
    else:
        print(f"{'list':22} {'category':16} {'grade':>5} {'entries':>9}  {'as of':10}  from")
        for row in rows:
            print(
                f"{row['id']:22} {row['category']:16} {row['grade'] or '-':>5} "
                f"{row['entries']:>9}  {row['as_of']:10}  {row['from']}"
                + (" (restricted)" if row["restricted"] else "")
            )
        print(f"Programs known by name: {len(found.programs)}")
    for why in found.damaged:
        print(f"Not used: {why}")
    return 1 if found.damaged else 0


def _find(options: argparse.Namespace) -> int:
    folder = read_config(options.config).state_folder / LISTS_FOLDER
    if domains.site_of(options.address) is None:
        raise ListError(f"{options.address}: not a web address or a domain")
    found = ListsFolder(folder).current().of(options.address)
    for one in found:
        print(f"{one.id}: {one.title} ({one.category})")
    if not found:
        print("On no list.")
    return 0


def _add(options: argparse.Namespace) -> int:
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise ListError(f"{options.file}: cannot be read: {error.strerror}") from error
    if options.file.suffix == PROGRAMS_END:
        known = programs.loads(data, options.file.name)
        count, noun, end, name = len(known), "programs", PROGRAMS_END, ""
    elif options.file.suffix == LIST_END:
        one = domains.loads(data, options.file.name)
        count, noun, end, name = len(one.entries), "sites", LIST_END, one.id
    else:
        one, data = _made(options, data)
        count, noun, end, name = len(one.entries), "sites", LIST_END, one.id
    place = options.out or (
        read_config(options.config).state_folder
        / LISTS_FOLDER
        / f"{name or options.id or options.file.stem}{end}"
    )
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(place, data)
    except OSError as error:
        raise ListError(
            f"{place}: cannot be written ({error.strerror}): run as the agent's account"
        ) from error
    print(f"{'Written' if options.out else 'Added'}: {count} {noun}, {place}")
    if not options.out:
        print("The agent uses it from its next look on.")
    return 0


def _made(options: argparse.Namespace, data: bytes) -> tuple[DomainList, bytes]:
    """Return a list of plain names, and it as a file."""
    if not options.category:
        raise ListError(f"{options.file}: say what its sites are: --category gambling")
    name = options.id or options.file.stem.lower().replace(" ", "-")
    entries = domains.imported(data.decode("utf-8", "replace"))
    if not entries:
        raise ListError(f"{options.file}: no domain in it; one a line, such as bet.example")
    made = DomainList(
        id=name,
        title=options.title or name,
        category=options.category,
        as_of=utc_now().date(),
        licence=options.licence,
        grade=options.grade,
        risk_area=RiskArea(options.risk_area),
        salt=domains.new_salt() if options.restricted else b"",
    )
    written = domains.dumps(made, entries)
    return domains.loads(written, f"{name}{LIST_END}"), written


def _remove(options: argparse.Namespace) -> int:
    folder = read_config(options.config).state_folder / LISTS_FOLDER
    for end in (LIST_END, PROGRAMS_END):
        path = folder / f"{options.id}{end}"
        if options.id == path.stem and path.parent == folder and path.is_file():
            path.unlink()
            print(f"Removed: {options.id}")
            return 0
    raise ListError(
        f"{options.id}: no such list was added to this device: tutelage-agent lists show"
    )
