"""A compiled pack on disk, so that the next start takes a fraction of a second and little memory.

Compiling reads every rule and takes seconds and much memory for a moment; so it is done apart, in
a child process, and what it made is written down as flat tables (flat.py). An image belongs to one
pack, one version of this engine, one Python and one kind of processor: its name is a hash over all
of these, and where any differs another is made. Nothing in it can act; its folder must still
belong to whoever reads it, for who can write there decides what is found.

The file: a line that names the format, SHA-256 of the rest, then three parts, each with its length
before it: the pack in canonical JSON, the tables, and what the two engines keep.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import canonical, load_pack, pack_from
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
FORMAT = b"tutelage image 2\n"
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
    with (
        suppress(BrokenProcessPool, OSError),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child,
    ):
        child.submit(_compile, source, path, engine).result()


def _compile(source: Path, path: Path, engine: str) -> None:
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
    parts = [pack.sha256.encode(), canonical(_slim(pack)), to_bytes(compiled.tables)]
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
        whole = memoryview(path.read_bytes())
        if whole[:_HEAD] != FORMAT + hashlib.sha256(whole[_HEAD:]).digest():
            return None
        sha, pack, tables, *kept = _parts(whole[_HEAD:])
        made = from_bytes(tables)
        if not isinstance(made, Tables):
            return None
        spaced, packed = (_engine(*kept[:3]), _engine(*kept[3:]))
        compiled = Compiled(made, (spaced, packed))
        return with_sha(pack_from(bytes(pack)), bytes(sha).decode()), compiled
    except Exception:  # there is none, or something is wrong with it: another can be made
        return None


def _parts(data: memoryview) -> list[memoryview]:
    parts: list[memoryview] = []
    at = 0
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 8], "little")
        parts.append(data[at + 8 : end])
        at = end
    return parts


def _engine(name: memoryview, literals: memoryview, state: memoryview) -> Engine:
    return revive(bytes(name).decode(), bytes(state), int.from_bytes(literals, "little"))


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
