"""A session that is salted to a key of the TPM: what crosses the bus in it is enciphered.

Between processor and TPM there may be wires that somebody listens to. In such a session the first
parameter of command and answer is AES-128-CFB under a key that only this process and the TPM can
know, and both are authenticated (Part 1 sections 19 and 21; ``TPM2_StartAuthSession``, Part 3
section 11.1). Which key of the TPM it is salted to is compared with the one of the first time
(``store``), so that nobody on the wires can put their own in its place.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from tutelage_agent.keystore.tpm.numbers import Algorithm, Command
from tutelage_agent.keystore.tpm.wire import AnswerError, Reader, sized, u8, u16, u32

if TYPE_CHECKING:
    from tutelage_agent.keystore.tpm.public import PublicKey

_NONCE = 32
_COORDINATE = 32
_DECRYPT, _ENCRYPT = 0x20, 0x40
"""``TPMA_SESSION``, Part 2 section 8.4 (table 32): the TPM deciphers the command, enciphers the
answer. Without ``continueSession`` the session ends with its first command."""
_HMAC = 0x00


def kdf_a(key: bytes, label: bytes, first: bytes, second: bytes, bits: int) -> bytes:
    """``KDFa``: SP800-108 in counter mode with HMAC-SHA256 (Part 1 section 11.4.10.2)."""
    made = b""
    for counter in range(1, -(-bits // 256) + 1):
        said = u32(counter) + label + b"\x00" + first + second + u32(bits)
        made += hmac.digest(key, said, "sha256")
    return made[: bits // 8]


def kdf_e(shared: bytes, label: bytes, first: bytes, second: bytes) -> bytes:
    """``KDFe``: SP800-56A with SHA-256, of 256 bits (Part 1 section 11.4.10.3)."""
    return hashlib.sha256(u32(1) + shared + label + b"\x00" + first + second).digest()


def salt_for(key: PublicKey) -> tuple[bytes, bytes]:
    """Return a secret for the TPM's key, and what only the TPM gets it from (Part 1, B.10, C.6)."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        salt = secrets.token_bytes(_NONCE)
        sha = hashes.SHA256()
        oaep = padding.OAEP(padding.MGF1(sha), sha, b"SECRET\x00")
        return salt, key.encrypt(salt, oaep)
    once = ec.generate_private_key(ec.SECP256R1())
    mine, its = once.public_key().public_numbers(), key.public_numbers()
    x, y = (one.to_bytes(_COORDINATE, "big") for one in (mine.x, mine.y))
    shared = once.exchange(ec.ECDH(), key)
    return (
        kdf_e(shared, b"SECRET", x, its.x.to_bytes(_COORDINATE, "big")),
        sized(x) + sized(y),
    )


class Opening:
    """What a session is begun with."""

    def __init__(self, key: PublicKey) -> None:
        """Salt a session to the key of the TPM whose public half this is."""
        self._salt, enciphered = salt_for(key)
        self._mine = secrets.token_bytes(_NONCE)
        self.parameters = (
            sized(self._mine)
            + sized(enciphered)
            + u8(_HMAC)
            + u16(Algorithm.AES, 128, Algorithm.CFB, Algorithm.SHA256)
        )

    def opened(self, handle: int, answer: bytes) -> Session:
        """Return the session that the TPM opened.

        Raises:
            AnswerError: its answer is none.
        """
        reader = Reader(answer, "session")
        its = reader.sized(64, 16)
        reader.end()
        return Session(handle, kdf_a(self._salt, b"ATH", its, self._mine, 256), its)


class Session:
    """For one command."""

    def __init__(self, handle: int, key: bytes, its: bytes) -> None:
        """Go on from what the opening agreed on: the session's key and the TPM's nonce."""
        self.handle, self._key, self._its, self._mine = handle, key, its, b""

    def authorise(
        self, command: Command, names: tuple[bytes, ...], parameters: bytes
    ) -> tuple[bytes, bytes]:
        """Return the parameters with the first enciphered, and the area that authorises them."""
        self._mine = secrets.token_bytes(_NONCE)
        attributes = _ENCRYPT
        if parameters:
            attributes |= _DECRYPT
            parameters = self._first(parameters, self._mine, self._its, encipher=True)
        said = hashlib.sha256(u32(command) + b"".join(names) + parameters).digest()
        proof = hmac.digest(self._key, said + self._mine + self._its + u8(attributes), "sha256")
        return parameters, u32(self.handle) + sized(self._mine) + u8(attributes) + sized(proof)

    def check(self, command: Command, parameters: bytes, area: bytes) -> bytes:
        """Return the answer's parameters, deciphered.

        Raises:
            AnswerError: they do not come from the TPM that this session is with.
        """
        reader = Reader(area, "authorisation")
        its, attributes, proof = reader.sized(64, 16), reader.u8(), reader.sized(64)
        reader.end()
        said = hashlib.sha256(u32(0, command) + parameters).digest()
        expected = hmac.digest(self._key, said + its + self._mine + u8(attributes), "sha256")
        if not hmac.compare_digest(expected, proof):
            raise AnswerError("an answer was changed on its way from the TPM")
        if not attributes & _ENCRYPT:
            raise AnswerError("an answer came from the TPM unciphered")
        return self._first(parameters, its, self._mine, encipher=False)

    def _first(self, parameters: bytes, newer: bytes, older: bytes, *, encipher: bool) -> bytes:
        """Encipher or decipher the data of the first ``TPM2B`` (Part 1 section 21.3)."""
        reader = Reader(parameters, "first parameter")
        data = reader.sized(len(parameters))
        made = kdf_a(self._key, b"CFB", newer, older, 256)
        cipher = Cipher(algorithms.AES(made[:16]), CFB(made[16:]))
        worker = cipher.encryptor() if encipher else cipher.decryptor()
        return sized(worker.update(data) + worker.finalize()) + reader.rest()
