"""Download a URL that a user gave, guarded against SSRF: http or https, a public address, bounded size and time.

Each connection resolves the host name once, checks the addresses and connects to one of them, so that DNS rebinding
has no effect. Redirects are checked in the same way. No proxy, cookies, credentials or compression. Requesters take
turns, and each has a limited share of the fetches that run at once.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import h11
from httpcore2 import default_ssl_context

from pyimgur._network_addresses import is_public, is_same_address
from pyimgur.server.errors import BusyError, FetchError
from pyimgur.server.fetch.http_get import FetchRefused, ParserBudget, Response, Streams, get
from pyimgur.server.fetch.slots import FairSlots
from pyimgur.server.media import MediaTooLargeError

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.settings import Settings

MAX_FETCHES = 16
MAX_FETCHES_PER_REQUESTER = 4
MAX_WAITING = 64
MAX_WAITING_PER_REQUESTER = 16
MAX_REDIRECTS = 5
MAX_ADDRESSES = 3
"""How many addresses of a host are tried."""
CONNECT_SECONDS = 10.0
REMOVED_PATH = b"/removed.png"
IMGUR_HOSTS = frozenset({"imgur.com", "i.imgur.com", "imgur.io", "i.imgur.io"})
REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~?[]"
_DNS_THREADS = ThreadPoolExecutor(MAX_FETCHES, thread_name_prefix="fetch lookup")
"""A DNS lookup may hang for longer than a fetch may take: it must not hold a thread that others need."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class ImageRemovedError(FetchRefused):
    """The URL leads to Imgur's placeholder for removed images."""


class FetchTarget(NamedTuple):
    """A parsed URL, encoded for the request."""

    host: str
    port: int
    path: bytes
    """Path and query."""
    authority: bytes
    """The value of `Host`."""
    is_https: bool


