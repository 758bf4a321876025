"""A hook for look-ups of host names, which stops programs whose library has no hooks."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from .replacement import replaced
from .routes import ROUTES


@contextmanager
def hooks(socket: Any) -> Generator[None]:
    """Install the hook in the module `socket`."""
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str):
            ROUTES.look_up(name)
        return original(host, *args, **options)

    with replaced(socket, "getaddrinfo", getaddrinfo):
        yield
