"""Where the safeguarding lead's passphrase comes from: a prompt, a descriptor, the keyring.

Never an argument: other accounts see those.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from tutelage_collector import excerpts, state
from tutelage_collector.errors import SecretError

if TYPE_CHECKING:
    import argparse

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.config import Config
    from tutelage_collector.excerpts import Opener

_MAX_PASSPHRASE_BYTES = 4096
_KEYRING_SERVICE = "tutelage-collector"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that give the passphrase."""
    opening = parser.add_mutually_exclusive_group()
    opening.add_argument(
        "--open", action="store_true", help="ask for the DSL's passphrase, and show excerpts"
    )
    opening.add_argument(
        "--passphrase-fd", type=int, metavar="N",
        help="read the passphrase from this file descriptor",
    )  # fmt: skip
    opening.add_argument(
        "--keyring", action="store_true",
        help=f"take it from the keyring (keyring set {_KEYRING_SERVICE} {state.DSL_RECIPIENT})",
    )  # fmt: skip


def private_key(options: argparse.Namespace, settings: Config) -> x25519.X25519PrivateKey | None:
    """Return the key that opens excerpts, or None where nobody gave a passphrase.

    Raises:
        SecretError: the passphrase cannot be had, or is wrong.
    """
    if options.passphrase_fd is not None:
        passphrase = _from_descriptor(options.passphrase_fd)
    elif options.keyring:
        passphrase = _from_keyring()
    elif options.open:
        passphrase = getpass.getpass("Passphrase of the safeguarding lead: ")
    else:
        return None
    return state.open_recipient_key(settings.folder, state.DSL_RECIPIENT, passphrase)


def opener(options: argparse.Namespace, settings: Config) -> Opener | None:
    """Return what opens excerpts, or None where nobody gave a passphrase."""
    key = private_key(options, settings)
    return excerpts.opener(key, settings.trust) if key else None


def _from_descriptor(descriptor: int) -> str:
    try:
        data = os.read(descriptor, _MAX_PASSPHRASE_BYTES)
    except OSError as error:
        raise SecretError(
            f"file descriptor {descriptor} cannot be read ({error.strerror}); open it in the "
            "shell, for example: --passphrase-fd 3 3<FILE"
        ) from error
    return data.decode("utf-8", "replace").strip()


def _from_keyring() -> str:
    # Imported here: it takes half a second and 30 MB.
    import keyring
    import keyring.errors

    try:
        found = keyring.get_password(_KEYRING_SERVICE, state.DSL_RECIPIENT)
    except keyring.errors.KeyringError as error:
        raise SecretError(f"the keyring cannot be read ({error}); use --open instead") from error
    if found is None:
        raise SecretError(
            "the keyring holds no passphrase; put it there with: "
            f"keyring set {_KEYRING_SERVICE} {state.DSL_RECIPIENT}"
        )
    return found
