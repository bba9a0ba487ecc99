"""``roles list|set|clear``: who holds which post, and who covers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.errors import ConfigError
from tutelage_collector.registers import offices
from tutelage_collector.registers.offices import TITLES, Office
from tutelage_collector.store.records_registers import Holder
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "title": "Post", "school": "School", "holder": "Held by", "cover": "Covered by",
    "lacking": "Missing",
}  # fmt: skip
_MAX_TEXT = 60
_POSTS = ", ".join(one.value for one in Office)


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    roles = verbs.add_parser("roles", help="who holds which post, and who covers")
    parts = roles.add_subparsers(dest="part", metavar="list|set|clear", required=True)
    listed = parts.add_parser("list", help="all posts (status 1: one lacks a holder or cover)")
    listed.add_argument("--school", help="short name (default: all)")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    put = parts.add_parser("set", help="write down who holds a post")
    put.add_argument("post", choices=[one.value for one in Office], metavar="POST", help=_POSTS)
    put.add_argument(
        "--holder", required=True, help="initials or a short form that the school knows"
    )
    put.add_argument("--cover", default="", help="who stands in; needed for lead, head and ICT")
    put.set_defaults(run=_set)
    clear = parts.add_parser("clear", help="nobody holds a post any more")
    clear.add_argument("post", choices=[one.value for one in Office], metavar="POST", help=_POSTS)
    clear.set_defaults(run=_clear)
    for one in (put, clear):
        one.add_argument("--school", help="short name (default: the collector's first school)")


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        schools = [options.school] if options.school else store.schools() or [settings.school]
        holders = store.holders(options.school)
        found = [post for school in schools for post in offices.posts(school, holders)]
    rows: list[output.Row] = [
        {
            "post": one.office.value,
            "title": one.title,
            "school": one.school,
            "holder": one.holder,
            "cover": one.cover,
            "lacking": one.lacking,
        }
        for one in found
    ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 1 if any(one.lacking for one in found) else 0


def _set(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    for what, text in (("--holder", options.holder), ("--cover", options.cover)):
        if len(text) > _MAX_TEXT or (what == "--holder" and not text.strip()):
            raise ConfigError(f"{what}: write 1 to {_MAX_TEXT} characters")
    school = config.check_name(options.school or settings.school, "school")
    office = Office(options.post)
    with closing(state.open_store(settings)) as store:
        store.set_holder(Holder(school, office.value, options.holder, options.cover, now))
        store.audit("terminal", "post given", f"post {office.value}", f"school {school}", now)
    lacking = (
        "" if options.cover or office not in offices.COVERED else " Nobody covers yet: add --cover."
    )
    print(f"{TITLES[office]} of {school}: {options.holder}.{lacking}")
    return 0


def _clear(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = options.school or settings.school
    with closing(state.open_store(settings)) as store:
        store.clear_holder(school, options.post)
        store.audit("terminal", "post cleared", f"post {options.post}", f"school {school}", now)
    print(f"{TITLES[Office(options.post)]} of {school}: nobody.")
    return 0
