"""Holds the trusted set: verifies what is offered, keeps the last good, never goes back.

The root came with the bundle; each later one is signed by the one before. Versions are remembered
in two places, this folder and the key store, and the higher one counts: a restored folder brings
no old policy back. What is refused is said once, as an integrity finding.
"""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_agent.errors import AgentError
from tutelage_agent.trust import CatchesUp, FetchError, no_fetch
from tutelage_wire import documents, trust
from tutelage_wire.documents import MAX_DOCUMENT_BYTES, Role
from tutelage_wire.errors import WireError
from tutelage_wire.events import IntegrityFinding, IntegrityKind
from tutelage_wire.trust import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.keystore import KeyStore
    from tutelage_agent.trust import Fetch, Handler
    from tutelage_wire.documents import Document, Offer, SignedDocument
    from tutelage_wire.trust import TrustedSet

_log = logging.getLogger(__name__)

FLOOR = "trust-floor"
"""Name of the key store's memory of versions."""
MOST_ROOTS = 64
"""Rotations that are followed in one go; a trust makes one a year."""
_KEPT = (Role.RECIPIENTS, Role.POLICY)
"""In the order in which they are put into force: to whom before what."""


class TrustKeeper:
    """Thread-safe. ``load`` once, then ``offered`` whenever the collector says what it has."""

    def __init__(
        self,
        folder: Path,
        keystore: KeyStore,
        trust_id: str,
        first_root: bytes,
        handlers: Mapping[Role, Handler],
        tell: Callable[[IntegrityFinding], object],
    ) -> None:
        """Keep documents in ``folder``.

        Args:
            folder: below the agent's state folder; made where it is missing.
            keystore: the second memory of versions.
            trust_id: of this device.
            first_root: as the bundle brought it; empty = this device obeys no document.
            handlers: by role, what a document means here.
            tell: told what a person should be able to see.
        """
        # A device that enrols again, under another root, begins anew with both memories.
        self._beginning = documents.sha256(first_root).hex()[:16]
        self._folder, self._keystore, self._trust_id = folder / self._beginning, keystore, trust_id
        self._first_root, self._handlers, self._tell = first_root, handlers, tell
        # Held while documents are taken, which lasts as long as a pack is proven. Whoever only
        # reads takes no lock: what is read is one value that is exchanged for another.
        self._taking = threading.Lock()
        self._held: TrustedSet | None = None
        self._outdated: dict[Role, Document] = {}
        self._hashes: dict[Role, bytes] = {}
        self._refused: set[bytes] = set()
        self._told: set[str] = set()

    def load(self) -> None:
        """Verify what the folder holds and put it into force; what is wrong is told, not raised."""
        with self._taking:
            if not self._first_root:
                return
            try:
                self._load()
            except WireError as error:
                self._refuse(f"root of the bundle: {error}: enrol this device again")
            except OSError as error:
                self._refuse(f"signed documents cannot be read ({error.strerror})")

    def version(self, role: Role) -> int:
        """Return the version in force; 0 = none."""
        document = self.document(role)
        if document is not None:
            return document.head.version
        return self._held.version(role) if self._held and role is Role.ROOT else 0

    def document(self, role: Role) -> Document | None:
        """Return the document in force, also one whose keys a newer root no longer names."""
        held = self._held.held.get(role) if self._held else None
        return held or self._outdated.get(role)

    def versions(self) -> tuple[str, ...]:
        """Return what is held as ``role@version``, for the greeting."""
        return tuple(f"{role}@{self.version(role)}" for role in Role if self.version(role))

    def least_rules(self) -> Mapping[str, int]:
        """Return the root's floors of rules, by pack."""
        return self._held.root.least_rules if self._held else {}

    def say_stale(self, now: datetime) -> None:
        """Tell, once each, what ``stale`` returns."""
        for said in self.stale(now):
            self._say(IntegrityKind.POLICY_STALE, said)

    def stale(self, now: datetime) -> tuple[str, ...]:
        """Return what has to be said of the documents' age: flagged, never a reason to stop."""
        held, outdated = self._held, self._outdated
        if held is None:
            return ()
        said = [f"{role} has expired" for role in held.stale(now)]
        said += [f"{role} awaits the new root's keys" for role in outdated]
        fresh = held.held.get(Role.FRESHNESS)
        latest = fresh.body.get("latest", {}) if fresh else {}
        for role in _KEPT:
            newest = latest.get(role.value, 0) if isinstance(latest, dict) else 0
            if isinstance(newest, int) and newest > self.version(role):
                said.append(f"{role} {newest} exists and is not in force here")
        return tuple(said)

    def offered(self, offers: Sequence[Offer], fetch: Fetch) -> None:
        """Take what is new among ``offers``. Blocks while it is fetched and got ready."""
        with self._taking:
            if not self._first_root:
                if any(one.role is Role.POLICY for one in offers):
                    self._refuse(
                        "this device enrolled before the trust had a root: it obeys no policy "
                        "until it enrols again with a newer bundle"
                    )
                return
            if self._held is None:
                return
            by_version = sorted(offers, key=lambda one: one.version)
            for offer in [one for one in by_version if one.role is Role.ROOT][-MOST_ROOTS:]:
                if offer.version > self._held.version(Role.ROOT):
                    self._take(offer, fetch)
            for role in (*_KEPT, Role.FRESHNESS):
                for offer in [one for one in by_version if one.role is role][-1:]:
                    if self._hashes.get(role) != offer.sha256:
                        self._take(offer, fetch)
            self._catch_up(fetch)

    def _catch_up(self, fetch: Fetch) -> None:
        for role, handler in self._handlers.items():
            if isinstance(handler, CatchesUp):
                try:
                    handler.catch_up(fetch)
                except FetchError as error:
                    _log.warning("%s: %s", role, error)
                    self._say(IntegrityKind.POLICY_STALE, f"{role}: an artefact is not to be had")
                except (WireError, AgentError) as error:
                    self._refuse(f"{role}: {error}")

    def _take(self, offer: Offer, fetch: Fetch) -> None:
        """Fetch, verify, get ready, keep, put into force: in this order."""
        if offer.sha256 in self._refused or self._held is None:
            return
        named = f"{offer.role} {offer.version}"
        remembered = self._held.floor.get(Role.ROOT, 0)
        if offer.role is not Role.ROOT and self._held.version(Role.ROOT) < remembered:
            # Else a restored folder would bring keys back that a later root has taken away.
            self._refuse(f"{named}: root {remembered} was in force here, and must come first")
            return
        try:
            # 1. Fetched by its hash, within bounds, and verified as the wire's rules say.
            document = documents.decode(fetch(offer.sha256, MAX_DOCUMENT_BYTES))
            after = trust.accept(self._held, document)
            # 2. All that can fail happens here, and changes nothing that is in force.
            into_force = self._prepared(after, document.role, fetch)
            # 3. On disk, then remembered in the second place, then in force.
            self._keep(document, after.version(document.role))
            self._remember(after)
        except FetchError as error:
            _log.warning("%s: %s", named, error)
            self._say(IntegrityKind.POLICY_STALE, f"{named}: not to be had now")
        except (WireError, AgentError) as error:
            self._refused.add(offer.sha256)
            self._refuse(f"{named}: {error}")
        except OSError as error:
            self._refuse(f"{named}: cannot be kept ({error.strerror})")
        else:
            self._enforce(after, document, offer.sha256, into_force)

    def _prepared(self, after: TrustedSet, role: Role, fetch: Fetch) -> Callable[[], None]:
        handler = self._handlers.get(role)
        if handler is None or role not in after.held:
            return lambda: None
        return handler.prepare(after.held[role], fetch)

    def _enforce(
        self,
        after: TrustedSet,
        document: SignedDocument,
        sha256: bytes,
        into_force: Callable[[], None],
    ) -> None:
        role, before = document.role, self._held
        if role is Role.ROOT and before is not None:
            # What the new root's keys have not signed yet stays in force, and is said to.
            left = {one: held for one, held in before.held.items() if one not in after.held}
            left.pop(Role.FRESHNESS, None)
            self._outdated = {**self._outdated, **left}
        self._held = after
        self._outdated = {one: held for one, held in self._outdated.items() if one is not role}
        self._hashes[role] = sha256
        into_force()
        if role is not Role.FRESHNESS:
            _log.info("%s %d is in force", role, after.version(role))
            self._say(IntegrityKind.POLICY_APPLIED, f"{role} {after.version(role)}")

    def _load(self) -> None:
        first = documents.decode(self._first_root)
        held = replace(trust.first_root(first, self._trust_id), floor=self._floor())
        eras = [held]
        while (found := self._stored(_root_name(held.version(Role.ROOT) + 1))) is not None:
            try:
                held = trust.accept(held, documents.decode(found))
            except WireError as error:  # damaged or exchanged here: the collector has it again
                self._refuse(f"a root in this device's folder: {error}")
                break
            eras.append(held)
        self._held = held
        for role in _KEPT:
            stored = self._stored(f"{role}.signed")
            if stored is not None:
                self._load_one(role, stored, eras)

    def _load_one(self, role: Role, stored: bytes, eras: list[TrustedSet]) -> None:
        """Put a kept document into force again, under the root that it was accepted with."""
        try:
            document = documents.decode(stored)
        except WireError as error:
            self._refuse(f"{role} in this device's folder: {error}")
            return
        for era in reversed(eras):
            try:
                accepted = trust.accept(replace(era, floor=self._floor()), document).held[role]
                break
            except TrustError as error:
                reason = error
        else:
            self._refuse(f"{role} in this device's folder: {reason}")
            return
        if era is eras[-1] and self._held is not None:
            self._held = replace(self._held, held={**self._held.held, role: accepted})
        else:
            self._outdated[role] = accepted
        self._hashes[role] = documents.sha256(stored)
        handler = self._handlers.get(role)
        try:
            if handler is not None:
                handler.prepare(accepted, no_fetch)()
        except (WireError, AgentError) as error:
            # Not in force, so that the collector's offer of the same document is taken again.
            self._hashes.pop(role, None)
            self._refuse(f"{role} {accepted.head.version} in this device's folder: {error}")

    def _stored(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _keep(self, document: SignedDocument, version: int) -> None:
        if document.role is Role.FRESHNESS:
            return  # it is spoken anew at each connection
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = _root_name(version) if document.role is Role.ROOT else f"{document.role}.signed"
        write_private(self._folder / name, documents.encode(document))

    def _floor(self) -> dict[Role, int]:
        """Return the versions that the key store remembers; none where it lost them."""
        with suppress(AgentError, ValueError, TypeError, AttributeError, KeyError):
            found = self._keystore.load(FLOOR)
            if found is not None:
                row = json.loads(found)
                if row["beginning"] == self._beginning:
                    return {Role(name): int(number) for name, number in row["versions"].items()}
        return {}

    def _remember(self, after: TrustedSet) -> None:
        floor = {role: max(after.version(role), after.floor.get(role, 0)) for role in Role}
        floor.pop(Role.FRESHNESS)
        if floor != {role: self._floor().get(role, 0) for role in floor}:
            row = {
                "beginning": self._beginning,
                "versions": {role.value: version for role, version in floor.items()},
            }
            self._keystore.store(FLOOR, json.dumps(row).encode())

    def _refuse(self, detail: str) -> None:
        self._say(IntegrityKind.POLICY_REFUSED, detail)

    def _say(self, kind: IntegrityKind, detail: str) -> None:
        """Tell once while this process lives."""
        if f"{kind} {detail}" not in self._told:
            self._told.add(f"{kind} {detail}")
            if kind is not IntegrityKind.POLICY_APPLIED:
                _log.warning("%s", detail)
            self._tell(IntegrityFinding(kind, detail))


def _root_name(version: int) -> str:
    return f"root-{version:06}.signed"
