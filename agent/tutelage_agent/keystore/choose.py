"""Which place keys go to: the best that this machine really has, in a fixed order.

1. the TPM, where there is one that keeps what it is given;
2. the operating system's store, where the agent runs as an account that has one (Windows: the
   service's own Credential Manager; macOS: the keychain);
3. a sealed file under a seed that systemd decrypts for this unit only (``LoadCredential``);
4. a sealed file under a seed that only the agent's account can read.

A headless Linux service has no Secret Service, so the second is not tried there. Once a device has
keys somewhere, that place is used again: a store that appears later must not hide them. Enrolling
again chooses anew.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.config import KeyPlace, KeySettings
from tutelage_agent.errors import AgentError
from tutelage_agent.keystore.sealed_file import SealedFileKeyStore

if TYPE_CHECKING:
    from tutelage_agent.keystore import KeyStore
    from tutelage_agent.keystore.tpm.chip import Chip

_log = logging.getLogger(__name__)

CREDENTIAL = "tutelage-seed"
"""Name of the systemd credential that holds the seed of the sealed file."""
_ORDER = (KeyPlace.TPM, KeyPlace.OS_STORE, KeyPlace.SYSTEMD_CREDENTIAL, KeyPlace.SEALED_FILE)
_PROVIDER_FILE = "provider"
_NO_SETTINGS = KeySettings()


class _AbsentError(AgentError):
    """This machine does not have such a place at all."""


def open_keystore(
    folder: Path, machine_id: bytes, settings: KeySettings = _NO_SETTINGS
) -> KeyStore:
    """Return the key store of this machine: the one that it has keys in, or the best.

    Args:
        folder: below the agent's state folder, for the providers that are files.
        machine_id: bytes that no other machine has.
        settings: which place this machine's administrator wants.

    Raises:
        AgentError: no provider can be used.
    """
    path = folder / _PROVIDER_FILE
    try:
        before = KeyPlace(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        chosen = choose(folder, machine_id, settings)
        remember(folder, chosen)
        return chosen
    except ValueError as error:
        raise AgentError(
            f"{path}: names no place for keys: enrol again (tutelage-agent enrol --again)"
        ) from error
    if settings.place not in {KeyPlace.AUTO, before}:
        _log.warning(
            "the settings want keys in %s, and this device's are in %s: "
            "tutelage-agent enrol --again moves them", settings.place, before,
        )  # fmt: skip
    return _open(before, folder, machine_id, settings)


def choose(folder: Path, machine_id: bytes, settings: KeySettings = _NO_SETTINGS) -> KeyStore:
    """Return the best place for new keys, proven; arguments as of ``open_keystore``.

    Raises:
        AgentError: there is none, or the one that the settings name cannot be used.
    """
    places = _ORDER if settings.place is KeyPlace.AUTO else (settings.place,)
    for place in places:
        try:
            store = _new(place, folder, machine_id, settings)
        except AgentError as error:
            if len(places) == 1:
                raise AgentError(
                    f"keys cannot go to {place}: {error}; mend that, or set place = "
                    '"auto" under [keys] in the settings'
                ) from error
            level = logging.INFO if isinstance(error, _AbsentError) else logging.WARNING
            _log.log(level, "keys do not go to %s: %s", place, error)
        else:
            return store
    raise AgentError(f"{folder}: this machine has no place for keys")


def remember(folder: Path, store: KeyStore) -> None:
    """Note that this device's keys are in ``store``.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _PROVIDER_FILE).write_text(store.protection, encoding="ascii")


def chip_of(settings: KeySettings) -> Chip | None:
    """Return this machine's TPM, or None where it has none or its administrator wants none used."""
    if settings.place not in {KeyPlace.AUTO, KeyPlace.TPM}:
        return None
    from tutelage_agent.host.tpm_door import is_there
    from tutelage_agent.keystore.tpm.chip import Chip  # with the codec half a megabyte: only here

    return Chip(settings.tpm) if is_there(settings.tpm) else None


def _new(place: KeyPlace, folder: Path, machine_id: bytes, settings: KeySettings) -> KeyStore:
    """Open a place that this device has no keys in yet, and see whether it keeps what it gets."""
    if place is not KeyPlace.TPM:
        return _open(place, folder, machine_id, settings)
    chip = chip_of(settings)
    if chip is None:
        raise _AbsentError("this machine has no TPM 2.0, or this account may not use it")
    from tutelage_agent.keystore.tpm.store import TpmKeyStore

    store = TpmKeyStore(folder / "tpm", machine_id, chip)
    store.prove()
    return store


def _open(place: KeyPlace, folder: Path, machine_id: bytes, settings: KeySettings) -> KeyStore:
    match place:
        case KeyPlace.TPM:
            from tutelage_agent.keystore.tpm.chip import Chip
            from tutelage_agent.keystore.tpm.store import TpmKeyStore

            return TpmKeyStore(folder / "tpm", machine_id, Chip(settings.tpm))
        case KeyPlace.OS_STORE:
            if sys.platform not in {"win32", "darwin"}:
                raise _AbsentError("a service has no key store of this system's own")
            from tutelage_agent.keystore.os_store import OsKeyStore  # 30 ms and 4 MB: only here

            return OsKeyStore()
        case KeyPlace.SYSTEMD_CREDENTIAL:
            seed = _systemd_seed()
            if seed is None:
                raise _AbsentError(
                    f"{folder}: the keys need the systemd credential {CREDENTIAL!r}: start the "
                    "agent as its service, or enrol again"
                )
            return SealedFileKeyStore(folder, machine_id, seed)
        case _:
            return SealedFileKeyStore(folder, machine_id)


def _systemd_seed() -> bytes | None:
    """Return the seed that systemd put into this unit's credentials, if it did."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        return (Path(folder) / CREDENTIAL).read_bytes()
    except OSError:
        return None
