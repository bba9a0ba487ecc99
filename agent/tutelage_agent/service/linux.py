"""The agent as a systemd service.

The unit is the file that packages ship (packaging/linux/tutelage-agent.service), with the path of
this installation's program filled in, so that there is one unit and not two that drift apart.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tutelage_agent.errors import AgentError
from tutelage_agent.host import Command, CommandResult, Outcome
from tutelage_agent.host.commands import run

UNIT = "tutelage-agent.service"
UNIT_PATH = Path("/etc/systemd/system") / UNIT
RUNNING = Path("/run/systemd/system")
"""Exists exactly where systemd is in charge (sd_booted(3))."""

_TPM_GROUP = "tss"
_SYSTEMCTL = ("/usr/bin/systemctl", "/bin/systemctl")
_ANY_CODE = frozenset(range(256))


def _systemctl(*words: str, answers: frozenset[int] = frozenset({0})) -> str:
    command = Command("systemctl", _SYSTEMCTL, words, timeout=60.0, codes=answers)
    reading = run(command)
    if reading.outcome is not Outcome.VALUE or not isinstance(reading.value, CommandResult):
        raise AgentError(f"systemctl {' '.join(words)}: {reading.detail or reading.outcome}")
    return reading.value.text.strip()


def install(config: Path | None) -> int:
    """Write the unit, start it now and at every boot.

    Raises:
        AgentError: not root, no systemd, or systemd refused; it says what to do.
    """
    _must_be_in_charge("install")
    options = f"--config {config.resolve()}" if config else ""
    text = _unit_text().replace("@PROGRAM@", str(_program())).replace("@OPTIONS@ ", f"{options} ")
    if _has_tpm_group():
        text = text.replace(
            f"#SupplementaryGroups={_TPM_GROUP}", f"SupplementaryGroups={_TPM_GROUP}"
        )
    UNIT_PATH.write_text(text.replace("  run", " run"), encoding="utf-8")
    UNIT_PATH.chmod(0o644)
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", UNIT)
    print(f"Installed {UNIT_PATH} and started it. See how it is: tutelage-agent status")
    return 0


def uninstall() -> int:
    """Stop the service and remove its unit; the state folder stays.

    Raises:
        AgentError: not root, or no systemd.
    """
    _must_be_in_charge("uninstall")
    if not UNIT_PATH.exists():
        print("The service is not installed.")
        return 0
    _systemctl("disable", "--now", UNIT)
    UNIT_PATH.unlink()
    _systemctl("daemon-reload")
    print("Removed. Events that wait and the device's keys are still in /var/lib/tutelage-agent.")
    return 0


def status() -> int:
    """Print what systemd says; 0 where the service runs, 1 where it does not."""
    if not RUNNING.is_dir():
        raise AgentError("systemd is not in charge of this machine: run it with tutelage-agent run")
    state = _systemctl("is-active", UNIT, answers=_ANY_CODE) or "unknown"
    at_boot = _systemctl("is-enabled", UNIT, answers=_ANY_CODE) or "not installed"
    print(f"Service     {state}")
    print(f"At boot     {at_boot}")
    return 0 if state == "active" else 1


def _must_be_in_charge(action: str) -> None:
    if not RUNNING.is_dir():
        raise AgentError(
            f"service {action}: systemd is not in charge of this machine; run the agent with: "
            "tutelage-agent run"
        )
    if os.geteuid() != 0:
        raise AgentError(f"service {action}: needs root: sudo tutelage-agent service {action}")


def _program() -> Path:
    program = Path(sys.argv[0]).resolve()
    if program.name.startswith("tutelage-agent") and os.access(program, os.X_OK):
        return program
    raise AgentError(
        f"{program}: install the service with the tutelage-agent program, so that the unit can "
        "name it"
    )


def _has_tpm_group() -> bool:
    """Tell whether the TPM may belong to a group here.

    The agent is root without the right to pass permissions by, and a group that does not exist
    would keep the unit from starting.
    """
    try:
        import grp

        grp.getgrnam(_TPM_GROUP)
    except (ImportError, KeyError):
        return False
    return True


def _unit_text() -> str:
    """Return the unit, from the wheel or from a checkout."""
    here = Path(__file__).resolve().parent
    checkout = here.parents[2] / "packaging" / "linux" / UNIT
    for path in (here / UNIT, checkout):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise AgentError(f"{here / UNIT}: is missing from this installation: install tutelage again")
