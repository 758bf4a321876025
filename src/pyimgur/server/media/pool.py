"""Media work in worker processes: a bounded number of them, a bounded queue, a bounded time for each job.

A worker that crashes, gets stuck or is left by its caller is killed, and another takes its place when it is needed:
that costs one job and nothing else. Targets are new files: after a failure, a time-out or a cancellation they do not
exist.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pyimgur.server.errors import Busy
from pyimgur.server.media.errors import MediaFailed
from pyimgur.server.media.look import Look
from pyimgur.server.media.worker_process import Answer, Worker, WorkerDied
from pyimgur.server.settings import Limits

MEMORY = 5 << 29
"""Address space of one worker, in bytes: enough for a picture of 100 million pixels in any format."""
SECONDS: Mapping[str, float] = {"look": 30, "thumbnails": 60, "scaled": 60, "strip": 60, "mute": 120, "to_mp4": 600}
"""How long each job may take by the clock."""
SLOW = frozenset({"mute", "to_mp4"})
"""Jobs that leave one worker to the quick ones, if there is more than one."""
WAITING = 500
"""Jobs that may wait. Most are looks at what has arrived already: to refuse it is to let it be sent again."""
WORKER = "pyimgur.server.media.worker"
log = logging.getLogger(__name__)


class Lane:
    """Room for jobs: so many run, so many wait, one more is refused."""

    def __init__(self, running: int, waiting: int) -> None:
        self._free, self._room = asyncio.Semaphore(running), running + waiting

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """A place to run in, as soon as there is one."""
        if not self._room:
            raise Busy("too many pictures wait to be worked on; try again in a moment")
        self._room -= 1
        try:
            async with self._free:
                yield
        finally:
            self._room += 1


class Media:
    """The media work of one server: `async with Media(settings.limits) as media: await media.look(path)`.

    Every method may raise `NotMedia`, `TooLarge`, `MediaFailed`, the library's `Busy`, or `OSError` (a full disk).
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 2,
        waiting: int = WAITING,
        memory: int = MEMORY,
        seconds: Mapping[str, float] = SECONDS,
    ) -> None:
        limits = limits or Limits()
        bounds = map(str, (limits.pixels, memory, limits.animation_bytes))
        self._command = (sys.executable, "-P", "-m", WORKER, *bounds)  # -P: no code from the folder we happen to be in
        self._seconds = seconds
        self._workers = asyncio.Semaphore(workers)
        self._count = workers
        self._quick, self._slow = Lane(workers, waiting), Lane(max(1, workers - 1), waiting)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every worker; jobs under way fail."""
        self._closed = True
        for worker in self._busy:
            worker.signal()
        for _ in range(self._count):  # each place that was taken becomes free when its job has failed
            await self._workers.acquire()
        while self._idle:
            await self._idle.pop().kill()
        for _ in range(self._count):  # those that still wait shall hear of the end
            self._workers.release()

    @property
    def pids(self) -> frozenset[int]:
        """The processes there are now, at work or idle."""
        return frozenset(worker.pid for worker in (*self._busy, *self._idle) if worker.alive)

    async def look(self, path: Path) -> Look:
        """What the file is."""
        found = await self._do("look", path, {})
        if found is None:
            raise MediaFailed("the process that looked at this file said nothing")
        return found

    async def thumbnails(self, source: Path, targets: Mapping[str, Path]) -> None:
        """Some of `THUMBNAILS`, by their letters, from one decoding; all of them or none."""
        await self._do("thumbnails", source, targets)

    async def scaled(self, source: Path, target: Path, *, ext: str = "jpg", maxwidth: int | None = None) -> None:
        """The picture as jpg, png or webp, no wider than `maxwidth` and never larger than it is."""
        await self._do("scaled", source, {"target": target}, ext=ext, maxwidth=maxwidth)

    async def to_mp4(self, source: Path, target: Path, *, sound: bool = True) -> None:
        """A GIF or a video as an MP4 that every browser plays."""
        await self._do("to_mp4", source, {"target": target}, sound=sound)

    async def mute(self, source: Path, target: Path) -> None:
        """The video without its sound, in the same container; nothing is encoded again."""
        await self._do("mute", source, {"target": target})

    async def strip(self, source: Path, target: Path) -> None:
        """The file without EXIF, GPS, XMP and comments; nothing is encoded again."""
        await self._do("strip", source, {"target": target})

    async def _do(self, job: str, source: Path, targets: Mapping[str, Path], **arguments: object) -> Look | None:
        lane = self._slow if job in SLOW else self._quick
        request = {"job": job, "seconds": self._seconds[job], "files": ["source", *targets], "arguments": arguments}
        async with lane.place(), self._workers:
            with _opened(source, targets.values()) as files:
                return (await self._exchange(request, files, self._seconds[job])).look()

    async def _exchange(self, request: Mapping[str, object], files: Sequence[int], seconds: float) -> Answer:
        worker = await self._take()
        self._busy.add(worker)
        try:
            self._check_open()
            async with asyncio.timeout(seconds):
                answer = await worker.ask(request, files)
        except BaseException as error:  # also cancellation: what the socket holds now belongs to nobody
            await worker.kill()
            if isinstance(error, TimeoutError):
                raise MediaFailed(f"the work on this file took longer than {seconds:g} seconds") from None
            if isinstance(error, WorkerDied):
                raise MediaFailed("the process that worked on this file crashed") from None
            raise
        finally:
            self._busy.discard(worker)
        self._idle.append(worker)
        return answer

    async def _take(self) -> Worker:
        self._check_open()
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.kill()
        try:
            return await Worker.start(self._command)
        except (WorkerDied, TimeoutError, OSError) as error:
            log.exception("a media worker could not be started")
            raise Busy("a media worker could not be started; try again in a moment") from error

    def _check_open(self) -> None:
        if self._closed:
            raise MediaFailed("the server is closing")


@contextmanager
def _opened(source: Path, targets: Iterable[Path]) -> Generator[list[int]]:
    """Descriptors of the source, to be read, and of each target, a new file; no target is left after a failure."""
    with ExitStack() as undone, ExitStack() as opened:

        def open_file(path: Path, flags: int) -> int:
            descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)  # a named pipe is no reason to wait
            opened.callback(os.close, descriptor)
            os.set_blocking(descriptor, True)
            return descriptor

        descriptors = [open_file(source, os.O_RDONLY)]
        for target in targets:
            descriptors.append(open_file(target, os.O_RDWR | os.O_CREAT | os.O_EXCL))
            undone.callback(target.unlink, missing_ok=True)
        yield descriptors
        undone.pop_all()
