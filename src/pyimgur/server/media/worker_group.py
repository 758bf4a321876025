"""A bounded number of workers that do the jobs of some queues, started when they are needed and kept for the next job.

One that crashes, takes too long or is left by its caller is killed: that costs this job and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pyimgur.server.errors import BusyError
from pyimgur.server.media.errors import TimedOut, WorkerError
from pyimgur.server.media.worker_process import Answer, Worker, WorkerDied

log = logging.getLogger(__name__)


class WorkerGroup:
    """The workers of one command.

    Args:
        command: gives the program and its arguments.
        most: how many jobs there may be at once.
        kept: how many workers stay when there is nothing to do.
    """

    def __init__(self, command: Callable[[], Awaitable[Sequence[str]]], *, most: int, kept: int) -> None:
        self._command, self._most, self._kept = command, most, kept
        self._places = asyncio.Semaphore(most)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    @property
    def pids(self) -> frozenset[int]:
        """The processes there are now, at work or idle."""
        return frozenset(worker.pid for worker in (*self._busy, *self._idle) if worker.alive)

    async def run(self, job: Mapping[str, object], files: Sequence[int], seconds: float) -> Answer:
        """Let a worker do the job with these file descriptors.

        Raises:
            WorkerDied: the job killed it, or somebody else did.
            TimedOut: it took longer than that.
            BusyError: no worker could be started.
            WorkerError: the group is closing.
        """
        async with self._places:
            worker = await self._take()
            self._busy.add(worker)
            try:
                self._check_open()
                async with asyncio.timeout(seconds):
                    answer = await worker.ask(job, files)
            except BaseException as error:  # also cancellation: what the socket holds now belongs to nobody
                await worker.kill()
                if isinstance(error, TimeoutError):
                    raise TimedOut(f"the work on this file took longer than {seconds:g} seconds") from None
                if isinstance(error, WorkerDied):
                    self._check_open()
                raise
            finally:
                self._busy.discard(worker)
            await self._keep(worker)
        return answer

    async def close(self) -> None:
        """End every worker; jobs under way fail, and so does what comes later."""
        self._closed = True
        for worker in self._busy:
            worker.signal()
        for _ in range(self._most):  # each place that was taken becomes free when its job has failed
            await self._places.acquire()
        while self._idle:
            await self._idle.pop().kill()
        for _ in range(self._most):
            self._places.release()

    async def _take(self) -> Worker:
        self._check_open()
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.kill()
        try:
            return await Worker.start(await self._command())
        except (WorkerDied, TimeoutError, OSError) as error:
            log.exception("a media worker could not be started")
            raise BusyError("a media worker could not be started; try again in a moment") from error

    async def _keep(self, worker: Worker) -> None:
        if len(self._idle) < self._kept:
            self._idle.append(worker)
        else:
            await worker.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise WorkerError("the server is closing")
