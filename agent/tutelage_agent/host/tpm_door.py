"""The door to the TPM 2.0: a command's bytes in, its answer's bytes out, on each system's own way.

Linux: ``/dev/tpmrm0``, the kernel's resource manager, which gives every opener a TPM of its own
and forgets what it left behind. Windows: TPM Base Services (``tbs.dll``), which do the same.
``swtpm:HOST:PORT`` and ``swtpm:/PATH`` are a software TPM, for tests and for trying this out.
What the bytes mean is ``keystore/tpm``'s to know.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import sys
import threading
from typing import Any, Protocol

USUAL = {"linux": "/dev/tpmrm0", "win32": "tbs"}
"""Where a system's TPM is; macOS has none that programs may speak to."""
LONGEST = 4096
"""Bytes of a command or an answer: what the Linux driver and TBS take."""
ANSWER_SECONDS = 90.0
"""A slow chip takes half a minute for an RSA key; the kernel itself gives up after two minutes."""
_HEADER = 10
_TBS_PRIORITY_NORMAL = 200


class TpmDoor(Protocol):
    """One opening. What is loaded through it lies in the TPM until it is flushed or closed."""

    @property
    def managed(self) -> bool:
        """Whether a resource manager keeps openings apart, and forgets what a closed one left."""

    def submit(self, command: bytes) -> bytes:
        """Return the answer to a command.

        Raises:
            OSError: there is no answer; the message says why.
        """

    def close(self) -> None:
        """Give it back."""


def open_tpm(where: str = "") -> TpmDoor:
    """Open the TPM of this machine, or the one that ``where`` names.

    Raises:
        OSError: there is none, or this account may not open it.
    """
    chosen = where or USUAL.get(sys.platform, "")
    if not chosen:
        raise FileNotFoundError(f"{sys.platform} has no TPM that programs may speak to")
    if chosen.startswith("swtpm:"):
        return _Socket(chosen.removeprefix("swtpm:"))
    if chosen == "tbs":
        return _TbsDoor()
    return _Device(chosen)


def is_there(where: str = "") -> bool:
    """Tell, without opening it, whether a TPM may be there."""
    chosen = where or USUAL.get(sys.platform, "")
    return bool(chosen) and (not chosen.startswith("/") or os.path.exists(chosen))  # noqa: PTH110


class _Device:
    """A character device of Linux: one write is a command, one read its answer."""

    managed = True

    def __init__(self, path: str) -> None:
        # Not blocking, so that a chip that has stopped is waited for no longer than ANSWER_SECONDS.
        self._handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))

    def submit(self, command: bytes) -> bytes:
        os.write(self._handle, command)
        waiting = select.poll()
        waiting.register(self._handle, select.POLLIN)
        if not waiting.poll(ANSWER_SECONDS * 1000):
            raise TimeoutError(f"no answer within {ANSWER_SECONDS:.0f} s")
        return os.read(self._handle, LONGEST)

    def close(self) -> None:
        # The kernel ends a command that is under way before it closes: that may take minutes.
        threading.Thread(target=os.close, args=(self._handle,), daemon=True).start()


class _Socket:
    """A software TPM. It has one client at a time, and no resource manager."""

    managed = False

    def __init__(self, place: str) -> None:
        host, _, port = place.rpartition(":")
        if port.isdecimal():
            self._socket = socket.create_connection((host, int(port)), ANSWER_SECONDS)
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(ANSWER_SECONDS)
        try:
            self._socket.connect(place)
        except OSError:
            self._socket.close()
            raise

    def submit(self, command: bytes) -> bytes:
        self._socket.sendall(command)
        header = self._read(_HEADER)
        size = int.from_bytes(header[2:6], "big")
        if not _HEADER <= size <= LONGEST:
            raise OSError(f"an answer of {size} bytes")
        return header + self._read(size - _HEADER)

    def close(self) -> None:
        self._socket.close()

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self._socket.recv(size - len(found))
            if not more:
                raise ConnectionResetError("the software TPM closed the connection")
            found += more
        return found


class _TbsContextParams2(ctypes.Structure):
    """``TBS_CONTEXT_PARAMS2`` of tbs.h: version 2 and a bit field, here 4 = ``includeTpm20``."""

    _fields_ = (("version", ctypes.c_uint32), ("flags", ctypes.c_uint32))


class _TbsDoor:
    """TPM Base Services of Windows."""

    managed = True

    def __init__(self) -> None:
        self._tbs = _load_tbs()
        self._context = ctypes.c_void_p()
        try:
            result = self._tbs.Tbsi_Context_Create(
                ctypes.byref(_TbsContextParams2(2, 4)), ctypes.byref(self._context)
            )
        except AttributeError as error:  # a tbs.dll that only tells versions, as Wine's
            raise FileNotFoundError("this tbs.dll opens no TPM") from error
        _tbs_check(result, "Tbsi_Context_Create")

    def submit(self, command: bytes) -> bytes:
        answer, size = ctypes.create_string_buffer(LONGEST), ctypes.c_uint32(LONGEST)
        result = self._tbs.Tbsip_Submit_Command(
            self._context, 0, _TBS_PRIORITY_NORMAL,
            command, len(command), answer, ctypes.byref(size),
        )  # fmt: skip
        _tbs_check(result, "Tbsip_Submit_Command")
        return answer.raw[: min(size.value, LONGEST)]

    def close(self) -> None:
        self._tbs.Tbsip_Context_Close(self._context)


def _load_tbs() -> Any:
    if sys.platform != "win32":
        raise FileNotFoundError("TPM Base Services are Windows' own")
    return ctypes.windll.LoadLibrary("tbs.dll")


def _tbs_check(result: int, call: str) -> None:
    if result:
        code = result & 0xFFFFFFFF
        known = {
            0x8028400F: "there is no TPM 2.0",
            0x80284008: "the TPM Base Services do not run",
            0x80280400: "Windows blocks this command",
            0x80070005: "this account may not",
        }
        raise OSError(f"{call}: {known.get(code, 'error')} (0x{code:08x})")
