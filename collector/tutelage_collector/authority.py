"""The certificates of a state folder: root, intermediates, the collector's own; exchanging them.

A key and its certificate lie in one file, so that a crash between two writes leaves no pair that
does not fit. An intermediate that was replaced leaves its certificate here and no key: devices that
it certified go on until they renew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509

from tutelage_collector import pki, private_file, secrecy
from tutelage_collector.errors import CertificateError, StateError
from tutelage_wire import names, times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tutelage_collector.pki import Issuer

ROOT_KEY, ROOT = "ca/root.key.pem", "ca/root.crt.pem"
INTERMEDIATE, SERVER = "ca/intermediate.pem", "tls/server.pem"
EARLIER = "ca/earlier.json"
_NEXT_KEY = "ca/next.key.pem"
_OF_BEFORE = {
    INTERMEDIATE: ("ca/intermediate.key.pem", "ca/intermediate.crt.pem"),
    SERVER: ("tls/server.key.pem", "tls/server.crt.pem"),
}
"""Where folders of before have a pair: it is put together once."""
_END = b"-----END PRIVATE KEY-----\n"


class Standing(StrEnum):
    """What an intermediate that was replaced still means."""

    KEPT = "kept"
    """Its devices renew when their time comes."""
    RETIRED = "retired"
    """Its devices are asked to renew within the day."""
    REVOKED = "revoked"
    """Its certificates count no more: its devices renew before they say anything else."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An intermediate that was replaced."""

    certificate: x509.Certificate
    standing: Standing
    since: datetime

    @property
    def id(self) -> str:
        """The name by which commands know it."""
        return pki.short_id(self.certificate)


@dataclass(frozen=True, slots=True)
class Authority:
    """What a state folder holds of certificates."""

    root_certificate: bytes
    intermediate: Issuer
    earlier: tuple[Earlier, ...]
    server_key: bytes
    server_chain: bytes

    def issuers(self, *standings: Standing) -> frozenset[bytes]:
        """Return the key identifiers of the earlier intermediates that stand so."""
        return frozenset(
            pki.key_identifier(one.certificate) for one in self.earlier if one.standing in standings
        )


def make(folder: Path, trust: str, hosts: Sequence[str], now: datetime) -> None:
    """Write a new authority, root key and all.

    Raises:
        OSError: it cannot be written.
    """
    root = pki.make_root(trust, now)
    intermediate = pki.make_intermediate(root, trust, now)
    private_file.write(folder / ROOT_KEY, pki.key_pem(root.key))
    private_file.write(folder / ROOT, pki.pem(root.certificate))
    _write_issuer(folder, intermediate)
    _write_server(folder, intermediate, hosts, now)


def load(folder: Path) -> Authority:
    """Return what the folder holds.

    Raises:
        StateError: a file is missing or broken.
        CertificateError: one is not what it should be.
    """
    key, certificate = _pair(folder, INTERMEDIATE)
    server_key, server_chain = _pair(folder, SERVER)
    return Authority(
        read(folder, ROOT),
        pki.load_issuer(certificate, key),
        _load_earlier(folder),
        server_key,
        server_chain,
    )


def renew_server(folder: Path, hosts: Sequence[str], now: datetime) -> x509.Certificate:
    """Give the collector a new TLS key and certificate; a running one takes it up by itself.

    Args:
        folder: the state folder.
        hosts: further names beside those of the present certificate.
        now: the present moment.

    Raises:
        StateError: it cannot be written.
    """
    held = load(folder)
    try:
        return _write_server(
            folder, held.intermediate, (*hosts_of(leaf_of(held.server_chain)), *hosts), now
        )
    except OSError as error:
        raise _unwritten(folder / SERVER, error) from error


def request_intermediate(folder: Path, trust: str) -> bytes:
    """Draw the next intermediate's key; return the request that the root is to sign, as PEM.

    Asked again before it was answered, it is the same key.

    Raises:
        StateError: the key cannot be written.
    """
    path = folder / _NEXT_KEY
    try:
        if not path.exists():
            private_file.write(path, pki.key_pem(pki.new_key()))
        return pki.intermediate_request(pki.load_key(path.read_bytes()), trust)
    except OSError as error:
        raise _unwritten(path, error) from error


def install_intermediate(folder: Path, answer: bytes, now: datetime) -> Authority:
    """Let a signed intermediate issue from now on; the collector's own certificate is its first.

    In this order a crash at no point leaves a key without its certificate: the certificate of
    before is noted, the new pair is written whole, the server's follows.

    Raises:
        StateError: no request was made here, or it cannot be written.
        CertificateError: it is not signed by this trust's root, or is for another key.
    """
    held, path = load(folder), folder / _NEXT_KEY
    root = x509.load_pem_x509_certificate(held.root_certificate)
    certificate = pki.read_intermediate(answer, root)
    try:
        fresh = pki.Issuer(certificate, pki.load_key(path.read_bytes()))
    except OSError as error:
        raise StateError(
            f"{path}: no request is waiting here: begin with certificate new-intermediate --request"
        ) from error
    if fresh.key.public_key() != certificate.public_key():
        raise CertificateError("the answer is for another request than the one that waits here")
    done = held.intermediate.certificate.public_key() == certificate.public_key()
    replaced = () if done else (Earlier(held.intermediate.certificate, Standing.KEPT, now),)
    try:
        _write_earlier(folder, (*held.earlier, *replaced))
        _write_issuer(folder, fresh)
        _write_server(folder, fresh, hosts_of(leaf_of(held.server_chain)), now)
        path.unlink()
    except OSError as error:
        raise _unwritten(folder, error) from error
    return load(folder)


