"""What keys and certificates need once a day and no person has to start."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tutelage_collector import authority, checkpoint_keys, published, standing
from tutelage_wire.documents import Role

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.store import Store

_LOG = logging.getLogger(__name__)
_ACTOR = "collector"


def run(config: Config, store: Store, now: datetime) -> None:
    """Renew the collector's certificate before it ends; forget a key that nobody needs.

    Raises:
        CollectorError: it cannot be done now; what there was goes on.
    """
    leaf = authority.leaf_of(authority.load(config.folder).server_chain)
    if leaf.not_valid_after_utc - now < standing.SERVER_RENEWS:
        fresh = authority.renew_server(config.folder, (config.listen.advertise,), now)
        until = f"until {fresh.not_valid_after_utc:%Y-%m-%d}"
        store.audit(_ACTOR, "collector's certificate renewed", "certificate", until, now)
        _LOG.info("the collector's certificate was renewed %s", until)
    trusted = published.trusted(store, config.trust)
    speaks = trusted.root.roles.get(Role.FRESHNESS) if trusted else None
    present = checkpoint_keys.load(config.folder).present_public
    # Without a root nobody listens to freshness, and so nobody needs the keys of before.
    if (speaks is None or present in speaks.keys) and checkpoint_keys.forget_private(config.folder):
        store.audit(_ACTOR, "earlier checkpoint key deleted", "checkpoint key", "", now)
