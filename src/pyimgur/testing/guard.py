"""Keep a test from reaching the real Imgur: its host names cannot be resolved in this process."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ..relay.imgur_hosts import is_imgur


@contextmanager
def guard() -> Generator[None]:
    """Make look-ups of Imgur's host names fail within the block.

    Libraries that do not use Python's `socket.getaddrinfo`, such as pycurl and uvloop, are not affected.

    Raises:
        AssertionError: at the end of the block, if there was such a look-up, even if the program handled its error.
    """
    hosts: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and is_imgur(name.lower()):
            hosts.append(name)
            raise socket.gaierror(socket.EAI_NONAME, _message(name))
        return getaddrinfo(host, *args, **options)

    socket.getaddrinfo = look_up
    try:
        yield
    finally:
        socket.getaddrinfo = getaddrinfo
    if hosts:
        raise AssertionError(_message(", ".join(dict.fromkeys(hosts))))


def _message(hosts: str) -> str:
    return (
        f"the test tried to reach the real Imgur ({hosts}): pass imgur.url to the program as its base URL, "
        "or imgur.env() to a child process as its environment"
    )
