"""The keys and certificates that a running collector uses: exchanged on disk, taken up here.

A command in another process writes the state folder; the server looks at it once a second and goes
on with what it finds, without a restart and without closing a connection that need not close.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import authority, checkpoint_keys, pki, state
from tutelage_collector.authority import Standing
from tutelage_wire import authority as wire_authority
from tutelage_wire import times

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Secrets
    from tutelage_wire.times import Clock

_FILES = (
    authority.INTERMEDIATE, authority.SERVER, authority.EARLIER, checkpoint_keys.KEY,
    checkpoint_keys.EARLIER,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What one moment's files say, and the certificate that was made of them."""

    held: Secrets
    checkpoint_certificate: bytes
    """PEM: of the checkpoint key, then the intermediate."""


class LiveKeys:
    """Read by all threads; ``take`` is called by the server's loop alone."""

    def __init__(self, folder: Path, trust: str, clock: Clock) -> None:
        """Load the state folder of ``trust``.

        Raises:
            StateError: a file is missing or broken.
        """
        self._folder, self._trust, self._clock = folder, trust, clock
        self._seen, self._issued = self._stamps(), times.EPOCH
        self._now = self._loaded()

    @property
    def held(self) -> Secrets:
        """What is in use now."""
        return self._now.held

    @property
    def checkpoint_certificate(self) -> bytes:
        """What tells devices whose checkpoints to believe."""
        return self._now.checkpoint_certificate

    def look(self) -> Taken | None:
        """Return what the files say, where they changed since the last look; None = they did not.

        Raises:
            StateError, CertificateError: they cannot be used; what is in use stays.
        """
        stamps = self._stamps()
        if stamps == self._seen:
            return None
        self._seen = stamps
        return self._loaded()

    def take(self, fresh: Taken) -> None:
        """Use it from now on."""
        self._now = fresh

    def revoked(self) -> frozenset[bytes]:
        """Return the intermediates whose certificates count no more."""
        return self.held.authority.issuers(Standing.REVOKED)

    def outdated(self) -> frozenset[bytes]:
        """Return the intermediates whose devices should renew."""
        return self.held.authority.issuers(Standing.RETIRED, Standing.REVOKED)

    def _loaded(self) -> Taken:
        held = state.load(self._folder)
        issuer = held.authority.intermediate
        # Devices go by which certificate ends later, and certificates count whole seconds.
        self._issued = max(self._clock(), self._issued + timedelta(seconds=1))
        certificate = pki.certify_own_key(
            issuer,
            held.checkpoint_key.public_key(),
            self._trust,
            wire_authority.CHECKPOINT,
            self._issued,
        )
        return Taken(held, pki.pem(certificate) + pki.pem(issuer.certificate))

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        found = []
        for name in _FILES:
            try:
                there = (self._folder / name).stat()
            except OSError:
                found.append((0, 0))
            else:
                found.append((there.st_mtime_ns, there.st_ino))
        return tuple(found)
