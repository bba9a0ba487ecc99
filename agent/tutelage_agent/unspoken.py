"""What a crash leaves: where it happened, and no word of what was being read.

The agent's memory holds documents, titles and visits for moments. A memory dump would write them to
disk or send them to a vendor, and the message of an error can quote a path or a text. So there is
no dump, and what is logged of an error is its kind and the lines of program that it went through.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    import asyncio
    from logging import _SysExcInfoType
    from types import TracebackType

_PR_SET_DUMPABLE = 4
_NO_GP_FAULT_BOX, _NO_HEAP = 0x2, 0x1
"""SEM_NOGPFAULTERRORBOX (errhandlingapi.h), WER_FAULT_REPORTING_FLAG_NOHEAP (werapi.h)."""

log = logging.getLogger(__name__)


def leave_no_dump() -> None:
    """Let the system write no memory of this process, whatever becomes of it.

    Linux: no core file, and none for a handler such as systemd-coredump or apport, which the limit
    alone does not keep from asking; nobody but root may look into the process. A program started
    from here begins anew and calls this itself. Windows: reports of faults without the heap.
    macOS: no core file; its crash reports hold no memory.
    """
    if sys.platform == "win32":
        with suppress(OSError, AttributeError):
            kernel32 = ctypes.windll.kernel32
            kernel32.SetErrorMode(kernel32.GetErrorMode() | _NO_GP_FAULT_BOX)
            ctypes.windll.wer.WerSetFlags(_NO_HEAP)
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


class Formatter(logging.Formatter):
    """Writes of an error its kinds and its way through the program, never its message."""

    def formatException(self, ei: _SysExcInfoType) -> str:  # noqa: N802 - logging's own name
        """See ``logging.Formatter``."""
        return trace(ei[1]) if ei[1] is not None else ""


def trace(error: BaseException) -> str:
    """Return where an error came from, and what led to it: files, lines and kinds."""
    lines: list[str] = []
    met: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in met:
        met.add(id(cause))
        steps = "".join(traceback.format_tb(cause.__traceback__)).rstrip()
        lines.insert(0, f"{steps}\n{type(cause).__name__}" if steps else type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nled to\n".join(lines)


def say_where_only() -> None:
    """Let errors that nobody caught, in any thread, be logged without their messages."""

    def in_main(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        log.critical("the agent ends over a %s\n%s", kind.__name__, trace(error))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            name = args.thread.name if args.thread is not None else "a thread"
            log.error("%s ends over an error\n%s", name, trace(args.exc_value))

    def on_release(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            log.error("an error while something was released\n%s", trace(args.exc_value))

    sys.excepthook, threading.excepthook, sys.unraisablehook = in_main, in_thread, on_release


def say_where_only_in(loop: asyncio.AbstractEventLoop) -> None:
    """Do the same for errors that nobody awaited."""

    def say(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        where = trace(error) if isinstance(error, BaseException) else ""
        log.error("%s\n%s", context.get("message", "an error that nobody awaited"), where)

    loop.set_exception_handler(say)
