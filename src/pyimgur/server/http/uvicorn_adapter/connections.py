"""All open connections: how many there are, who gets a place when none is free, and who has read nothing for too long.

When all places are taken, a new connection gets the place of

1. one on which no request is under way: of the address with the most connections the one that waits longest. One that
   began to wait just now is spared, unless its address has more connections than the new one's, or the same: its head
   is on its way, and nobody closes it by opening others fast;
2. one that has stalled: its client neither reads the response nor sends the rest of its body;
3. the oldest one of the address with the most connections, if that has at least two more than the new one's.

So an address that holds every connection keeps nobody else out. Else the new one is refused. An address is an IPv4
address or an IPv6 network of 64 bits. A trusted proxy speaks for many: rule 3 never closes its connections.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits

LOG_INTERVAL = 60.0
REFUSAL_SECONDS = 0.1
"""For how long a refusal stands for those that have as many connections, as a search looks at each."""
_log = logging.getLogger(__name__)


class Connection(Protocol):
    """One connection, as far as it is counted."""

    def abort(self) -> None:
        """Close it at once, whatever is under way."""
        ...

    def delivered(self) -> int | None:
        """Return how many bytes have reached the client; None if no more are waiting to be sent."""
        ...

    def heard(self) -> float | None:
        """Return when the client last sent something; None if no body is expected from it."""
        ...


class Peer:
    """The connections of one address, in the order they came, and last became idle."""

    __slots__ = ("busy", "idle", "key", "trusted")

    def __init__(self, key: str, trusted: bool) -> None:
        self.key = key
        self.trusted = trusted
        self.idle: dict[Connection, float] = {}
        """Each with the time since when."""
        self.busy: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self.idle) + len(self.busy)

    @property
    def share(self) -> int:
        """How many connections count against it when it asks for one more; none do for a trusted proxy."""
        return 0 if self.trusted else len(self)


class Reading:
    """How fast a client reads a response that it does not take at once."""

    __slots__ = ("bytes", "moved", "start", "start_bytes")

    def __init__(self, now: float, delivered: int) -> None:
        self.start = self.moved = now
        self.start_bytes = self.bytes = delivered

    def is_too_slow(self, now: float, delivered: int, limits: ConnectionLimits) -> bool:
        """Take note of what was delivered, and return whether that is less than the client must read."""
        if delivered > self.bytes:
            self.bytes, self.moved = delivered, now
        elapsed = now - self.start
        if elapsed < limits.read_seconds:
            return False
        if delivered - self.start_bytes < limits.bytes_per_second * elapsed:
            return True
        self.start, self.start_bytes = now, delivered
        return False


class ConnectionTable:
    """Every open connection by its peer.

    Args:
        limits: how many there may be, and how fast their clients must be.
        clock: seconds.
        trusted_proxy: an address or network whose connections are many clients'.
    """

    def __init__(self, limits: ConnectionLimits, clock: Callable[[], float], trusted_proxy: str | None = None) -> None:
        self.most = limits.most_connections
        self.refused = self.displaced = 0
        """Since the last line on the log."""
        self._limits = limits
        self._clock = clock
        self._trusted = None if trusted_proxy is None else ipaddress.ip_network(trusted_proxy)
        self._peers: dict[str, Peer] = {}
        self._of: dict[Connection, Peer] = {}
        self._reading: dict[Connection, Reading] = {}
        self._logged = self._refused_until = float("-inf")
        self._refused_share = 0

    def __len__(self) -> int:
        return len(self._of)

    def open(self, connection: Connection, address: str | None) -> bool:
        """Count a new connection, which is idle; return False if there is no place for it."""
        key = network_of(address)
        peer = self._peers.get(key) or Peer(key, self._trusts(address))
        if len(self._of) >= self.most and not self._make_room(peer):
            self.refused += 1
            self._log()
            return False
        self._refused_until = float("-inf")
        self._peers[key] = peer
        self._of[connection] = peer
        peer.idle[connection] = self._clock()
        return True

    def close(self, connection: Connection) -> None:
        """Forget a connection; a second time does nothing."""
        peer = self._of.pop(connection, None)
        if peer is None:
            return
        self._reading.pop(connection, None)
        peer.idle.pop(connection, None)
        peer.busy.pop(connection, None)
        if not peer:
            del self._peers[peer.key]

    def set_busy(self, connection: Connection) -> None:
        """Note that a request is under way."""
        if (peer := self._of.get(connection)) is not None:  # its truth is its length, and takes a call
            peer.idle.pop(connection, None)
            peer.busy[connection] = None

    def set_idle(self, connection: Connection) -> None:
        """Note that no request is under way any more."""
        if (peer := self._of.get(connection)) is not None:
            peer.busy.pop(connection, None)
            peer.idle[connection] = self._clock()

    def check(self) -> None:
        """Close the connections whose clients read too slowly; to be called every second."""
        now = self._clock()
        for connection in list(self._of):
            delivered = connection.delivered()
            if delivered is None:
                self._reading.pop(connection, None)
            elif (reading := self._reading.get(connection)) is None:
                self._reading[connection] = Reading(now, delivered)
            elif reading.is_too_slow(now, delivered, self._limits):
                self._abort(connection)

    def close_stalled(self) -> None:
        """Close what makes no progress; the server stops."""
        for connection in list(self._stalled()):
            self._abort(connection)

    def _make_room(self, newcomer: Peer) -> bool:
        now = self._clock()
        if now < self._refused_until and newcomer.share >= self._refused_share and not newcomer.idle:
            return False
        victim = self._victim(newcomer)
        if victim is None:
            self._refused_until, self._refused_share = now + REFUSAL_SECONDS, newcomer.share
            return False
        self.displaced += 1
        self._log()
        self._abort(victim)
        return True

    def _victim(self, newcomer: Peer) -> Connection | None:
        by_size = sorted(self._peers.values(), key=len, reverse=True)
        for victims in (self._idle(by_size, newcomer), self._stalled()):
            if victim := next(victims, None):
                return victim
        largest = next((peer for peer in by_size if not peer.trusted and peer.busy), None)
        return next(iter(largest.busy)) if largest is not None and len(largest) > newcomer.share + 1 else None

    def _idle(self, by_size: list[Peer], newcomer: Peer) -> Iterator[Connection]:
        """Connections without a request that the newcomer may have closed."""
        before = self._clock() - self._limits.stalled_seconds
        for peer in by_size:
            for connection, since in peer.idle.items():
                if peer is not newcomer and len(peer) <= newcomer.share and since > before:
                    break  # those behind it began to wait even later
                if connection.delivered() is None:  # else the end of a response is still on its way
                    yield connection

    def _stalled(self) -> Iterator[Connection]:
        """Connections without progress, the one that has read nothing for longest first."""
        before = self._clock() - self._limits.stalled_seconds
        reading = sorted(self._reading.items(), key=lambda each: each[1].moved)
        yield from (connection for connection, its in reading if its.moved <= before)
        for peer in self._peers.values():
            for connection in peer.busy:
                if (heard := connection.heard()) is not None and heard <= before:
                    yield connection

    def _abort(self, connection: Connection) -> None:
        self.close(connection)
        connection.abort()

    def _trusts(self, address: str | None) -> bool:
        return address is None or (self._trusted is not None and ipaddress.ip_address(address) in self._trusted)

    def _log(self) -> None:
        now = self._clock()
        if now - self._logged < LOG_INTERVAL:
            return
        _log.warning(
            "all %d connections are in use: %d idle or stalled ones were closed for new ones, and %d new ones refused; "
            "the number follows from the limit of open files (ulimit -n, LimitNOFILE= of systemd)",
            self.most,
            self.displaced,
            self.refused,
        )
        self._logged, self.displaced, self.refused = now, 0, 0


@lru_cache(1024)
def network_of(address: str | None) -> str:
    """Return what connections from this address are counted under; a Unix socket has none."""
    if address is None or ":" not in address:
        return address or ""
    parsed = ipaddress.IPv6Address(address)
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
