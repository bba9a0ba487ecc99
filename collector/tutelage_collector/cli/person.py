"""Who sits at the terminal: an account and its password, for what only some people may do.

Whoever runs commands on the collector's machine can read its files. A decision of two people is
worth nothing if one of them can type both names: each proves their own.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from tutelage_collector import secrecy
from tutelage_collector.errors import SecretError, StateError
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account

_MAX_PASSWORD_BYTES = 4096


def add_options(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    """Add the options that say who acts."""
    parser.add_argument(
        "--as", required=needed, dest="person", metavar="ACCOUNT", help="who you are"
    )
    parser.add_argument(
        "--password-fd", type=int, metavar="N",
        help="read the account's password from this file descriptor (default: asks)",
    )  # fmt: skip


def proven(options: argparse.Namespace, store: Store) -> Account:
    """Return the account whose password was given.

    Raises:
        SecretError: name and password do not go together; that is on record.
    """
    name = str(options.person)
    given = _password(options, name)
    found = store.account(name)
    right = found is not None and secrecy.password_matches(found.password_hash, given)
    store.note_sign_in(name, times.utc_now(), right=right)
    if found is None or not right or not found.active:
        store.audit("terminal", "sign-in refused", "account", name[:40], times.utc_now())
        raise SecretError(f"account {name!r}: that name and password do not go together")
    return found


def _password(options: argparse.Namespace, name: str) -> str:
    if options.password_fd is None:
        try:
            return getpass.getpass(f"Password of account {name}: ")
        except EOFError as error:
            raise SecretError("no password was typed; or give --password-fd N") from error
    try:
        data = os.read(options.password_fd, _MAX_PASSWORD_BYTES)
    except OSError as error:
        raise StateError(
            f"file descriptor {options.password_fd} cannot be read ({error.strerror}); open it in "
            "the shell, for example: --password-fd 3 3<FILE"
        ) from error
    return data.decode("utf-8", "replace").strip()
