"""Joining a collector, for the first time or again: keys, enrolment, and what is kept of it.

Monitoring must not end for a key store's fault: whoever lost its keys joins again, the spool is
kept, and what waits in it is sent under the new keys.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tutelage_agent import assembly, context, identity
from tutelage_agent.enrolment import Evidence, enrol
from tutelage_agent.errors import AgentError, AwaitedError, KeyLostError, TpmError
from tutelage_agent.host import machine, smbios
from tutelage_agent.keystore import choose
from tutelage_agent.trust.keeper import FLOOR
from tutelage_wire import __version__, bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutelage_agent.assembly import State
    from tutelage_agent.config import AgentConfig, KeySettings
    from tutelage_agent.identity import Membership
    from tutelage_agent.keystore import KeyStore
    from tutelage_wire.bundle import Bundle
    from tutelage_wire.events import DeviceId

_log = logging.getLogger(__name__)

_REJOIN_WAIT = 86_400.0
"""Seconds that a device which lost its keys waits for a person's approval before it asks anew."""
_STAYING = (identity.SPOOL_KEY, FLOOR)
"""Secrets that are the machine's and not its identity's: a new place for keys takes them over."""


def join(config: AgentConfig, state: State, joined: Bundle, wait: float) -> Membership:
    """Enrol with new keys, or with those that wait for approval; keep what comes of it.

    Args:
        config: this machine's settings.
        state: what it has.
        joined: with the join token.
        wait: seconds to wait for a person's approval.

    Raises:
        AgentError: refused, not reachable, not approved in time, or no place for keys.
    """
    first = state.membership is None
    waiting = identity.awaited_keys(config.state_folder, state.keystore) if first else None
    keystore = state.keystore if first and not state.lost else _place_for_keys(config, state)
    device_keys = waiting or identity.new_keys(keystore)
    evidence = Evidence(
        label=machine.label(),
        system=machine.system(),
        machine_id_hash=machine.machine_id_hash(),
        agent_version=__version__,
        serial=smbios.serial(),
        tpm_ek_hash=_endorsement_hash(config.keys),
        supersedes=state.membership.device_id if state.membership else "",
    )
    before = state.membership.spool_key_of if state.membership else ""
    given: dict[DeviceId, bytes] = {}
    try:
        member = asyncio.run(
            enrol(joined, device_keys, evidence, print, wait, before, given.__setitem__)
        )
    except AwaitedError:
        if first:  # a member's present keys stay what they are until others are certified
            identity.await_approval(config.state_folder, keystore, device_keys)
        raise
    if not state.lost and _elsewhere(state.membership, member):
        context.delete_all(config.state_folder)
    # A pair of its own: until the membership is written, the keys of before are what they were.
    number = state.membership.key_number + 1 if state.membership else 0
    if keystore is not state.keystore:
        _take_over(state.keystore, keystore)
    owner = _keep_spool_key(keystore, given) or before
    member = replace(member, key_number=number, spool_key_of=owner)
    identity.save_keys(keystore, device_keys, number)
    if keystore is not state.keystore:
        choose.remember(config.state_folder / assembly.KEYS, keystore)
    identity.save_membership(config.state_folder, member)
    _forget_others(state.keystore, keystore, number)
    return member


def join_again(config: AgentConfig) -> None:
    """Let a device that lost its keys join anew, where ICT has put a bundle for it.

    Without a bundle the message of ``assembly.build`` says what to do.

    Raises:
        AgentError: the bundle cannot be used, or the collector does not take the device.
    """
    state, path = assembly.open_state(config), config.state_folder / assembly.BUNDLE_NAME
    if not state.lost or not path.exists():
        return
    _log.warning("%s: joining again with %s", state.lost, path.name)
    join(config, state, read_bundle(path), _REJOIN_WAIT)
    path.unlink(missing_ok=True)


def read_bundle(path: Path) -> Bundle:
    """Return the bundle of a file.

    Raises:
        AgentError: it cannot be read.
    """
    try:
        return bundle.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{path}: cannot be read: {error}") from error


def _place_for_keys(config: AgentConfig, state: State) -> KeyStore:
    """Choose anew where keys go: the best there is now, or what the settings have come to name."""
    folder = config.state_folder / assembly.KEYS
    found = choose.choose(folder, machine.machine_id(), config.keys)
    return state.keystore if found.protection == state.keystore.protection else found


def _keep_spool_key(keystore: KeyStore, given: Mapping[DeviceId, bytes]) -> str:
    """Keep the spool's key that the collector gave, where there is no other; return whose it is.

    The one that is there is what the records on disk are under. One that was lost is the same one,
    where the collector gave it before.
    """
    with suppress(KeyLostError):
        if keystore.load(identity.SPOOL_KEY) is not None:
            return ""
    for owner, key in given.items():
        keystore.store(identity.SPOOL_KEY, key)
        return owner
    return ""


def _take_over(before: KeyStore, after: KeyStore) -> None:
    """Carry what must outlive an identity to its new place; what is lost, is lost."""
    for name in _STAYING:
        with suppress(KeyLostError, TpmError):
            if (secret := before.load(name)) is not None:
                after.store(name, secret)


def _forget_others(before: KeyStore, after: KeyStore, number: int) -> None:
    """Delete the keys of whoever this device was before."""
    for other in {*range(identity.MOST_PAIRS), number - 1, number + 1} - {number}:
        identity.forget_keys(after, other)
    if before is not after:
        with suppress(AgentError):  # a place that does not answer keeps what nobody needs
            for other in {*range(identity.MOST_PAIRS), number - 1}:
                identity.forget_keys(before, other)
            for name in _STAYING:
                before.delete(name)


def _endorsement_hash(settings: KeySettings) -> str:
    chip = choose.chip_of(settings)
    if chip is None:
        return ""
    from tutelage_agent.keystore.tpm.endorsement import endorsement_hash  # only where there is one

    return endorsement_hash(chip)


def _elsewhere(before: Membership | None, after: Membership) -> bool:
    """Tell whether a device left a trust or school: its readers are others now."""
    if before is None:
        return True
    was, now = before.bundle, after.bundle
    return (was.trust_id, was.school_id) != (now.trust_id, now.school_id)
