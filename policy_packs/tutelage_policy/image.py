"""A compiled pack on disk, so that the next start takes a fraction of a second and little memory.

Compiling reads every rule and takes seconds and much memory for a moment; so it is done apart, in
a child process, and what it made is written down. An image belongs to one pack, one version of
this engine, one Python and one kind of processor: its name is a hash over all of these, and where
any differs another is made. Its folder must belong to whoever reads it, like the program itself.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from enum import Enum, EnumType
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tutelage_policy.build import load_pack
from tutelage_policy.compiled import Compiled
from tutelage_policy.engines import versions
from tutelage_policy.match import Matcher
from tutelage_policy.model import Pack
from tutelage_policy.pack import shipped

MOST_IMAGES = 3
"""Of one folder; older ones are removed when another is written."""
_PLAIN = frozenset({("builtins", "set"), ("builtins", "frozenset"), ("datetime", "date")})
_DEEP = 20_000


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
        found = (whole, Compiled(whole, engine))
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
    compiled = Compiled(pack, engine)
    sys.setrecursionlimit(_DEEP)
    data = pickle.dumps((_slim(pack), compiled), 5)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(descriptor, "wb") as file:
        file.write(hashlib.sha256(data).digest() + data)
    Path(fresh).replace(path)
    others = sorted(path.parent.glob("*.image"), key=lambda one: one.stat().st_mtime)
    for old in others[:-MOST_IMAGES]:
        old.unlink(missing_ok=True)


def _slim(pack: Pack) -> Pack:
    """Return ``pack`` without what only its authors read; its fingerprint stays."""
    return replace(
        pack,
        slots=(),
        rules=tuple(
            replace(rule, matches=(), ignores=(), slots=(), any=(), none=(), note="")
            for rule in pack.rules
        ),
    )


def _read(path: Path) -> tuple[Pack, Compiled] | None:
    """Return what an image holds; None where there is none, or it is damaged."""
    try:
        with path.open("rb") as file:
            signed = file.read(32)
            if hashlib.file_digest(file, "sha256").digest() != signed:
                return None
            file.seek(32)
            pack, compiled = _Reader(file).load()
            if not (isinstance(pack, Pack) and isinstance(compiled, Compiled)):
                return None
    except Exception:  # there is none, or something is wrong with it: another can be made
        return None
    return pack, compiled


class _Reader(pickle.Unpickler):
    """Brings to life what an image may hold, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that this package defines, or one of the few plain ones.

        A name with a dot would lead on to whatever a module of ours has imported, and ``getattr``
        (by which some Pythons write an enum's member) to whatever a class can reach.
        """
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if (module, name) == ("builtins", "getattr"):
            return _member
        if module.startswith("tutelage_policy.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into an image")


def _member(kind: object, name: str) -> Enum:
    if not isinstance(kind, EnumType):
        raise pickle.UnpicklingError(f"{kind!r} is not an enum")
    return kind.__members__[name]


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
