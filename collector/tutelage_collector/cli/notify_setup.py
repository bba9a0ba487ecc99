"""``notify set|remove``: what messages leave by, with its secrets, asked for and never shown."""

from __future__ import annotations

import dataclasses
import getpass
import secrets
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, state
from tutelage_collector.errors import ConfigError, NotFoundError
from tutelage_collector.notify import settings
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.notify.settings import Notifiers


def add_parsers(parts: Any) -> None:
    """Add both to the parsers of ``notify``."""
    _add_set(parts.add_parser("set", help="set one up; secrets are asked for, or read from stdin"))
    remove = parts.add_parser("remove", help="forget one")
    remove.add_argument("kind", choices=["email", "webhook", "other"])
    remove.add_argument("name", nargs="?", default="")
    remove.set_defaults(run=_remove)


def _add_set(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", metavar="email|webhook|other|address", required=True)
    email = kinds.add_parser("email", help="a mail server; its password is asked for")
    email.add_argument("--host", required=True)
    email.add_argument("--port", type=int, default=587)
    email.add_argument("--security", choices=["starttls", "tls"], default="starttls")
    email.add_argument("--sender", required=True, metavar="ADDRESS")
    email.add_argument("--account", default="", help="none: the server asks for no password")
    email.add_argument("--ca-file", default="", metavar="PEM", help="of an authority of your own")
    email.set_defaults(run=_set_email)
    hook = kinds.add_parser("webhook", help="an address; its signing secret is shown once")
    hook.add_argument("name")
    hook.add_argument("--url", required=True)
    hook.add_argument("--ca-file", default="", metavar="PEM")
    hook.add_argument("--own-secret", action="store_true", help="ask for the secret instead")
    hook.set_defaults(run=_set_webhook)
    other = kinds.add_parser("other", help="Teams and others: an Apprise address is asked for")
    other.add_argument("name")
    other.set_defaults(run=_set_other)
    address = kinds.add_parser("address", help="of the pages, as messages give it")
    address.add_argument("url", metavar="https://…")
    address.set_defaults(run=_set_address)


def _set_email(options: argparse.Namespace) -> int:
    password = _secret("Password of the mail account: ") if options.account else ""
    mail = settings.Mail(
        options.host, options.sender, options.port, options.security, options.account, password,
        options.ca_file,
    )  # fmt: skip
    return _save(options, lambda found: dataclasses.replace(found, email=mail), "email")


def _set_webhook(options: argparse.Namespace) -> int:
    secret = _secret("Secret that signs: ") if options.own_secret else secrets.token_urlsafe(32)
    hook = settings.Webhook(options.url, secret, options.ca_file)
    done = _save(
        options,
        lambda found: dataclasses.replace(found, webhooks={**found.webhooks, options.name: hook}),
        f"webhook:{options.name}",
    )
    if not options.own_secret:
        print(f"The receiver checks signatures with this secret, shown only now: {secret}")
    return done


def _set_other(options: argparse.Namespace) -> int:
    url = _secret("Apprise address, for example workflows://…: ")
    return _save(
        options,
        lambda found: dataclasses.replace(found, others={**found.others, options.name: url}),
        f"other:{options.name}",
    )


def _set_address(options: argparse.Namespace) -> int:
    return _save(options, lambda found: dataclasses.replace(found, address=options.url), "address")


def _remove(options: argparse.Namespace) -> int:
    def without(found: Notifiers) -> Notifiers:
        if options.kind == "email" and found.email:
            return dataclasses.replace(found, email=None)
        kept = found.webhooks if options.kind == "webhook" else found.others
        if options.kind == "email" or options.name not in kept:
            raise NotFoundError(f"{options.kind} {options.name}: not set up; see: notify show")
        left: Any = {name: one for name, one in kept.items() if name != options.name}
        return dataclasses.replace(
            found, **{"webhooks" if options.kind == "webhook" else "others": left}
        )

    return _save(options, without, f"{options.kind}:{options.name}".rstrip(":"))


def _save(options: argparse.Namespace, change: Any, what: str) -> int:
    here = config.load(options.state.absolute())
    path = settings.save(here.folder, change(settings.load(here.folder)))
    with closing(state.open_store(here)) as store:
        store.audit("terminal", "notifiers changed", f"notifier {what}", "", times.utc_now())
    print(f"Kept in {path}, for its owner only. Try it: notify test", file=sys.stderr)
    return 0


def _secret(question: str) -> str:
    text = getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise ConfigError("nothing was given; type it, or pipe it in as one line")
    return text.strip()
