"""The TPM as a place for keys.

The TLS key is drawn in the TPM and signs there. Other secrets are files under one 32-byte key that
the TPM seals: a TPM takes 128 bytes at a time and a fifth of a second, and the agent has more and
asks more often. It is unsealed once, when it is first needed, and then works without the TPM.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from tutelage_agent.durable import write_private
from tutelage_agent.errors import AgentError, KeyLostError, TpmError
from tutelage_agent.keystore.sealed_file import SEED_BYTES, SealedFileKeyStore
from tutelage_agent.keystore.tpm import objects
from tutelage_agent.keystore.tpm.public import SEALED_TEMPLATE, SIGNING_TEMPLATE
from tutelage_wire import keys
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_agent.keystore import TlsKey
    from tutelage_agent.keystore.tpm.chip import Chip
    from tutelage_agent.keystore.tpm.objects import Blob

_KEY_FILE = "key.tpm"
"""The sealed key of the other secrets."""
_PROBE = b"tutelage: does this TPM keep what it is given?"


class TpmKey:
    """A P-256 key that lives in the TPM; here is only what the TPM loads it from."""

    def __init__(self, chip: Chip, blob: Blob) -> None:
        """Sign with ``blob``, which ``chip`` made.

        Raises:
            ValueError: it is no signing key.
        """
        key = blob.public.key
        if not blob.public.is_signing or not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("not a signing key that was drawn in a TPM")
        self._chip, self.blob, self._public = chip, blob, key

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """See ``TlsKey.public_key``."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """See ``TlsKey.sign``."""
        digest = hashlib.sha256(message).digest()
        with self._chip.talk() as talk:
            parent = objects.find_parent(talk, self.blob.parent_name)
            made = objects.sign(talk, objects.load(talk, parent, self.blob), digest)
        try:
            keys.verify_p256(self._public, made, message)
        except SignatureError as error:  # a fault of the chip, or of its wires
            raise TpmError("the TPM gave a signature that does not verify") from error
        return made


class TpmKeyStore:
    """A folder of objects that only this machine's TPM opens."""

    protection = "tpm"

    def __init__(self, folder: Path, machine_id: bytes, chip: Chip) -> None:
        """Use ``folder``; the TPM is asked when something of it is needed.

        Args:
            folder: below the agent's state folder, for this store alone.
            machine_id: any bytes that another machine does not have.
            chip: the TPM.

        Raises:
            AgentError: the folder cannot be made.
        """
        self._folder, self._machine_id, self._chip = folder, machine_id, chip
        self._files: SealedFileKeyStore | None = None
        self._opening = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise AgentError(f"{folder}: cannot be made ({error.strerror})") from error

    def prove(self) -> None:
        """Take a key and a secret to the TPM and back, and leave nothing.

        Raises:
            AgentError: it does not do what it is needed for.
        """
        key = TpmKey(self._chip, self._draw())
        key.sign(_PROBE)
        secret = secrets.token_bytes(SEED_BYTES)
        with self._chip.talk() as talk:
            parent = objects.find_parent(talk)
            blob = objects.create(talk, parent, SEALED_TEMPLATE, secret)
            if objects.unseal(talk, parent, blob, SEED_BYTES) != secret:
                raise TpmError("the TPM gives back another secret than the one it sealed")

    def load(self, name: str) -> bytes | None:
        """See ``KeyStore.load``."""
        if not self._path(f"{name}.sealed").exists():
            return None
        return self._opened().load(name)

    def store(self, name: str, secret: bytes) -> None:
        """See ``KeyStore.store``."""
        try:
            files = self._opened()
        except KeyLostError:
            # What lay under the lost key is lost, and says so when it is asked for.
            files = self._begin()
        files.store(name, secret)

    def delete(self, name: str) -> None:
        """See ``KeyStore.delete``."""
        for ending in ("sealed", "tpm"):
            self._path(f"{name}.{ending}").unlink(missing_ok=True)

    def draw_key(self) -> TlsKey:
        """See ``KeyStore.draw_key``."""
        return TpmKey(self._chip, self._draw())

    def keep_key(self, name: str, key: TlsKey) -> None:
        """See ``KeyStore.keep_key``."""
        if not isinstance(key, TpmKey):
            raise AgentError(f"{name}: drawn by another place for keys than the one to keep it")
        self._write(f"{name}.tpm", key.blob)

    def load_key(self, name: str) -> TlsKey | None:
        """See ``KeyStore.load_key``."""
        blob = self._read(f"{name}.tpm")
        try:
            return None if blob is None else TpmKey(self._chip, blob)
        except ValueError as error:
            raise KeyLostError(
                f"{self._path(f'{name}.tpm')}: {error}: enrol again, events are kept"
            ) from error

    def _draw(self) -> Blob:
        with self._chip.talk() as talk:
            return objects.create(talk, objects.find_parent(talk), SIGNING_TEMPLATE)

    def _opened(self) -> SealedFileKeyStore:
        """Return the files, under the key that the TPM gives; asked for once."""
        with self._opening:
            if self._files is None:
                blob = self._read(_KEY_FILE)
                if blob is None:
                    raise KeyLostError(
                        f"{self._path(_KEY_FILE)}: missing: enrol again, events are kept"
                    )
                with self._chip.talk() as talk:
                    parent = objects.find_parent(talk, blob.parent_name)
                    seed = objects.unseal(talk, parent, blob, SEED_BYTES)
                self._files = SealedFileKeyStore(self._folder, self._machine_id, seed)
            return self._files

    def _begin(self) -> SealedFileKeyStore:
        """Draw the key of the other secrets, and let the TPM seal it."""
        with self._opening:
            seed = secrets.token_bytes(SEED_BYTES)
            with self._chip.talk() as talk:
                parent = objects.find_parent(talk)
                blob = objects.create(talk, parent, SEALED_TEMPLATE, seed)
            self._write(_KEY_FILE, blob)
            self._files = SealedFileKeyStore(self._folder, self._machine_id, seed)
            return self._files

    def _read(self, name: str) -> Blob | None:
        path = self._path(name)
        try:
            return objects.read_blob(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise KeyLostError(
                f"{path}: damaged ({error}): enrol again, events are kept"
            ) from error

    def _write(self, name: str, blob: Blob) -> None:
        try:
            write_private(self._path(name), blob.to_json())
        except OSError as error:
            raise AgentError(f"{self._path(name)}: cannot be written ({error.strerror})") from error

    def _path(self, name: str) -> Path:
        return self._folder / name
