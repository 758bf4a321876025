"""The HTTP proxy: it authenticates each connection, terminates TLS for Imgur's hosts, and tunnels to other hosts.

A request without the password that only the program knows gets 407. A relay without a password reaches no host but its
server. After `CONNECT api.imgur.com:443` the relay terminates the TLS that follows; `GET http://i.imgur.com/x.png` and
`GET https://i.imgur.com/x.png` are forwarded to the server. Other hosts are reached on port 443 only, or refused. The
relay has no pages of its own: a request for a path gets 400.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from .forward import Streams, Upstream, forward
from .imgur_hosts import PORTS, TLS_PORT, Address, OtherHosts, is_imgur
from .request_head import LONGEST_HEAD, ProxyError, RequestHead, read_head
from .tunnel import ESTABLISHED, ConnectToHost, connect_to_host, connection, tunnel

USER = "pyimgur"
HEAD_TIMEOUT = 30.0
"""Seconds that a connection has to send the head of its first request; after that, the server's timeouts apply."""
_UNAUTHORIZED = "this relay is another program's", 'Proxy-Authenticate: Basic realm="pyimgur relay"'


def new_password() -> str:
    """Return a random proxy password for one program."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The settings of a proxy, and the handling of one connection."""

    upstream: Upstream
    context: ssl.SSLContext
    other_hosts: OtherHosts
    """Whether connections to hosts other than Imgur's are passed on or refused."""
    password: str | None = field(repr=False)
    """None accepts every program of this machine: it reaches nothing that these could not reach directly."""
    head_timeout: float = HEAD_TIMEOUT
    """Seconds in which the head of the first request must have come, once before TLS and once within it."""
    connect_to_host: ConnectToHost = connect_to_host
    """Opens a connection to another host."""
    outgoing_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    """Makes the context that checks the certificates of other hosts, for programs that leave TLS to the proxy."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        try:
            with suppress(OSError):  # ConnectionError, SSLError, TimeoutError: one side closed, or did not respond
                async with _report_errors(writer):
                    await self._serve(Streams(reader, writer))
        finally:
            writer.close()

    async def reject(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a connection above the limit with 503."""
        with suppress(OSError):
            await _send_error(writer, ProxyError(503, "too many connections at once"), "Connection: close")
            async with asyncio.timeout(1):
                await reader.read(LONGEST_HEAD)  # closing with unread data would reset the connection too early
        writer.close()

    async def _serve(self, streams: Streams) -> None:
        head = await self._first_head(streams)
        if head and not self._is_authorized(head):
            if head.size or head.version != b"HTTP/1.1":
                raise ProxyError(407, *_UNAUTHORIZED)
            await _send_error(streams.writer, ProxyError(407, *_UNAUTHORIZED), "Connection: keep-alive")
            head = await self._first_head(streams)  # some programs send the password only after a 407
        if head is None:
            return
        if not self._is_authorized(head):
            raise ProxyError(407, *_UNAUTHORIZED)
        if head.method == b"CONNECT":
            await self._handle_connect(head, streams)
        else:
            await self._forward_url(head, streams)

    async def _first_head(self, streams: Streams) -> RequestHead | None:
        try:
            async with asyncio.timeout(self.head_timeout):
                return await read_head(streams.reader)
        except TimeoutError:
            raise ProxyError(408, "no request came") from None

    def _is_authorized(self, head: RequestHead) -> bool:
        if self.password is None:
            return True
        scheme, _, credentials = b"".join(head.values(b"proxy-authorization")).partition(b" ")
        expected = base64.b64encode(f"{USER}:{self.password}".encode())
        return hmac.compare_digest(credentials.strip(), expected) and scheme.lower() == b"basic"

    async def _handle_connect(self, head: RequestHead, streams: Streams) -> None:
        """Handle CONNECT: terminate TLS for Imgur's hosts, and tunnel to others."""
        address = Address.of(head.target.decode("latin-1"), TLS_PORT)
        if address is None or head.size:
            raise ProxyError(400, "CONNECT takes a host and a port")
        _check_port(address)
        if is_imgur(address.host):
            await self._forward_to_upstream(streams, address.host)
        else:
            self._check_allowed(address)
            await tunnel(streams, await self.connect_to_host(address, None))

    async def _forward_to_upstream(self, streams: Streams, host: str) -> None:
        streams.writer.write(ESTABLISHED)
        await streams.writer.drain()
        async with _start_tls(streams, self.context, self.head_timeout) as inner, _report_errors(inner.writer):
            if head := await self._first_head(inner):
                await forward(inner, self.upstream.connect(), self.upstream.headers_for(host), head)

    async def _forward_url(self, head: RequestHead, streams: Streams) -> None:
        """Forward a request for a whole URL: `http:`, or `https:` from a program that leaves TLS to the proxy."""
        scheme, _, rest = head.target.decode("latin-1").partition("://")
        scheme, authority = scheme.lower(), rest.partition("/")[0].partition("?")[0]
        address = Address.of(authority, PORTS.get(scheme, 0))
        if scheme not in PORTS or address is None:
            raise ProxyError(400, "this is a proxy, not a server: it takes whole URLs")
        path = rest.removeprefix(authority).encode("latin-1")
        head = head.with_target(path if path.startswith(b"/") else b"/" + path)
        if is_imgur(address.host) and address.port == PORTS[scheme]:
            headers = self.upstream.headers_for(address.host)
            await forward(streams, self.upstream.connect(), headers, head, once=True)
        elif scheme == "https":
            await self._forward_with_tls(streams, address, authority, head)
        else:
            raise ProxyError(403, "without TLS this relay reaches Imgur only")

    async def _forward_with_tls(self, streams: Streams, address: Address, authority: str, head: RequestHead) -> None:
        """Send one request to another host over TLS, and check its certificate."""
        _check_port(address)
        self._check_allowed(address)
        try:
            tls = self.outgoing_tls()
        except OSError as error:
            raise ProxyError(502, f"the usual certificates cannot be read: {error}") from error
        remote = connection(partial(self.connect_to_host, address, tls))
        await forward(streams, remote, {b"host": authority.encode("ascii")}, head, once=True)

    def _check_allowed(self, address: Address) -> None:
        if self.other_hosts == "refuse" and address != (self.upstream.host, self.upstream.port):
            raise ProxyError(403, f"{address.host} is not Imgur's, and only Imgur is reached through this relay")


def _check_port(address: Address) -> None:
    if address.port != TLS_PORT:
        raise ProxyError(403, f"only port {TLS_PORT} of other machines is reached through this relay")


@asynccontextmanager
async def _start_tls(streams: Streams, context: ssl.SSLContext, timeout: float) -> AsyncGenerator[Streams]:  # noqa: ASYNC109 - of the handshake
    """Continue the connection within TLS; plain bytes that came before are dropped, not read as a request."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_HEAD)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport = await loop.start_tls(
        streams.writer.transport, protocol, context, server_side=True, ssl_handshake_timeout=timeout
    )
    if transport is None:  # the program closed the connection
        raise ConnectionResetError
    protocol.connection_made(transport)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    try:
        yield Streams(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def _report_errors(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    """Send an error that is raised within the block as a response."""
    try:
        yield
    except ProxyError as error:
        await _send_error(writer, error, "Connection: close")


async def _send_error(writer: asyncio.StreamWriter, error: ProxyError, *headers: str) -> None:
    body = f"pyimgur relay: {error}\n".encode()
    head = (
        f"HTTP/1.1 {error.status} {error}",  # programs show this line, seldom the body
        *error.headers,
        *headers,
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
    )
    writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
    await writer.drain()
