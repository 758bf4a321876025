"""Many clients at once for a while, each on a connection of its own: what went wrong, and how long an answer took."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from asking import request
from cell import AT_ONCE, Own

CLIENTS = 200
SECONDS = 30
UPLOAD_EVERY = 10
"""One request in so many is an upload."""
BOUNDARY = "b"


class Crowd:
    """What all of them have seen."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []

    def own(self) -> Own:
        """The figures: how many of each, and the middle and the slowest hundredth in seconds."""
        figures: Own = {"errors": len(self.errors)}
        for what, seconds in self.took.items():
            hundredths = statistics.quantiles(seconds, n=100)
            figures |= {what: len(seconds), f"{what} p50": hundredths[49], f"{what} p99": hundredths[98]}
        return figures


def crowded(address: tuple[str, int], id: str, picture: Path, headers: str) -> Own:
    """The figures of `CLIENTS` that read this image and its picture, and upload this file, for `SECONDS`."""
    crowd = Crowd()
    reads = [request(f"/3/image/{id}", headers), request(f"/{id}.jpg")]
    asyncio.run(_all(crowd, address, reads, upload(picture.read_bytes(), headers)))
    return crowd.own()


def together(address: tuple[str, int], count: int, upload: bytes) -> float:
    """Send this upload so often, from `AT_ONCE` clients at once; return the middle of how long an answer took."""
    return statistics.median(asyncio.run(_together(address, count, upload)))


async def _together(address: tuple[str, int], count: int, upload: bytes) -> list[float]:
    left, took = iter(range(count)), list[float]()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(*address)
        for _ in left:
            began = time.perf_counter()
            writer.write(upload)
            status = await _answer(reader)
            took.append(time.perf_counter() - began)
            assert status == 200, status
        writer.close()

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return took


def upload(picture: bytes, headers: str) -> bytes:
    """A form with this file in it."""
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'.encode()
        + picture
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n"
    return request("/3/image", headers + kind, "POST") + body


async def _all(crowd: Crowd, address: tuple[str, int], reads: list[bytes], upload: bytes) -> None:
    end = time.perf_counter() + SECONDS
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(_one(crowd, address, _turns(number, reads, upload), end))


def _turns(number: int, reads: list[bytes], upload: bytes) -> Iterator[tuple[str, bytes]]:
    """What a client does, one after the other; not all of them upload at the same moment."""
    turns = [("reads", read) for read, _ in zip(cycle(reads), range(UPLOAD_EVERY - 1), strict=False)]
    turns.insert(number % UPLOAD_EVERY, ("uploads", upload))
    return cycle(turns)


async def _one(crowd: Crowd, address: tuple[str, int], turns: Iterator[tuple[str, bytes]], end: float) -> None:
    try:
        reader, writer = await asyncio.open_connection(*address)
        while (began := time.perf_counter()) < end:
            what, sent = next(turns)
            writer.write(sent)
            status = await _answer(reader)
            crowd.took[what].append(time.perf_counter() - began)
            if status != 200:
                crowd.errors.append(f"{what}: {status}")
        writer.close()
    except (OSError, EOFError) as error:
        crowd.errors.append(repr(error))


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return int(head.split(b" ", 2)[1])
