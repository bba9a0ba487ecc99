"""Talking with the TPM: one talk at a time, sent again while it is busy, nothing left behind.

A talk opens the door, and flushes and closes whatever happens in it. An agent that is killed in
its midst leaves nothing either: the resource managers of Linux and Windows forget what a closed
opening had loaded, and where there is none (a software TPM) the next talk begins by flushing.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.errors import TpmError
from tutelage_agent.host.tpm_door import LONGEST, open_tpm
from tutelage_agent.keystore.tpm.numbers import (
    CAP_HANDLES,
    LOADED_SESSION_FIRST,
    TRANSIENT_FIRST,
    Busy,
    Command,
    Fault,
    Hierarchy,
    Tag,
)
from tutelage_agent.keystore.tpm.wire import AnswerError, Reader, sized, u8, u16, u32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutelage_agent.host.tpm_door import TpmDoor
    from tutelage_agent.keystore.tpm.session import Session

_HEADER = 10
_MOST_HANDLES = 64
_BUSY = {
    Busy.YIELDED,
    Busy.CANCELED,
    Busy.TESTING,
    Busy.NV_RATE,
    Busy.RETRY,
    Busy.NV_UNAVAILABLE,
}
FIRST_WAIT, PATIENCE = 0.02, 8.0
"""Seconds before a busy TPM is asked again, doubled each time; and for how long in all."""
_SAID: dict[int, str] = {
    Busy.LOCKOUT: "is locked after too many wrong passwords: it opens by itself in a while",
    Fault.AUTH_FAIL: "asks for a password that this agent does not have",
    Fault.BAD_AUTH: "asks for a password that this agent does not have",
    Fault.INTEGRITY: "does not know this as its own",
    Fault.HANDLE: "has nothing there",
}


class RefusedByTpmError(TpmError):
    """The TPM answered, and the answer is no."""

    def __init__(self, command: Command, code: int) -> None:
        """Say which command was refused, and with which code of ``TPM_RC``."""
        self.code = without_number(code)
        said = _SAID.get(self.code, "refuses")
        super().__init__(f"the TPM {said} ({command.name.lower()}: 0x{code:03x})")


def without_number(code: int) -> int:
    """Return a response code without its layer and, in format one, which part it speaks of.

    Part 2 section 6.6.2: bit 7 marks format one, whose bits 6 and 8 to 11 number the part.
    """
    code &= 0xFFF
    return code & 0x0BF if code & 0x080 else code


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the handle of what was loaded, and the parameters."""

    handle: int
    parameters: bytes


class Chip:
    """The TPM that ``where`` names; see ``open_tpm``."""

    def __init__(self, where: str = "", opener: Callable[[str], TpmDoor] = open_tpm) -> None:
        """Speak with it when there is something to say; nothing is opened yet."""
        self.where, self._opener, self._lock = where, opener, threading.Lock()

    @contextmanager
    def talk(self) -> Iterator[Talk]:
        """Open the TPM for as long as the block lasts.

        Raises:
            TpmError: there is none, or it does not answer.
        """
        with self._lock:
            try:
                door = self._opener(self.where)
            except OSError as error:
                raise TpmError(f"the TPM cannot be opened: {error}") from error
            talk = Talk(door)
            try:
                if not door.managed:
                    talk.clear()
                yield talk
            finally:
                talk.flush_loaded()
                door.close()


