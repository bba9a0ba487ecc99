"""``certificate``: keys and certificates, how they stand, and exchanged while serving."""

from __future__ import annotations

import getpass
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import authority, checkpoint_keys, config, output, pki, standing, state
from tutelage_collector.authority import Standing
from tutelage_collector.errors import SecretError, StateError
from tutelage_wire import keys, times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.config import Config

_ACTOR = "terminal"
_MOST_BYTES = 4096
_COLUMNS = {"what": "What", "id": "Name", "until": "Until", "state": "State"}


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("certificate", help="keys and certificates: how they stand, new ones")
    parts = verb.add_subparsers(
        dest="part",
        metavar="show|renew|new-checkpoint-key|new-intermediate|sign|retire|revoke|move-root",
        required=True,
    )
    show = parts.add_parser(
        "show", help="all of them, and what to do (status 1: something is to be done)"
    )
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)

    renew = parts.add_parser(
        "renew",
        help="give the collector a new TLS key and certificate",
        description="Give the collector a new TLS key and certificate. A running collector shows "
        "it to whoever connects from then on; devices stay connected. It happens by itself half a "
        "year before the end.",
    )
    renew.add_argument(
        "--host", action="append", default=[], metavar="NAME",
        help="one more name or address by which browsers call it",
    )  # fmt: skip
    renew.set_defaults(run=_renew)

    checkpoint = parts.add_parser(
        "new-checkpoint-key",
        help="exchange the key with which the collector acknowledges what it stored",
    )
    checkpoint.set_defaults(run=_new_checkpoint_key)

    fresh = parts.add_parser(
        "new-intermediate",
        help="let another authority certify devices, signed by the trust's root",
        description="Let another authority certify devices. Where the root's key rests on another "
        "computer: --request here, certificate sign there, --answer here. With --root-key it is "
        "one step.",
    )
    way = fresh.add_mutually_exclusive_group(required=True)
    way.add_argument("--root-key", type=Path, metavar="FILE", help="the root's key is at hand")
    way.add_argument("--request", type=Path, metavar="FILE", help="write what the root is to sign")
    way.add_argument("--answer", type=Path, metavar="FILE", help="what certificate sign wrote")
    _add_passphrase(fresh)
    fresh.set_defaults(run=_new_intermediate)

    sign = parts.add_parser(
        "sign", help="where the root's key is: sign a request; no collector is needed"
    )
    sign.add_argument("request", type=Path, metavar="REQUEST")
    sign.add_argument("--root-key", type=Path, required=True, metavar="FILE")
    sign.add_argument("--root", type=Path, required=True, metavar="FILE", help="its certificate")
    sign.add_argument("--out", type=Path, required=True, metavar="FILE", help="the answer")
    _add_passphrase(sign)
    sign.set_defaults(run=_sign)

    for name, helped in (
        ("retire", "ask the devices of an earlier intermediate to renew now"),
        ("revoke", "after a theft: take nothing under it until its devices have renewed"),
    ):
        ending = parts.add_parser(name, help=helped)
        ending.add_argument("name", metavar="NAME", help="of an earlier one (certificate show)")
        ending.set_defaults(run=_stand, standing=Standing(f"{name}d"))

    move = parts.add_parser(
        "move-root",
        help="take the root's private key off this machine, under a passphrase",
    )
    move.add_argument("--out", type=Path, required=True, metavar="FILE", help="on a stick")
    move.set_defaults(run=_move_root)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-fd", type=int, metavar="N",
        help="read the root key's passphrase from this file descriptor (default: it is asked for)",
    )  # fmt: skip


