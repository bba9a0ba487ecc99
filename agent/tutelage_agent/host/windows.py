"""What only Windows can answer: its own calls, and who is signed in."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("this is Windows' side of the door")

import ctypes
import json
import subprocess
from typing import TYPE_CHECKING

from tutelage_agent.host import Door, Question
from tutelage_agent.host.reading import Outcome, Reading, nothing
from tutelage_agent.host.windows_codes import unpack

if TYPE_CHECKING:
    from tutelage_agent.host.account_context import AccountContext

_SECONDS = {"wua.search": 900.0, "wua.last_search": 60.0, "bitlocker.volumes": 20.0}
_WMI_SECONDS = 20.0
"""With another anti-virus product, Defender's provider takes minutes: it gets this long."""


def privileged() -> bool:
    """Tell whether the agent is the system or an administrator with full rights."""
    return bool(ctypes.windll.shell32.IsUserAnAdmin())


def answer(question: Question) -> Reading[object]:
    """Return what the system answers."""
    try:
        return _answer(question)
    except (OSError, AttributeError, ImportError, TypeError) as error:
        # A call that this Windows does not have: an older build, or Wine.
        return nothing(Outcome.UNSUPPORTED, f"{question.what}: {type(error).__name__}")


def _answer(question: Question) -> Reading[object]:
    from tutelage_agent.host import windows_accounts, windows_calls, windows_registry

    match question.door:
        case Door.REGISTRY | Door.REGISTRY_KEYS | Door.REGISTRY_VALUES:
            return windows_registry.answer(question)
        case Door.SESSIONS:
            return windows_accounts.sessions()
        case Door.WMI:
            namespace, _, wmi_class = question.what.rpartition(":")
            return _child({"wmi": [namespace, wmi_class, question.arguments]}, _WMI_SECONDS)
        case Door.CALL if question.what in _SECONDS:
            return _child({"call": question.what}, _SECONDS[question.what])
        case Door.CALL:
            calls = {**windows_calls.CALLS, **windows_accounts.CALLS}
            if question.what not in calls:
                return nothing(Outcome.UNSUPPORTED, f"{question.what} is not a call of Windows")
            return calls[question.what](*question.arguments)
        case _:
            return nothing(Outcome.UNSUPPORTED, f"Windows has no {question.door}")


def _child(question: dict[str, object], seconds: float) -> Reading[object]:
    """Return what a process of our own says that asks COM, or TIMEOUT after ``seconds``."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tutelage_agent.host.windows_com"],
            input=json.dumps(question).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    except subprocess.TimeoutExpired:
        return nothing(Outcome.TIMEOUT, f"no answer within {seconds:g} s")
    if done.returncode:
        return nothing(Outcome.ERROR, f"the child process ended with {done.returncode}")
    return unpack(done.stdout)


def context(account: str) -> Reading[AccountContext]:
    """Return how to act as ``account``: nothing here does, an account's hive is read instead."""
    return nothing(Outcome.UNSUPPORTED, f"no program is run as {account} on Windows")
