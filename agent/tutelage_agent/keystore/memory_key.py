"""TLS keys of the stores that keep secrets only: the private half is a secret, used in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from tutelage_agent.errors import AgentError, KeyLostError
from tutelage_wire import keys

if TYPE_CHECKING:
    from tutelage_agent.keystore import TlsKey

_CURVE = ec.SECP256R1()
_SCALAR_BYTES = 32


class MemoryKey:
    """A P-256 key in this process's memory."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        """Hold ``private``."""
        self._private = private

    @classmethod
    def draw(cls) -> MemoryKey:
        """Return a new key."""
        return cls(ec.generate_private_key(_CURVE))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """See ``TlsKey.public_key``."""
        return self._private.public_key()

    def sign(self, message: bytes) -> bytes:
        """See ``TlsKey.sign``."""
        return keys.sign_p256(self._private, message)

    @classmethod
    def of_secret(cls, secret: bytes) -> MemoryKey:
        """Return the key whose private number is ``secret``.

        Raises:
            ValueError: it is none.
        """
        return cls(ec.derive_private_key(int.from_bytes(secret, "big"), _CURVE))

    def secret(self) -> bytes:
        """Return the private number: for the store that drew it, and for nobody else."""
        return self._private.private_numbers().private_value.to_bytes(_SCALAR_BYTES, "big")


class _Secrets(Protocol):
    """The half of a key store that a key as a secret needs."""

    def load(self, name: str) -> bytes | None: ...

    def store(self, name: str, secret: bytes) -> None: ...


class KeysAsSecrets:
    """The part of a key store that keeps TLS keys, for stores that keep secrets only."""

    def draw_key(self) -> TlsKey:
        """See ``KeyStore.draw_key``."""
        return MemoryKey.draw()

    def keep_key(self: _Secrets, name: str, key: TlsKey) -> None:
        """See ``KeyStore.keep_key``."""
        if not isinstance(key, MemoryKey):
            raise AgentError(f"{name}: drawn by another place for keys than the one to keep it")
        self.store(name, key.secret())

    def load_key(self: _Secrets, name: str) -> TlsKey | None:
        """See ``KeyStore.load_key``."""
        secret = self.load(name)
        try:
            return None if secret is None else MemoryKey.of_secret(secret)
        except ValueError as error:
            raise KeyLostError(
                f"{name}: the stored key is not a key: enrol again, events are kept"
            ) from error