def stand(folder: Path, name: str, standing: Standing, now: datetime) -> Earlier:
    """Retire or revoke an earlier intermediate; running collectors act on it within seconds.

    Raises:
        StateError: there is none of this name, or it cannot be written.
    """
    held = load(folder)
    if name == pki.short_id(held.intermediate.certificate):
        raise StateError(f"{name} issues now: replace it first (certificate new-intermediate)")
    found = [replace(one, standing=standing, since=now) for one in held.earlier if one.id == name]
    if not found:
        raise StateError(f"{name}: no such intermediate; see: certificate show")
    try:
        _write_earlier(folder, [found[0] if one.id == name else one for one in held.earlier])
    except OSError as error:
        raise _unwritten(folder / EARLIER, error) from error
    return found[0]


def move_root_key(folder: Path, to: Path) -> str:
    """Write the root's private key to ``to``, under a new passphrase, and delete it here.

    Returns:
        The passphrase, which is nowhere else.

    Raises:
        StateError: it is not here (any more), or cannot be written there.
    """
    here = folder / ROOT_KEY
    passphrase = secrecy.new_password()
    key = pki.load_key(read(folder, ROOT_KEY))
    try:
        if to.exists():
            raise StateError(f"{to}: is there already; a key is never overwritten")
        private_file.write(to, pki.key_pem(key, passphrase))
        if pki.load_key(to.read_bytes(), passphrase).private_numbers() != key.private_numbers():
            raise StateError(f"{to}: does not read back: the root's key stays here")
        here.unlink()
    except OSError as error:
        raise _unwritten(to, error) from error
    return passphrase


def leaf_of(chain: bytes) -> x509.Certificate:
    """Return the first certificate of a chain."""
    return x509.load_pem_x509_certificates(chain)[0]


def hosts_of(leaf: x509.Certificate) -> tuple[str, ...]:
    """Return the names and addresses of a server's certificate, but the one that is always in."""
    general = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = [
        *general.get_values_for_type(x509.DNSName),
        *(str(one) for one in general.get_values_for_type(x509.IPAddress)),
    ]
    return tuple(one for one in found if one != names.COLLECTOR_NAME)


def read(folder: Path, name: str) -> bytes:
    """Return one file of the state folder.

    Raises:
        StateError: it cannot be read.
    """
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise StateError(
            f"{folder / name}: cannot be read ({error.strerror}); restore it from a backup, or "
            "make a new collector with init"
        ) from error


def _pair(folder: Path, name: str) -> tuple[bytes, bytes]:
    """Return a key and its certificate chain."""
    key_name, chain_name = _OF_BEFORE[name]
    if not (folder / name).exists() and (folder / chain_name).exists():
        both = read(folder, key_name) + read(folder, chain_name)
        try:
            private_file.write(folder / name, both)
            (folder / key_name).unlink()
            (folder / chain_name).unlink()
        except OSError as error:
            raise _unwritten(folder / name, error) from error
    key, end, chain = read(folder, name).partition(_END)
    return key + end, chain


def _write_issuer(folder: Path, issuer: Issuer) -> None:
    private_file.write(folder / INTERMEDIATE, pki.key_pem(issuer.key) + pki.pem(issuer.certificate))


def _write_server(
    folder: Path, issuer: Issuer, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    key = pki.new_key()
    leaf = pki.make_server(issuer, key, hosts, now)
    private_file.write(
        folder / SERVER, pki.key_pem(key) + pki.pem(leaf) + pki.pem(issuer.certificate)
    )
    return leaf


def _load_earlier(folder: Path) -> tuple[Earlier, ...]:
    path = folder / EARLIER
    if not path.exists():
        return ()
    try:
        return tuple(
            Earlier(
                x509.load_pem_x509_certificate(row["certificate"].encode()),
                Standing(row["standing"]),
                datetime.fromisoformat(row["since"]),
            )
            for row in json.loads(read(folder, EARLIER))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{path}: damaged; restore it from a backup") from error


def _write_earlier(folder: Path, earlier: Sequence[Earlier]) -> None:
    rows = [
        {
            "certificate": pki.pem(one.certificate).decode(),
            "standing": one.standing.value,
            "since": times.text(one.since),
        }
        for one in {pki.key_identifier(one.certificate): one for one in earlier}.values()
    ]
    private_file.write(folder / EARLIER, json.dumps(rows, indent=1).encode())


def _unwritten(path: Path, error: OSError) -> StateError:
    return StateError(f"{path}: cannot be written ({error.strerror}); nothing was exchanged")
