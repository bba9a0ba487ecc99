"""Every kind of change to an evidence folder that one person could try, by who could make it.

An *outsider* holds the folder and no key of the collector. An *insider* holds the collector's
checkpoint key and signs the changed list of files again: then only what devices, the authority
and the audit log signed is left to tell.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

from tutelage_collector.evidence import strict, verifier
from tutelage_wire import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ed25519

Change = "Callable[[Path], str]"
"""Changes a folder; returns the name that the fault must hold."""

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def outsiders(folder: Path) -> dict[str, Callable[[Path], str]]:
    """Return the changes that need no key, by what they are called."""
    names = sorted(
        str(one.relative_to(folder).as_posix()) for one in folder.rglob("*") if one.is_file()
    )
    event = next(name for name in names if name.startswith("events/"))
    events = [name for name in names if name.startswith("events/")]
    found: dict[str, Callable[[Path], str]] = {}
    for name in names:
        found |= {
            f"{name}: first byte": _edit(name, lambda data: bytes([data[0] ^ 1]) + data[1:]),
            f"{name}: last byte": _edit(name, lambda data: data[:-1] + bytes([data[-1] ^ 1])),
            f"{name}: a byte more": _edit(name, lambda data: data + b"\n"),
            f"{name}: a byte before": _edit(name, lambda data: b" " + data),
            f"{name}: a byte less": _edit(name, lambda data: data[:-1]),
            f"{name}: cut in half": _edit(name, lambda data: data[: len(data) // 2]),
            f"{name}: emptied": _edit(name, lambda _: b""),
            f"{name}: removed": _remove(name),
            f"{name}: renamed": _rename(name),
            f"{name}: a link to a copy": _link(name),
        }
        text = (folder / name).read_bytes()
        if b"\n" in text:
            found[f"{name}: ends of lines"] = _edit(name, lambda data: data.replace(b"\n", b"\r\n"))
        if text.isascii():
            found[f"{name}: capitals"] = _edit(name, _capitals)
            found[f"{name}: a mark at its start"] = _edit(name, lambda d: b"\xef\xbb\xbf" + d)
    found |= {
        "a file more": _add("events/" + "0" * 32 + ".bin", b"x"),
        "a file more, beside": _add("note.txt", b"x"),
        "a hidden file more": _add(".hidden", b""),
        "a name that no terminal should obey": _add("\x1b[31mred", b""),
        "a name that is no text": _add("events/\udcff", b""),
        "a folder more": lambda where: (where / "more").mkdir() or "more",
        "a folder in the events": lambda where: (where / "events" / "m").mkdir() or "events/m",
        "a link to nothing": lambda where: (where / "gone").symlink_to("nowhere") or "gone",
        "events are a link": _linked_events,
        "no signature, with spaces": _edit(
            "manifest.sig", lambda data: data[:64] + b" " + data[64:]
        ),
        "signature in capitals": _edit("manifest.sig", bytes.upper),
        "signature plus the group's order": _edit("manifest.sig", _ed25519_other),
        "a key twice": _edit("manifest.json", lambda d: d.replace(b"{", b'{"version": 2,', 1)),
        "a zero before a number": _edit(
            "manifest.json", lambda d: d.replace(b'"version": 2', b'"version": 02', 1)
        ),
        "a number as a fraction": _edit(
            "manifest.json", lambda d: d.replace(b'"version": 2', b'"version": 2.0', 1)
        ),
        "nested without end": _edit("manifest.json", lambda _: b"[" * 200_000),
    }
    if len(events) > 1:
        found["two events exchanged"] = _exchange(events[0], events[1])
    found["an event and the page exchanged"] = _exchange(event, "read-me-first.html")
    return found


def _edit(name: str, how: Callable[[bytes], bytes]) -> Callable[[Path], str]:
    def change(where: Path) -> str:
        path = where / name
        before = path.read_bytes()
        after = how(before)
        assert after != before, f"{name}: nothing was changed"
        path.write_bytes(after)
        return name.partition(".")[0]

    return change


def _remove(name: str) -> Callable[[Path], str]:
    def change(where: Path) -> str:
        (where / name).unlink()
        return name

    return change


def _rename(name: str) -> Callable[[Path], str]:
    def change(where: Path) -> str:
        (where / name).rename(where / f"{name}.old")
        return name

    return change


def _link(name: str) -> Callable[[Path], str]:
    """The same bytes, but where they lie anybody can change them later."""

    def change(where: Path) -> str:
        elsewhere = where.parent / "elsewhere"
        shutil.copy(where / name, elsewhere)
        (where / name).unlink()
        (where / name).symlink_to(elsewhere)
        return name

    return change


def _linked_events(where: Path) -> str:
    shutil.move(where / "events", where.parent / "moved")
    (where / "events").symlink_to(where.parent / "moved")
    return "events"


def _add(name: str, data: bytes) -> Callable[[Path], str]:
    def change(where: Path) -> str:
        (where / name).write_bytes(data)
        return strict.shown(name)

    return change


def _exchange(one: str, other: str) -> Callable[[Path], str]:
    def change(where: Path) -> str:
        first, second = (where / one).read_bytes(), (where / other).read_bytes()
        (where / one).write_bytes(second)
        (where / other).write_bytes(first)
        return one

    return change


def _capitals(data: bytes) -> bytes:
    """The first letter of a hexadecimal number, or of anything, the other way."""
    at = next(i for i, one in enumerate(data) if chr(one) in "abcdef")
    return data[:at] + data[at : at + 1].upper() + data[at + 1 :]


def _ed25519_other(data: bytes) -> bytes:
    raw = bytes.fromhex(data.decode())
    return ed25519_other(raw).hex().encode()


def ed25519_other(signature: bytes) -> bytes:
    """Return the same signature with the group's order added to its second half."""
    scalar = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def resign(
    folder: Path,
    evidence: dict[str, Any] | bytes,
    key: ed25519.Ed25519PrivateKey,
    *,
    named: str = "",
) -> None:
    """Put other evidence into a folder and sign its list of files again, as an insider would."""
    data = evidence if isinstance(evidence, bytes) else strict.spelled(evidence)
    (folder / verifier.EVIDENCE).write_bytes(data)
    files = {
        str(one.relative_to(folder).as_posix()): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(folder.rglob("*"))
        if one.is_file() and one.name not in (verifier.MANIFEST, verifier.SIGNATURE)
    }
    public = named or key.public_key().public_bytes_raw().hex()
    row = {"version": verifier.VERSION, "checkpoint_key": public, "files": files}
    manifest = strict.spelled(row)
    (folder / verifier.MANIFEST).write_bytes(manifest)
    signature = key.sign(keys.domain("tutelage/evidence/v1", manifest))
    (folder / verifier.SIGNATURE).write_text(signature.hex())


