"""Ports: the wanted one, or the next free one, said."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

from tutelage_collector.errors import ServeError

if TYPE_CHECKING:
    from collections.abc import Collection

TRIES = 50
"""So many ports after the wanted one are tried."""
_LAST_PORT = 65_535


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket on ``host``; port 0 takes any free one.

    Raises:
        ServeError: the port is taken, or the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                f"port {port} on {host} is taken by another program: stop it, or choose another "
                "port in collector.toml"
            ) from error
        raise ServeError(
            f"{host}:{port} cannot be listened on ({error.strerror}): give an address of this "
            "machine as listen.host in collector.toml"
        ) from error
    return found


def free_port(host: str, wanted: int, apart_from: Collection[int] = ()) -> int:
    """Return ``wanted``, or the next port after it that is free and not in ``apart_from``.

    Another program may take it in the meantime: whoever binds it looks again.

    Raises:
        ServeError: none of the next fifty is free.
    """
    if wanted == 0:
        return 0
    for port in range(wanted, min(wanted + TRIES, _LAST_PORT) + 1):
        if port not in apart_from:
            with contextlib.suppress(ServeError):
                bind(host, port).close()
                return port
    raise ServeError(f"no port from {wanted} to {wanted + TRIES} is free on {host}")
