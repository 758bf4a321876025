"""Fetches a file from a URL that a stranger gave: over http or https, from a public address, of bounded size and time.

The name is looked up once for each connection, what was found is judged, and the connection goes to that very address,
so that a name which changes its mind meanwhile changes nothing. All of it again after each redirect. No proxy, no
cookie, no credentials, no compression.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import httpcore2

from pyimgur._network_addresses import is_public
from pyimgur.server.errors import Unfetchable
from pyimgur.server.media import TooLarge

if TYPE_CHECKING:
    from pyimgur.server.blobs import Incoming
    from pyimgur.server.settings import Settings

AT_ONCE = 8
"""Fetches under way; more of them wait, and their time runs."""
REDIRECTS = 5
TRIES = 3
"""How many of a name's addresses are tried."""
TIMEOUTS = {"connect": 10.0, "read": 20.0, "write": 10.0, "pool": 10.0}
MOVED = frozenset((301, 302, 303, 307, 308))
PORTS = {"http": 80, "https": 443}
HEADERS = [(b"User-Agent", b"pyimgur"), (b"Accept", b"image/*, video/*"), (b"Accept-Encoding", b"identity")]
_SAFE = "/%:@!$&'()*+,;=~?[]"

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Refused(Exception):
    """What stands at the URL, or where it is, is not to be fetched."""


class Target(NamedTuple):
    """A URL taken apart, fit for the wire."""

    url: httpcore2.URL
    authority: bytes
    """What goes into Host."""


async def lookup(host: str, port: int) -> Sequence[str]:
    """The addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Fetcher:
    """The fetches of one server."""

    def __init__(self, settings: Settings, *, resolve: Resolve = lookup, tls: ssl.SSLContext | None = None) -> None:
        self._limits = settings.limits
        self._network = _Pinned(resolve, (lambda _address: True) if settings.fetch_private else is_public)
        self._tls = tls
        self._places = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str, incoming: Incoming) -> None:
        """Write what lies at the URL to `incoming`.

        Raises:
            Unfetchable: nothing could be had from there; the text does not say why, as that would map a network.
            TooLarge: it is larger than any file may be.
            Full: the disk is full.
        """
        try:
            async with asyncio.timeout(self._limits.fetch_seconds), self._places:
                await self._follow(url, incoming)
        except (Refused, httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, socket.gaierror) as error:
            raise Unfetchable(url, f"{type(error).__name__}: {error}") from None
        except (TimeoutError, httpcore2.TimeoutException):
            raise Unfetchable(url, "it took too long") from None

    async def _follow(self, url: str, incoming: Incoming) -> None:
        tls = self._tls = self._tls or httpcore2.default_ssl_context()
        async with httpcore2.AsyncConnectionPool(tls, network_backend=self._network) as pool:
            for _ in range(REDIRECTS + 1):
                moved = await self._take(pool, target_of(url), incoming)
                if not moved:
                    return
                url = _joined(url, moved)
        raise Refused(f"it redirects more than {REDIRECTS} times")

    async def _take(self, pool: httpcore2.AsyncConnectionPool, target: Target, incoming: Incoming) -> str:
        """Take the file; or where it has moved to."""
        headers = [(b"Host", target.authority), *HEADERS]
        async with pool.stream("GET", target.url, headers=headers, extensions={"timeout": TIMEOUTS}) as response:
            told = {name.lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in MOVED and b"location" in told:
                return told[b"location"]
            if response.status != 200:
                raise Refused(f"it answers with status {response.status}")
            self._fits(told.get(b"content-length", ""), 0)
            async for chunk in response.aiter_stream():
                self._fits("", incoming.size + len(chunk))
                await incoming.write(chunk)
        return ""

    def _fits(self, announced: str, size: int) -> None:
        size = int(announced) if announced.isascii() and announced.isdecimal() else size
        if size > self._limits.animation_bytes:
            raise TooLarge("what lies at the URL is over the limit")


def target_of(url: str) -> Target:
    """The URL taken apart.

    Raises:
        Refused: it is none that is fetched.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, port = parts.scheme.lower(), parts.port
        host = (parts.hostname or "").encode("idna")
    except ValueError as error:  # UnicodeError is one
        raise Refused(str(error)) from None
    if scheme not in PORTS or not host or "@" in parts.netloc or b"%" in host:
        raise Refused("it is no http or https URL that can be fetched without a password")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    number = PORTS[scheme] if port is None else port
    name = b"[%s]" % host if b":" in host else host
    authority = name if number == PORTS[scheme] else b"%s:%d" % (name, number)
    return Target(httpcore2.URL(scheme=scheme, host=host, port=number, target=path), authority)


def _joined(url: str, moved: str) -> str:
    try:
        return urljoin(url, moved)
    except ValueError as error:
        raise Refused(f"it redirects to no URL: {error}") from None


class _Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that it has looked up and judged itself, and to nothing else."""

    def __init__(self, resolve: Resolve, allowed: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        network = httpcore2.AnyIOBackend()
        assert isinstance(network, httpcore2.AsyncNetworkBackend)  # its type says that anyio may be missing
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first address that answers; none if any of them is not public."""
        addresses = await self._resolve(host, port)
        if not addresses or not all(map(self._allowed, addresses)):
            raise Refused("it is at an address that is not public")
        for address in addresses[: TRIES - 1]:
            try:
                return await self._network.connect_tcp(address, port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[min(TRIES, len(addresses)) - 1], port, timeout)