def leaves(row: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in JSON that holds no other."""
    if isinstance(row, dict):
        for name, value in row.items():
            yield from leaves(value, (*path, name))
    elif isinstance(row, list):
        for at, value in enumerate(row):
            yield from leaves(value, (*path, at))
    else:
        yield path


def changed(row: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of JSON with one value exchanged."""
    copy = json.loads(json.dumps(row))
    at = copy
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return copy


def value_at(row: Any, path: tuple[Any, ...]) -> Any:
    """Return the value of a path."""
    for part in path:
        row = row[part]
    return row


def others(value: Any) -> list[Any]:
    """Return values that are nearly this one: by one digit, spelling or kind."""
    if isinstance(value, bool) or value is None:
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, float(value), str(value), value == 1]
    if not value:
        return ["x"]
    found = [value + "0", value[:-1], value[1:], f" {value}", f"{value}\n", value.swapcase()]
    middle = len(value) // 2
    found += [
        value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :] for at in (0, middle, -1) if at >= 0
    ]
    if "-----BEGIN" in value:
        found += _other_pem(value)
    return [one for one in dict.fromkeys(found) if one != value]


def _other_pem(text: str) -> list[str]:
    """The same certificate in other spellings, some of which parsers take."""
    head, _, rest = text.partition("-----\n")
    body, dashes, tail = rest.partition("\n-----END")
    lines = body.split("\n")
    loose = lines[-1].rstrip("=")
    spare = loose[:-1] + _next_base64(loose[-1]) + "=" * (len(lines[-1]) - len(loose))
    der = base64.b64decode("".join(lines))
    longer = base64.b64encode(der + b"\x00").decode()
    return [
        f"words before it\n{text}",
        text.replace("\n", "\r\n"),
        text + "\n",
        text + text,
        head + "-----\n" + "".join(lines) + dashes + tail,
        head + "-----\n " + body + dashes + tail,
        head + "-----\n" + "\n".join([*lines[:-1], spare]) + dashes + tail,
        head + "-----\n" + longer + dashes + tail,
        text.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----"),
    ]


def _next_base64(letter: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[(alphabet.index(letter) + 1) % 64]
