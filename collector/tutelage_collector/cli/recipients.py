"""``recipient list|add|rotate|remove|recover``: who can read, as the collector has it.

``recipient make`` and ``recipient share`` are in ``cli/sharing.py``: the holder's side.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, published, state
from tutelage_collector.cli import passkeys, passphrase, sharing
from tutelage_collector.errors import ConfigError, SecretError, StateError
from tutelage_collector.recipients import cards, holder, quorum
from tutelage_collector.recipients.holder import Offer
from tutelage_collector.recipients.sharing import all_sealed
from tutelage_collector.store.records_recipients import KeyState, RecipientKey, RecipientKind
from tutelage_wire import documents, keys, times
from tutelage_wire.documents import Head, Role, SignedDocument
from tutelage_wire.recipients import SealTo, body_of

if TYPE_CHECKING:
    import argparse

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.store import Store

_ACTOR = "terminal"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("recipient", help="who can read what children wrote")
    parts = verb.add_subparsers(
        dest="part",
        metavar="list|make|add|share|rotate|document|remove|recover|passkey",
        required=True,
    )
    listed = parts.add_parser("list", help="all keys, and how many excerpts each opens")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    sharing.add_parsers(parts)
    passkeys.add_parsers(parts)
    add = parts.add_parser("add", help="let one more person read, or print the recovery key")
    _add_name(add, "a role, never a person: deputy-1, recovery")
    add.add_argument("--kind", choices=["dsl", "deputy", "head"], default="deputy")
    add.add_argument("--school", help="only of this school (default: of every school)")
    add.add_argument(
        "--cards", type=Path, metavar="FOLDER",
        help="make the recovery key: its three cards as PDF; any two open everything",
    )  # fmt: skip
    add.set_defaults(run=_add)
    rotate = parts.add_parser("rotate", help="give a recipient a new key; the old one still opens")
    _add_name(rotate, "of a recipient")
    rotate.add_argument("--cards", type=Path, metavar="FOLDER", help="for the recovery key")
    rotate.set_defaults(run=_rotate)
    for one in (add, rotate):
        one.add_argument(
            "--from", dest="offer", type=Path, metavar="FILE",
            help="NAME.offer.json from the holder's own machine (recipient make)",
        )  # fmt: skip
        passphrase.add_options(one, opening="and share what was sealed before")
    document = parts.add_parser(
        "document",
        help="write the list that devices obey, for people to sign (policy sign, policy publish)",
    )
    document.add_argument("--out", type=Path, required=True, metavar="FILE", help="to be signed")
    document.add_argument("--days", type=int, default=400, metavar="N", help="(default: 400)")
    document.set_defaults(run=_document)
    remove = parts.add_parser("remove", help="let a recipient read no more")
    _add_name(remove, "of a recipient")
    remove.add_argument("--key-id", metavar="ID", help="only this key (recipient list)")
    remove.set_defaults(run=_remove)
    recover = parts.add_parser(
        "recover",
        help="after a lost passphrase: two recovery cards give a recipient a new key",
        description="After a lost passphrase: the words of two recovery cards open everything "
        "once, and share it with a new key of the recipient.",
    )
    _add_name(recover, "whose passphrase is lost: dsl")
    recover.add_argument(
        "--from", dest="offer", type=Path, metavar="FILE",
        help="the new key, made on the holder's own machine (recipient make)",
    )  # fmt: skip
    recover.add_argument(
        "--cards-from", type=Path, metavar="FILE",
        help="read the words from this file, a card a line, instead of asking",
    )  # fmt: skip
    recover.set_defaults(run=_recover)


def _add_name(parser: argparse.ArgumentParser, help_text: str) -> None:
    parser.add_argument("name", metavar="NAME", help=help_text)


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        found = {
            kind: [one for _, one in all_sealed(store, settings.trust, kind)]
            for kind in {key.kind for key in store.recipients()}
        }
        rows: list[output.Row] = [
            {
                "name": key.name, "kind": key.kind.value, "school": key.school or "all",
                "key_id": key.key_id, "state": key.state.value,
                "opens": sum(one.opens_with(bytes.fromhex(key.key_id)) for one in found[key.kind]),
                "of": len(found[key.kind]),
                "held": _held(key), "added": times.text(key.added_at),
                "ended": times.text(key.ended_at) if key.ended_at else None,
            }
            for key in store.recipients()
        ]  # fmt: skip
    columns = {
        "name": "Name", "kind": "Kind", "school": "School", "key_id": "Key", "state": "State",
        "opens": "Opens", "of": "Of", "held": "Private half", "added": "Added",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    if not any(row["kind"] == "head" and row["state"] == "active" for row in rows):
        print(
            "The headteacher has no key: until there is one, nobody can write down a concern about "
            "a member of staff. They make it on the page Who can read.",
            file=sys.stderr,
        )
    return 0


def _held(key: RecipientKey) -> str:
    if key.kind is RecipientKind.RECOVERY:
        return "on cards"
    return "under its passphrase" if key.browser_key else "with its holder"


def _add(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    school = config.check_name(options.school, "school") if options.school else ""
    with closing(state.open_store(settings)) as store:
        if any(
            key.name == options.name and key.state is KeyState.ACTIVE and key.school == school
            for key in store.recipients()
        ):
            raise ConfigError(
                f"recipient {options.name}: has a key already; for a new one: "
                f"recipient rotate {options.name}"
            )
        opener = passphrase.private_key(options, store)
        offer = _new_key(options, RecipientKind(options.kind), settings.trust)
        key = state.recipient_of(offer, school, now)
        store.add_recipient(key)
        store.audit(
            _ACTOR, "recipient added", f"recipient {key.name}",
            f"key {key.key_id} kind {key.kind.value} school {school or 'all'}", now,
        )  # fmt: skip
        _share_or_say(store, settings.trust, key, opener)
    return 0


def _rotate(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        before = sharing.active(store, options.name)
        options.recipient = options.recipient if options.key else options.name
        opener = passphrase.private_key(options, store)
        key = state.recipient_of(_new_key(options, before.kind, settings.trust), before.school, now)
        store.replace_recipient(key, now)
        store.audit(
            _ACTOR, "recipient key replaced", f"recipient {key.name}",
            f"key {before.key_id} by key {key.key_id}", now,
        )  # fmt: skip
        _share_or_say(store, settings.trust, key, opener)
    print(
        f"The old key {before.key_id} goes on opening what was sealed to it. When no device seals "
        f"to it any more: recipient remove {key.name} --key-id {before.key_id}",
        file=sys.stderr,
    )
    return 0


def _document(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        held = published.trusted(store, settings.trust)
        version = (held.version(Role.RECIPIENTS) if held else 0) + 1
        names = [
            SealTo(key.name, key.school, key.public_key)
            for key in store.recipients()
            if key.state is KeyState.ACTIVE and key.kind is not RecipientKind.HEAD
        ]
    head = Head(Role.RECIPIENTS, settings.trust, version, now + timedelta(days=options.days))
    payload = documents.write_payload(head, body_of(names))
    unsigned = documents.encode(SignedDocument(Role.RECIPIENTS, payload, ()))
    try:
        options.out.write_bytes(unsigned)
    except OSError as error:
        raise StateError(f"{options.out}: cannot be written ({error.strerror})") from error
    print(f"{options.out}: recipients version {version}, to be signed:")
    for one in names:
        print(f"  {one.name}\t{one.school or 'all'}\t{keys.key_id(one.public_key).hex()}")
    print(
        f"Next, on the machines of those who sign: tutelage-collector policy sign {options.out} "
        f"--key KEY; then here: tutelage-collector policy publish {options.out}",
        file=sys.stderr,
    )
    return 0


def _remove(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        ending = [
            key
            for key in store.recipients()
            if key.name == options.name
            and key.state is not KeyState.REMOVED
            and options.key_id in (None, key.key_id)
        ]
        if not ending:
            raise ConfigError(f"recipient {options.name}: no such key; see: recipient list")
        gone = {key.key_id for key in ending}
        if not any(
            key.state is KeyState.ACTIVE
            and key.kind is not RecipientKind.RECOVERY
            and key.key_id not in gone
            for key in store.recipients()
        ):
            raise ConfigError(
                f"recipient {options.name}: is the last one who can read; add another first, or "
                f"recipient rotate {options.name}"
            )
        for key in ending:
            store.end_recipient(key.key_id, KeyState.REMOVED, now)
            store.audit(
                _ACTOR, "recipient removed", f"recipient {key.name}", f"key {key.key_id}", now
            )
    print(
        f"{options.name} gets nothing more. Devices stop sealing to this key with the next signed "
        "list of recipients.\nWhat devices sealed to it before stays sealed to it: end the "
        "account too (account remove), and share nothing with its holder.",
        file=sys.stderr,
    )
    return 0


def _recover(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        before = sharing.active(store, options.name)
        opener = sharing.from_cards(options.cards_from)
        recovery = opener.public_key().public_bytes_raw()
        if not any(
            key.public_key == recovery and key.kind is RecipientKind.RECOVERY
            for key in store.recipients()
        ):
            raise SecretError(
                "these cards are not of a recovery key of this collector: look at the key's name "
                "on each (recipient list)"
            )
        key = state.recipient_of(_new_key(options, before.kind, settings.trust), before.school, now)
        store.replace_recipient(key, now)
        store.audit(
            _ACTOR, "recipient recovered by cards", f"recipient {key.name}",
            f"key {before.key_id} by key {key.key_id}", now,
        )  # fmt: skip
        _share_or_say(store, settings.trust, key, opener)
    print(
        "Words that were typed are no secret any more. Print new cards: "
        "tutelage-collector recipient rotate recovery --cards FOLDER",
        file=sys.stderr,
    )
    return 0


def _new_key(options: argparse.Namespace, kind: RecipientKind, trust: str) -> Offer:
    """Return the public side of a new key: offered, printed on cards, or drawn here."""
    name, folder = config.check_name(options.name, "recipient"), getattr(options, "cards", None)
    if options.offer:
        offer = holder.read_offer(options.offer)
        if offer.name != name:
            raise SecretError(f"{options.offer}: is an offer of {offer.name!r}, not of {name!r}")
        return offer
    if folder is None and kind is RecipientKind.RECOVERY:
        raise ConfigError("the recovery key lives on cards alone: name a folder with --cards")
    if folder is not None:
        return _printed(name, folder, trust)
    drawn = holder.draw(name, kind)
    sharing.show_once(drawn)
    return drawn.own.offer


def _printed(name: str, folder: Path, trust: str) -> Offer:
    drawn = holder.draw(name, RecipientKind.RECOVERY)
    # Its passphrase is forgotten here: the cards are the only way.
    offer = Offer(name, RecipientKind.RECOVERY, drawn.own.offer.public_key, "")
    for path in cards.write(
        folder, quorum.split(drawn.private), trust, offer.key_id, times.utc_now()
    ):
        print(f"Card: {path}")
    print(
        "Print each card, give each to another person, and delete these files: "
        "any two of them open everything."
    )
    return offer


def _share_or_say(
    store: Store, trust: str, key: RecipientKey, opener: x25519.X25519PrivateKey | None
) -> None:
    print(f"Recipient {key.name}: key {key.key_id}.")
    print(
        "New bundles name it. Devices that joined before seal to it after people have signed the "
        "list: recipient document --out FILE",
        file=sys.stderr,
    )
    if opener is not None:
        sharing.share_here(store, trust, key, opener)
        return
    print(
        f"What was sealed before is shared by who can open it: recipient share {key.name} "
        "(recipient share --help)",
        file=sys.stderr,
    )
