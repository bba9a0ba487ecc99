"""Whose key opens excerpts, and where its passphrase comes from: a prompt, a descriptor, a keyring.

Never an argument: other accounts see those.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_collector import excerpts, own_keyring, state
from tutelage_collector.errors import SecretError
from tutelage_collector.recipients import holder

if TYPE_CHECKING:
    import argparse

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.config import Config
    from tutelage_collector.excerpts import Opener
    from tutelage_collector.store import Store

_MAX_PASSPHRASE_BYTES = 4096


def add_options(parser: argparse.ArgumentParser, *, opening: str = "and show excerpts") -> None:
    """Add the options that say whose key opens excerpts, and that give its passphrase."""
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--open", action="store_true", help=f"ask for a passphrase, {opening}")
    given.add_argument(
        "--passphrase-fd", type=int, metavar="N",
        help="read the passphrase from this file descriptor",
    )  # fmt: skip
    given.add_argument(
        "--keyring", action="store_true",
        help=f"take it from your keyring (keyring set {own_keyring.SERVICE} NAME)",
    )  # fmt: skip
    parser.add_argument(
        "--recipient", metavar="NAME", default=state.DSL_RECIPIENT,
        help="whose key (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="your own key file, where it is kept elsewhere"
    )


def private_key(options: argparse.Namespace, store: Store) -> x25519.X25519PrivateKey | None:
    """Return the key that opens excerpts, or None where nobody gave a passphrase.

    Raises:
        SecretError: the passphrase cannot be had, or is wrong.
    """
    if options.key is not None:
        return own_key(options)
    phrase = typed(options, options.recipient)
    return None if phrase is None else state.open_recipient_key(store, options.recipient, phrase)


def own_key(options: argparse.Namespace) -> x25519.X25519PrivateKey:
    """Return the key of a holder's own file; asks for the passphrase where none was given.

    Raises:
        SecretError: the file or the passphrase is wrong.
    """
    own = holder.read_own(options.key)
    phrase = typed(options, own.offer.name)
    return holder.open_own(own, phrase if phrase is not None else _ask(own.offer.name))


def typed(options: argparse.Namespace, name: str) -> str | None:
    """Return the passphrase as the options give it; None = they do not.

    Raises:
        SecretError: it cannot be had.
    """
    if options.passphrase_fd is not None:
        return _from_descriptor(options.passphrase_fd)
    if options.keyring:
        return own_keyring.get(name)
    return _ask(name) if options.open else None


def opener(options: argparse.Namespace, settings: Config, store: Store) -> Opener | None:
    """Return what opens excerpts, or None where nobody gave a passphrase."""
    key = private_key(options, store)
    return excerpts.opener(key, settings.trust, store) if key else None


def _ask(name: str) -> str:
    return getpass.getpass(f"Passphrase of {name}: ")


def _from_descriptor(descriptor: int) -> str:
    try:
        data = os.read(descriptor, _MAX_PASSPHRASE_BYTES)
    except OSError as error:
        raise SecretError(
            f"file descriptor {descriptor} cannot be read ({error.strerror}); open it in the "
            "shell, for example: --passphrase-fd 3 3<FILE"
        ) from error
    return data.decode("utf-8", "replace").strip()
