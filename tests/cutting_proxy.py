"""A relay on loopback that cuts every connection when told to: a bad network, for real."""

from __future__ import annotations

import contextlib
import socket
import threading


class CuttingProxy:
    """Relays ``127.0.0.1:port`` to ``target``. ``cut`` resets all connections at once."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._refusing = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.relayed_bytes = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, refuse: bool = False) -> None:
        """Reset every connection; with ``refuse``, also those that come, until ``mend``."""
        self._refusing = refuse
        with self._lock:
            victims, self._open = self._open, set()
        for one in victims:
            with contextlib.suppress(OSError):
                # Linger 0: the peer meets a reset, as from a pulled cable, not a polite end.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                one.close()

    def mend(self) -> None:
        """Let connections through again."""
        self._refusing = False

    def retarget(self, target: tuple[str, int]) -> None:
        """Relay new connections to another place (a collector that came back elsewhere)."""
        self._target = target

    def close(self) -> None:
        """End the relay."""
        with contextlib.suppress(OSError):
            self._listener.close()
        self.cut(refuse=True)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                near.close()
                continue
            try:
                far = socket.create_connection(self._target, timeout=5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.relayed_bytes += len(data)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
