"""Media work in worker processes, behind three fair and bounded queues, each job with a time limit.

    uploads      what an upload waits for: looking at it, stripping it. Never waits behind the other two.
    renditions   thumbnails, other sizes and small MP4s, one at a time of each picture
    conversions  MP4s that take long

In each queue owners take turns (accounts, clients' networks), and none has all slots. What is not for an upload
runs at a lower priority. Targets are new files: after a failure, a time-out or a cancellation they do not exist.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

from pyimgur.server.media.errors import Crashed, MediaTooLargeError, TimedOut, WorkerError
from pyimgur.server.media.job_queue import JobQueue
from pyimgur.server.media.probe import MediaInfo
from pyimgur.server.media.sandbox import Mode, wrapper
from pyimgur.server.media.worker_group import WorkerGroup
from pyimgur.server.media.worker_process import WorkerDied
from pyimgur.server.settings import Limits

MEMORY = 5 << 29
"""Address space of one worker, in bytes: enough for a picture of 100 million pixels in any format."""
SECONDS: Mapping[str, float] = {
    "look": 30,
    "strip": 60,
    "mute": 120,
    "thumbnails": 60,
    "scaled": 60,
    "to_small_mp4": 60,
    "to_mp4": 600,
}
"""How long each job may take by the clock."""
MAX_QUEUE = 500
"""Jobs that may wait in one queue. To refuse an upload here is to let it be sent again."""
LONGEST_SIDE = 65_535
"""Pixels of a picture's longer side: what JPEG and GIF can hold, and more than browsers show."""
SMALL = 1_000_000_000
"""Pixels of all frames of what is converted in seconds."""
TRIES = 2
"""A worker that is killed once may have been killed by the system; twice, the file does it."""
LOW_PRIORITY = 10
WORKER = "pyimgur.server.media.worker"


class MediaWorkers:
    """The media work of one server: `async with Media(settings.limits) as media: await media.look(path)`.

    `owner` is whose job it is: an account or a client's network. Every method may raise `UnsupportedMediaError`,
    `MediaTooLargeError`, `WorkerError`, the library's `BusyError`, or `OSError` (a full disk).

    Args:
        workers: how many jobs one owner may have at work in a queue; there is one slot more, for somebody else.
        waiting: how many jobs may wait in a queue; half of them of one owner.
        sandbox: whether workers have fewer rights than this process ("auto": where the system allows it).
        hidden: a folder that they see in no case.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 2,
        waiting: int = MAX_QUEUE,
        memory: int = MEMORY,
        seconds: Mapping[str, float] = SECONDS,
        sandbox: Mode = "auto",
        hidden: Path | None = None,
    ) -> None:
        self._seconds, limits = seconds, limits or Limits()
        bounds = tuple(map(str, (limits.pixels, memory, limits.animation_bytes)))
        program = (sys.executable, "-P", "-m", WORKER, *bounds)  # -P: no code from the folder we happen to be in
        conversions = max(1, workers - 1)
        room = {"waiting": waiting, "waiting_per_owner": min(waiting, max(1, waiting // 2))}
        self._uploads = uploads = JobQueue(workers + 1, per_owner=workers, **room)
        self._sandbox = partial(wrapper, sandbox, hidden)
        self._wrapper: Sequence[str] | None = None
        self._upload_workers = WorkerGroup(partial(self._command, *program, "0"), most=workers + 1, kept=workers)
        self._other_workers = WorkerGroup(
            partial(self._command, *program, str(LOW_PRIORITY)), most=workers + 1 + conversions, kept=workers
        )
        renditions = JobQueue(workers + 1, per_owner=workers, **room)
        self._queues = {
            "look": uploads,
            "strip": uploads,
            "mute": uploads,
            "thumbnails": renditions,
            "scaled": renditions,
            "to_small_mp4": renditions,
            "to_mp4": JobQueue(conversions, per_owner=1, **room),
        }

    async def prepare(self) -> None:
        """Find out whether workers can be put into a sandbox; else the first one to be started does so.

        Raises:
            NoSandbox: it is required, and cannot be had.
        """
        if self._wrapper is None:
            self._wrapper = await asyncio.to_thread(self._sandbox)

    async def _command(self, *program: str) -> Sequence[str]:
        await self.prepare()
        return (*(self._wrapper or ()), *program)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every worker; jobs under way fail."""
        await asyncio.gather(self._upload_workers.close(), self._other_workers.close())

    @property
    def pids(self) -> frozenset[int]:
        """The processes there are now, at work or idle."""
        return self._upload_workers.pids | self._other_workers.pids

    async def probe(self, path: Path, *, owner: str = "") -> MediaInfo:
        """What the file is."""
        found = await self._do("look", owner, path, {})
        if found is None:
            raise WorkerError("the process that looked at this file said nothing")
        if max(found.width, found.height) > LONGEST_SIDE:
            raise MediaTooLargeError(
                f"the picture is {found.width} by {found.height} pixels, and a side may have {LONGEST_SIDE}"
            )
        return found

    async def thumbnails(self, source: Path, targets: Mapping[str, Path], *, owner: str = "") -> None:
        """Some of `THUMBNAILS`, by their letters, from one decoding; all of them or none."""
        await self._do("thumbnails", owner, source, targets)

    async def scaled(
        self, source: Path, target: Path, *, ext: str = "jpg", maxwidth: int | None = None, owner: str = ""
    ) -> None:
        """The picture as jpg, png or webp, no wider than `maxwidth` and never larger than it is."""
        await self._do("scaled", owner, source, {"target": target}, ext=ext, maxwidth=maxwidth)

    async def to_mp4(
        self, source: Path, target: Path, *, sound: bool = True, owner: str = "", work: float = inf
    ) -> None:
        """A GIF or a video as an MP4 that every browser plays; `work` is about how many pixels all its frames have."""
        if work <= SMALL:
            with suppress(TimedOut):  # it was more than it seemed
                await self._do("to_small_mp4", owner, source, {"target": target}, sound=sound)
                return
        await self._do("to_mp4", owner, source, {"target": target}, sound=sound)

    async def mute(self, source: Path, target: Path, *, owner: str = "") -> None:
        """The video without its sound, in the same container; nothing is encoded again."""
        await self._do("mute", owner, source, {"target": target})

    async def strip(self, source: Path, target: Path, *, owner: str = "") -> None:
        """The file without EXIF, GPS, XMP and comments; nothing is encoded again."""
        await self._do("strip", owner, source, {"target": target})

    async def _do(
        self, job: str, owner: str, source: Path, targets: Mapping[str, Path], **arguments: object
    ) -> MediaInfo | None:
        seconds = self._seconds[job]
        request = {"job": job, "seconds": seconds, "files": ["source", *targets], "arguments": arguments}
        queue = self._queues[job]
        upload = queue is self._uploads
        workers = self._upload_workers if upload else self._other_workers
        async with queue.slot(owner, "" if upload else str(source)):
            for _ in range(TRIES):
                with suppress(WorkerDied), _opened(source, targets.values()) as files:
                    return (await workers.run(request, files, seconds)).look()
        raise Crashed("the file is damaged: the process that read it crashed")


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
