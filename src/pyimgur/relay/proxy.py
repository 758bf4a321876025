"""The proxy itself: what it does with each connection a program opens.

Who cannot say the word that was given to the program gets 407, whatever is asked: a relay without one reaches nothing
but its server. `CONNECT api.imgur.com:443` is answered by ending the TLS that follows; `GET http://i.imgur.com/x.png`
and `GET https://i.imgur.com/x.png` are forwarded as they are. Other hosts are reached for the program on port 443, or
refused. Whoever speaks to the relay as to a web server gets 400: it serves nothing of its own.
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
from .tunnel import ESTABLISHED, Connect, connect, opened, tunnel

USER = "pyimgur"
PATIENCE = 30.0
"""Seconds until a connection has said what it wants; from then on, the server's patience counts."""
_WHO = "this relay is another program's", 'Proxy-Authenticate: Basic realm="pyimgur relay"'


def new_password() -> str:
    """What only the program is told: nobody can guess it."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Proxy:
    """What all connections share."""

    target: Upstream
    context: ssl.SSLContext
    others: OtherHosts
    word: str | None = field(repr=False)
    """None: anybody on this machine is let in, since nothing is reached that they could not reach themselves."""
    patience: float = PATIENCE
    connect: Connect = connect
    """Connects to other hosts."""
    outgoing_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    """Makes the context that checks the certificates of other hosts, for programs that leave TLS to the proxy."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        try:
            with suppress(OSError):  # ConnectionError, SSLError, TimeoutError: the other side has gone, or never came
                async with _report_errors(writer):
                    await self._answer(Streams(reader, writer))
        finally:
            writer.close()

    async def turn_away(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection more than there may be at once."""
        with suppress(OSError):
            await _say(writer, ProxyError(503, "too many connections at once"), "Connection: close")
            async with asyncio.timeout(1):
                await reader.read(LONGEST_HEAD)  # unread, it would cut the connection before the answer is seen
        writer.close()

    async def _answer(self, streams: Streams) -> None:
        head = await self._first(streams)
        if head and not self._is_authorized(head):
            if head.size or head.version != b"HTTP/1.1":
                raise ProxyError(407, *_WHO)
            await _say(streams.writer, ProxyError(407, *_WHO), "Connection: keep-alive")
            head = await self._first(streams)  # some say the word when they are asked, on the same connection
        if head is None:
            return
        if not self._is_authorized(head):
            raise ProxyError(407, *_WHO)
        if head.method == b"CONNECT":
            await self._connect(head, streams)
        else:
            await self._plain(head, streams)

    async def _first(self, streams: Streams) -> RequestHead | None:
        try:
            async with asyncio.timeout(self.patience):
                return await read_head(streams.reader)
        except TimeoutError:
            raise ProxyError(408, "no request came") from None

    def _is_authorized(self, head: RequestHead) -> bool:
        if self.word is None:
            return True
        scheme, _, said = b"".join(head.values(b"proxy-authorization")).partition(b" ")
        word = base64.b64encode(f"{USER}:{self.word}".encode())
        return hmac.compare_digest(said.strip(), word) and scheme.lower() == b"basic"

    async def _connect(self, head: RequestHead, streams: Streams) -> None:
        aim = head.aim.decode("latin-1")
        address = Address.of(aim, TLS_PORT)
        if address is None or head.size:
            raise ProxyError(400, "CONNECT takes a host and a port")
        _check_port(address)
        if is_imgur(address.host):
            await self._imgur(streams, address.host)
        else:
            self._check_allowed(address)
            await tunnel(streams, await self.connect(address, None))

    async def _imgur(self, streams: Streams, host: str) -> None:
        streams.writer.write(ESTABLISHED)
        await streams.writer.drain()
        async with _start_tls(streams, self.context, self.patience) as inner, _report_errors(inner.writer):
            if head := await self._first(inner):
                await forward(inner, self.target.opened(), self.target.headers_for(host), head)

    async def _plain(self, head: RequestHead, streams: Streams) -> None:
        """Answer a request for a whole URL: `http:`, or `https:` from a program that leaves TLS to the proxy."""
        scheme, _, rest = head.aim.decode("latin-1").partition("://")
        scheme, authority = scheme.lower(), rest.partition("/")[0].partition("?")[0]
        address = Address.of(authority, PORTS.get(scheme, 0))
        if scheme not in PORTS or address is None:
            raise ProxyError(400, "this is a proxy, no server: it takes whole addresses")
        path = rest.removeprefix(authority).encode("latin-1")
        head = head.with_target(path if path.startswith(b"/") else b"/" + path)
        if is_imgur(address.host) and address.port == PORTS[scheme]:
            await forward(streams, self.target.opened(), self.target.headers_for(address.host), head, once=True)
        elif scheme == "https":
            await self._with_tls(streams, address, authority, head)
        else:
            raise ProxyError(403, "without TLS this relay reaches Imgur only")

    async def _with_tls(self, streams: Streams, address: Address, authority: str, head: RequestHead) -> None:
        """Send one request to another host over TLS, and check its certificate."""
        _check_port(address)
        self._check_allowed(address)
        try:
            tls = self.outgoing_tls()
        except OSError as error:
            raise ProxyError(502, f"the usual certificates cannot be read: {error}") from error
        there = opened(partial(self.connect, address, tls))
        await forward(streams, there, {b"host": authority.encode("ascii")}, head, once=True)

    def _check_allowed(self, address: Address) -> None:
        if self.others == "refuse" and address != (self.target.host, self.target.port):
            raise ProxyError(403, f"{address.host} is not Imgur's, and only Imgur is reached through this relay")


def _check_port(address: Address) -> None:
    if address.port != TLS_PORT:
        raise ProxyError(403, f"only port {TLS_PORT} of other machines is reached through this relay")


@asynccontextmanager
async def _start_tls(streams: Streams, context: ssl.SSLContext, patience: float) -> AsyncGenerator[Streams]:
    """The connection from here on within TLS; what was sent before that is forgotten, not taken for a request."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_HEAD)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport = await loop.start_tls(
        streams.writer.transport, protocol, context, server_side=True, ssl_handshake_timeout=patience
    )
    if transport is None:  # the program has gone
        raise ConnectionResetError
    protocol.connection_made(transport)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    try:
        yield Streams(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def _report_errors(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    """Answers with what was refused, if something was."""
    try:
        yield
    except ProxyError as refusal:
        await _say(writer, refusal, "Connection: close")


async def _say(writer: asyncio.StreamWriter, refusal: ProxyError, *more: str) -> None:
    body = f"pyimgur relay: {refusal}\n".encode()
    head = (
        f"HTTP/1.1 {refusal.status} {refusal}",  # programs show this line, seldom the body
        *refusal.more,
        *more,
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
    )
    writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
    await writer.drain()
