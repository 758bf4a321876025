"""Limits of connections: how long each step may take, and how many connections there may be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # as on Windows
    resource = None  # pyright: ignore[reportAssignmentType]

MAX_CONNECTIONS = 8_192
MAX_DESCRIPTORS = 32_768
"""The limit is not raised further, because each connection also takes memory."""
PER_CONNECTION = 2
"""Descriptors per connection: its socket, and the file that it sends or receives."""
RESERVED = 24
"""Descriptors for the database, for workers and their pipes, and for connections being accepted."""
MIN_CONNECTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Deadlines of a connection. The body of a request has `Limits.body_seconds` in addition."""

    head_seconds: float = 30.0
    """Until the head of the first or the next request is complete."""
    handshake_seconds: float = 10.0
    """For the TLS handshake before it."""
    unread_body_seconds: float = 600.0
    """For the rest of a body whose request was already answered."""
    head_bytes: int = 1 << 18
    keep_alive_seconds: float = 75.0
    """Between two requests: longer than clients keep connections, so that it is they who close."""
    read_seconds: float = 60.0
    """Period over which the client's reading rate is measured."""
    bytes_per_second: float = 1_000.0
    """Minimum reading rate of a client that does not accept the whole response at once."""
    stalled_seconds: float = 5.0
    """Time without progress after which a connection may be closed, if another needs its place or the server stops."""
    connections: int | None = None
    """Maximum number; None for as many as the limit of open files allows."""

    @property
    def max_connections(self) -> int:
        """The maximum number of connections, computed from the current limit of open files."""
        return self.connections or connections_for(_descriptor_limit(), _open_descriptors())


def connections_for(descriptors: int | None, used: int) -> int:
    """Return how many connections fit into a limit of open files, of which `used` are open already; None: no limit."""
    if descriptors is None:
        return MAX_CONNECTIONS
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, (descriptors - used - RESERVED) // PER_CONNECTION))


def spare_descriptors() -> int:
    """Return how many files may stay open besides connections; none on Windows, where they could not be deleted."""
    return 0 if resource is None else spare_for(_descriptor_limit(), _open_descriptors())


def spare_for(descriptors: int | None, used: int) -> int:
    """Return how many descriptors are left of a limit when there are as many connections as possible."""
    if descriptors is None:
        return MAX_DESCRIPTORS
    return max(0, descriptors - used - RESERVED - PER_CONNECTION * connections_for(descriptors, used))


def raise_descriptor_limit() -> None:
    """Raise the soft limit of open files as far as the hard limit allows. Its low default exists only for `select`."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))


def _descriptor_limit() -> int | None:
    """Return the limit of open files; None if there is none."""
    if resource is None:
        return None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _open_descriptors() -> int:
    """Count the open descriptors; assume few if the system does not list them."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            return sum(1 for _ in Path(folder).iterdir())
    return RESERVED
