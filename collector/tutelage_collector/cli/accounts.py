"""``account set|list|remove``: who signs in to the pages."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, secrecy, state
from tutelage_collector.store.records import Account, Role
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_ACTOR = "terminal"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    account = verbs.add_parser("account", help="who signs in to the pages")
    parts = account.add_subparsers(dest="part", metavar="set|list|remove", required=True)
    put = parts.add_parser("set", help="make an account, or give it a new password; shown once")
    put.add_argument("name", help="what is typed to sign in; a role with a number, not a person")
    put.add_argument("--role", required=True, choices=[role.value for role in Role])
    scope = put.add_mutually_exclusive_group()
    scope.add_argument("--school", help="short name (default: the collector's first school)")
    scope.add_argument("--all-schools", action="store_true", help="of the trust")
    put.set_defaults(run=_set)
    listed = parts.add_parser("list", help="all accounts")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    remove = parts.add_parser("remove", help="let an account sign in no more")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)


def _set(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    name = config.check_name(options.name, "account")
    school = "" if options.all_schools else options.school or settings.school
    if school:
        config.check_name(school, "school")
    password = secrecy.new_password()
    made = Account(name, Role(options.role), school, secrecy.hash_password(password))
    with closing(state.open_store(settings)) as store:
        store.add_account(made)
        store.audit(
            _ACTOR, "account set", f"account {name}",
            f"role {made.role.value} school {school or 'all'}", times.utc_now(),
        )  # fmt: skip
    print(f"Account {name}, shown only now: {password}")
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows: list[output.Row] = [
            {"account": one.name, "role": one.role.value, "school": one.school or "all"}
            for one in store.accounts()
        ]
    columns = {"account": "Account", "role": "Role", "school": "School"}
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _remove(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.remove_account(options.name)
        store.audit(_ACTOR, "account removed", f"account {options.name}", "", times.utc_now())
    print(f"Account {options.name} is signed out and signs in no more.", file=sys.stderr)
    return 0
