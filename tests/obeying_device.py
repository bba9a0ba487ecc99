"""A device's trust keeper with its real key store and folder, and whatever answers its Fetch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tutelage_agent.keystore.sealed_file import SealedFileKeyStore
from tutelage_agent.trust import FetchError
from tutelage_agent.trust.in_force import PolicyInForce
from tutelage_agent.trust.keeper import TrustKeeper
from tutelage_agent.trust.packs import PackShelf
from tutelage_wire import documents
from tutelage_wire.documents import Offer, Role
from tutelage_wire.events import IntegrityKind
from tutelage_wire.ids import DeviceId
from tutelage_wire.policy import Profile
from tutelage_wire.policy.scope import Place

if TYPE_CHECKING:
    from pathlib import Path

    from ceremony import Ceremony

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Collector:
    """Whatever answers Fetch: it may hold anything, and offer anything."""

    def __init__(self):
        self.files = {}

    def offer(self, *given):
        offers = []
        for document in given:
            data = documents.encode(document)
            self.files[documents.sha256(data)] = data
            version = documents.read_document(document).head.version
            offers.append(Offer(document.role, version, documents.sha256(data)))
        return offers

    def fetch(self, sha256, most):
        if sha256 not in self.files:
            raise FetchError("nothing here")
        return self.files[sha256]


class Device:
    """A device's keeper with its real key store and folder."""

    def __init__(self, folder: Path, people: Ceremony, root=None):
        self.folder, self.people, self.told = folder, people, []
        self.root = documents.encode(root or people.root())
        self.now = NOW
        self.begin()

    def begin(self):
        """Start, or start again."""
        self.keystore = SealedFileKeyStore(self.folder / "keys", b"this machine")
        self.in_force = PolicyInForce(
            Place(Profile.PUPIL, "rowan"), DeviceId("ab" * 16),
            PackShelf(self.folder / "packs", lambda: self.now),
            lambda: self.keeper.least_rules(), lambda: self.now,
        )  # fmt: skip
        self.keeper = TrustKeeper(
            self.folder / "trust", self.keystore, self.people.trust_id, self.root,
            {Role.POLICY: self.in_force}, self.told.append,
        )  # fmt: skip
        self.keeper.load()
        return self

    def take(self, collector, *given):
        self.told.clear()
        self.keeper.offered(collector.offer(*given), collector.fetch)
        return self

    @property
    def version(self):
        return self.in_force.held.policy.version

    def refused(self):
        return [one.detail for one in self.told if one.kind is IntegrityKind.POLICY_REFUSED]

    def stale(self):
        return [one.detail for one in self.told if one.kind is IntegrityKind.POLICY_STALE]
