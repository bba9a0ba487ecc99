"""What is not looked at, and why: as data, so that the notice and the ledger can say it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    import os
    from datetime import datetime

IGNORED_FOLDERS = frozenset(
    name.casefold()
    for name in (
        # Other programs' machinery, which nobody writes documents in.
        ".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox", "site-packages",
        ".cache", ".mypy_cache", ".pytest_cache", "AppData", "Application Data",
        # Bins and the system's own folders; a file was read before it was thrown away.
        ".Trash", ".Trashes", ".Trash-1000", "$RECYCLE.BIN", "System Volume Information",
        ".Spotlight-V100", ".fseventsd", ".DocumentRevisions-V100", "lost+found",
        # Synchronisers' staging; the finished file is read where it lands.
        ".dropbox.cache", ".tmp.drivedownload", ".tmp.driveupload",
    )
)  # fmt: skip

TEMPORARY = re.compile(
    r"""
      ~\$.*                         # Microsoft Office: the owner file beside an open document
    | ~\w{2,12}\.(?:tmp|dot|docx?)  # Word: work files ~WRD0001.tmp, ~WRL0002.docx
    | [0-9A-F]{8}(?:\.tmp)?         # Excel, PowerPoint: saved under this name, then renamed
    | \.~lock\..*\#                 # LibreOffice: the lock beside an open document
    | lu[0-9a-z]{6,}\.tmp           # LibreOffice: saved under this name, then renamed
    | \.goutputstream-[0-9A-Z]{6}   # GNOME: saved under this name, then renamed
    | .*\.(?:crdownload|part|partial|download|opdownload)   # a download that is not finished
    | \.?.*\.sw[a-p]                # vim
    | \.\#.*|\#.*\#                 # emacs
    | .*~                           # editors: the previous version of what was read before
    | \.DS_Store|desktop\.ini|thumbs\.db|\.directory
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Names of files that become something else in a moment. A save by renaming is read under its
final name. A name like these hides a file for ``RESTS_FOR`` and no longer: the scan reads what lies
there unchanged, so that nobody hides a diary by calling it ``diary.part``."""

LOCKS = re.compile(
    r"~\$.*|\.~lock\..*#|\.DS_Store|desktop\.ini|thumbs\.db|\.directory", re.IGNORECASE
)
"""Of these, the small ones that never become anything: owner files and folders' settings."""
RESTS_FOR = timedelta(minutes=10)
LOCK_BYTES = 1_024


def is_ignored_folder(name: str) -> bool:
    """Say whether a folder of this name, and all below it, is left alone."""
    return name.casefold() in IGNORED_FOLDERS


def is_temporary(name: str) -> bool:
    """Say whether a file of this name is on its way to become another."""
    return TEMPORARY.fullmatch(name) is not None


def is_unfinished(name: str, found: os.stat_result, now: datetime) -> bool:
    """Say whether a scan leaves a file for later: it is still becoming another, or is a lock."""
    if not is_temporary(name):
        return False
    if found.st_size <= LOCK_BYTES and LOCKS.fullmatch(name):
        return True
    changed = EPOCH + timedelta(microseconds=max(found.st_mtime_ns, found.st_ctime_ns) // 1000)
    return now - changed < RESTS_FOR


def is_inside_ignored(path: str, root: str) -> bool:
    """Say whether any folder between ``root`` and ``path`` is left alone."""
    parts = PurePath(path).parts[len(PurePath(root).parts) : -1]
    return any(is_ignored_folder(part) for part in parts)
