"""All open connections: their number, which one a new connection replaces, and which clients read too slowly.

When the maximum is reached, a new connection replaces

1. an idle one: the one that has been idle for longest, of the address with the most connections. A connection that
   became idle just now is spared, unless its address has more connections than the new one's, or is the same: its
   request is on its way, and nobody can close it by opening others fast;
2. a stalled one: its client has stopped to read the response, or to send the rest of its body;
3. the oldest one of the address with the most connections, if that has at least two more than the new one's.

So an address that holds every connection cannot lock others out. Otherwise the new connection is refused. An address is
an IPv4 address or an IPv6 /48 (`services.networks.widest_network_of`). A trusted proxy has many clients, so rule 3
spares its connections.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from pyimgur.server.services.networks import widest_network_of

if TYPE_CHECKING:
    from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits

LOG_INTERVAL = 60.0
REFUSAL_SECONDS = 0.1
"""For how long further connections are refused without searching all open ones again."""
_log = logging.getLogger(__name__)


class Connection(Protocol):
    """A connection, as far as this module needs it."""

    def abort(self) -> None:
        """Close it at once, even during a request."""
        ...

    def delivered(self) -> int | None:
        """Return how many bytes have reached the client; None if nothing is waiting to be sent."""
        ...

    def last_heard(self) -> float | None:
        """Return when the client last sent something; None while the server waits for no part of a body."""
        ...


class Peer:
    """The connections of one address, in the order in which they were opened or last became idle."""

    __slots__ = ("busy", "idle", "key", "trusted")

    def __init__(self, key: str, trusted: bool) -> None:
        self.key = key
        self.trusted = trusted
        self.idle: dict[Connection, float] = {}
        """Each with the time when it became idle."""
        self.busy: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self.idle) + len(self.busy)

    @property
    def share(self) -> int:
        """How many connections count against the address when it opens one more; none for a trusted proxy."""
        return 0 if self.trusted else len(self)


class Reading:
    """How fast a client reads a response that it does not accept at once."""

    __slots__ = ("bytes", "last_progress", "start", "start_bytes")

    def __init__(self, now: float, delivered: int) -> None:
        self.start = self.last_progress = now
        self.start_bytes = self.bytes = delivered

    def is_too_slow(self, now: float, delivered: int, limits: ConnectionLimits) -> bool:
        """Update the rate, and return whether it is below the minimum."""
        if delivered > self.bytes:
            self.bytes, self.last_progress = delivered, now
        elapsed = now - self.start
        if elapsed < limits.read_seconds:
            return False
        if delivered - self.start_bytes < limits.bytes_per_second * elapsed:
            return True
        self.start, self.start_bytes = now, delivered
        return False


class ConnectionTable:
    """Every open connection, by peer.

    Args:
        limits: maximum number of connections, and minimum rates of their clients.
        clock: returns seconds.
        trusted_proxy: an address or network whose connections belong to many clients.
    """

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float], trusted_proxy: str | None = None) -> None:
        self.max_connections = limits.max_connections
        self.refused = self.displaced = 0
        """Counts since the last log line."""
        self._limits = limits
        self._clock = clock
        self._trusted = None if trusted_proxy is None else ipaddress.ip_network(trusted_proxy)
        self._peers: dict[str, Peer] = {}
        self._peer_of: dict[Connection, Peer] = {}
        self._reading: dict[Connection, Reading] = {}
        self._logged = self._refused_until = float("-inf")
        self._refused_share = 0

    def __len__(self) -> int:
        return len(self._peer_of)

    def add(self, connection: Connection, address: str | None) -> bool:
        """Add a new, idle connection; return False if it is refused."""
        key = widest_network_of(address or "")  # a Unix socket has none
        peer = self._peers.get(key) or Peer(key, self._trusts(address))
        if len(self._peer_of) >= self.max_connections and not self._make_room(peer):
            self.refused += 1
            self._log_if_due()
            return False
        self._refused_until = float("-inf")
        self._peers[key] = peer
        self._peer_of[connection] = peer
        peer.idle[connection] = self._clock()
        return True

    def discard(self, connection: Connection) -> None:
        """Remove a connection; a second call does nothing."""
        peer = self._peer_of.pop(connection, None)
        if peer is None:
            return
        self._reading.pop(connection, None)
        peer.idle.pop(connection, None)
        peer.busy.pop(connection, None)
        if not peer:
            del self._peers[peer.key]

    def set_busy(self, connection: Connection) -> None:
        """Mark a connection as having a request."""
        if (peer := self._peer_of.get(connection)) is not None:  # truth testing would call `__len__`
            peer.idle.pop(connection, None)
            peer.busy[connection] = None

    def set_idle(self, connection: Connection) -> None:
        """Mark a connection as having no request."""
        if (peer := self._peer_of.get(connection)) is not None:
            peer.busy.pop(connection, None)
            peer.idle[connection] = self._clock()

    def close_slow_readers(self) -> None:
        """Close the connections whose clients read too slowly, measured since an earlier call; call it every second."""
        now = self._clock()
        for connection in list(self._peer_of):
            delivered = connection.delivered()
            if delivered is None:
                self._reading.pop(connection, None)
            elif (reading := self._reading.get(connection)) is None:
                self._reading[connection] = Reading(now, delivered)
            elif reading.is_too_slow(now, delivered, self._limits):
                self._abort(connection)

    def close_stalled(self) -> None:
        """Close stalled connections, when the server stops."""
        for connection in list(self._stalled()):
            self._abort(connection)

    def _make_room(self, newcomer: Peer) -> bool:
        now = self._clock()
        if now < self._refused_until and newcomer.share >= self._refused_share and not newcomer.idle:
            return False
        victim = self._find_victim(newcomer)
        if victim is None:
            self._refused_until, self._refused_share = now + REFUSAL_SECONDS, newcomer.share
            return False
        self.displaced += 1
        self._log_if_due()
        self._abort(victim)
        return True

    def _find_victim(self, newcomer: Peer) -> Connection | None:
        by_size = sorted(self._peers.values(), key=len, reverse=True)
        for victims in (self._idle(by_size, newcomer), self._stalled()):
            if victim := next(victims, None):
                return victim
        largest = next((peer for peer in by_size if not peer.trusted and peer.busy), None)
        return next(iter(largest.busy)) if largest is not None and len(largest) > newcomer.share + 1 else None

    def _idle(self, by_size: list[Peer], newcomer: Peer) -> Iterator[Connection]:
        """Yield the idle connections that the new one may replace."""
        before = self._clock() - self._limits.stalled_seconds
        for peer in by_size:
            for connection, since in peer.idle.items():
                if peer is not newcomer and len(peer) <= newcomer.share and since > before:
                    break  # the following ones became idle even later
                if connection.delivered() is None:  # otherwise the end of a response is still being sent
                    yield connection

    def _stalled(self) -> Iterator[Connection]:
        """Yield the stalled connections, the one that has read nothing for longest first."""
        before = self._clock() - self._limits.stalled_seconds
        reading = sorted(self._reading.items(), key=lambda item: item[1].last_progress)
        yield from (connection for connection, state in reading if state.last_progress <= before)
        for peer in self._peers.values():
            for connection in peer.busy:
                if (heard := connection.last_heard()) is not None and heard <= before:
                    yield connection

    def _abort(self, connection: Connection) -> None:
        self.discard(connection)
        connection.abort()

    def _trusts(self, address: str | None) -> bool:
        return address is None or (self._trusted is not None and ipaddress.ip_address(address) in self._trusted)

    def _log_if_due(self) -> None:
        """Warn that all connections are in use, at most once in `LOG_INTERVAL`."""
        now = self._clock()
        if now - self._logged < LOG_INTERVAL:
            return
        _log.warning(
            "all %d connections are in use: %d idle or stalled ones were closed for new ones, %d new ones were refused;"
            " the maximum depends on the limit of open files (ulimit -n, LimitNOFILE= of systemd)",
            self.max_connections,
            self.displaced,
            self.refused,
        )
        self._logged, self.displaced, self.refused = now, 0, 0
