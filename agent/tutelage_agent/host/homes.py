"""Who is signed in, and where their folders are: a service's own home is nobody's."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if sys.platform == "win32":
    from tutelage_agent.host import windows_homes
else:
    import pwd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOGIND = Path("/run/systemd/users")
"""One file an account that has a session. utmp, which psutil reads, is gone from newer systems."""
_LINGERS = b"STATE=lingering"
"""Nobody is signed in; the account's services run."""


@dataclass(frozen=True, slots=True, order=True)
class SignedIn:
    """An account that is signed in."""

    home: Path
    account: str
    """As the operating system names it."""
    redirected: tuple[str, ...] = ()
    """Folders of documents, pictures and downloads that lie elsewhere (Windows)."""


def signed_in(in_scope: Callable[[str], bool] = lambda account: True) -> list[SignedIn]:
    """Return the accounts in scope that are signed in, and our own; never raises.

    Args:
        in_scope: asked before anything of an account's home or settings is looked at.
    """
    found: dict[Path, SignedIn] = {}
    own = ""
    with suppress(OSError, KeyError, ImportError):  # an account without a name
        own = getpass.getuser()
    if in_scope(own):
        found[Path.home()] = SignedIn(Path.home(), own)
    for one in _others(in_scope):
        found[one.home] = one
    return sorted(found.values())


if sys.platform == "win32":

    def _others(in_scope: Callable[[str], bool]) -> Iterator[SignedIn]:
        for account, sid in windows_homes.signed_in():
            if in_scope(account) and (home := windows_homes.home(sid)):
                folders = windows_homes.redirected(sid, home)
                yield SignedIn(Path(home), account, folders)

else:

    def _others(in_scope: Callable[[str], bool]) -> Iterator[SignedIn]:
        names: set[str] = set()
        with suppress(OSError, psutil.Error):
            names |= {one.name for one in psutil.users()}
        for name in names | set(_by_logind(LOGIND)):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                if in_scope(name) and entry.pw_dir not in ("", "/"):
                    yield SignedIn(Path(entry.pw_dir), name)

    def _by_logind(folder: Path) -> Iterator[str]:
        try:
            uids = [name for name in os.listdir(folder) if name.isdigit()]  # noqa: PTH208
        except OSError:
            return
        for uid in uids:
            with suppress(OSError, KeyError, ValueError):
                if _LINGERS not in (folder / uid).read_bytes()[:4096]:
                    yield pwd.getpwuid(int(uid)).pw_name
