"""Who this device is: its two keys, its certificate, and the trust that it belongs to.

The TLS key (ECDSA P-256) identifies the device to the collector; the event-signing key (Ed25519)
signs batches and is certified by the first (DESIGN.md, decision 1).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_agent.durable import write_private
from tutelage_agent.errors import KeyLostError
from tutelage_agent.keystore.memory_key import MemoryKey
from tutelage_wire import bundle as bundles
from tutelage_wire import keys
from tutelage_wire.errors import WireError
from tutelage_wire.events import AgeBand, DeviceId

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_agent.keystore import KeyStore, TlsKey

TLS_KEY = "tls-key"
SIGNING_KEY = "signing-key"
SPOOL_KEY = "spool-key"
MOST_PAIRS = 16
"""So many pairs are looked for when a device that lost its membership begins anew."""
MEMBERSHIP_FILE = "membership.json"
AWAITING_FILE = "awaiting-approval"
"""Names the device whose keys a person is asked to let in."""


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What signs for this device."""

    tls: TlsKey
    signing: ed25519.Ed25519PrivateKey

    @property
    def device_id(self) -> DeviceId:
        """The name that a new enrolment of these keys would have."""
        return keys.device_id_of(self.tls.public_key())

    @property
    def signing_public(self) -> bytes:
        """Raw Ed25519 public key, 32 bytes."""
        return self.signing.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Membership:
    """What enrolment gave: nothing secret, and no token."""

    device_id: DeviceId
    certificate_chain: str
    """PEM: the device's certificate, then the intermediate."""
    bundle: bundles.Bundle
    group: str
    profile: str
    age_band: AgeBand
    device_class: str
    first_epoch: int
    key_number: int = 0
    """Which of the pairs in the key store the certificate is for: raised by every exchange."""
    spool_key_of: str = ""
    """The device that the collector first gave this machine's spool key to, and gives it again to
    whoever takes its place; "" = the key was drawn here, and nobody else has it."""


def new_keys(store: KeyStore | None = None) -> DeviceKeys:
    """Draw a fresh pair of keys in ``store``; in memory, and for now only, where there is none."""
    tls = MemoryKey.draw() if store is None else store.draw_key()
    return DeviceKeys(tls, ed25519.Ed25519PrivateKey.generate())


def save_keys(store: KeyStore, device_keys: DeviceKeys, number: int = 0) -> None:
    """Keep both private keys as pair ``number``."""
    tls_name, signing_name = _names(number)
    store.keep_key(tls_name, device_keys.tls)
    store.store(signing_name, device_keys.signing.private_bytes_raw())


def load_keys(store: KeyStore, number: int = 0) -> DeviceKeys | None:
    """Return both private keys of a pair, or None where there is none of this number.

    Raises:
        KeyLostError: one is there and the other is not, or one is not a key.
    """
    tls_name, signing_name = _names(number)
    tls, signing = store.load_key(tls_name), store.load(signing_name)
    if tls is None and signing is None:
        return None
    if tls is None or signing is None:
        raise KeyLostError("one of the device's two keys is missing: enrol again, events are kept")
    try:
        return DeviceKeys(tls, ed25519.Ed25519PrivateKey.from_private_bytes(signing))
    except ValueError as error:
        raise KeyLostError("a stored key is not a key: enrol again, events are kept") from error


def drawn_keys(store: KeyStore, number: int) -> DeviceKeys:
    """Return the pair of this number, drawn and kept where it is not there whole.

    A pair that was drawn before a crash is used again: the collector may have certified it already.
    """
    try:
        found = load_keys(store, number)
    except KeyLostError:  # the power went between the two halves: nobody has seen this pair
        found = None
    if found is None:
        found = new_keys(store)
        save_keys(store, found, number)
    return found


def forget_keys(store: KeyStore, number: int) -> None:
    """Delete a pair; silent where there is none."""
    if number >= 0:
        for name in _names(number):
            store.delete(name)


def _names(number: int) -> tuple[str, str]:
    """Return what the two halves of a pair are called; the first pair as before exchanges."""
    end = f"-{number}" if number else ""
    return TLS_KEY + end, SIGNING_KEY + end


def await_approval(folder: Path, store: KeyStore, device_keys: DeviceKeys) -> None:
    """Keep the keys for which a person is asked, so that the answer is for them."""
    save_keys(store, device_keys)
    write_private(folder / AWAITING_FILE, device_keys.device_id.encode())


def awaited_keys(folder: Path, store: KeyStore) -> DeviceKeys | None:
    """Return the keys for which a person was asked and has not answered; None = nobody was."""
    try:
        wanted = (folder / AWAITING_FILE).read_text(encoding="ascii").strip()
        found = load_keys(store)
    except (OSError, UnicodeDecodeError, KeyLostError):
        return None
    return found if found is not None and found.device_id == wanted else None


def spool_key(store: KeyStore) -> bytes:
    """Return the 32-byte key of the spool's records, drawn at first use.

    Raises:
        KeyLostError: it was stored and cannot be had back.
    """
    found = store.load(SPOOL_KEY)
    if found is None:
        found = secrets.token_bytes(32)
        store.store(SPOOL_KEY, found)
    return found


def save_membership(folder: Path, membership: Membership) -> None:
    """Write what enrolment gave; the join token is left out."""
    (folder / AWAITING_FILE).unlink(missing_ok=True)
    row = asdict(membership)
    token_free = bundles.dumps(
        bundles.Bundle(
            **{
                one: getattr(membership.bundle, one)
                for one in bundles.Bundle.__dataclass_fields__
                if not one.startswith("token_")
            }
        )
    )
    row["bundle"] = json.loads(token_free)
    write_private(folder / MEMBERSHIP_FILE, json.dumps(row, indent=2).encode())


def load_membership(folder: Path) -> Membership | None:
    """Return what enrolment gave, or None where this device has not enrolled.

    Raises:
        KeyLostError: the file is damaged; enrolling again mends it.
    """
    path = folder / MEMBERSHIP_FILE
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Membership(
            device_id=DeviceId(row["device_id"]),
            certificate_chain=row["certificate_chain"],
            bundle=bundles.loads(json.dumps(row["bundle"])),
            group=row["group"],
            profile=row["profile"],
            age_band=AgeBand(row["age_band"]),
            device_class=row["device_class"],
            first_epoch=row["first_epoch"],
            key_number=row.get("key_number", 0),  # folders of before exchanges have none
            spool_key_of=row.get("spool_key_of", ""),  # and these, of before keys in TPMs
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, WireError) as error:
        raise KeyLostError(f"{path}: damaged ({error}): enrol again, events are kept") from error
