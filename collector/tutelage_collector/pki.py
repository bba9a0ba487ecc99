"""The trust's own certificate authority: root, intermediate, the collector's and devices' leaves.

Everything is backdated to 2000: a laptop whose clock fell back to 2015 must still be able to say
so (reference: architecture.md, section 3.3). Freshness is ours: nonces, checkpoints, states.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tutelage_collector.errors import CertificateError
from tutelage_wire import keys, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

BACKDATED = datetime(2000, 1, 1, tzinfo=UTC)
ROOT_YEARS = 30
INTERMEDIATE_YEARS = 15
SERVER_YEARS = 10
DEVICE_DAYS = 90
MAX_CSR_BYTES = 8 * 2**10
_YEAR = timedelta(days=365)
_COLLECTOR_OF = "Tutelage collector of "
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class IssuedDevice:
    """A device's certificate chain, PEM, leaf first; and when its leaf ends."""

    chain: bytes
    expires_at: datetime


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh P-256 key: gRPC refuses Ed25519 certificates."""
    return ec.generate_private_key(ec.SECP256R1())


def make_root(trust: str, now: datetime) -> Issuer:
    """Return a new root, whose key belongs off this machine after ``init``."""
    key = new_key()
    name = _name(f"Tutelage root of {trust}")
    return Issuer(
        _authority(name, key.public_key(), name, key, now + ROOT_YEARS * _YEAR, path_length=1), key
    )


def make_intermediate(root: Issuer, trust: str, now: datetime) -> Issuer:
    """Return the intermediate that signs leaves while the root rests in a safe."""
    key = new_key()
    return Issuer(certify_intermediate(root, key.public_key(), trust, now), key)


def certify_intermediate(
    root: Issuer, key: ec.EllipticCurvePublicKey, trust: str, now: datetime
) -> x509.Certificate:
    """Return the root's certificate over an intermediate's key."""
    return _authority(
        _name(f"{_COLLECTOR_OF}{trust}"),
        key,
        root.certificate.subject,
        root.key,
        now + INTERMEDIATE_YEARS * _YEAR,
        path_length=0,
    )


def intermediate_request(key: ec.EllipticCurvePrivateKey, trust: str) -> bytes:
    """Return what is taken to where the root's key is: a PKCS #10 request, PEM."""
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(f"{_COLLECTOR_OF}{trust}"))
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read_intermediate_request(data: bytes) -> tuple[ec.EllipticCurvePublicKey, str]:
    """Return the key of a request and the trust that it is for.

    Raises:
        CertificateError: it is none.
    """
    try:
        request = x509.load_pem_x509_csr(data)
        (name,) = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise CertificateError(
            "not what a collector wrote with: certificate new-intermediate --request FILE"
        ) from error
    key = read_csr(request.public_bytes(serialization.Encoding.DER))
    trust = str(name.value).removeprefix(_COLLECTOR_OF)
    if trust == name.value or not trust:
        raise CertificateError("the request is not for a collector's intermediate")
    return key, trust


def read_intermediate(data: bytes, root: x509.Certificate) -> x509.Certificate:
    """Return an intermediate that the trust's root signed.

    Raises:
        CertificateError: it is none.
    """
    try:
        found = x509.load_pem_x509_certificate(data)
        found.verify_directly_issued_by(root)
        is_authority = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except keys.NOT_A_CERTIFICATE as error:
        raise CertificateError("the answer is not signed by this trust's root") from error
    if not is_authority:
        raise CertificateError("the answer is a certificate, and not an authority's")
    return found


def key_identifier(certificate: x509.Certificate) -> bytes:
    """Return by what the certificates that this one signs name it."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return found.value.digest


def issuer_of(certificate: x509.Certificate) -> bytes:
    """Return the key identifier of a certificate's issuer; empty = it names none."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return b""
    return found.value.key_identifier or b""


def short_id(certificate: x509.Certificate) -> str:
    """Return a certificate's name for people: 16 hex digits of its key's."""
    return key_identifier(certificate)[:8].hex()


