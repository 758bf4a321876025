"""What others notice while somebody attacks the server: three probes, first on the idle server, then during the attack.

An attack runs in a process of its own, for `SECONDS`, on loopback. The probes are clients of somebody else: `/healthz`,
the description of an image, and an upload of a small picture, one after the other on a connection each.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import multiprocessing
import socket
import sqlite3
import statistics
import struct
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filled
import process
from asking import Line, request
from cell import HEADERS, Own, Place
from crowd import _answer, upload
from PIL import Image

SECONDS = 10.0
PAUSE = 0.02
"""Seconds between two requests of a probe; between two uploads ten times as many."""
ALBUM_IMAGES = 100_000
CLIENT = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
ATTACKER = "Authorization: Client-ID 0a7ac4e70a7ac4e\r\n"
Address = tuple[str, int]
Attack = Callable[[Address, str], None]


def probed(address: Address, id: str, seconds: float) -> Own:
    """The middle and the slowest hundredth of each probe, in seconds; a probe that fails counts as that long."""
    took: dict[str, list[float]] = defaultdict(list)
    probes = {"healthz": request("/healthz"), "reads": request(f"/3/image/{id}", CLIENT), "uploads": small_upload()}

    async def probe(what: str, sent: bytes) -> None:
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(seconds):
                    reader, writer = await asyncio.open_connection(*address)
                    writer.write(sent)
                    status = await _answer(reader)
                    writer.close()
                    took[what].append(time.perf_counter() - began if status == 200 else seconds)
                    began = 0.0
            if began:
                took[what].append(seconds)
            await asyncio.sleep(PAUSE * (10 if what == "uploads" else 1))

    async def all_() -> None:
        await asyncio.gather(*itertools.starmap(probe, probes.items()))

    asyncio.run(all_())
    figures: Own = {}
    for what, each in took.items():
        hundredths = statistics.quantiles(each * 2, n=100, method="inclusive")
        figures |= {f"{what} p50": hundredths[49], f"{what} p99": hundredths[98]}
    return figures


def attacked(
    data: Path, attack: Attack, prepare: Callable[[Address], str] | None = None, *options: str
) -> Iterator[Own | None]:
    """The figures of the idle server and, without a prefix, of the attacked one."""
    with process.serve(data, *options) as server:
        id = uploaded(server.address, small_picture(), CLIENT)
        argument = prepare(server.address) if prepare else ""
        idle = probed(server.address, id, SECONDS / 2)
        yield None
        attacker = multiprocessing.get_context("fork").Process(
            target=attack, args=(server.address, argument), daemon=True
        )
        attacker.start()
        try:
            time.sleep(0.5)
            during = probed(server.address, id, SECONDS)
        finally:
            attacker.kill()
            attacker.join()
        yield {f"idle {name}": figure for name, figure in idle.items()} | during


def uploaded(address: Address, file: bytes, headers: str) -> str:
    """The id of a new image."""
    with contextlib.closing(Line(address)) as line:
        line.send(upload(file, headers))
        return json.loads(line.answer())["data"]["id"]


def small_picture() -> bytes:
    """A PNG of 4 by 4 pixels."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(file, "PNG")
    return file.getvalue()


