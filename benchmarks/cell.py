"""What one code path costs, measured in a process of its own: `python cell.py MODULE.FUNCTION`, one line of JSON.

A code path of `fast` is the one of `ours` with the exchange over httptools. A code path is a generator, plain or async,
of two steps. Up to its first `yield` it gets ready: imports, connections, one call to warm up. From there to its second
`yield` it is on the clock; there it may give figures of its own, which stand for those of this process: where starting
a program should not count, or where a server is what costs. What follows is cleaning up.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rows import FAST

CALLS = 400
UPLOADS, SMALL = 300, 200_000
DOWNLOADS, MEDIUM = 2_000, 100_000
LARGE_UPLOAD = 200_000_000
LARGE_DOWNLOAD = 1_000_000_000
READS, PICTURES, MANY, PHOTOS = 3_000, 20_000, 500, 8
AT_ONCE = 66
ICONS, SNAPSHOTS = 10 * AT_ONCE, 2 * AT_ONCE
SCANS, LINKS = 5, 200
HEADERS = {"Authorization": "Client-ID 0123456789abcde", "Accept": "application/json"}


Own = dict[str, float]
"""Figures by their names: seconds of "cpu" and "wall", bytes of "growth"."""


@dataclass(frozen=True)
class Place:
    """Where the server and its authority's certificate are, what there is to upload, and where files go."""

    url: str
    authority: str
    inputs: Path
    outputs: Path
    """In memory if there is room."""
    disk: Path
    """Where what is flushed has to reach a disk."""

    @property
    def small(self) -> Path:
        return self.inputs / "small.jpg"

    @property
    def large(self) -> Path:
        return self.inputs / "large.mp4"

    @property
    def text(self) -> Path:
        """20 MB of prose with links."""
        return self.inputs / "text.sql"

    @property
    def picture(self) -> Path:
        """A true picture, of about 100 KB."""
        return self.inputs / "picture.jpg"

    @property
    def photo(self) -> Path:
        """A picture of 12 megapixels."""
        return self.inputs / "photo.jpg"

    @property
    def icon(self) -> Path:
        """A PNG of about 5 KB."""
        return self.inputs / "icon.png"

    @property
    def snapshot(self) -> Path:
        """A JPEG of about 2 MB."""
        return self.inputs / "snapshot.jpg"

    @property
    def video(self) -> Path:
        """A true video, as large as Imgur takes them."""
        return self.inputs / "video.mp4"


def cpu() -> float:
    """Seconds of processor that this process and those it waited for have used, in all their threads."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def memory(what: str) -> int:
    """Bytes of memory held now (VmRSS) or at most until now (VmHWM); 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


class Clock:
    """From the first step to the second."""

    def start(self) -> None:
        self._held, self._cpu, self._wall = memory("VmRSS"), cpu(), time.perf_counter()

    def stop(self, own: Own | None) -> Own:
        wall, used = time.perf_counter() - self._wall, cpu() - self._cpu
        return {"cpu": used, "wall": wall, "growth": max(0, memory("VmHWM") - self._held)} | (own or {})


def timed(path: Iterator[Own | None]) -> Own:
    clock = Clock()
    next(path)
    clock.start()
    own = next(path)
    cost = clock.stop(own)
    next(path, None)
    return cost


async def timed_async(path: AsyncIterator[Own | None]) -> Own:
    clock = Clock()
    await anext(path)
    clock.start()
    own = await anext(path)
    cost = clock.stop(own)
    await anext(path, None)
    return cost


def main(name: str) -> None:
    module, _, function = name.partition(".")
    os.environ["PYIMGUR_EXCHANGE"] = "httptools" if module == FAST else "httpx2"
    inputs = Path(os.environ["BENCH_FILES"])
    with (
        tempfile.TemporaryDirectory(dir=inputs) as outputs,
        tempfile.TemporaryDirectory(dir=os.environ["BENCH_DISK"]) as disk,
    ):
        there = Place(os.environ["BENCH_URL"], os.environ["SSL_CERT_FILE"], inputs, Path(outputs), Path(disk))
        path: Any = getattr(importlib.import_module("ours" if module == FAST else module), function)(there)
        cost = asyncio.run(timed_async(path)) if hasattr(path, "__anext__") else timed(path)
    print(json.dumps(cost))


if __name__ == "__main__":
    main(sys.argv[1])
