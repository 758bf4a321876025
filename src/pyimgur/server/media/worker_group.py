"""Start workers on demand, up to a limit, and reuse them for later jobs.

A worker that crashes, exceeds its time or whose caller is cancelled is killed; no other job is affected.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pyimgur.server.errors import BusyError
from pyimgur.server.media.errors import MediaTimeoutError, WorkerError
from pyimgur.server.media.worker_process import JobResult, Worker, WorkerDied

log = logging.getLogger(__name__)


class WorkerGroup:
    """The workers that run one command.

    Args:
        command: returns the program and its arguments.
        max_jobs: how many jobs may run at once.
        max_idle: how many workers are kept while there are no jobs.
    """

    def __init__(self, command: Callable[[], Awaitable[Sequence[str]]], *, max_jobs: int, max_idle: int) -> None:
        self._command, self._max_jobs, self._max_idle = command, max_jobs, max_idle
        self._slots = asyncio.Semaphore(max_jobs)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    @property
    def pids(self) -> frozenset[int]:
        """The IDs of the running processes, busy or idle."""
        return frozenset(worker.pid for worker in (*self._busy, *self._idle) if worker.is_alive)

    async def run(self, job: Mapping[str, object], files: Sequence[int], seconds: float) -> JobResult:
        """Run a job with these file descriptors in a worker.

        Raises:
            WorkerDied: the worker crashed or was killed.
            TimedOut: the job took longer than `seconds`.
            BusyError: no worker could be started.
            WorkerError: the group is closing.
        """
        async with self._slots:
            worker = await self._acquire()
            self._busy.add(worker)
            try:
                self._check_open()
                async with asyncio.timeout(seconds):
                    result = await worker.run(job, files)
            except BaseException as error:  # also cancellation: the socket may still deliver the result of this job
                await worker.kill()
                if isinstance(error, TimeoutError):
                    raise MediaTimeoutError(f"processing the file took longer than {seconds:g} seconds") from None
                if isinstance(error, WorkerDied):
                    self._check_open()
                raise
            finally:
                self._busy.discard(worker)
            await self._release(worker)
        return result

    async def close(self) -> None:
        """Kill every worker; running jobs fail, and so do later ones."""
        self._closed = True
        for worker in self._busy:
            worker.send_kill()
        for _ in range(self._max_jobs):  # each slot becomes free when its job has failed
            await self._slots.acquire()
        while self._idle:
            await self._idle.pop().kill()
        for _ in range(self._max_jobs):
            self._slots.release()

    async def _acquire(self) -> Worker:
        self._check_open()
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive:
                return worker
            await worker.kill()
        try:
            return await Worker.start(await self._command())
        except (WorkerDied, TimeoutError, OSError) as error:
            log.exception("a media worker could not be started")
            raise BusyError("a media worker could not be started; try again in a moment") from error

    async def _release(self, worker: Worker) -> None:
        if len(self._idle) < self._max_idle:
            self._idle.append(worker)
        else:
            await worker.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise WorkerError("the server is closing")