def small_upload() -> bytes:
    return upload(small_picture(), CLIENT)


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Do it in so many threads, again and again; ends with the process."""

    def forever(number: int) -> None:
        while True:
            with contextlib.suppress(OSError, AssertionError):
                work(number)

    for number in range(count):
        threading.Thread(target=forever, args=(number,), daemon=True).start()
    time.sleep(SECONDS * 10)


def get(address: Address, path: str, headers: str = ATTACKER) -> None:
    """Ask, and read the answer."""
    with contextlib.closing(Line(address)) as line:
        line.send(request(path, headers))
        line.answer()


# ---- the attacks


def slow_host(there: Place) -> Iterator[Own | None]:
    """Eight uploads by URL from a host that sends one-byte chunks without end (F3)"""
    config = there.outputs / "attacked.toml"
    config.write_text("fetch_private = true\n")  # so that the host can be on loopback
    yield from attacked(there.outputs / "data", _slow_host, None, "--config", str(config))


def _slow_host(address: Address, _: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def host() -> None:
        while True:
            threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    def drip(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                client.sendall(b"1\r\nx\r\n" * 10_000)

    threading.Thread(target=host, daemon=True).start()
    body = f"image=http://127.0.0.1:{listener.getsockname()[1]}/x.png&type=url".encode()
    head = f"{ATTACKER}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"

    def fetch(_: int) -> None:
        with contextlib.closing(Line(address)) as line:
            line.send(request("/3/image", head, "POST") + body)
            line.answer()

    at_once(8, fetch)


def renditions(there: Place) -> Iterator[Own | None]:
    """Four renditions at once of a picture of 10,000 by 10,000 pixels (F4)"""
    yield from attacked(there.outputs / "data", _renditions, lambda address: uploaded(address, large_png(), ATTACKER))


def _renditions(address: Address, id: str) -> None:
    kinds = itertools.cycle(
        [(4096, "webp"), (4096, "png"), (2560, "webp"), (2560, "png"), (1600, "webp"), (1600, "png")]
    )

    def ask(_: int) -> None:
        width, ending = next(kinds)
        get(address, f"/{id}_d.{ending}?maxwidth={width}")

    at_once(4, ask)


def large_png(side: int = 10_000) -> bytes:
    """A PNG that is small as a file."""
    packed = zlib.compressobj(1)
    rows = b"".join(packed.compress(b"\0" + bytes([row % 251]) * (side * 3)) for row in range(side)) + packed.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def large_gif(there: Place) -> Iterator[Own | None]:
    """Uploads of GIFs of 230 kB with 9,999 frames on 9,999 by 9,999 pixels (F5)"""
    yield from attacked(there.outputs / "data", _large_gif)


def _large_gif(address: Address, _: str) -> None:
    frame = b"\x21\xf9\x04\0\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    file = b"GIF89a" + struct.pack("<HH", 9_999, 9_999) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * 9_999 + b";"
    at_once(4, lambda _: uploaded(address, file, ATTACKER) and None)


def stalled_readers(there: Place) -> Iterator[Own | None]:
    """600 clients that ask for a picture of 6 MB and read nothing, and 600 that say nothing (F7)"""
    yield from attacked(
        there.outputs / "data", _stalled_readers, lambda address: uploaded(address, noisy_png(), ATTACKER)
    )


def noisy_png() -> bytes:
    """A PNG of some 6 MB."""
    file = io.BytesIO()
    Image.effect_noise((2_500, 2_500), 100).save(file, "PNG")
    return file.getvalue()


def _stalled_readers(address: Address, id: str) -> None:
    held: list[socket.socket] = []
    for number in range(1_200):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(address))
            if number % 2:
                held[-1].sendall(request(f"/{id}.png"))
    time.sleep(SECONDS * 10)


def long_lists(there: Place) -> Iterator[Own | None]:
    """Two clients that name 56,250 delete hashes in each request, and two that name 10,000 different ones (F8)"""
    yield from attacked(there.outputs / "data", _long_lists)


def _long_lists(address: Address, _: str) -> None:
    with contextlib.closing(Line(address)) as line:
        line.send(request("/3/album", f"{ATTACKER}Content-Length: 0\r\n", "POST"))
        album = json.loads(line.answer())["data"]["deletehash"]
    different = ",".join(f"none{number:011}" for number in range(10_000))

    def add(number: int) -> None:
        body = f"deletehashes={different if number % 2 else ','.join([album] * 56_250)}".encode()
        head = f"{ATTACKER}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        with contextlib.closing(Line(address)) as line:
            line.send(request(f"/3/album/{album}/add", head, "POST") + body)
            line.answer()

    at_once(4, add)


def large_album(there: Place) -> Iterator[Own | None]:
    """Four clients that ask for an album of 100,000 images, as JSON, as XML and as a page (F9)"""
    data = there.outputs / "data"
    with process.serve(data):
        pass  # it makes its tables
    with contextlib.closing(sqlite3.connect(data / "pyimgur.sqlite3", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        filled.insert(connection, "account", map(filled.account, range(1, filled.OWNERS + 1)))
        filled.insert(connection, "image", map(filled.image, range(ALBUM_IMAGES)))
        filled.insert(connection, "album", iter([_album()]))
        held = ({"album_id": "manyOfT", "image_id": f"p{place:07}", "position": place} for place in range(ALBUM_IMAGES))
        filled.insert(connection, "album_image", held)
        connection.execute("COMMIT")
    yield from attacked(data, _large_album)


def _album() -> dict[str, Any]:
    return {"id": "manyOfT", "deletehash": "manyOfThemInOne", "privacy": "public", "layout": "blog", "created": 0}


def _large_album(address: Address, _: str) -> None:
    paths = ("/3/album/manyOfT", "/3/album/manyOfT.xml", "/a/manyOfT", "/3/album/manyOfT/images")
    at_once(4, lambda number: get(address, paths[number]))