async def lookup(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host name, without duplicates.

    Raises:
        OSError: the name cannot be resolved.
    """
    addresses = await asyncio.get_running_loop().run_in_executor(_DNS_THREADS, _lookup, host, port)
    return list(dict.fromkeys(addresses))


def _lookup(host: str, port: int) -> list[str]:
    return [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Fetcher:
    """Downloads for the uploads of one server.

    Args:
        resolve: returns the addresses of a host name.
        tls: the TLS context; by default one that trusts the system's certificates.
    """

    def __init__(self, settings: Settings, *, resolve: Resolve = lookup, tls: ssl.SSLContext | None = None) -> None:
        self._limits = settings.limits
        self._allows_private = settings.fetch_private
        self._resolve = resolve
        self._tls = tls
        self._slots = FairSlots(
            total=MAX_FETCHES,
            per_requester=MAX_FETCHES_PER_REQUESTER,
            max_waiting=MAX_WAITING,
            max_waiting_per_requester=MAX_WAITING_PER_REQUESTER,
        )

    async def fetch(self, url: str, spooled: SpooledFile, requester: str) -> None:
        """Download the URL into `spooled`.

        Args:
            url: http or https.
            spooled: a new spool file.
            requester: who uploads; each requester has a limited share of the fetches that run at once.

        Raises:
            FetchError: the download failed; the text does not say why, because that would reveal the network.
            MediaTooLargeError: the file is larger than any upload may be.
            StorageFullError: the disk is full.
            BusyError: too many fetches wait, or this one waited for too long; nothing was requested.
        """
        async with self._slot(requester):
            try:
                async with asyncio.timeout(self._limits.fetch_seconds):
                    await self._follow_redirects(url, spooled)
            except TimeoutError:
                raise FetchError(url, "the download took too long") from None
            except ImageRemovedError as error:
                raise FetchError(url, str(error), public=True) from None
            except (FetchRefused, h11.RemoteProtocolError) as error:
                raise FetchError(url, f"{type(error).__name__}: {error}") from None

    @asynccontextmanager
    async def _slot(self, requester: str) -> AsyncGenerator[None]:
        """Wait for a slot, but no longer than a fetch may take."""
        try:
            async with asyncio.timeout(self._limits.fetch_seconds) as deadline, self._slots.slot(requester):
                deadline.reschedule(None)
                yield
        except TimeoutError:
            raise BusyError("too many uploads by URL at once; try again in a moment") from None

    async def _follow_redirects(self, url: str, spooled: SpooledFile) -> None:
        budget = ParserBudget()
        for redirects in range(MAX_REDIRECTS + 1):
            target = parse_target(url)
            _check_removed(target, is_redirected=redirects > 0)
            streams = await self._connect(target)
            async with get(streams, target.path, target.authority, budget) as response:
                location = await self._receive(response, spooled)
            if not location:
                return
            url = _join_url(url, location)
        raise FetchRefused(f"the URL redirects more than {MAX_REDIRECTS} times")

    async def _receive(self, response: Response, spooled: SpooledFile) -> str:
        """Write the body of the response to the file and return nothing, or return the `Location` of a redirect."""
        if response.status in REDIRECT_STATUSES and b"location" in response.headers:
            return response.headers[b"location"]
        if response.status != 200:
            raise FetchRefused(f"the host responds with status {response.status}")
        if response.headers.get(b"content-encoding", "identity").strip().lower() != "identity":
            raise FetchRefused("the host sends the file compressed, although the request does not allow it")
        self._check_size(response.headers.get(b"content-length", ""), 0)
        async for chunk in response.chunks():
            self._check_size("", spooled.size + len(chunk))
            await spooled.write(chunk)
        return ""

    def _check_size(self, content_length: str, size: int) -> None:
        size = int(content_length) if content_length.isascii() and content_length.isdecimal() else size
        if size > self._limits.animation_bytes:
            raise MediaTooLargeError("the file at the URL is larger than an upload may be")

    async def _connect(self, target: FetchTarget) -> Streams:
        """Connect to the first address of the host that accepts; to none if any address is not public."""
        addresses = await self._resolve_public(target)
        tls = await self._tls_context() if target.is_https else None
        last_error: Exception | None = None
        for address in addresses[:MAX_ADDRESSES]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    name = target.host if tls else None
                    streams = Streams(
                        *await asyncio.open_connection(address, target.port, ssl=tls, server_hostname=name)
                    )
                return self._check_peer(streams)
            except OSError as error:  # TimeoutError and SSLError are subclasses
                last_error = error
        raise FetchRefused(f"the host cannot be reached: {type(last_error).__name__}: {last_error}")

    async def _resolve_public(self, target: FetchTarget) -> Sequence[str]:
        try:
            addresses = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise FetchRefused(f"the host name cannot be resolved: {error}") from None
        if not addresses or not (self._allows_private or all(map(is_public, addresses))):
            raise FetchRefused("the host has an address that is not public")
        return addresses

    def _check_peer(self, streams: Streams) -> Streams:
        """Return the connection, unless it leads to this machine by way of its own public address."""
        local, remote = (streams.writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
        if is_same_address(local, remote) and not self._allows_private:
            streams.writer.close()
            raise FetchRefused("the host is this machine")
        return streams

    async def _tls_context(self) -> ssl.SSLContext:
        """Return the TLS context, built once and in a thread: loading the system's certificates takes a while."""
        self._tls = self._tls or await asyncio.to_thread(default_ssl_context)
        return self._tls


def _check_removed(target: FetchTarget, *, is_redirected: bool) -> None:
    """Refuse Imgur's placeholder, to which Imgur and servers of this package redirect for missing images."""
    is_placeholder = target.path.partition(b"?")[0] == REMOVED_PATH
    if is_placeholder and (is_redirected or target.host.removeprefix("www.") in IMGUR_HOSTS):
        raise ImageRemovedError("the image does not exist any more")


def parse_target(url: str) -> FetchTarget:
    """Parse a URL.

    Raises:
        FetchRefused: the URL is invalid, not http or https, or has a user name or password.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, explicit_port = parts.scheme.lower(), parts.port
        host = (parts.hostname or "").encode("idna")
    except ValueError as error:  # UnicodeError is a subclass
        raise FetchRefused(str(error)) from None
    if scheme not in PORTS or not host or "@" in parts.netloc or b"%" in host:
        raise FetchRefused("the URL is not http or https, or has a user name or password")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    port = PORTS[scheme] if explicit_port is None else explicit_port
    name = b"[%s]" % host if b":" in host else host
    authority = name if port == PORTS[scheme] else b"%s:%d" % (name, port)
    return FetchTarget(host.decode("ascii"), port, path.encode("ascii"), authority, scheme == "https")


def _join_url(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchRefused(f"the URL redirects to an invalid URL: {error}") from None
