"""Posture: is this device as section 11 of the policy wants it? One file a control.

``run_checks(host, ...)`` looks and judges; see README.md for how to add a check.
"""

from __future__ import annotations

from tutelage_agent.posture.catalogue import CHECKS
from tutelage_agent.posture.check import Check, Context
from tutelage_agent.posture.model import DeviceClass, Judgement, Observation, Profile, Reason, Tier
from tutelage_agent.posture.reference import Reference, load_reference
from tutelage_agent.posture.run import run_checks

__all__ = [
    "CHECKS",
    "Check",
    "Context",
    "DeviceClass",
    "Judgement",
    "Observation",
    "Profile",
    "Reason",
    "Reference",
    "Tier",
    "load_reference",
    "run_checks",
]
