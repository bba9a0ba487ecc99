"""``policy``: on the collector ``identity|publish|show|diff``; the signing is in its neighbour."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import ceremony, config, output, policy_files, published, state
from tutelage_collector.cli import policy_signing
from tutelage_collector.errors import PublishError, StateError
from tutelage_collector.store.records_documents import PublishedArtefact
from tutelage_wire import documents, times
from tutelage_wire.documents import Role
from tutelage_wire.policy.reading import read_policy

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from tutelage_collector.store.sqlite import SqliteStore
    from tutelage_wire.documents import Document, SignedDocument

_COLUMNS = {
    "role": "Document", "version": "Version", "expires": "Until", "published": "Published",
    "fingerprint": "Fingerprint",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    policy = verbs.add_parser("policy", help="what devices obey: write, sign, publish, compare")
    parts = policy.add_subparsers(
        dest="part",
        metavar="new|key|init-root|sign|rotate-root|pack|identity|publish|show|diff",
        required=True,
    )
    policy_signing.add_parsers(parts)
    identity = parts.add_parser(
        "identity", help="on the collector: write its name and public key, for init-root"
    )
    identity.add_argument("--out", type=Path, metavar="FILE", help="(default: print it)")
    identity.set_defaults(run=_identity)
    publish = parts.add_parser(
        "publish", help="on the collector: verify signed files, and offer them to devices"
    )
    publish.add_argument("files", nargs="+", type=Path, metavar="FILE")
    publish.set_defaults(run=_publish)
    show = parts.add_parser("show", help="what is published here, or what one file says")
    show.add_argument("file", nargs="?", type=Path, metavar="FILE", help="TOML or signed")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    diff = parts.add_parser("diff", help="what changes between two policies (status 1: something)")
    diff.add_argument("old", type=Path, metavar="OLD", help="TOML or signed")
    diff.add_argument(
        "new", nargs="?", type=Path, metavar="NEW",
        help="(default: OLD is compared with what is published here)",
    )  # fmt: skip
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=_diff)


def _identity(options: argparse.Namespace) -> int:
    folder = options.state.absolute()
    key = state.load(folder).checkpoint_key.public_key().public_bytes_raw()
    text = ceremony.Identity(config.load(folder).trust, key).dumps()
    if options.out is None:
        print(text)
        return 0
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateError(f"{options.out}: cannot be written ({error.strerror})") from error
    print(f"{options.out}: nothing in it is secret. Take it to where the keys will be kept.")
    return 0


def _publish(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    packs = [path for path in options.files if policy_files.is_artefact(path)]
    signed = [policy_files.read_signed(path) for path in options.files if path not in packs]
    first = {Role.ROOT: 0, Role.RECIPIENTS: 1, Role.POLICY: 2}
    with closing(state.open_store(settings)) as store:
        for path in packs:
            data = policy_files.read_artefact(path)
            name = path.name.removesuffix(".gz").removesuffix(".pack.json")
            store.add_artefact(PublishedArtefact(name, documents.sha256(data), data, now))
            print(f"Pack {path.name} is here: devices take it once a signed policy names it.")
        for document in sorted(signed, key=lambda one: first.get(one.role, 9)):
            _publish_one(store, document, settings.trust, now)
    return 0


def _publish_one(store: SqliteStore, document: SignedDocument, trust: str, now: datetime) -> None:
    known = store.documents_published()
    found = published.publish(store, document, trust, now, policy_files.CHECKS)
    named = f"{found.role} version {found.version}"
    if store.documents_published() == known:
        print(f"{named} was published before.")
        return
    seen = documents.fingerprint(document)
    store.audit("terminal", "document published", named, f"fingerprint {seen}", now)
    print(f"{named} is published: connected devices fetch it within seconds.")
    print(f"Fingerprint: {seen}")
    if document.role is Role.ROOT and found.version == 1:
        print(
            "Compare it aloud with the people who signed it. Bundles made from now on carry it; "
            "devices that enrolled before obey it only after they enrol again."
        )


def _show(options: argparse.Namespace) -> int:
    if options.file is not None:
        _show_file(options.file, as_json=options.json)
        return 0
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        rows = [
            _row(documents.decode(one.data)) | {"published": times.text(one.published_at)}
            for one in store.documents()
        ]
        rows += [
            {
                "role": f"pack {one.name}",
                "version": "",
                "expires": "",
                "published": times.text(one.published_at),
                "fingerprint": one.sha256.hex(),
            }
            for one in store.artefacts()
        ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    if not rows:
        print(
            "Nothing is published: devices use the built-in policy. Begin with: policy identity",
            file=sys.stderr,
        )
    return 0


def _row(document: SignedDocument) -> output.Row:
    head = documents.read_document(document).head
    return {
        "role": head.role.value,
        "version": head.version,
        "expires": times.text(head.expires),
        "fingerprint": documents.fingerprint(document),
    }


def _show_file(path: Path, *, as_json: bool) -> None:
    if path.suffix == ".toml":
        draft = policy_files.read_draft(path)
        signed = documents.SignedDocument(Role.POLICY, draft.payload, ())
    else:
        signed = policy_files.read_signed(path)
    read = documents.read_document(signed)
    if read.head.role is Role.POLICY:
        read_policy(read)  # says what is wrong with it
    if as_json:
        output.print_json(
            _row(signed)
            | {
                "signed_by": [one.key_id.hex() for one in signed.signatures],
                "body": dict(read.body),
            }
        )
        return
    for key, value in (_row(signed) | {"signatures": len(signed.signatures)}).items():
        print(f"{key:<13} {value}")
    for name, said in policy_files.flat(read.body).items():
        print(f"  {name} = {said}")


def _diff(options: argparse.Namespace) -> int:
    old, new = _body(options.old), None
    if options.new is not None:
        new = _body(options.new)
    else:
        settings = config.load(options.state.absolute())
        with closing(state.open_store(settings)) as store:
            held = published.trusted(store, settings.trust)
        here = held.held.get(Role.POLICY) if held else None
        if here is None:
            raise PublishError("no policy is published here: give two files to compare")
        old, new = policy_files.flat(here.body), old
    rows: list[output.Row] = [
        {"what": name, "before": old.get(name), "after": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    output.print_rows(
        rows, {"what": "What", "before": "Before", "after": "After"}, as_json=options.json
    )
    if not rows:
        print("Both say the same.", file=sys.stderr)
    return 1 if rows else 0


def _body(path: Path) -> dict[str, str]:
    read: Document
    if path.suffix == ".toml":
        payload = policy_files.read_draft(path).payload
        read = documents.read_document(documents.SignedDocument(Role.POLICY, payload, ()))
    else:
        read = documents.read_document(policy_files.read_signed(path))
    return policy_files.flat(read.body)
