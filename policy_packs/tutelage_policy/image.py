"""A compiled pack on disk, so that the next start takes a fraction of a second and little memory.

Compiling reads every rule and takes seconds and much memory for a moment; so it is done apart, in
a child process, and what it made is written down as flat tables (flat.py). An image belongs to one
pack, one version of this engine, one Python and one kind of processor: its name is a hash over all
of these, and where any differs another is made. Nothing in it can act; its folder must still
belong to whoever reads it, for who can write there decides what is found.

The file: a line that names the format, SHA-256 of the rest, then its parts, each with its length
before it: the pack in canonical JSON, its rules a line each, the tables, and what the two engines
keep. It is read part by part, so that a reader never holds the file beside what it makes of it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tutelage_policy.apart import run_apart
from tutelage_policy.build import canonical, lines_of, load_pack, pack_from, rules_from
from tutelage_policy.compiled import Compiled, Tables
from tutelage_policy.compiling import compile_pack
from tutelage_policy.engines import revive, versions
from tutelage_policy.flat import from_bytes, to_bytes
from tutelage_policy.match import Matcher
from tutelage_policy.pack import shipped, with_sha

if TYPE_CHECKING:
    from tutelage_policy.engines import Engine
    from tutelage_policy.model import Pack

MOST_IMAGES = 3
"""Of one folder; older ones are removed when another is written."""
FORMAT = b"tutelage image 3\n"
"""Another number where another reader is needed."""
_HEAD = len(FORMAT) + 32


def default_cache() -> Path:
    """Return the folder of images of the person who runs a command."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tutelage" / "packs"


def open_matcher(pack: Path | None, cache: Path, engine: str = "") -> Matcher:
    """Return the matcher of a pack: from its image, or compiled now and kept as one.

    Args:
        pack: folder or built file of the pack; None: the one that ships.
        cache: a folder that is ours alone. Where it cannot be written, nothing is kept.
        engine: as for ``Matcher``.

    Raises:
        PackError: the pack is not sound; every fault is named.
    """
    source = pack or shipped()
    path = cache / f"{_fingerprint(source, engine)}.image"
    found = _read(path)
    if found is None:
        _compile_apart(source, path, engine)
        found = _read(path)
    if found is None:  # no child, or no place to write: then here, and without a trace
        whole = load_pack(source)
        found = (whole, compile_pack(whole, engine))
    return Matcher(found[0], compiled=found[1])


def _compile_apart(source: Path, path: Path, engine: str) -> None:
    """Compile in a child process: what it needs for a moment is given back with it."""
    with suppress(OSError):
        run_apart(__name__, str(source), str(path), engine)


def compile_image(source: Path, path: Path, engine: str) -> None:
    """Compile a pack and write its image. Takes seconds, and much memory for a moment."""
    pack = load_pack(source)
    data = _written(pack, compile_pack(pack, engine))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(descriptor, "wb") as file:
        file.write(FORMAT + hashlib.sha256(data).digest() + data)
    Path(fresh).replace(path)
    others = sorted(path.parent.glob("*.image"), key=lambda one: one.stat().st_mtime)
    for old in others[:-MOST_IMAGES]:
        old.unlink(missing_ok=True)


def _written(pack: Pack, compiled: Compiled) -> bytes:
    """Return the parts of an image, each behind its length."""
    slim = _slim(pack)
    head = canonical(replace(slim, rules=()))
    parts = [pack.sha256.encode(), head, lines_of(slim.rules), to_bytes(compiled.tables)]
    for engine in compiled.engines:
        parts += [engine.name.encode(), engine.literals.to_bytes(8, "little"), engine.dump()]
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def _slim(pack: Pack) -> Pack:
    """Return ``pack`` without what only its authors and its compiler read."""
    return replace(
        pack,
        slots=(),
        rules=tuple(
            replace(
                rule,
                matches=(), ignores=(), slots=(), any=(), none=(), note="",
                all=((),) * len(rule.all),
            )
            for rule in pack.rules
        ),
        suppressors=tuple(
            replace(one, matches=(), ignores=(), any=()) for one in pack.suppressors
        ),
    )  # fmt: skip


def _read(path: Path) -> tuple[Pack, Compiled] | None:
    """Return what an image holds; None where there is none, or it is damaged."""
    try:
        with path.open("rb") as file:
            told = file.read(_HEAD)
            if told != FORMAT + hashlib.file_digest(file, "sha256").digest():
                return None
            file.seek(_HEAD)
            sha = _part(file).decode()
            pack = replace(pack_from(_part(file)), rules=rules_from(_part(file)))
            made = from_bytes(memoryview(_part(file)))
            if not isinstance(made, Tables):
                return None
            return with_sha(pack, sha), Compiled(made, (_engine(file), _engine(file)))
    except Exception:  # there is none, or something is wrong with it: another can be made
        return None


def _part(file: BinaryIO) -> bytes:
    """Return the next part of an image."""
    size = int.from_bytes(file.read(8), "little")
    data = file.read(size)
    if len(data) != size:
        raise ValueError("the image ends within a part")
    return data


def _engine(file: BinaryIO) -> Engine:
    name, literals = _part(file).decode(), int.from_bytes(_part(file), "little")
    return revive(name, _part(file), literals)


def _fingerprint(source: Path, engine: str) -> str:
    """Return a hash over everything that decides what an image holds."""
    digest = hashlib.sha256()
    files = [source] if source.is_file() else sorted(source.rglob("*.toml"))
    for file in files:
        data = file.read_bytes()
        digest.update(f"{file.relative_to(source.parent)}|{len(data)}|".encode())
        digest.update(data)
    digest.update(_program())
    digest.update(f"{engine}|{versions()}|{sys.version}|{platform.machine()}".encode())
    return digest.hexdigest()[:32]


@lru_cache(1)
def _program() -> bytes:
    """Return a hash over this package's own code."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.digest()


if __name__ == "__main__":  # what _compile_apart starts
    compile_image(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
