"""Running an allowed program: absolute path, fixed arguments, a deadline, a clean environment.

The only module that starts a program of the machine (``windows.py`` starts a child of our own,
for COM); outside ``host/`` nothing does (machine-checked in pyproject).
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host import CommandResult
from tutelage_agent.host.reading import HostError, Outcome, Reading, nothing, value

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from tutelage_agent.host import Command

LOOK_SECONDS = 0.25
"""How often a wait looks whether the agent stops."""
MAX_OUTPUT = 4 * 2**20
"""Bytes of one output."""

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "C",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/nonexistent",
}
"""Nothing of the caller's: a school's PATH, LD_PRELOAD or language changes no verdict."""

_REFUSED = (b"Operation not permitted", b"Permission denied", b"must be root")
"""What programs say, in the C locale, when it is rights that they lack."""

_NOT_RUN = {PermissionError: Outcome.DENIED, FileNotFoundError: Outcome.ABSENT}


def argv(command: Command, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words after the program's path.

    Raises:
        HostError: a parameter is missing, or is not of the form that the list allows.
    """
    if len(arguments) != len(command.parameters):
        raise HostError(
            f"{command.id}: takes {len(command.parameters)} parameters, got {len(arguments)}"
        )
    for pattern, argument in zip(command.parameters, arguments, strict=True):
        if re.fullmatch(pattern, argument) is None:
            raise HostError(f"{command.id}: parameter {argument!r} is not of the form {pattern}")
    return tuple(
        word.format(*arguments) if re.fullmatch(r"\{\d\}", word) else word
        for word in command.arguments
    )


def program(command: Command) -> Path | None:
    """Return the first of the command's paths that exists."""
    return next((Path(path) for path in command.paths if Path(path).is_file()), None)


def run(
    command: Command,
    arguments: tuple[str, ...] = (),
    *,
    environment: Mapping[str, str] | None = None,
    account: int | None = None,
    group: int | None = None,
    stopping: threading.Event | None = None,
) -> Reading[CommandResult]:
    """Run an allowed program to its end and return what it said.

    Args:
        command: from the list in ``host.allowed``.
        arguments: its parameters.
        environment: further variables (a session's bus address).
        account: uid to become, before the program starts; POSIX only, needs root.
        group: gid to become with it.
        stopping: once set, the program is ended and none is started.

    Returns:
        VALUE with an exit code that the command allows; ABSENT without the program; DENIED,
        TIMEOUT or ERROR otherwise. The output goes through files, so that a child which keeps
        the pipe open cannot hold us after its parent has ended.
    """
    try:
        words = argv(command, arguments)
    except HostError as error:
        return nothing(Outcome.ERROR, str(error))
    if _set(stopping):
        return nothing(Outcome.TIMEOUT, f"{command.id} was not started: the agent stops")
    path = program(command)
    if path is None:
        return nothing(Outcome.ABSENT, f"{command.paths[0]} is not installed")
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                [str(path), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd="/" if sys.platform != "win32" else None,
                env=_environment(environment),
                start_new_session=True,
                user=account,
                group=group,
                extra_groups=[] if account is not None else None,
            )
        except OSError as error:
            outcome = next((o for k, o in _NOT_RUN.items() if isinstance(error, k)), Outcome.ERROR)
            return nothing(outcome, f"{command.id} did not start: {type(error).__name__}")
        code = _wait(process, command.timeout, stopping)
        if code is None:
            _end(process)
            why = "ended with the agent" if _set(stopping) else f"took over {command.timeout:g} s"
            return nothing(Outcome.TIMEOUT, f"{command.id} {why}")
        result = CommandResult(code, _read(output), _read(errors))
    if code not in command.codes and any(word in result.errors for word in _REFUSED):
        return nothing(Outcome.DENIED, f"{command.id} may not look there")
    if code not in command.codes:
        return nothing(Outcome.ERROR, f"{command.id} ended with code {code}")
    return value(result)


def _wait(
    process: subprocess.Popen[bytes], seconds: float, stopping: threading.Event | None
) -> int | None:
    """Return the exit code; None if it takes longer, or the agent stops meanwhile."""
    deadline = time.monotonic() + seconds
    while not _set(stopping):
        left = deadline - time.monotonic()
        try:
            return process.wait(max(0.0, min(left, LOOK_SECONDS)))
        except subprocess.TimeoutExpired:
            if left <= LOOK_SECONDS:
                return None
    return None


def _set(stopping: threading.Event | None) -> bool:
    return stopping is not None and stopping.is_set()


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    if sys.platform == "win32":
        # SystemRoot is what Windows programs need to find their own libraries.
        return {"SystemRoot": os.environ.get("SystemRoot", r"C:\Windows"), **(more or {})}  # noqa: SIM112
    return {**ENVIRONMENT, **(more or {})}


def _read(file: object) -> bytes:
    file.seek(0)  # type: ignore[attr-defined]
    return bytes(file.read(MAX_OUTPUT))  # type: ignore[attr-defined]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
