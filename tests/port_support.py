"""Ports for the programs that tests start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port for another program to listen on, which the system gives to nobody who does not ask for it."""
    while True:
        port = random.randrange(20_000, 32_000)  # Linux gives 32768 and up to whoever asks for any
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def listens(port: int) -> bool:
    """Return whether a program accepts connections on this port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
