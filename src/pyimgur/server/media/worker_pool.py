"""Run media jobs in worker processes, behind three fair and bounded queues, with a time limit for each job.

    uploads      jobs that an upload waits for: probing, removing metadata. They never wait behind the other queues.
    renditions   thumbnails, resized images and small MP4s, one at a time for each picture
    conversions  MP4s that take long

In each queue owners take turns (accounts, clients' networks), and no owner holds all slots. Jobs that are not for an
upload run at a lower priority. Targets are new files: after a failure, a timeout or a cancellation they do not exist.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from math import inf
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from pyimgur.server.media.errors import DecoderCrashedError, MediaTimeoutError, MediaTooLargeError, WorkerError
from pyimgur.server.media.job_queue import JobQueue
from pyimgur.server.media.probe import MediaInfo
from pyimgur.server.media.sandbox import Mode, warn_without_limits, wrapper
from pyimgur.server.media.worker_group import WorkerGroup
from pyimgur.server.media.worker_process import WorkerDied
from pyimgur.server.settings import Limits

MEMORY = 5 << 29
"""The most bytes of address space of one worker: enough for an image of 100 million pixels in any format."""
SECONDS: Mapping[str, float] = {
    "probe": 30,
    "clean": 150,
    "thumbnails": 60,
    "resize": 60,
    "to_small_mp4": 60,
    "to_mp4": 600,
}
"""The time limit of each job, by the wall clock."""
MAX_QUEUE = 500
"""Jobs that may wait in one queue; an upload that is refused here can be sent again."""
LONGEST_SIDE = 65_535
"""The most pixels of a side: the limit of JPEG and GIF, and more than browsers display."""
SMALL_WORK = 1_000_000_000
"""Pixels of all frames of a video that is converted within seconds."""
TRIES = 2
"""A worker that is killed once may have been killed by the system; if it happens twice, the file is the reason."""
LOW_PRIORITY = 10
WORKER = "pyimgur.server.media.worker"


class Source(NamedTuple):
    """A stored file that a job reads; it is opened only when the job's turn has come."""

    name: str
    """Jobs on sources of one name run one after another."""
    open: Callable[[], AbstractAsyncContextManager[int]]
    """Return a context manager that provides a descriptor of the file."""


