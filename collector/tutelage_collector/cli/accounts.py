"""``account``: who signs in to the pages, and who stands in for whom."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutelage_collector import access, config, output, secrecy, state
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records import Account, Role
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store import Store

_ACTOR = "terminal"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    account = verbs.add_parser("account", help="who signs in to the pages")
    parts = account.add_subparsers(dest="part", metavar="PART", required=True)
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
    for name, help_text in (
        ("disable", "let an account sign in no more, and keep it on record"),
        ("enable", "let a disabled account sign in again"),
        ("sign-out", "end all sessions of an account"),
    ):
        one = parts.add_parser(name, help=help_text)
        one.add_argument("name")
        one.set_defaults(run=_change, change=name)
    cover = parts.add_parser("cover", help="let a deputy or senior leader stand in for a time")
    cover.add_argument("absent", metavar="ABSENT", help="account of who is away")
    cover.add_argument("--by", required=True, metavar="ACCOUNT", help="who stands in")
    cover.add_argument("--days", type=float, required=True, metavar="N", help="from now on")
    cover.add_argument("--reason", required=True)
    cover.set_defaults(run=_cover)
    covers = parts.add_parser("covers", help="who stands in for whom (status 1: somebody does)")
    covers.add_argument("--json", action="store_true")
    covers.set_defaults(run=_covers)
    uncover = parts.add_parser("uncover", help="end a cover before its time")
    uncover.add_argument("cover", metavar="COVER", help="its id (account covers)")
    uncover.set_defaults(run=_uncover)
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
        passkeys = store.passkeys(name)
        store.add_account(made)
        store.audit(
            _ACTOR, "account set", f"account {name}",
            f"role {made.role.value} school {school or 'all'}", times.utc_now(),
        )  # fmt: skip
    print(f"Account {name}, shown only now: {password}")
    if passkeys:
        print(
            f"Its {len(passkeys)} passkeys are removed: its holder adds them again on the page "
            "Your passkeys.",
            file=sys.stderr,
        )
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows = [_row(one) for one in store.accounts()]
    columns = {
        "account": "Account", "role": "Role", "school": "School", "state": "State",
        "last_sign_in": "Last sign-in", "refused": "Wrong passwords since",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _remove(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.remove_account(options.name)
        store.audit(_ACTOR, "account removed", f"account {options.name}", "", times.utc_now())
    print(f"Account {options.name} is signed out and signs in no more.", file=sys.stderr)
    return 0


def _row(one: Account) -> output.Row:
    life = one.life
    return {
        "account": one.name,
        "role": one.role.value,
        "school": one.school or "all",
        "state": "active" if one.active else "disabled",
        "last_sign_in": times.text(life.signed_in_at) if life and life.signed_in_at else None,
        "password_changed": times.text(life.password_at) if life and life.password_at else None,
        "refused": life.refused if life else 0,
    }


def _change(options: argparse.Namespace) -> int:
    name, change = options.name, options.change
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        if change == "sign-out":
            store.end_sessions(name)
        else:
            store.set_account_active(name, active=change == "enable")
        said = {"disable": "disabled", "enable": "enabled", "sign-out": "signed out"}[change]
        store.audit(_ACTOR, f"account {said}", f"account {name}", "", times.utc_now())
    print(f"Account {name} is {said}.", file=sys.stderr)
    return 0


def _cover(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        absent, covering = (_known(store, name) for name in (options.absent, options.by))
        made = access.new_cover(absent, covering, timedelta(days=options.days), options.reason,
                                _ACTOR, now)  # fmt: skip
        store.add_cover(made)
        store.audit(
            _ACTOR, "cover begun", f"account {absent.name}",
            f"{covering.name} stands in until {times.text(made.ends_at)}: {made.reason}", now,
        )  # fmt: skip
    print(f"Cover {made.id}: {covering.name} for {absent.name} until {times.text(made.ends_at)}.")
    return 0


def _covers(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = store.covers()
    rows: list[output.Row] = [
        {
            "cover": one.id,
            "absent": one.absent,
            "covering": one.covering,
            "from": times.text(one.begins_at),
            "until": times.text(one.ended_at or one.ends_at),
            "holds": one.holds(now),
            "reason": one.reason,
        }
        for one in found
    ]
    columns = {
        "cover": "Cover", "absent": "For", "covering": "Stands in", "until": "Until",
        "holds": "Now",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 1 if any(one.holds(now) for one in found) else 0


def _uncover(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.end_cover(options.cover, now)
        store.audit(_ACTOR, "cover ended", f"cover {options.cover}", "", now)
    print(f"Cover {options.cover} is over.", file=sys.stderr)
    return 0


def _known(store: Store, name: str) -> Account:
    found = store.account(name)
    if found is None:
        raise NotFoundError(f"account {name}: not known; see: account list")
    return found
