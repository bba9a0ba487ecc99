"""What happens once a day while the collector serves: the signed digest, then what is due to go.

One part's fault never stops the others, nor the collector: it is logged, and tried again within
minutes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tutelage_collector import digest_post, digests, upkeep
from tutelage_collector.errors import CollectorError
from tutelage_collector.rights import retention, schedule

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
        upkeep.run(config, store, now)
    except CollectorError as error:
        _LOG.error("keys and certificates could not be looked after: %s", error)
    try:
        # The digest is made once a day; what goes with it is due once a day too.
        new = digests.make_daily(config.folder, store, config.trust, key, now)
    except CollectorError as error:
        _LOG.error("the daily digest could not be made: %s", error)
        return
    try:
        digest_post.send(config, store, now)
    except CollectorError as error:
        _LOG.error("the daily digest could not be sent: %s", error)
    if new is None:
        return
    try:
        found = retention.due(store, schedule.load(config.folder), now)
        done = retention.apply(store, found, "schedule", now)
    except CollectorError as error:
        _LOG.error("what is due could not be erased: %s", error)
        return
    for kept, number in done.items():
        if number:
            _LOG.info("%s: %d erased, as the schedule says", kept.value, number)
