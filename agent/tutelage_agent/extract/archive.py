"""Zip packages: office documents, and whatever else is packed, within a budget."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.office import EMBEDDED, PARTS, kind_of_package, part_text
from tutelage_agent.extract.outcome import Outcome, Trait
from tutelage_agent.extract.programs import holds_program, is_program

if TYPE_CHECKING:
    from tutelage_agent.extract.gathered import Gathered

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED_FLAG = 0x1
MACRO_PART = "vbaProject.bin"
MACRO_FOLDERS = ("xl/macrosheets/", "Basic/Standard/", "Scripts/python/")
"""Excel's macros before VBA, and LibreOffice's."""


def read_zip(data: bytes, gathered: Gathered, budget: Budget) -> str:
    """Add the text of a package to ``gathered``; return its kind.

    Raises:
        StopReadingError: with the outcome.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            # An entry without a name breaks zipfile's own is_dir (found by fuzzing).
            entries = [one for one in package.infolist() if one.filename and not one.is_dir()]
            _note_traits(entries, gathered)
            budget.members(len(entries))
            kind = kind_of_package([entry.filename for entry in entries])
            if kind == "iwork":
                raise StopReadingError(Outcome.UNREAD)
            if kind == "zip":
                _read_all(package, entries, gathered, budget)
            else:
                _read_parts(kind, package, entries, gathered, budget)
            return kind
    except zipfile.BadZipFile as error:
        # Entries that lie over one another are how a small zip unpacks to petabytes.
        bomb = "verlap" in str(error)
        raise StopReadingError(Outcome.BOMB if bomb else Outcome.MALFORMED) from error
    except (
        EOFError,
        zlib.error,
        ValueError,
        OSError,
        LookupError,
        struct.error,
        OverflowError,
    ) as error:
        raise StopReadingError(Outcome.MALFORMED) from error
    except (NotImplementedError, RuntimeError) as error:
        raise StopReadingError(Outcome.UNSUPPORTED) from error


def _note_traits(entries: list[zipfile.ZipInfo], gathered: Gathered) -> None:
    """Note macros and programs by their names, which even an encrypted package shows."""
    names = [entry.filename for entry in entries]
    if any(name.endswith(MACRO_PART) or name.startswith(MACRO_FOLDERS) for name in names):
        gathered.carries(Trait.MACROS)
    if holds_program(names):
        gathered.carries(Trait.PROGRAM_INSIDE)


def _read_parts(
    kind: str,
    package: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    gathered: Gathered,
    budget: Budget,
) -> None:
    if kind == "odf":
        _refuse_encrypted(package, entries, budget)
    main_met = False
    for part in PARTS[kind]:
        for entry in entries:
            if part.names.fullmatch(entry.filename):
                main_met = main_met or part.main
                gathered.add(part_text(part, unpack(package, entry, budget)))
    for entry in entries:
        if EMBEDDED.fullmatch(entry.filename):
            gathered.inside(unpack(package, entry, budget), entry.filename, budget)
    if not main_met and kind != "xlsx":
        # A workbook of numbers has no shared strings; a document without its main part is broken.
        raise StopReadingError(Outcome.MALFORMED)


def _refuse_encrypted(
    package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], budget: Budget
) -> None:
    for entry in entries:
        if entry.filename == "encrypted-package":
            raise StopReadingError(Outcome.ENCRYPTED)
        if entry.filename == "META-INF/manifest.xml":
            manifest = unpack(package, entry, budget)
            if b"encryption-data" in manifest:
                raise StopReadingError(Outcome.ENCRYPTED)


def _read_all(
    package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], gathered: Gathered, budget: Budget
) -> None:
    for entry in entries:
        gathered.add(entry.filename)
        try:
            data = unpack(package, entry, budget)
        except StopReadingError as stop:
            if stop.outcome is Outcome.BOMB:
                raise
            gathered.worse(stop.outcome)
            continue
        if is_program(data):
            gathered.carries(Trait.PROGRAM_INSIDE)
        gathered.inside(data, entry.filename, budget)


def unpack(package: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> bytes:
    """Return one entry's bytes, having paid for them.

    Raises:
        StopReadingError: ENCRYPTED, UNSUPPORTED or BOMB.
    """
    if entry.flag_bits & ENCRYPTED_FLAG:
        raise StopReadingError(Outcome.ENCRYPTED)
    if entry.compress_type not in METHODS:
        raise StopReadingError(Outcome.UNSUPPORTED)
    budget.unfolding(entry.compress_size, entry.file_size)
    # zipfile never returns more than the declared size, and checks the sum at the end.
    return package.read(entry)