def make_server(
    issuer: Issuer, key: ec.EllipticCurvePrivateKey, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """Return the collector's leaf, for its fixed name and the host names that people type."""
    general: list[x509.GeneralName] = [x509.DNSName(names.COLLECTOR_NAME)]
    for host in dict.fromkeys((*hosts, "localhost", "127.0.0.1", "::1")):
        try:
            general.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            general.append(x509.DNSName(host))
    return _leaf(
        issuer,
        key.public_key(),
        _name("Tutelage collector"),
        general,
        ExtendedKeyUsageOID.SERVER_AUTH,
        now + SERVER_YEARS * _YEAR,
    )


def read_csr(der: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key that a certificate request asks for, proven to be held by who asks.

    Raises:
        CertificateError: it is too large, malformed, not P-256, or not signed by its own key.
    """
    if len(der) > MAX_CSR_BYTES:
        raise CertificateError(f"certificate request of {len(der)} bytes; {MAX_CSR_BYTES} allowed")
    try:
        csr = x509.load_der_x509_csr(der)
        key = csr.public_key()
        proven = csr.is_signature_valid
    except keys.NOT_A_CERTIFICATE as error:
        raise CertificateError("the certificate request does not parse") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateError("the certificate request is not for an ECDSA P-256 key")
    if not proven:
        raise CertificateError("the certificate request is not signed by its own key")
    return key


def load_public_key(der: bytes) -> PublicKeyTypes:
    """Return the key of a DER SubjectPublicKeyInfo that the store kept."""
    return serialization.load_der_public_key(der)


def issue_device(
    issuer: Issuer, key: ec.EllipticCurvePublicKey, name: names.DeviceName, now: datetime
) -> IssuedDevice:
    """Certify a device for 90 days. Nothing of the request but its key is taken over."""
    expires_at = now + timedelta(days=DEVICE_DAYS)
    leaf = _leaf(
        issuer,
        key,
        _name(f"device {name.device_id}"),
        [x509.UniformResourceIdentifier(name.uri())],
        ExtendedKeyUsageOID.CLIENT_AUTH,
        expires_at,
    )
    return IssuedDevice(pem(leaf) + pem(issuer.certificate), expires_at)


def certify_own_key(
    issuer: Issuer, key: ed25519.Ed25519PublicKey, trust: str, use: str, now: datetime
) -> x509.Certificate:
    """Return a certificate that says what one of the collector's own keys signs.

    It is for devices, which believe checkpoints of a key that the authority certified, and for who
    checks evidence years later: gRPC takes no Ed25519 certificate, and this one is
    for signing documents only (RFC 9336).
    """
    return _leaf(
        issuer,
        key,
        _name(f"Tutelage {use} key of {trust}"),
        [x509.UniformResourceIdentifier(names.collector_key_uri(trust, use))],
        _DOCUMENT_SIGNING,
        now + SERVER_YEARS * _YEAR,
    )


def pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key: ec.EllipticCurvePrivateKey, passphrase: str = "") -> bytes:
    """Return a private key as PKCS #8 PEM, for a file that only its owner reads."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption(),
    )


def is_closed(key: bytes) -> bool:
    """Tell whether a key's file is under a passphrase."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in key


def load_key(key: bytes, passphrase: str = "") -> ec.EllipticCurvePrivateKey:
    """Return a private key from its PEM file.

    Raises:
        CertificateError: it is none, or the passphrase is wrong.
    """
    try:
        found = serialization.load_pem_private_key(key, passphrase.encode() or None)
    except (ValueError, TypeError) as error:
        raise CertificateError("the key does not open: a wrong passphrase, or no key") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise CertificateError("the authority's key is not ECDSA")
    return found


def load_issuer(certificate: bytes, key: bytes) -> Issuer:
    """Return an issuer from its PEM files.

    Raises:
        CertificateError: one of them is not what it should be.
    """
    try:
        loaded = x509.load_pem_x509_certificate(certificate)
    except (ValueError, TypeError) as error:
        raise CertificateError("the authority's certificate does not parse") from error
    private = load_key(key)
    if private.public_key() != loaded.public_key():
        raise CertificateError("the authority's key is another than its certificate's")
    return Issuer(loaded, private)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _authority(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    until: datetime,
    *,
    path_length: int,
) -> x509.Certificate:
    return (
        _builder(subject, issuer, key, issuer_key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _leaf(
    issuer: Issuer,
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
    subject: x509.Name,
    general: list[x509.GeneralName],
    purpose: x509.ObjectIdentifier,
    until: datetime,
) -> x509.Certificate:
    return (
        _builder(subject, issuer.certificate.subject, key, issuer.key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
