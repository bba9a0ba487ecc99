"""``policy new|key|init-root|sign|rotate-root|pack``: where the keys are, not on the collector."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import ceremony, output, policy_files, secrecy, signing_keys
from tutelage_collector.errors import PublishError, SecretError
from tutelage_wire import documents, times
from tutelage_wire.documents import Role, SignedDocument

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from tutelage_collector.signing_keys import KeyFile
    from tutelage_wire import keys

_ROLES = tuple(role.value for role in Role)
_MOST_LINES = 4096


def add_parsers(parts: Any) -> None:
    """Add the parts that sign to the verb ``policy``."""
    new = parts.add_parser("new", help="write a policy as TOML with notes, to be filled in")
    new.add_argument("--trust", required=True, help="short name of the trust, as the collector's")
    new.add_argument("--school", default="our school", help="its name as people say it")
    new.add_argument("--out", type=Path, default=Path("policy.toml"), metavar="FILE")
    new.set_defaults(run=_new)

    key = parts.add_parser("key", help="make one person's key: its file, and a passphrase")
    key.add_argument("--name", required=True, help="what it is for: root-1, policy")
    key.add_argument("--out", type=Path, required=True, metavar="FILE")
    key.add_argument("--json", action="store_true", help="print the passphrase as JSON")
    key.set_defaults(run=_key)

    root = parts.add_parser(
        "init-root",
        help="make all keys, and the root that says whose keys count",
        description="Make all keys, and the root that says whose keys count. Do it together, on a "
        "computer that is not the collector; then each person takes a file and a passphrase home.",
    )
    root.add_argument("--collector", type=Path, required=True, metavar="FILE",
                      help="what the collector wrote with: policy identity --out FILE")  # fmt: skip
    root.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the files")
    root.add_argument("--people", type=int, default=3, help="root keys (default: %(default)s)")
    root.add_argument(
        "--threshold", type=int, default=2, help="so many sign a root (default: %(default)s)"
    )
    _add_least_rules(root)
    root.add_argument("--json", action="store_true", help="print the passphrases as JSON")
    root.set_defaults(run=_init_root)

    sign = parts.add_parser(
        "sign", help="sign a policy.toml, or add a signature to a document that has too few"
    )
    sign.add_argument("file", type=Path, metavar="FILE", help="TOML, or a signed document")
    _add_keys(sign)
    sign.add_argument("--root", type=Path, metavar="FILE", help="say whether that is enough by it")
    sign.add_argument("--out", type=Path, metavar="FILE", help="(default: beside FILE)")
    sign.set_defaults(run=_sign)

    rotate = parts.add_parser(
        "rotate-root", help="the next root: other keys, people or floors",
        description="Make the next root. It must be signed by enough of the old root keys and by "
        "enough of the new ones; whoever is not in the room adds theirs later with: policy sign.",
    )  # fmt: skip
    rotate.add_argument("present", type=Path, metavar="ROOT", help="the root in force")
    rotate.add_argument(
        "--set", action="append", default=[], metavar="ROLE=FILE[,FILE...][:THRESHOLD]",
        help="give a role these keys (root, policy, recipients) or a collector's identity "
        "(freshness); may be given several times",
    )  # fmt: skip
    _add_least_rules(rotate)
    _add_keys(rotate)
    rotate.add_argument("--out", type=Path, required=True, metavar="FILE")
    rotate.set_defaults(run=_rotate)

    pack = parts.add_parser("pack", help="prove a built pack, and write the file devices fetch")
    pack.add_argument("pack", type=Path, metavar="PACK.json", help="as tutelage-pack build wrote")
    pack.add_argument("--out", type=Path, metavar="FILE", help="(default: PACK.json.gz)")
    pack.set_defaults(run=_pack)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key", action="append", type=Path, default=[], metavar="FILE", dest="key_files",
        help="sign with this key file; its passphrase is asked for",
    )  # fmt: skip
    parser.add_argument(
        "--passphrase-fd", type=int, metavar="N",
        help="read the passphrases from this file descriptor, a line for each key",
    )  # fmt: skip


def _add_least_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--least-rules", action="append", default=[], metavar="PACK=N",
        help="a pack may never have fewer rules, whatever a policy says; for example kcsie=1200",
    )  # fmt: skip


def _new(options: argparse.Namespace) -> int:
    text = policy_files.template(options.trust, options.school, times.utc_now().date())
    if options.out.exists():
        raise PublishError(f"{options.out}: is there already; name another file with --out")
    _write(options.out, text.encode())
    print(f"{options.out}: fill it in, then: tutelage-collector policy sign {options.out} --key …")
    return 0


def _key(options: argparse.Namespace) -> int:
    passphrase = secrecy.new_password()
    made = signing_keys.make(options.out, options.name, passphrase)
    if options.json:
        output.print_json({"file": str(options.out), "passphrase": passphrase,
                           "public_key": made.public_key.hex()})  # fmt: skip
    else:
        print(f"{options.out}: keep it where only you reach it. Its passphrase, shown once:")
        print(f"    {passphrase}")
    return 0


def _init_root(options: argparse.Namespace) -> int:
    now = times.utc_now()
    made = ceremony.first_root(
        options.out,
        ceremony.read_identity(options.collector),
        now,
        people=options.people,
        threshold=options.threshold,
        least_rules=_least_rules(options.least_rules),
    )
    path = options.out / "root-1.signed"
    _write(path, documents.encode(made.document))
    if options.json:
        output.print_json(
            {
                "root": str(path),
                "fingerprint": documents.fingerprint(made.document),
                "passphrases": {f"{name}.key": one for name, one in made.passphrases.items()},
            }
        )
        return 0
    print(f"The root: {path}")
    print(f"Fingerprint: {documents.fingerprint(made.document)}\n")
    print("Each file goes to one person, with its passphrase, which is shown only now:")
    for name, one in made.passphrases.items():
        print(f"    {name + '.key':<18} {one}")
    print(
        "\nroot-*: for example headteacher, safeguarding lead, chair of governors; "
        f"{options.threshold} of them replace keys."
    )
    print("policy: whoever decides what is watched. recipients-*: two people, who reads excerpts.")
    print(f"Nothing of this stays here. Then, on the collector: policy publish {path.name}")
    return 0


def _sign(options: argparse.Namespace) -> int:
    if not options.key_files:
        raise PublishError("name at least one key file with --key")
    if options.file.suffix == ".toml":
        draft = policy_files.read_draft(options.file)
        document = SignedDocument(Role.POLICY, draft.payload, ())
        usual = options.file.with_name(f"{options.file.stem}-{draft.policy.version}.signed")
    else:
        document, usual = policy_files.read_signed(options.file), options.file
    signed = ceremony.signed_with(document, _signers(options))
    path = options.out or usual
    _write(path, documents.encode(signed))
    head = documents.read_document(signed).head
    print(f"{path}: {head.role} version {head.version}, {len(signed.signatures)} signature(s).")
    print(f"Fingerprint: {documents.fingerprint(signed)}")
    if options.root is None:
        return 0
    missing = ceremony.still_missing(signed, policy_files.read_signed(options.root))
    print(f"Not yet: {missing}." if missing else "That is enough: it can be published.")
    return 1 if missing else 0


def _rotate(options: argparse.Namespace) -> int:
    present = policy_files.read_signed(options.present)
    changes = dict(_change(one) for one in options.set)
    least = _least_rules(options.least_rules)
    if not changes and not least:
        raise PublishError("nothing would change: give --set or --least-rules")
    fresh = ceremony.next_root(present, times.utc_now(), changes, least)
    signed = ceremony.signed_with(fresh, _signers(options))
    _write(options.out, documents.encode(signed))
    print(f"{options.out}: root version {documents.read_document(signed).head.version}.")
    print(f"Fingerprint: {documents.fingerprint(signed)}")
    missing = ceremony.still_missing(signed, present)
    print(f"Not yet: {missing}; add signatures with: policy sign {options.out} --key FILE"
          if missing else "That is enough: it can be published.")  # fmt: skip
    changed = {role.value for role in changes} - {Role.ROOT.value, Role.FRESHNESS.value}
    if changed:
        print(f"Sign anew with the new keys and publish: {', '.join(sorted(changed))}.")
    return 1 if missing else 0


def _change(text: str) -> tuple[Role, documents.RoleKeys]:
    name, _, rest = text.partition("=")
    files, _, threshold = rest.partition(":")
    if name not in _ROLES or not files or (threshold and not threshold.isdecimal()):
        raise PublishError(
            f"--set {text}: should be like policy=new.key or root=a.key,b.key:2; "
            f"roles: {', '.join(_ROLES)}"
        )
    role, paths = Role(name), [Path(one) for one in files.split(",")]
    if role is Role.FRESHNESS:
        held = [ceremony.read_identity(path).freshness_key for path in paths]
        return role, documents.RoleKeys(tuple(held), 1)
    found = [signing_keys.read(path) for path in paths]
    return role, ceremony.role_keys(found, int(threshold or len(found)))


def _pack(options: argparse.Namespace) -> int:
    print("Trying every example of the pack on this machine; half a minute ...", flush=True)
    made = policy_files.make_artefact(options.pack, times.utc_now())
    path = options.out or options.pack.with_name(options.pack.name + ".gz")
    _write(path, made.data)
    print(f"{path}: {made.name}, {made.rules} rules, {len(made.data)} bytes. In the policy:\n")
    print(made.toml)
    return 0


def _signers(options: argparse.Namespace) -> dict[bytes, keys.Sign]:
    files = [signing_keys.read(path) for path in options.key_files]
    passphrases = _passphrases(options.passphrase_fd, files)
    return {
        one.public_key: one.open(passphrase)
        for one, passphrase in zip(files, passphrases, strict=True)
    }


def _passphrases(descriptor: int | None, files: Sequence[KeyFile]) -> list[str]:
    if descriptor is None:
        return [getpass.getpass(f"Passphrase of {one.name}: ").strip() for one in files]
    try:
        lines = os.read(descriptor, _MOST_LINES).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise SecretError(
            f"file descriptor {descriptor} cannot be read ({error.strerror}); open it in the "
            "shell, for example: --passphrase-fd 3 3<FILE"
        ) from error
    if len(lines) < len(files):
        raise SecretError(f"{len(lines)} passphrases for {len(files)} keys: one line for each")
    return [line.strip() for line in lines[: len(files)]]


def _least_rules(texts: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not name or not number.isdecimal():
            raise PublishError(f"--least-rules {text}: should be like kcsie=1200")
        found[name] = int(number)
    return found


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise PublishError(f"{path}: cannot be written ({error.strerror})") from error
