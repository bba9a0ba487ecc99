"""``recipient make|share``: the holder's side, on the collector or on a machine of their own."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, own_keyring, state
from tutelage_collector.cli import passphrase
from tutelage_collector.errors import ConfigError, SecretError, StateError
from tutelage_collector.recipients import holder, quorum
from tutelage_collector.recipients import sharing as shares
from tutelage_collector.store.records_recipients import KeyState, RecipientKind
from tutelage_wire import keys, times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.recipients.holder import Drawn
    from tutelage_collector.recipients.sharing import Request
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_recipients import RecipientKey, RecordId

_ACTOR = "terminal"
_MAX_FILE_BYTES = 512 * 2**20


def add_parsers(parts: Any) -> None:
    """Add both verbs to ``recipient``."""
    make = parts.add_parser(
        "make", help="make your own key, on your own machine: no collector is needed"
    )
    make.add_argument("name", metavar="NAME", help="your role: dsl, deputy-1")
    make.add_argument(
        "--kind", choices=["dsl", "deputy", "head"], default="deputy", help="(default: deputy)"
    )
    make.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER",
        help="for NAME.key.json, which you keep, and NAME.offer.json, which you hand over",
    )  # fmt: skip
    make.add_argument(
        "--keyring", action="store_true",
        help="keep the passphrase in your account's keyring too",
    )  # fmt: skip
    make.set_defaults(run=_make)
    share = parts.add_parser(
        "share",
        help="let a recipient open what was sealed before",
        description="Let a recipient open what was sealed before. Here with a passphrase; or, so "
        "that it never touches the collector: --ask there, --answer on your own machine, --take "
        "there.",
    )
    share.add_argument("name", metavar="NAME", help="of the recipient")
    way = share.add_mutually_exclusive_group()
    way.add_argument("--ask", type=Path, metavar="FILE", help="write what is to be shared")
    way.add_argument(
        "--answer", type=Path, metavar="FILE", help="such a file; the answer goes to --out"
    )
    way.add_argument("--take", type=Path, metavar="FILE", help="keep an answer")
    share.add_argument("--out", type=Path, metavar="FILE", help="of --answer")
    share.add_argument(
        "--to-key", metavar="ID",
        help="the key's name as its holder read it to you; without it you are asked",
    )  # fmt: skip
    share.add_argument(
        "--cards-from", type=Path, metavar="FILE",
        help="open with two recovery cards, a card a line; - asks for them",
    )  # fmt: skip
    passphrase.add_options(share, opening="and open with it")
    share.set_defaults(run=_share)


def _make(options: argparse.Namespace) -> int:
    name = config.check_name(options.name, "recipient")
    drawn = holder.draw(name, RecipientKind(options.kind))
    mine, offered = holder.write_own(options.out, drawn.own)
    if options.keyring:
        own_keyring.put(name, drawn.passphrase)
    show_once(drawn)
    print(f"Keep {mine}; hand {offered} to the collector: recipient add {name} --from FILE")
    return 0


def show_once(drawn: Drawn) -> None:
    """Print a new passphrase: the one time that it is seen."""
    print(f"Passphrase of {drawn.own.offer.name}, shown only now: {drawn.passphrase}")
    print(f"Key {drawn.own.offer.key_id}: read this name to whoever shares with you.")


def _share(options: argparse.Namespace) -> int:
    if options.answer:
        return _answer(options)
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        to = _waiting(store, options.name) or active(store, options.name)
        if options.ask:
            asked = shares.request(store, settings.trust, to)
            _write(options.ask, shares.dumps_request(asked))
            print(f"{options.ask}: {len(asked.excerpts)} excerpts for {to.name}, key {to.key_id}.")
            return 0
        if options.take:
            answer = shares.loads_answer(_read(options.take))
            if answer.key_id != to.key_id:
                raise SecretError(f"{options.take}: was made for key {answer.key_id}")
            kept = shares.keep(store, to.key_id, answer.by_key_id, answer.wrapped, now)
            _audit(store, to, answer.by_key_id, kept)
            _let_in(store, to)
            print(f"{to.name} can open {kept} more.")
            return 0
        opener = _opener(options, store)
        _confirm(options, to.name, to.key_id)
        return share_here(store, settings.trust, to, opener)


def share_here(store: Store, trust: str, to: RecipientKey, opener: x25519.X25519PrivateKey) -> int:
    """Share with a recipient all that ``opener`` opens; 1 = some of it stayed closed."""
    now, by = times.utc_now(), keys.key_id(opener.public_key().public_bytes_raw()).hex()
    asked = shares.request(store, trust, to)
    wrapped, closed = _wrapped(asked, opener)
    kept = shares.keep(store, to.key_id, by, wrapped, now)
    _audit(store, to, by, kept)
    _let_in(store, to)
    print(f"{to.name} can open {kept} more." + _left(closed))
    return 1 if closed else 0


def _answer(options: argparse.Namespace) -> int:
    if options.out is None:
        raise ConfigError("--answer needs --out FILE for what goes back to the collector")
    asked = shares.loads_request(_read(options.answer))
    if asked.name != options.name:
        raise SecretError(f"{options.answer}: asks for {asked.name!r}, not for {options.name!r}")
    if options.cards_from is not None:
        opener = from_cards(options.cards_from)
    elif options.key is not None:
        opener = passphrase.own_key(options)
    else:
        raise ConfigError("--answer opens with your own key file: give --key FILE")
    _confirm(options, asked.name, asked.key_id)
    wrapped, closed = _wrapped(asked, opener)
    by = keys.key_id(opener.public_key().public_bytes_raw()).hex()
    _write(options.out, shares.dumps_answer(shares.Answer(asked.key_id, by, tuple(wrapped))))
    print(f"{options.out}: {len(wrapped)} for {asked.name}." + _left(closed))
    return 1 if closed else 0


def from_cards(path: Path | None) -> x25519.X25519PrivateKey:
    """Return the recovery key of two cards, from a file of one card a line or typed.

    Raises:
        SecretError: a word is wrong, or the cards do not belong together.
    """
    if path is not None and str(path) != "-":
        lines = [line for line in _read(path).splitlines() if line.strip()]
        return quorum.join([quorum.read_card(line) for line in lines[: quorum.NEEDED]])
    found: list[Any] = []
    while len(found) < quorum.NEEDED:
        number = "first" if not found else "second"
        print(f"Type the {quorum.WORDS} words of the {number} card, then Enter:", file=sys.stderr)
        try:
            found.append(quorum.read_card(input()))
        except EOFError as error:
            raise SecretError("two cards are needed") from error
        except SecretError as error:
            print(f"{error}. Once more.", file=sys.stderr)
    return quorum.join(found)


def _opener(options: argparse.Namespace, store: Store) -> x25519.X25519PrivateKey:
    if options.cards_from is not None:
        return from_cards(options.cards_from)
    found = passphrase.private_key(options, store)
    if found is None:
        options.open = True
        found = passphrase.private_key(options, store)
    if found is None:  # pragma: no cover - --open always gives one
        raise SecretError("no key was opened")
    return found


def _confirm(options: argparse.Namespace, name: str, key_id: str) -> None:
    """Let the holder say that the key is who they think it is: the collector may have been told."""
    said = options.to_key
    if said is None:
        print(
            f"{name} has the key {key_id}. Ask its holder to read the name of their key to you.",
            file=sys.stderr,
        )
        said = input("Type it: ")
    if said.lower().replace("-", "").replace(" ", "") != key_id:
        raise SecretError(
            f"this is not the key {key_id} that would get everything: nothing was shared. Somebody "
            "may have exchanged it: talk to your headteacher"
        )


def _wrapped(
    asked: Request, opener: x25519.X25519PrivateKey
) -> tuple[list[tuple[RecordId, bytes]], int]:
    done: list[tuple[RecordId, bytes]] = []
    closed = 0
    for record, one in _progress(shares.answer(asked, opener), len(asked.excerpts)):
        if one is None:
            closed += 1
        else:
            done.append((record, one))
    return done, closed


def _progress(
    found: Iterator[tuple[RecordId, bytes | None]], total: int
) -> Iterator[tuple[RecordId, bytes | None]]:
    if not sys.stderr.isatty():
        yield from found
        return
    # Only where a person looks: importing rich takes longer than most commands.
    from rich.console import Console
    from rich.progress import track

    yield from track(
        found, description="Sharing", total=total, console=Console(stderr=True), transient=True
    )


def _left(closed: int) -> str:
    if not closed:
        return ""
    return f" {closed} were not sealed to the key that was given: another holder shares them."


def _audit(store: Store, to: RecipientKey, by: str, kept: int) -> None:
    store.audit(
        _ACTOR, "excerpts shared", f"recipient {to.name}",
        f"{kept} with key {to.key_id}, opened by key {by}", times.utc_now(),
    )  # fmt: skip


def _waiting(store: Store, name: str) -> RecipientKey | None:
    for key in store.recipients():
        if key.name == name and key.state is KeyState.OFFERED:
            return key
    return None


def _let_in(store: Store, to: RecipientKey) -> None:
    """Let devices seal to a key that was made in a browser and waited for another holder."""
    if to.state is KeyState.OFFERED:
        now = times.utc_now()
        store.activate_recipient(to.key_id, now)
        store.audit(_ACTOR, "recipient added", f"recipient {to.name}", f"key {to.key_id}", now)


def active(store: Store, name: str) -> RecipientKey:
    """Return the key that devices seal to under a name.

    Raises:
        ConfigError: there is none.
    """
    for key in store.recipients():
        if key.name == name and key.state is KeyState.ACTIVE:
            return key
    raise ConfigError(f"recipient {name}: no active key; see: recipient list")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise StateError(f"{path}: too large for such a file")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path}: cannot be read") from error


def _write(path: Path, text: str) -> None:
    try:
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})") from error
