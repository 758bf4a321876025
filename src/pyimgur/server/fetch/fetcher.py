"""Fetch a file from a URL that a stranger gave: over http or https, from a public address, of bounded size and time.

The name is looked up once for each connection, what was found is judged, and the connection goes to that very address,
so that a name which changes its mind meanwhile changes nothing. All of it again after each redirect. No proxy, no
cookie, no credentials, no compression. Requesters take turns, and each has a share of what runs at once.
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
from pyimgur.server.fetch.http_get import Answer, Effort, Refused, Streams, get
from pyimgur.server.fetch.slots import FairSlots
from pyimgur.server.media import MediaTooLargeError

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.settings import Settings

AT_ONCE = 16
EACH = 4
"""Fetches under way: of all requesters together, and of one."""
WAITING = 64
WAITING_EACH = 16
REDIRECTS = 5
TRIES = 3
"""How many of a name's addresses are tried."""
CONNECT_SECONDS = 10.0
REMOVED = b"/removed.png"
IMGUR = frozenset({"imgur.com", "i.imgur.com", "imgur.io", "i.imgur.io"})
MOVED = frozenset((301, 302, 303, 307, 308))
PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~?[]"
_LOOKUPS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch lookup")
"""A lookup may hang for longer than anybody waits for it: it must not hold a thread that others need."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Removed(Refused):
    """There is only the picture that says that there is none."""


class FetchTarget(NamedTuple):
    """A URL taken apart, fit for the wire."""

    host: str
    port: int
    path: bytes
    """With the query."""
    authority: bytes
    """What goes into Host."""
    secure: bool


async def lookup(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name."""
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, _lookup, host, port)
    return list(dict.fromkeys(found))


def _lookup(host: str, port: int) -> list[str]:
    return [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Fetcher:
    """The fetches of one server."""

    def __init__(self, settings: Settings, *, resolve: Resolve = lookup, tls: ssl.SSLContext | None = None) -> None:
        self._limits = settings.limits
        self._private = settings.fetch_private
        self._resolve = resolve
        self._tls = tls
        self._slots = FairSlots(total=AT_ONCE, each=EACH, waiting=WAITING, waiting_each=WAITING_EACH)

    async def fetch(self, url: str, incoming: SpooledFile, requester: str) -> None:
        """Write what lies at the URL to `incoming`.

        Args:
            url: http or https.
            incoming: a new file.
            requester: on whose behalf; each has a share of the fetches that run at once.

        Raises:
            FetchError: nothing could be had from there; the text does not say why, as that would map a network.
            MediaTooLargeError: it is larger than any file may be.
            StorageFullError: the disk is full.
            BusyError: too many fetches wait, or this one has waited for too long.
        """
        async with self._turn(requester):
            try:
                async with asyncio.timeout(self._limits.fetch_seconds):
                    await self._follow(url, incoming)
            except TimeoutError:
                raise FetchError(url, "it took too long") from None
            except Removed as error:
                raise FetchError(url, str(error), public=True) from None
            except (Refused, h11.RemoteProtocolError) as error:
                raise FetchError(url, f"{type(error).__name__}: {error}") from None

    @asynccontextmanager
    async def _turn(self, requester: str) -> AsyncGenerator[None]:
        """Wait for a slot, but no longer than a fetch may take."""
        try:
            async with asyncio.timeout(self._limits.fetch_seconds) as waiting, self._slots.slot(requester):
                waiting.reschedule(None)
                yield
        except TimeoutError:
            raise BusyError("too many uploads by URL at once; try again in a moment") from None

    async def _follow(self, url: str, incoming: SpooledFile) -> None:
        effort = Effort()
        for times in range(REDIRECTS + 1):
            target = target_of(url)
            _check_removed(target, redirected=bool(times))
            streams = await self._connected(target)
            async with get(streams, target.path, target.authority, effort) as answer:
                moved = await self._take(answer, incoming)
            if not moved:
                return
            url = _joined(url, moved)
        raise Refused(f"it redirects more than {REDIRECTS} times")

    async def _take(self, answer: Answer, incoming: SpooledFile) -> str:
        """Take the file; or return where it has moved to."""
        if answer.status in MOVED and b"location" in answer.headers:
            return answer.headers[b"location"]
        if answer.status != 200:
            raise Refused(f"it answers with status {answer.status}")
        if answer.headers.get(b"content-encoding", "identity").strip().lower() != "identity":
            raise Refused("it sends the file compressed, which was not asked for")
        self._check_size(answer.headers.get(b"content-length", ""), 0)
        async for piece in answer.pieces():
            self._check_size("", incoming.size + len(piece))
            await incoming.write(piece)
        return ""

    def _check_size(self, announced: str, size: int) -> None:
        size = int(announced) if announced.isascii() and announced.isdecimal() else size
        if size > self._limits.animation_bytes:
            raise MediaTooLargeError("what lies at the URL is over the limit")

    async def _connected(self, target: FetchTarget) -> Streams:
        """Connect to the first of the host's addresses that answers; to none if any of them is not public."""
        addresses = await self._looked_up(target)
        tls = await self._trust() if target.secure else None
        reason: Exception | None = None
        for address in addresses[:TRIES]:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    name = target.host if tls else None
                    streams = Streams(
                        *await asyncio.open_connection(address, target.port, ssl=tls, server_hostname=name)
                    )
                return self._judged(streams)
            except OSError as error:  # TimeoutError and SSLError are some
                reason = error
        raise Refused(f"it cannot be reached: {type(reason).__name__}: {reason}")

    async def _looked_up(self, target: FetchTarget) -> Sequence[str]:
        try:
            addresses = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise Refused(f"its name is not known: {error}") from None
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise Refused("it is at an address that is not public")
        return addresses

    def _judged(self, streams: Streams) -> Streams:
        """Refuse a connection to this machine by way of its own public address."""
        local, remote = (streams.writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
        if is_same_address(local, remote) and not self._private:
            streams.writer.close()
            raise Refused("it is at an address of this machine")
        return streams

    async def _trust(self) -> ssl.SSLContext:
        """Make the context once, in a thread: reading all authorities takes a while."""
        self._tls = self._tls or await asyncio.to_thread(default_ssl_context)
        return self._tls


def _check_removed(target: FetchTarget, *, redirected: bool) -> None:
    """Refuse Imgur's placeholder: Imgur and servers of this package send there who asks for a missing picture."""
    placeholder = target.path.partition(b"?")[0] == REMOVED
    if placeholder and (redirected or target.host.removeprefix("www.") in IMGUR):
        raise Removed("there is no such picture any more, only the one that says so")


def target_of(url: str) -> FetchTarget:
    """Take a URL apart.

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
    return FetchTarget(host.decode("ascii"), number, path.encode("ascii"), authority, scheme == "https")


def _joined(url: str, moved: str) -> str:
    try:
        return urljoin(url, moved)
    except ValueError as error:
        raise Refused(f"it redirects to no URL: {error}") from None
