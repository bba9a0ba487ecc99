"""``token create|list|revoke``."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, published, serving, state, tokens
from tutelage_collector.errors import StateError
from tutelage_collector.store.records import Placement
from tutelage_wire import bundle, times
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from tutelage_collector.store.records import Token

_ACTOR = "terminal"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    token = verbs.add_parser("token", help="let devices in: join tokens and bundle files")
    parts = token.add_subparsers(dest="part", metavar="create|list|revoke", required=True)
    create = parts.add_parser("create", help="make a token, and the bundle file that carries it")
    create.add_argument("--school", help="short name (default: the collector's first school)")
    create.add_argument("--group", default="", help="free text, for example library-carrels")
    create.add_argument("--profile", default="pupil", choices=tokens.PROFILES)
    create.add_argument(
        "--age-band", default=AgeBand.SECONDARY.value, choices=[band.value for band in AgeBand]
    )
    create.add_argument(
        "--class", default="assigned", choices=tokens.DEVICE_CLASSES, dest="device_class"
    )
    create.add_argument(
        "--quota", type=int, default=1, metavar="N", help="devices (default: %(default)s)"
    )
    create.add_argument(
        "--days", type=float, default=tokens.DEFAULT_DAYS, help="valid so long (default: 14)"
    )
    create.add_argument(
        "--approve", action="store_true",
        help="each device waits until you let it in: device waiting, device approve",
    )  # fmt: skip
    create.add_argument(
        "--out", type=Path, metavar="FILE", help="write the bundle here (default: print it)"
    )
    create.set_defaults(run=_create)
    listed = parts.add_parser("list", help="all tokens, newest first")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    revoke = parts.add_parser("revoke", help="let nobody in with a token any more")
    revoke.add_argument("token_id", metavar="TOKEN")
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace) -> int:
    folder, now = options.state.absolute(), times.utc_now()
    settings = config.load(folder)
    school = config.check_name(options.school or settings.school, "school")
    placement = Placement(
        school, options.group, options.profile, options.age_band, options.device_class
    )
    token = tokens.new_token(
        placement, options.quota, timedelta(days=options.days), now, approve=options.approve
    )
    held = state.load(folder)
    listen = settings.listen
    running = serving.read(folder)
    enrol = running.enrol if running else f"{listen.advertise}:{listen.enrol_port}"
    link = running.link if running else f"{listen.advertise}:{listen.link_port}"
    with closing(state.open_store(settings)) as store:
        root = published.pinned_root(store)
        made = tokens.bundle_of(token, held, store.recipients(), settings.trust, enrol, link, root)
        text = bundle.dumps(made)
        # Written first: a token whose bundle was lost would only lie about.
        if options.out:
            _write_private(options.out, text)
        store.add_token(token)
        store.audit(
            _ACTOR, "token created", f"token {token.id}",
            f"school {school} quota {token.quota}"
            + (", each device is let in by a person" if token.approve else ""), now,
        )  # fmt: skip
    if options.out:
        print(f"Token {token.id}: {token.quota} device(s) until {times.text(token.not_after)}.")
        print(f"Bundle: {options.out}. It lets devices in: pass it on as you would a key.")
    else:
        print(text)
    return 0


def _write_private(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StateError(
            f"{path}: cannot be written ({error.strerror}); name another file with --out"
        ) from error


def _list(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows = [_row(token, now) for token in store.tokens()]
    columns = {
        "token": "Token", "state": "State", "school": "School", "profile": "Profile",
        "used": "Used", "quota": "Of", "until": "Until",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _row(token: Token, now: datetime) -> output.Row:
    if token.revoked:
        standing = "revoked"
    elif now > token.not_after:
        standing = "expired"
    else:
        standing = "used up" if token.used >= token.quota else "open"
    place = token.placement
    return {
        "token": token.id,
        "state": standing,
        "school": place.school,
        "group": place.group,
        "profile": place.profile,
        "age_band": place.age_band,
        "class": place.device_class,
        "used": token.used,
        "quota": token.quota,
        "from": times.text(token.not_before),
        "until": times.text(token.not_after),
        "approve": token.approve,
    }


def _revoke(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.revoke_token(options.token_id)
        store.audit(_ACTOR, "token revoked", f"token {options.token_id}", "", times.utc_now())
    print(f"Token {options.token_id} lets nobody in any more.", file=sys.stderr)
    return 0
