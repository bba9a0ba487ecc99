"""What happens once a day while the collector serves: the signed digest.

One part's fault never stops the others, nor the collector: it is logged, and tried again within
minutes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tutelage_collector import digests
from tutelage_collector.errors import CollectorError

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.config import Config
    from tutelage_collector.store import Store

_LOG = logging.getLogger(__name__)


def run(config: Config, store: Store, key: ed25519.Ed25519PrivateKey, now: datetime) -> None:
    """Do what is due today and was not done yet.

    Args:
        config: of the state folder.
        store: of the collector.
        key: the checkpoint key, which signs digests.
        now: the present moment.
    """
    try:
        digests.make_daily(config.folder, store, config.trust, key, now)
    except CollectorError as error:
        _LOG.error("the daily digest could not be made: %s", error)
