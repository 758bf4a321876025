"""The proxy itself: what it does with each connection a program opens.

`CONNECT api.imgur.com:443` is answered by ending the TLS that follows; `GET http://i.imgur.com/x.png` is forwarded as
it is. Other hosts are reached for the program, or refused. Whoever speaks to the relay as to a web server gets 400:
it serves nothing of its own.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from .forward import Streams, Target, Unclear, copy, forward, read_head
from .hosts import Others, address_of, is_imgur

_START = re.compile(rb"([A-Za-z]+) (\S+) (HTTP/1\.[01])")
_TLS_PORT = 443


class Refused(Exception):
    """The relay does not do that; the text says why."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Proxy:
    """What all connections share."""

    target: Target
    context: ssl.SSLContext
    others: Others

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        streams = reader, writer
        try:
            with suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await self._answered(streams)
        finally:
            writer.close()

    async def _answered(self, streams: Streams) -> None:
        try:
            if raw := await read_head(streams[0]):
                await self._dispatch(raw, streams)
        except Refused as refusal:
            await _say(streams[1], refusal.status, str(refusal))
        except Unclear as error:
            await _say(streams[1], "400 Bad Request", str(error))

    async def _dispatch(self, raw: bytes, streams: Streams) -> None:
        start = _START.match(raw)
        if start is None:
            raise Refused("400 Bad Request", "this is a proxy for HTTP")
        method, aim, version = start[1], start[2].decode("latin-1"), start[3]
        if method == b"CONNECT":
            await self._connect(aim, streams)
            return
        parts = urlsplit(aim)
        if parts.scheme != "http" or not parts.netloc:
            raise Refused("400 Bad Request", "this is a proxy, no server: it takes whole addresses")
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        line = b"%s %s %s" % (method, path.encode("latin-1"), version)
        target = self.target if is_imgur(parts.hostname or "") else self._other(parts.netloc)
        await _forwarded(streams, target, line + raw[start.end() :])

    async def _connect(self, authority: str, streams: Streams) -> None:
        address = address_of(authority, _TLS_PORT)
        if address is None:
            raise Refused("400 Bad Request", f"{authority} is no host and port")
        reader, writer = streams
        if not is_imgur(address[0]):
            self._other(authority)
            await _tunnel(streams, address)
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(self.context)
            await _forwarded((reader, writer), self.target)

    def _other(self, authority: str) -> Target:
        if self.others == "refuse":
            raise Refused("403 Forbidden", f"{authority} is not Imgur's, and only Imgur's hosts are let through")
        return Target.of(f"http://{authority}")


async def _forwarded(streams: Streams, target: Target, first: bytes = b"") -> None:
    try:
        raw = first or await read_head(streams[0])
        if raw:
            await forward(streams, target, raw)
    except Unclear as error:
        await _say(streams[1], "400 Bad Request", str(error))
    except OSError as error:
        await _say(streams[1], "502 Bad Gateway", f"{target.named} cannot be reached: {error.strerror or error}")


async def _tunnel(streams: Streams, address: tuple[str, int]) -> None:
    reader, writer = streams
    try:
        there, onwards = await asyncio.open_connection(*address)
    except OSError as error:
        raise Refused("502 Bad Gateway", f"{address[0]} cannot be reached: {error.strerror or error}") from error
    try:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        async with asyncio.TaskGroup() as both:
            both.create_task(copy(reader, onwards))
            both.create_task(copy(there, writer))
    except* OSError:
        pass
    finally:
        onwards.close()


async def _say(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = f"pyimgur relay: {text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    with suppress(OSError):
        await writer.drain()
