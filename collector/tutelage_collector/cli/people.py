"""``--by ACCOUNT``: who does it, on every command that a person answers for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store import Store

VARIABLE = "TUTELAGE_ACCOUNT"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option to a verb's parser."""
    parser.add_argument(
        "--by", metavar="ACCOUNT", default=os.environ.get(VARIABLE, ""),
        help=f"account of who does it, for the record (default: ${VARIABLE})",
    )  # fmt: skip


def account(options: argparse.Namespace, store: Store) -> str:
    """Return the account that a command is done by.

    Raises:
        NotFoundError: none was named, or there is none of this name.
    """
    names = [one.name for one in store.accounts()]
    if options.by in names:
        return str(options.by)
    known = ", ".join(names) or "none yet: account set NAME --role dsl"
    what = f"account {options.by}: not known" if options.by else "say who does it: --by ACCOUNT"
    raise NotFoundError(f"{what}; accounts here: {known}")
