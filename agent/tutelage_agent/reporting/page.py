"""The page on loopback. It shows a form and takes it; nothing that was written can be read back.

It answers to its own address only (against pages that point a foreign name at 127.0.0.1), takes
forms of its own page only, a page of text at most, and a few in ten minutes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import select
import socket
import threading
import time
from collections import deque
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tutelage_agent.errors import AgentError
from tutelage_agent.reporting.words import MOST_CHARACTERS, How, Report, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_log = logging.getLogger(__name__)

PATH = "/report"
MOST_BYTES = 16 * 2**10
MOST_REPORTS = 5
WITHIN = 600.0
"""Seconds: so many reports are taken within them."""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class ReportPage:
    """Serves on loopback from ``start`` to ``stop``, in a thread of its own.

    The standard library's HTTP server is loaded at the first call: most days nobody calls, and it
    is 1.2 MB. Nor does the thread wake up before somebody does.
    """

    def __init__(self, port: int, take: Callable[[Report], None]) -> None:
        """Give what people report to ``take``; port 0 takes any free one."""
        self._port, self._take = port, take
        self._token = secrets.token_urlsafe(24)
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._end: socket.socket | None = None

    @property
    def address(self) -> str:
        """Where it answers; "" = it does not."""
        return f"http://127.0.0.1:{self._port}{PATH}" if self._thread else ""

    def start(self) -> None:
        """Begin to answer; a port that another program holds is said in the log."""
        try:
            door = socket.create_server(("127.0.0.1", self._port))
        except OSError as error:
            _log.warning("report page: port %d cannot be had: %s", self._port, error.strerror)
            return
        self._port = door.getsockname()[1]
        self._end, ended = socket.socketpair()
        self._thread = threading.Thread(
            target=self._serve, args=(door, ended), name="report-page", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._thread is not None and self._end is not None:
            self._end.close()
            self._thread.join()
            self._thread = self._end = None

    def _serve(self, door: socket.socket, ended: socket.socket) -> None:
        server: ThreadingHTTPServer | None = None
        with door, ended:
            while ended not in select.select([door, ended], [], [])[0]:
                server = server or self._server(door)
                server.handle_request()

    def _server(self, door: socket.socket) -> ThreadingHTTPServer:
        """Return what answers those who call at ``door``."""
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        page = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page._show(self)

            def do_POST(self) -> None:
                page._receive(self)

            def log_message(self, format: str, *_: Any) -> None:
                """Say nothing: who reports is nobody's business."""

        server = ThreadingHTTPServer(door.getsockname(), Answer, bind_and_activate=False)
        server.socket.close()
        server.socket, server.timeout = door, 0
        return server

    def _show(self, answer: BaseHTTPRequestHandler) -> None:
        if not self._is_ours(answer) or answer.path != PATH:
            self._send(answer, 404, "There is nothing here.")
            return
        text = _text("form.html").replace("@TOKEN@", self._token)
        self._send(answer, 200, text.replace("@HELP@", _text("help.html")))

    def _receive(self, answer: BaseHTTPRequestHandler) -> None:
        if not self._is_ours(answer) or answer.path != PATH or not self._from_our_page(answer):
            self._send(answer, 403, "This form was sent by another page.")
            return
        length = answer.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self._send(answer, 413, "That is too long. Write less, or speak to an adult.")
            return
        form = parse_qs(answer.rfile.read(int(length)).decode("utf-8", "replace"))
        report = _report_of(form)
        if not hmac.compare_digest(_one(form, "token").encode(), self._token.encode()):
            self._send(answer, 403, "This form is an old one: load the page again.")
        elif report is None:
            self._send(answer, 400, "Nothing was written. Go back, and write what happened.")
        elif not self._has_room():
            self._send(answer, 429, "Many reports came from here. Speak to an adult, now.")
        else:
            self._keep(answer, report)

    def _keep(self, answer: BaseHTTPRequestHandler, report: Report) -> None:
        try:
            self._take(report)
        except AgentError as error:
            _log.error("a report was not kept: %s", error)
            self._send(answer, 503, "This device could not keep it. Speak to an adult, now.")
            return
        text = _text("sent.html").replace("@HELP@", _text("help.html"))
        self._send(answer, 200, text)

    def _is_ours(self, answer: BaseHTTPRequestHandler) -> bool:
        ours = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
        return answer.headers.get("Host", "") in ours

    def _from_our_page(self, answer: BaseHTTPRequestHandler) -> bool:
        origin = answer.headers.get("Origin")
        return origin is None or origin == f"http://{answer.headers.get('Host', '')}"

    def _has_room(self) -> bool:
        with self._lock:
            now = time.monotonic()
            while self._recent and now - self._recent[0] > WITHIN:
                self._recent.popleft()
            if len(self._recent) >= MOST_REPORTS:
                return False
            self._recent.append(now)
            return True

    def _send(self, answer: BaseHTTPRequestHandler, code: int, text: str) -> None:
        body = text.encode()
        answer.send_response(code)
        for name, value in _HEADERS.items():
            answer.send_header(name, value)
        answer.send_header("Content-Length", str(len(body)))
        answer.end_headers()
        answer.wfile.write(body)


def _report_of(form: dict[str, list[str]]) -> Report | None:
    words = _one(form, "words").strip()[:MOST_CHARACTERS]
    try:
        how, urgency = How(_one(form, "how")), Urgency(_one(form, "urgency"))
    except ValueError:
        return None
    return Report(words, how, urgency, _one(form, "name").strip()) if words else None


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _text(name: str) -> str:
    return (resources.files("tutelage_agent.reporting") / name).read_text(encoding="utf-8")
