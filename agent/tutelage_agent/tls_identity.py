"""The device's TLS key where libraries want one: in a certificate request and in gRPC's handshake.

Both are given a function that signs. Neither is ever given a private key, so that the same code
serves a key in a TPM and one in memory (reference: architecture.md, decision 1).
"""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, NoReturn

import grpc
import grpc.experimental
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tutelage_agent.errors import AgentError
from tutelage_wire import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.keystore import TlsKey

    _Done = Callable[[bytes | Exception], None]

_ALGORITHM = grpc.experimental.PrivateKeySignatureAlgorithm.ECDSA_SECP256R1_SHA256


def certificate_request(key: TlsKey) -> bytes:
    """Return the PKCS #10 request, DER. Its name is the key's hash: names are not identity.

    Raises:
        AgentError: the key cannot sign now.
    """
    common = keys.device_id_of(key.public_key())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    return request.sign(_Signing(key), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def channel_credentials(
    key: TlsKey, chain: bytes, root: bytes, failed: Callable[[Exception], object]
) -> grpc.ChannelCredentials:
    """Return what gRPC proves this device's identity with.

    Args:
        key: signs each handshake, in a thread of its own: a TPM takes up to a second.
        chain: the device's certificate and the intermediate, PEM.
        root: the trust's own authority, PEM; no other is accepted.
        failed: told why the key could not sign; the connection then ends as unavailable.
    """

    def sign(message: bytes, algorithm: object, done: _Done) -> Callable[[], None]:
        def work() -> None:
            try:
                done(_signature(key, message, algorithm))
            except Exception as error:  # whatever it is, the handshake must be told, or it hangs
                failed(error)
                done(error)

        threading.Thread(target=work, name="tls-sign", daemon=True).start()
        return lambda: None  # a TPM's answer cannot be called back; it is dropped

    with warnings.catch_warnings():
        # Experimental it is; constraints.txt pins the release, and the whole stream's tests use it.
        warnings.simplefilter("ignore", grpc.experimental.ExperimentalApiWarning)
        made: grpc.ChannelCredentials = (
            grpc.experimental.ssl_channel_credentials_with_custom_signer(
                private_key_sign_fn=sign, root_certificates=root, certificate_chain=chain
            )
        )
    return made


def _signature(key: TlsKey, message: bytes, algorithm: object) -> bytes:
    if algorithm != _ALGORITHM:
        raise AgentError(f"the handshake asks for a signature of another kind: {algorithm}")
    return key.sign(message)


class _Signing(ec.EllipticCurvePrivateKey):
    """As much of a private key as the certificate request needs: its public half, and signing."""

    def __init__(self, key: TlsKey) -> None:
        self._key = key

    @property
    def curve(self) -> ec.EllipticCurve:
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        return self.curve.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._key.public_key()

    def sign(self, data: object, signature_algorithm: object) -> bytes:
        return self._key.sign(bytes(data))  # type: ignore[call-overload]

    def exchange(self, *_: object) -> NoReturn:
        raise AgentError("the device's key signs, and does nothing else")

    def private_numbers(self) -> NoReturn:
        raise AgentError("the device's private key is given to nobody")

    def private_bytes(self, *_: object) -> NoReturn:
        raise AgentError("the device's private key is given to nobody")

    def __copy__(self) -> NoReturn:
        raise AgentError("the device's private key cannot be copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise AgentError("the device's private key cannot be copied")
