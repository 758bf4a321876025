"""How long a connection may take for each thing it does, and how many there may be."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

MOST_CONNECTIONS = 8_192
MOST_DESCRIPTORS = 32_768
"""More are not asked for: each connection also takes memory."""
PER_CONNECTION = 2
"""Descriptors of a connection: its socket, and the file that it sends or receives."""
SPARE = 24
"""Descriptors for the database, for workers and their pipes, and for what is being accepted."""
FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The deadlines of one connection; the body of a request has `Limits.body_seconds` besides."""

    head_seconds: float = 30.0
    """Until the head of the first or the next request is complete."""
    handshake_seconds: float = 10.0
    """For TLS, before that."""
    unread_body_seconds: float = 600.0
    """For a body that is still arriving after it was answered without being read."""
    head_bytes: int = 1 << 18
    keep_alive_seconds: float = 75.0
    """Between two requests: longer than clients keep theirs, so that they are the ones who close."""
    read_seconds: float = 60.0
    """Over how long the client's rate of reading is measured."""
    bytes_per_second: float = 1_000.0
    """How fast a client must read a response, where it does not take all of it at once."""
    stalled_seconds: float = 5.0
    """After how long without progress a connection may be closed, if another needs its place or the server stops."""
    connections: int | None = None
    """How many there may be; None for as many as the limit of open files allows."""

    @property
    def most_connections(self) -> int:
        """The number of connections, once and for all."""
        return self.connections or connections_for(resource.getrlimit(resource.RLIMIT_NOFILE)[0], _open_descriptors())


def connections_for(descriptors: int, used: int) -> int:
    """Return how many connections fit into a limit of open files of which `used` are open already."""
    if descriptors == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST, min(MOST_CONNECTIONS, (descriptors - used - SPARE) // PER_CONNECTION))


def raise_descriptor_limit() -> None:
    """Raise the process's soft limit of open files as far as the hard one allows; it is low for `select` alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _open_descriptors() -> int:
    """Count the open descriptors; where the system does not list them, assume few."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            return sum(1 for _ in Path(folder).iterdir())
    return SPARE
