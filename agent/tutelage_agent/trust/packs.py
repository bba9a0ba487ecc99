"""The shelf of packs that came signed: fetched by hash, proven once, then used until replaced.

A pack is untrusted bytes until its hash is the signed policy's; then it must be the named pack,
hold no fewer rules than the floor, and pass its own examples on this machine.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_agent.trust import FetchError, NotApplicableError
from tutelage_policy.artefact import MOST_ARTEFACT_BYTES, unpacked
from tutelage_policy.errors import PackError
from tutelage_policy.proof import prove

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutelage_agent.trust import Fetch
    from tutelage_wire.policy import PackEntry
    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)


class PackShelf:
    """A folder with one file a pack; the name is the pack's fingerprint."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Keep packs in ``folder``."""
        self._folder, self._clock = folder, clock

    def ready(self, entry: PackEntry, least_rules: Mapping[str, int], fetch: Fetch) -> Path:
        """Return the file of a pack that was proven on this device.

        Args:
            entry: of the signed policy.
            least_rules: the root's floors, by pack.
            fetch: for a pack that is not here yet.

        Raises:
            NotApplicableError: it is not what was signed, is emptied, or its examples fail.
            FetchError: it cannot be had or kept now.
        """
        path = self._folder / f"{entry.sha256}.pack.json"
        proven = path.with_suffix(".proven")
        least = max(entry.least_rules, least_rules.get(entry.name, 0))
        try:
            if not (path.is_file() and proven.is_file()):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                packed = fetch(bytes.fromhex(entry.artefact), MOST_ARTEFACT_BYTES)
                write_private(path, unpacked(packed))
                rules = self._prove(path, entry)
                write_private(proven, str(rules).encode())
            rules = int(proven.read_bytes())
        except PackError as error:
            raise NotApplicableError(f"pack {entry.name}@{entry.version}: {error}") from error
        except (OSError, ValueError) as error:
            raise FetchError(f"pack {entry.name}: cannot be kept or read here") from error
        if rules < least:
            raise NotApplicableError(
                f"pack {entry.name}@{entry.version} has {rules} rules and must have {least}: "
                "an emptied pack"
            )
        return path

    def keep_only(self, names: set[str]) -> None:
        """Remove packs that are not among these fingerprints."""
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.name.split(".", 1)[0] not in names:
                    file.unlink(missing_ok=True)

    def _prove(self, path: Path, entry: PackEntry) -> int:
        try:
            proof = prove(path, self._clock())
        except PackError as error:
            path.unlink(missing_ok=True)
            _log.warning("pack %s@%s: %s", entry.name, entry.version, error)
            said = str(error).removeprefix(f"{path.name}: ")
            raise NotApplicableError(f"pack {entry.name}@{entry.version}: {said}") from error
        if (proof.name, proof.version, proof.sha256) != (entry.name, entry.version, entry.sha256):
            path.unlink(missing_ok=True)
            raise NotApplicableError(
                f"pack {entry.name}@{entry.version}: the file is {proof.name}@{proof.version}"
                f"#{proof.sha256[:16]}"
            )
        return proof.rules
