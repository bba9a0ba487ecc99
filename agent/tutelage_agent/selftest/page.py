"""A page on this machine alone that a browser visits: its title holds the reserved phrase."""

from __future__ import annotations

import html
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tutelage_agent.selftest.phrase import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE = """<!doctype html>
<html lang="en-GB"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 1.2rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto }}
</style>
<h1>This device is testing its monitoring</h1>
<p>The school's monitoring should notice that this page was visited.
Nobody is of concern for it.</p>
<p>Leave this window open for half a minute, then close it.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served."""

    address: str
    asked: threading.Event = field(default_factory=threading.Event)
    """Set once a browser has asked for it."""


@contextmanager
def served(code: str) -> Iterator[Served]:
    """Serve the page on loopback while the block runs."""
    body = _PAGE.format(title=html.escape(phrase(code))).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)
            asked.set()

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing."""

    asked = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, name="selftest-page", daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}/monitoring-check", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
