"""What a running collector offers to agents: the published documents, and its word on the latest.

The freshness document is the only one that the collector signs: it lets an agent notice that a
policy is being withheld or that this collector has not spoken for days. It can make an agent flag
something, never obey something (reference: architecture.md, section 3.7).
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import published
from tutelage_collector.errors import PublishError
from tutelage_wire import documents, times
from tutelage_wire.documents import Head, Offer, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.store import Store
    from tutelage_wire.times import Clock

FRESH_FOR = timedelta(days=7)
RENEW_AFTER = timedelta(hours=6)


class Library:
    """Thread-safe: refreshed by one thread, asked by the event loop and its workers."""

    def __init__(
        self,
        store: Store,
        keys: Callable[[], Sequence[ed25519.Ed25519PrivateKey]],
        trust_id: str,
        clock: Clock,
    ) -> None:
        """Offer what ``store`` holds.

        Args:
            store: of the documents.
            keys: the collector's own, for freshness: the one of them that the root names speaks.
            trust_id: of this collector.
            clock: the collector's.
        """
        self._store, self._keys, self._trust, self._clock = store, keys, trust_id, clock
        self._lock = threading.Lock()
        self._count = -1
        self._offers: tuple[Offer, ...] = ()
        self._fresh = b""
        self._fresh_at = times.EPOCH

    def offers(self) -> tuple[Offer, ...]:
        """Return what is to be had now: every root, so that none is skipped, and the latest."""
        with self._lock:
            return self._offers

    def fetch(self, sha256: bytes) -> bytes | None:
        """Return a document or artefact by its hash.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            if self._fresh and documents.sha256(self._fresh) == sha256:
                return self._fresh
        return self._store.fetchable(sha256)

    def speak_anew(self) -> None:
        """Sign freshness again, with whichever key speaks now.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            self._fresh_at = times.EPOCH
        self.refresh()

    def refresh(self) -> bool:
        """Look for new documents; tell whether agents should hear of it.

        Raises:
            StoreError: the store cannot be read.
        """
        now = self._clock()
        count = self._store.documents_published()
        if count == self._count and not (count and now - self._fresh_at >= RENEW_AFTER):
            return False
        found = self._store.documents()
        latest = {one.role: one for one in found}
        offers = [
            Offer(one.role, one.version, one.sha256)
            for one in found
            if one.role is Role.ROOT or one is latest[one.role]
        ]
        fresh = self._freshness({role: one.version for role, one in latest.items()})
        if fresh:
            offers.append(Offer(Role.FRESHNESS, times.to_ms(now), documents.sha256(fresh)))
        with self._lock:
            news = self._count >= 0 and count != self._count
            self._count, self._offers = count, tuple(offers)
            self._fresh, self._fresh_at = fresh, now
        return news

    def _freshness(self, latest: dict[Role, int]) -> bytes:
        """Return the signed word on what is latest; empty where the root gives us no such key."""
        try:
            held = published.trusted(self._store, self._trust)
        except PublishError:
            return b""
        speaks = held.root.roles.get(Role.FRESHNESS) if held else None
        ours = {key.public_key().public_bytes_raw(): key.sign for key in self._keys()}
        named = [public for public in ours if speaks is not None and public in speaks.keys]
        if not named:
            return b""
        now = self._clock()
        head = Head(Role.FRESHNESS, self._trust, times.to_ms(now), now + FRESH_FOR)
        payload = documents.write_payload(
            head, {"latest": {role.value: version for role, version in latest.items()}}
        )
        return documents.encode(documents.sign(Role.FRESHNESS, payload, {named[0]: ours[named[0]]}))
