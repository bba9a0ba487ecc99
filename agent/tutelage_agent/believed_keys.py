"""Whose checkpoints this device believes: the bundle's key, until the authority certified another.

The certificate is kept, so that after a restart the key before it is not believed again.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_wire import authority, keys
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutelage_wire.authority import CertifiedKey
    from tutelage_wire.bundle import Bundle

_log = logging.getLogger(__name__)

FILE_NAME = "checkpoint-key.pem"


class BelievedKeys:
    """On the uplink's event loop."""

    def __init__(self, bundle: Bundle, folder: Path | None) -> None:
        """Begin with what is kept, or else with the bundle.

        Args:
            bundle: of this device.
            folder: the agent's state folder; None = nothing is kept.
        """
        self._bundle = bundle
        self._path = folder / FILE_NAME if folder else None
        self._certified: CertifiedKey | None = None
        self._believed = {keys.key_id(one): one for one in bundle.checkpoint_keys}
        if self._path is not None:
            with suppress(OSError, SignatureError):  # of a trust of before, or none
                self._use(self._verified(self._path.read_bytes()))

    @property
    def believed(self) -> Mapping[bytes, bytes]:
        """Key id -> raw key, of those that count now."""
        return self._believed

    def hear(self, chain: bytes, *, soon: bool) -> None:
        """Take what the collector shows; what is older than the one that counts changes nothing.

        Args:
            chain: PEM, of a welcome or a notice; empty = the collector shows none.
            soon: the key before counts beside it until the next welcome: what it signed last may
                still be under way.

        Raises:
            SignatureError: it is not of this trust's authority.
        """
        if not chain:
            return
        fresh = self._verified(chain)
        if self._certified is not None and fresh.ends <= self._certified.ends:
            if fresh.public_key != self._certified.public_key:
                _log.warning("a certificate of an earlier checkpoint key: not believed")
            return
        before = dict(self._believed)
        changed = self._certified is None or fresh.public_key != self._certified.public_key
        self._use(fresh)
        if soon:
            self._believed = before | self._believed
        if changed and self._path is not None:
            try:
                write_private(self._path, chain)
            except OSError as error:
                _log.warning("%s: cannot be written (%s)", self._path.name, error.strerror)

    def _use(self, fresh: CertifiedKey) -> None:
        self._certified = fresh
        self._believed = {keys.key_id(fresh.public_key): fresh.public_key}

    def _verified(self, chain: bytes) -> CertifiedKey:
        bundle = self._bundle
        return authority.verify_collector_key(
            chain, bundle.ca_certificate.encode(), bundle.trust_id, authority.CHECKPOINT
        )
