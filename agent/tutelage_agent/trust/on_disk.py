"""The policy in force as commands see it that run beside the agent: read and verified anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent import identity
from tutelage_agent.errors import AgentError
from tutelage_agent.host import machine
from tutelage_agent.keystore.choose import open_keystore
from tutelage_agent.trust.in_force import PolicyReader
from tutelage_agent.trust.keeper import TrustKeeper
from tutelage_wire.documents import Role
from tutelage_wire.policy import BUILT_IN, Policy, Profile
from tutelage_wire.policy.scope import Place

if TYPE_CHECKING:
    from tutelage_agent.config import AgentConfig
    from tutelage_agent.identity import Membership

FOLDER = "trust"
"""Below the state folder."""


def place_of(member: Membership) -> Place:
    """Return what of a device decides its scope."""
    return Place(Profile(member.profile), member.bundle.school_id, member.group)


def policy_on_disk(config: AgentConfig) -> tuple[Policy, Membership]:
    """Return the policy that the running agent obeys, and the device's membership.

    Raises:
        AgentError: this device has not enrolled, or this account may not look.
    """
    state_folder = config.state_folder
    try:
        member = identity.load_membership(state_folder)
        if member is None:
            raise AgentError("this device has not enrolled yet: tutelage-agent enrol --bundle FILE")
        keystore = open_keystore(state_folder / "keys", machine.machine_id(), config.keys)
        held: list[Policy] = []
        keeper = TrustKeeper(
            state_folder / FOLDER,
            keystore,
            member.bundle.trust_id,
            member.bundle.root,
            {Role.POLICY: PolicyReader(held.append)},
            lambda _: None,
        )
        keeper.load()
    except PermissionError as error:
        raise AgentError(
            f"{state_folder}: only the agent's own account may look in here"
        ) from error
    return (held[-1] if held else BUILT_IN), member