class Talk:
    """One opening of the TPM."""

    def __init__(self, door: TpmDoor) -> None:
        """Speak through ``door``."""
        self._door = door
        self._loaded: list[int] = []

    def run(
        self,
        command: Command,
        handles: tuple[int, ...] = (),
        parameters: bytes = b"",
        *,
        password: bool = False,
        session: Session | None = None,
        names: tuple[bytes, ...] = (),
        loads: bool = False,
    ) -> Answer:
        """Run a command to its end.

        Args:
            command: which.
            handles: of what it is about.
            parameters: as bytes.
            password: whether the first handle wants its (empty) password.
            session: authorises with the empty password inside of a session instead, which
                enciphers the first parameter of command and answer.
            names: of the handles, for the session.
            loads: whether the answer has the handle of what was loaded.

        Raises:
            RefusedByTpmError: the TPM says no.
            TpmError: it does not answer, or not as the specification says.
        """
        area = b""
        if session is not None:
            parameters, area = session.authorise(command, names, parameters)
        elif password:
            area = u32(Hierarchy.PASSWORD) + sized() + u8(0) + sized()
        tag = Tag.SESSIONS if area else Tag.NO_SESSIONS
        body = u32(*handles) + (u32(len(area)) + area if area else b"") + parameters
        data = u16(tag) + u32(_HEADER + len(body), command) + body
        if len(data) > LONGEST:
            raise TpmError(f"a command of {len(data)} bytes is too long for a TPM")
        answer = self._ask(command, data)
        handle, found, answered = read_answer(answer, tag, loads=loads)
        if loads:
            self._loaded.append(handle)
        if session is not None:
            found = session.check(command, found, answered)
            self._loaded.remove(session.handle)  # it ended with its command
        return Answer(handle, found)

    def flush(self, handle: int) -> None:
        """Forget what is loaded there (``TPM2_FlushContext``, Part 3 section 28.4)."""
        self.run(Command.FLUSH_CONTEXT, (), u32(handle))

    def flush_loaded(self) -> None:
        """Forget what was loaded in this talk; a TPM that does not answer has it to itself."""
        with suppress(TpmError):
            while self._loaded:
                self.flush(self._loaded.pop())

    def clear(self) -> None:
        """Forget what a killed agent left in a TPM that nobody manages, and nobody else uses."""
        for first in (TRANSIENT_FIRST, LOADED_SESSION_FIRST):
            for handle in self.handles(first):
                self.flush(handle)

    def handles(self, first: int) -> list[int]:
        """Return what is loaded of a kind (``TPM2_GetCapability``, Part 3 section 30.2)."""
        said = self.run(Command.GET_CAPABILITY, (), u32(CAP_HANDLES, first, _MOST_HANDLES))
        return read_handles(said.parameters, first)

    def _ask(self, command: Command, data: bytes) -> bytes:
        """Send a command, again while the TPM is busy."""
        wait, until = FIRST_WAIT, time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._door.submit(data)
            except OSError as error:
                raise TpmError(f"the TPM does not answer: {error}") from error
            code = read_code(answer)
            if not code:
                return answer
            if without_number(code) not in _BUSY:
                raise RefusedByTpmError(command, code)
            if time.monotonic() + wait > until:
                raise TpmError(f"the TPM has been busy for {PATIENCE:.0f} s (0x{code:03x})")
            time.sleep(wait)
            wait *= 2


def read_code(answer: bytes) -> int:
    """Return the response code of an answer, 0 = done (Part 1 section 18.4).

    Raises:
        AnswerError: it is no answer.
    """
    reader = Reader(answer, "answer")
    tag, size, code = reader.u16(), reader.u32(), reader.u32()
    if size != len(answer) or tag not in {Tag.NO_SESSIONS, Tag.SESSIONS, 0x00C4}:
        raise AnswerError(f"the TPM's answer has {len(answer)} bytes and says {size}")
    return code


def read_answer(answer: bytes, tag: Tag, *, loads: bool) -> tuple[int, bytes, bytes]:
    """Return handle, parameters and authorisation area of an answer that is no refusal.

    Raises:
        AnswerError: it is not whole.
    """
    reader = Reader(answer, "answer")
    reader.expect(tag, reader.u16())
    reader.take(_HEADER - 2)
    handle = reader.u32() if loads else 0
    if tag is Tag.NO_SESSIONS:
        return handle, reader.rest(), b""
    size = reader.u32()
    if size > LONGEST:
        raise AnswerError(f"the TPM's answer has parameters of {size} bytes")
    return handle, reader.take(size), reader.rest()


def read_handles(parameters: bytes, first: int) -> list[int]:
    """Return the handles of a capability's answer that are of the kind that was asked for.

    Raises:
        AnswerError: it is not an answer to that.
    """
    reader = Reader(parameters, "list of handles")
    reader.u8()  # whether there are more: the next talk finds them
    reader.expect(CAP_HANDLES, reader.u32())
    count = reader.u32()
    if count > LONGEST // 4:
        raise AnswerError(f"the TPM says that it holds {count} handles")
    found = [reader.u32() for _ in range(count)]
    reader.end()
    return [one for one in found if one >> 24 == first >> 24]
