"""``recipient passkey list|remove``: which passkeys sign in and open, as the collector has it."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.errors import ConfigError
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_ACTOR = "terminal"


def add_parsers(parts: Any) -> None:
    """Add the noun to ``recipient``."""
    passkey = parts.add_parser(
        "passkey",
        help="what opens in place of a passphrase; people add theirs on the page Your passkeys",
    )
    verbs = passkey.add_subparsers(dest="verb", metavar="list|remove", required=True)
    listed = verbs.add_parser("list", help="all passkeys, and which keys each opens")
    listed.add_argument("--account", metavar="NAME", help="only of this account")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    remove = verbs.add_parser(
        "remove",
        help="a lost one: it signs in and opens no more",
        description="A lost passkey signs in and opens no more. Whoever has it, and a copy of the "
        "database of before, could still open: then give the recipient a new key too (recipient "
        "rotate NAME).",
    )
    remove.add_argument("passkey", metavar="ID", help="or its beginning (recipient passkey list)")
    remove.set_defaults(run=_remove)


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        wraps = store.passkey_wraps(options.account)
        rows: list[output.Row] = [
            {
                "account": one.account, "name": one.name, "passkey": one.short,
                "opens": ", ".join(it.key_id for it in wraps if it.credential_id == one.id),
                "at": one.rp_id, "added": times.text(one.added_at),
                "signed_in": times.text(one.used_at) if one.used_at else None,
            }
            for one in store.passkeys(options.account)
        ]  # fmt: skip
    columns = {
        "account": "Account", "name": "Name", "passkey": "Passkey", "opens": "Opens key",
        "at": "Made at", "added": "Added", "signed_in": "Signed in with",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _remove(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = [one for one in store.passkeys() if one.id.startswith(options.passkey)]
        if len(found) != 1:
            many = "several begin so" if found else "there is none"
            raise ConfigError(f"passkey {options.passkey}: {many}; see: recipient passkey list")
        (gone,) = found
        store.remove_passkey(gone.id)
        store.audit(
            _ACTOR, "passkey removed", f"account {gone.account}", gone.short, times.utc_now()
        )
    print(
        f"Passkey {gone.short} of {gone.account} signs in and opens no more. Password and "
        "passphrase go on working.",
        file=sys.stderr,
    )
    return 0
