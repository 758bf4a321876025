"""What a program says to other hosts than Imgur's: passed on unread, to port 443 of another machine only.

The name is looked up once, and the connection goes to an address that was judged. This machine is not reached through
the relay, by whatever name: programs reach it directly, and nobody else shall by way of a name that leads here.
"""

from __future__ import annotations

import asyncio
import socket

from .forward import CONNECT_SECONDS, Streams, copy
from .hosts import Address, is_elsewhere
from .message import LONGEST_HEAD, Refused

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def tunnel(streams: Streams, there: Streams) -> None:
    """Carry bytes both ways until both sides have ended."""
    try:
        streams.writer.write(ESTABLISHED)
        async with asyncio.TaskGroup() as both:
            both.create_task(copy(streams.reader, there.writer))
            both.create_task(copy(there.reader, streams.writer))
    except* OSError:
        pass
    finally:
        there.writer.close()


async def connect(address: Address) -> Streams:
    """A connection to another machine; raises `Refused`."""
    reason = "it has no address"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            for found in await _looked_up(address):
                try:
                    there = Streams(*await asyncio.open_connection(found, address.port, limit=LONGEST_HEAD))
                except OSError as error:
                    reason = error.strerror or str(error)
                else:
                    return _judged(there, address)
    except TimeoutError:
        reason = "it does not answer"
    raise Refused(502, f"{address.host} cannot be reached: {reason}")


def _judged(there: Streams, address: Address) -> Streams:
    """A connection whose two ends are one address is to this machine, under what it is called in its network."""
    ours, theirs = (there.writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
    if ours == theirs:
        there.writer.close()
        raise Refused(403, f"{address.host} is this machine: name it in NO_PROXY")
    return there


async def _looked_up(address: Address) -> list[str]:
    """The network addresses of a host, in the order to try them; raises `Refused` if one is this machine's."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(*address, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(502, f"{address.host} is no host that is known here") from error
    found = [str(info[4][0]) for info in infos]
    if not all(map(is_elsewhere, found)):
        raise Refused(403, f"{address.host} is this machine or its own network link: name it in NO_PROXY")
    return found
