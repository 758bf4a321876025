"""Connect a program to hosts other than Imgur's, on port 443 of another machine only.

The name is resolved once, and the connection goes to an address that was checked. This machine cannot be reached
through the relay, under any name: programs reach it directly, and DNS names of others must not lead to it.

After CONNECT the program's bytes pass unread. A program that sends its https request to the proxy in plain text (axios
up to 1.15, needle) leaves TLS to the relay, which checks the host's certificate as the program would.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from .._network_addresses import is_other_machine, is_same_address
from .forward import CONNECT_TIMEOUT, Streams, copy
from .imgur_hosts import Address
from .request_head import LONGEST_HEAD, ProxyError

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
IDLE_TIMEOUT = 900.0
"""Seconds for which a tunnel may carry nothing in either direction."""


async def tunnel(streams: Streams, remote: Streams, *, idle: float = IDLE_TIMEOUT) -> None:
    """Copy bytes both ways until both sides have closed, or neither has sent any for `idle` seconds."""
    now = asyncio.get_running_loop().time
    try:
        streams.writer.write(ESTABLISHED)
        async with asyncio.timeout(idle) as deadline, asyncio.TaskGroup() as tasks:
            progress = lambda: deadline.reschedule(now() + idle)  # noqa: E731 - two lines would not say more
            tasks.create_task(copy(streams.reader, remote.writer, progress))
            tasks.create_task(copy(remote.reader, streams.writer, progress))
    except* OSError:  # TimeoutError too
        pass
    finally:
        remote.writer.close()


ConnectToHost = Callable[[Address, ssl.SSLContext | None], Awaitable[Streams]]
"""The type of `connect_to_host`."""


@asynccontextmanager
async def connection(connect: Callable[[], Awaitable[Streams]]) -> AsyncGenerator[Streams]:
    """Connect, and close the connection after the block."""
    remote = await connect()
    try:
        yield remote
    finally:
        remote.writer.close()


async def connect_to_host(address: Address, tls: ssl.SSLContext | None = None) -> Streams:
    """Connect to another machine, with TLS if there is a context for it.

    Raises:
        ProxyError: the host is unknown, this machine, or unreachable, or its certificate is not valid.
    """
    reason = "it has no address"  # the error of the last address that was tried
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            for ip in await _resolve(address):
                try:
                    name = address.host.rstrip(".") if tls else None
                    remote = Streams(
                        *await asyncio.open_connection(
                            ip, address.port, limit=LONGEST_HEAD, ssl=tls, server_hostname=name
                        )
                    )
                except ssl.SSLCertVerificationError as error:
                    raise ProxyError(502, f"{address.host} has no valid certificate: {error.verify_message}") from error
                except OSError as error:
                    reason = error.strerror or str(error)
                else:
                    return _check_peer(remote, address)
    except TimeoutError:
        reason = "it does not answer"
    raise ProxyError(502, f"{address.host} cannot be reached: {reason}")


def _check_peer(remote: Streams, address: Address) -> Streams:
    ours, theirs = (remote.writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
    if is_same_address(ours, theirs):
        remote.writer.close()
        raise ProxyError(403, f"{address.host} is this machine: name it in NO_PROXY")
    return remote


async def _resolve(address: Address) -> list[str]:
    """Return the network addresses of a host, in the order to try them.

    Raises:
        ProxyError: the host is unknown, or one of its addresses is this machine's.
    """
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(*address, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProxyError(502, f"there is no host {address.host}") from error
    addresses = [str(info[4][0]) for info in infos]
    if not all(map(is_other_machine, addresses)):
        raise ProxyError(403, f"{address.host} is this machine or its own network link: name it in NO_PROXY")
    return addresses