def _show(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    held = state.load(settings.folder)
    with closing(state.open_store(settings)) as store:
        found = standing.look(settings, held, store, now)
    rows: list[output.Row] = [
        {
            "what": row.what, "id": row.id, "until": times.text(row.until) if row.until else None,
            "state": row.state, "warning": row.warning or None,
        }
        for row in found
    ]  # fmt: skip
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    said = standing.warnings(found)
    if not options.json:
        for one in said:
            print(f"! {one}")
    return 1 if said else 0


def _renew(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    leaf = authority.renew_server(settings.folder, (settings.listen.advertise, *options.host), now)
    until = f"{leaf.not_valid_after_utc:%Y-%m-%d}"
    _audit(settings, "collector's certificate renewed", "certificate", f"until {until}")
    print(f"Renewed until {until}, for: {', '.join(authority.hosts_of(leaf))}.")
    print("A running collector shows it within seconds; devices stay connected.")
    return 0


def _new_checkpoint_key(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    found = checkpoint_keys.renew(settings.folder, now)
    _audit(settings, "checkpoint key exchanged", "checkpoint key", f"key {found.id}")
    print(f"Key {found.id} signs checkpoints within seconds; devices are told by the authority.")
    with closing(state.open_store(settings)) as store:
        rows = standing.look(settings, state.load(settings.folder), store, now, count_devices=False)
    for row in rows:
        if row.what == "checkpoint key" and row.warning:
            print(f"! {row.warning}")
    return 0


def _new_intermediate(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    if options.answer is not None:
        return _install(settings, _read(options.answer))
    request = authority.request_intermediate(settings.folder, settings.trust)
    if options.request is not None:
        _write(options.request, request)
        print(f"{options.request}: nothing in it is secret. Its fingerprint: {_seen(request)}")
        print(
            f"Where the root's key is: certificate sign {options.request.name} --root-key FILE "
            "--root root.crt.pem --out ANSWER; then here: new-intermediate --answer ANSWER"
        )
        return 0
    root = authority.read(settings.folder, authority.ROOT)
    issuer = pki.load_issuer(root, _root_key(options))
    key, trust = pki.read_intermediate_request(request)
    return _install(settings, pki.pem(pki.certify_intermediate(issuer, key, trust, now)))


def _install(settings: Config, answer: bytes) -> int:
    before = pki.short_id(authority.load(settings.folder).intermediate.certificate)
    held = authority.install_intermediate(settings.folder, answer, times.utc_now())
    name = pki.short_id(held.intermediate.certificate)
    _audit(settings, "intermediate exchanged", f"intermediate {name}", f"in place of {before}")
    print(f"Authority {name} certifies from now on, also in a running collector.")
    print(
        f"Devices under {before} stay connected and come under it as they renew, within 60 days; "
        f"sooner with: certificate retire {before}; after a theft: certificate revoke {before}"
    )
    return 0


def _sign(options: argparse.Namespace) -> int:
    request = _read(options.request)
    key, trust = pki.read_intermediate_request(request)
    issuer = pki.load_issuer(_read(options.root), _root_key(options))
    _write(options.out, pki.pem(pki.certify_intermediate(issuer, key, trust, times.utc_now())))
    print(f"Signed for trust {trust}. Fingerprint of the request: {_seen(request)}")
    print("Compare it with what the collector printed, before the answer goes back.")
    return 0


def _stand(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    found = authority.stand(settings.folder, options.name, options.standing, now)
    _audit(settings, f"intermediate {found.standing}", f"intermediate {found.id}", "")
    if found.standing is Standing.REVOKED:
        print("Nothing is taken under it any more. Its devices renew at once, and lose nothing.")
    else:
        print("Its connected devices renew now, the others when they connect.")
    print("Who has not: certificate show")
    return 0


def _move_root(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    passphrase = authority.move_root_key(settings.folder, options.out)
    _audit(settings, "root key moved away", "root key", "")
    print(f"{options.out}: the root's key; it is on this machine no more. Keep a second copy.")
    print(f"Its passphrase, shown once, belongs to somebody else than the file: {passphrase}")
    print("A disk remembers what was deleted, and so do backups made before: destroy those.")
    return 0


def _root_key(options: argparse.Namespace) -> bytes:
    """Return the root's key as PEM in clear."""
    data = _read(options.root_key)
    if not pki.is_closed(data):
        return data
    if options.passphrase_fd is not None:
        try:
            phrase = os.read(options.passphrase_fd, _MOST_BYTES).decode("utf-8", "replace").strip()
        except OSError as error:
            raise SecretError(f"file descriptor {options.passphrase_fd} cannot be read") from error
    else:
        phrase = getpass.getpass(f"Passphrase of {options.root_key}: ")
    return pki.key_pem(pki.load_key(data, phrase))


def _seen(request: bytes) -> str:
    key, _ = pki.read_intermediate_request(request)
    digits = keys.device_id_of(key)
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _audit(settings: Config, action: str, subject: str, detail: str) -> None:
    with closing(state.open_store(settings)) as store:
        store.audit(_ACTOR, action, subject, detail, times.utc_now())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StateError(f"{path}: cannot be read ({error.strerror})") from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror})") from error
