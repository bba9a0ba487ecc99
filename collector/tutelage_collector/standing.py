"""How each key and certificate stands, and what a person should do about it, with the command.

Pure but for what it is given to read: the folder's authority, the store's documents and devices.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from tutelage_collector import authority, pki, published
from tutelage_collector.authority import Standing
from tutelage_collector.errors import PublishError
from tutelage_collector.store.records import DeviceState
from tutelage_collector.store.records_recipients import KeyState, RecipientKind
from tutelage_wire.documents import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.state import Secrets
    from tutelage_collector.store import Store

ROOT_WARNS, INTERMEDIATE_WARNS = timedelta(days=3 * 365), timedelta(days=2 * 365)
SERVER_RENEWS, SERVER_WARNS = timedelta(days=180), timedelta(days=150)
"""It renews itself; where that did not happen within a month, a person is told."""
DOCUMENT_WARNS = timedelta(days=60)
DEVICE_WARNS = timedelta(days=14)
"""Devices renew a month before the end; this late something keeps them from it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One key or certificate."""

    what: str
    id: str = ""
    until: datetime | None = None
    state: str = "in use"
    warning: str = ""
    """What to do, with the command; "" = nothing."""


def look(
    settings: Config, held: Secrets, store: Store, now: datetime, *, count_devices: bool = True
) -> tuple[Row, ...]:
    """Return how all of it stands.

    Args:
        settings: of the state folder.
        held: its keys and certificates.
        store: of this collector.
        now: the present moment.
        count_devices: also by which authority each device is certified; reads all certificates.
    """
    return (
        *_authorities(settings, held, store, now, count_devices=count_devices),
        *_checkpoint(settings, held, store),
        *_documents(settings, store, now),
        *_devices(store, now),
        *_recovery(store),
    )


def warnings(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Return the sentences that somebody should act on."""
    return tuple(row.warning for row in rows if row.warning)


def _authorities(
    settings: Config, held: Secrets, store: Store, now: datetime, *, count_devices: bool
) -> Iterator[Row]:
    of = held.authority
    root = x509.load_pem_x509_certificate(of.root_certificate)
    ends = root.not_valid_after_utc
    yield Row(
        "root certificate", pki.short_id(root), ends,
        warning="The trust's root ends " + _on(ends) + ": before then every device has to enrol "
        "again under a new one (docs/drills.md)." if ends - now < ROOT_WARNS else "",
    )  # fmt: skip
    here = (settings.folder / authority.ROOT_KEY).exists()
    yield Row(
        "root key", pki.short_id(root), state="on this machine" if here else "away",
        warning="The root's private key is still on this machine, where whoever breaks in finds "
        "it: certificate move-root --out FILE, on a stick that goes into a safe." if here else "",
    )  # fmt: skip
    counts = _under(store) if count_devices and of.earlier else {}
    present = of.intermediate.certificate
    ends = present.not_valid_after_utc
    yield Row(
        "intermediate", pki.short_id(present), ends,
        warning="The authority that certifies devices ends " + _on(ends) + ": "
        "certificate new-intermediate." if ends - now < INTERMEDIATE_WARNS else "",
    )  # fmt: skip
    for one in of.earlier:
        left = counts.get(pki.key_identifier(one.certificate), 0)
        waits = left and one.standing is not Standing.KEPT
        said = {Standing.KEPT: "replaced"}.get(one.standing, one.standing.value)
        yield Row(
            "earlier intermediate", one.id, one.certificate.not_valid_after_utc,
            f"{said}, {_devices_of(left)} under it" if count_devices else said,
            f"{_devices_of(left)} not renewed since authority {one.id} was {one.standing}: "
            "that happens when they are switched on and reach this collector (device list)."
            if waits
            else "",
        )  # fmt: skip
    leaf = authority.leaf_of(of.server_chain)
    ends, name = leaf.not_valid_after_utc, settings.listen.advertise
    warning = ""
    if ends - now < SERVER_WARNS:
        warning = f"This collector's certificate ends {_on(ends)}: certificate renew."
    elif name not in authority.hosts_of(leaf):
        warning = (
            f"This collector's certificate does not name {name}, by which browsers call it: "
            "certificate renew."
        )
    yield Row("collector's certificate", f"{leaf.serial_number:x}"[:16], ends, warning=warning)


def _under(store: Store) -> Mapping[bytes, int]:
    """Return by how many active devices each authority's certificate is held."""
    active = {view.device.id for view in store.devices() if view.device.state is DeviceState.ACTIVE}
    return Counter(
        pki.issuer_of(authority.leaf_of(chain))
        for device, chain in store.latest_certificates().items()
        if device in active
    )


def _checkpoint(settings: Config, held: Secrets, store: Store) -> Iterator[Row]:
    keys = held.checkpoint_keys
    try:
        trusted = published.trusted(store, settings.trust)
    except PublishError as error:
        yield Row("checkpoint key", keys.id, warning=f"{error}.")
        return
    speaks = trusted.root.roles.get(Role.FRESHNESS) if trusted else None
    behind = speaks is not None and keys.present_public not in speaks.keys
    yield Row(
        "checkpoint key", keys.id,
        warning="The signed root names an earlier key of this collector for freshness: "
        "policy identity here, then policy rotate-root --set freshness=FILE where the root's keys "
        "are, then policy publish." if behind else "",
    )  # fmt: skip
    for one in keys.earlier:
        state = "replaced, speaks for freshness only" if one.private else "replaced"
        yield Row("earlier checkpoint key", one.public.hex()[:16], one.until, state)


_ANEW = {
    Role.ROOT: "policy rotate-root where the root's keys are, then policy publish",
    Role.POLICY: "policy sign, then policy publish",
    Role.RECIPIENTS: "recipient document, two people sign it (policy sign), then policy publish",
}


def _documents(settings: Config, store: Store, now: datetime) -> Iterator[Row]:
    try:
        trusted = published.trusted(store, settings.trust)
    except PublishError:
        return
    if trusted is None:
        return
    heads = [trusted.root.head, *(one.head for one in trusted.held.values())]
    for head in heads:
        near = head.expires - now < DOCUMENT_WARNS
        yield Row(
            f"signed {head.role}", f"version {head.version}", head.expires,
            warning=f"The signed {head.role} is good until {_on(head.expires)}: "
            f"{_ANEW.get(head.role, 'sign it anew')}." if near else "",
        )  # fmt: skip


def _devices(store: Store, now: datetime) -> Iterator[Row]:
    late = [
        view.device.certificate_expires_at
        for view in store.devices()
        if view.device.state is DeviceState.ACTIVE
        and view.device.certificate_expires_at - now < DEVICE_WARNS
    ]
    if late:
        yield Row(
            "devices' certificates", until=min(late), state=f"{_devices_of(len(late))} late",
            warning=f"{_devices_of(len(late))} late in renewing: that happens by itself when they "
            "reach this collector; see which are silent: device list.",
        )  # fmt: skip


def _recovery(store: Store) -> Iterator[Row]:
    active = [key for key in store.recipients() if key.state is KeyState.ACTIVE]
    if not any(key.kind is RecipientKind.RECOVERY for key in active):
        yield Row(
            "recovery cards", state="none",
            warning="Nothing opens what children wrote if the safeguarding lead's passphrase is "
            "lost: recipient add recovery --cards FOLDER prints three cards.",
        )  # fmt: skip


def _devices_of(count: int) -> str:
    return "1 device" if count == 1 else f"{count} devices"


def _on(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"