class MediaWorkers:
    """The media workers of one server: `async with MediaWorkers(settings.limits) as media: await media.probe(path)`.

    `owner` is who a job is for: an account or a client's network. Every method may raise `UnsupportedMediaError`,
    `MediaTooLargeError`, `WorkerError`, `BusyError` (too many jobs wait), or `OSError` (for example a full disk).

    Args:
        limits: the most pixels, and the most bytes of a file that a job writes.
        workers: how many jobs of one owner may run in a queue; there is one more slot, for other owners.
        max_waiting: how many jobs may wait in a queue; at most half of them of one owner.
        memory: the most bytes of address space of a worker.
        seconds: the time limit of each job.
        sandbox: whether workers run in a sandbox ("auto": if the system supports it).
        hidden: a folder that is always hidden from workers in a sandbox.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 2,
        max_waiting: int = MAX_QUEUE,
        memory: int = MEMORY,
        seconds: Mapping[str, float] = SECONDS,
        sandbox: Mode = "auto",
        hidden: Path | None = None,
    ) -> None:
        self._seconds, limits = seconds, limits or Limits()
        process_limits = tuple(map(str, (limits.pixels, memory, limits.animation_bytes)))
        program = (sys.executable, "-P", "-m", WORKER, *process_limits)  # -P: import nothing from the current folder
        conversions = max(1, workers - 1)
        queue_bounds = {
            "max_waiting": max_waiting,
            "max_waiting_per_owner": min(max_waiting, max(1, max_waiting // 2)),
        }
        self._uploads = uploads = JobQueue(workers + 1, per_owner=workers, **queue_bounds)
        self._find_wrapper = partial(wrapper, sandbox, hidden)
        self._wrapper: Sequence[str] | None = None
        self._upload_workers = WorkerGroup(
            partial(self._command, *program, "0"), max_jobs=workers + 1, max_idle=workers
        )
        self._other_workers = WorkerGroup(
            partial(self._command, *program, str(LOW_PRIORITY)), max_jobs=workers + 1 + conversions, max_idle=workers
        )
        renditions = JobQueue(workers + 1, per_owner=workers, **queue_bounds)
        self._queues = {
            "probe": uploads,
            "clean": uploads,
            "thumbnails": renditions,
            "resize": renditions,
            "to_small_mp4": renditions,
            "to_mp4": JobQueue(conversions, per_owner=1, **queue_bounds),
        }

    async def prepare(self) -> None:
        """Find out whether workers can run in a sandbox; otherwise the first job does so.

        Raises:
            NoSandbox: a sandbox is required, and the system does not support it.
        """
        if self._wrapper is None:
            warn_without_limits()
            self._wrapper = await asyncio.to_thread(self._find_wrapper)

    async def _command(self, *program: str) -> Sequence[str]:
        await self.prepare()
        return (*(self._wrapper or ()), *program)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill every worker; running jobs fail."""
        await asyncio.gather(self._upload_workers.close(), self._other_workers.close())

    @property
    def pids(self) -> frozenset[int]:
        """The IDs of the running processes, busy or idle."""
        return self._upload_workers.pids | self._other_workers.pids

    async def probe(self, path: Path, *, owner: str = "") -> MediaInfo:
        """Return format, size and duration of a file."""
        return _check_sides(await self._run("probe", owner, path, {}))

    async def clean(
        self,
        source: Path,
        target: Path,
        *,
        metadata: bool = True,
        audio: bool = False,
        max_still_bytes: int | None = None,
        owner: str = "",
    ) -> MediaInfo:
        """Write the file without EXIF, GPS, XMP and comments; nothing is encoded again.

        Args:
            source: an upload.
            target: the new file; it is empty if there was nothing to remove.
            metadata: whether to remove metadata.
            audio: whether to remove the audio of a video, and then its metadata too.
            max_still_bytes: a larger file that is not animated is only probed.
            owner: who the job is for.

        Returns:
            Format, size and duration of the new file.
        """
        arguments = {"metadata": metadata, "audio": audio, "max_still_bytes": max_still_bytes}
        return _check_sides(await self._run("clean", owner, source, {"target": target}, **arguments))

    async def make_thumbnails(self, source: Path | Source, targets: Mapping[str, Path], *, owner: str = "") -> None:
        """Write the thumbnails with these letters of `THUMBNAILS`, from one decoding; all of them or none."""
        await self._run("thumbnails", owner, source, targets)

    async def resize(
        self, source: Path | Source, target: Path, *, ext: str = "jpg", maxwidth: int | None = None, owner: str = ""
    ) -> None:
        """Write the picture as jpg, png or webp, no wider than `maxwidth` and never larger than the original."""
        await self._run("resize", owner, source, {"target": target}, ext=ext, maxwidth=maxwidth)

    async def to_mp4(
        self, source: Path | Source, target: Path, *, keep_audio: bool = True, owner: str = "", work: float = inf
    ) -> None:
        """Write a GIF or a video as an MP4 that every browser plays; `work` is the number of pixels of all frames."""
        if work <= SMALL_WORK:
            with suppress(MediaTimeoutError):  # it took longer than its size suggests
                await self._run("to_small_mp4", owner, source, {"target": target}, keep_audio=keep_audio)
                return
        await self._run("to_mp4", owner, source, {"target": target}, keep_audio=keep_audio)

    async def _run(
        self, job: str, owner: str, source: Path | Source, targets: Mapping[str, Path], **arguments: object
    ) -> MediaInfo | None:
        seconds = self._seconds[job]
        request = {"job": job, "seconds": seconds, "files": ["source", *targets], "arguments": arguments}
        queue = self._queues[job]
        is_for_upload = queue is self._uploads
        workers = self._upload_workers if is_for_upload else self._other_workers
        source = _file_source(source) if isinstance(source, Path) else source
        async with queue.slot(owner, "" if is_for_upload else source.name):
            for _ in range(TRIES):
                with suppress(WorkerDied):
                    async with source.open() as descriptor:
                        with _create_files(targets.values()) as descriptors:
                            return (await workers.run(request, [descriptor, *descriptors], seconds)).value()
        raise DecoderCrashedError("the file is damaged: the process that read it crashed")


def _check_sides(info: MediaInfo | None) -> MediaInfo:
    if info is None:
        raise WorkerError("the process that read the file returned nothing")
    if max(info.width, info.height) > LONGEST_SIDE:
        raise MediaTooLargeError(
            f"the image is {info.width} by {info.height} pixels, and a side may have {LONGEST_SIDE}"
        )
    return info


def _file_source(path: Path) -> Source:
    @asynccontextmanager
    async def open_file() -> AsyncGenerator[int]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # opening a named pipe must not block
        try:
            os.set_blocking(descriptor, True)
            yield descriptor
        finally:
            os.close(descriptor)

    return Source(str(path), open_file)


@contextmanager
def _create_files(targets: Iterable[Path]) -> Generator[list[int]]:
    """Create the targets, and return their descriptors. A failure removes them."""
    with ExitStack() as undo, ExitStack() as opened:
        descriptors: list[int] = []
        for target in targets:
            descriptors.append(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC))
            opened.callback(os.close, descriptors[-1])
            undo.callback(target.unlink, missing_ok=True)
        yield descriptors
        undo.pop_all()
