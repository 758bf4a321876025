"""Connect a program to hosts other than Imgur's, on port 443 of another machine only.

The name is looked up once, and the connection goes to an address that was judged. This machine is not reached through
the relay, by whatever name: programs reach it directly, and nobody else shall by way of a name that leads here.

After CONNECT the program's bytes pass unread. A program that sends its https request to the proxy in plain (axios up
to 1.15, needle) leaves TLS to the relay, which checks the host's certificate as the program would.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from .._network_addresses import is_other_machine, is_same_address
from .forward import CONNECT_SECONDS, Streams, copy
from .imgur_hosts import Address
from .request_head import LONGEST_HEAD, ProxyError

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
IDLE_SECONDS = 900.0
"""How long a tunnel may carry nothing in either direction."""


async def tunnel(streams: Streams, there: Streams, *, idle: float = IDLE_SECONDS) -> None:
    """Carry bytes both ways until both sides have ended, or none has come from either side for `idle` seconds."""
    now = asyncio.get_running_loop().time
    try:
        streams.writer.write(ESTABLISHED)
        async with asyncio.timeout(idle) as deadline, asyncio.TaskGroup() as both:
            progress = lambda: deadline.reschedule(now() + idle)  # noqa: E731 - two lines would not say more
            both.create_task(copy(streams.reader, there.writer, progress))
            both.create_task(copy(there.reader, streams.writer, progress))
    except* OSError:  # TimeoutError is one
        pass
    finally:
        there.writer.close()


Connect = Callable[[Address, ssl.SSLContext | None], Awaitable[Streams]]


@asynccontextmanager
async def opened(connecting: Callable[[], Awaitable[Streams]]) -> AsyncGenerator[Streams]:
    """Connect, and close the connection after the block."""
    there = await connecting()
    try:
        yield there
    finally:
        there.writer.close()


async def connect(address: Address, tls: ssl.SSLContext | None = None) -> Streams:
    """Connect to another machine, with TLS if there is a context for it.

    Raises:
        Refused: the host is unknown, this machine, or unreachable, or its certificate is not valid.
    """
    reason = "it has no address"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            for found in await _resolve(address):
                try:
                    name = address.host.rstrip(".") if tls else None
                    there = Streams(
                        *await asyncio.open_connection(
                            found, address.port, limit=LONGEST_HEAD, ssl=tls, server_hostname=name
                        )
                    )
                except ssl.SSLCertVerificationError as error:
                    raise ProxyError(502, f"{address.host} has no valid certificate: {error.verify_message}") from error
                except OSError as error:
                    reason = error.strerror or str(error)
                else:
                    return _check_peer(there, address)
    except TimeoutError:
        reason = "it does not answer"
    raise ProxyError(502, f"{address.host} cannot be reached: {reason}")


def _check_peer(there: Streams, address: Address) -> Streams:
    ours, theirs = (there.writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
    if is_same_address(ours, theirs):
        there.writer.close()
        raise ProxyError(403, f"{address.host} is this machine: name it in NO_PROXY")
    return there


async def _resolve(address: Address) -> list[str]:
    """The network addresses of a host, in the order to try them; raises `Refused` if one is this machine's."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(*address, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProxyError(502, f"{address.host} is no host that is known here") from error
    found = [str(info[4][0]) for info in infos]
    if not all(map(is_other_machine, found)):
        raise ProxyError(403, f"{address.host} is this machine or its own network link: name it in NO_PROXY")
    return found
