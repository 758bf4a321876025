"""Share job slots among owners in turn, so that no owner waits for all jobs of another one.

An owner is who a job is for: an account, a client's network. The queue is bounded, in total and per owner. Jobs may
have a subject, such as a picture; of the jobs with the same subject one runs at a time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pyimgur.server.errors import BusyError


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    owner: str
    subject: str
    started: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class JobQueue:
    """A bounded, fair queue.

    Args:
        slots: how many jobs may run at once.
        per_owner: how many of them may be of one owner.
        max_waiting: how many jobs may wait.
        max_waiting_per_owner: how many of them may be of one owner.
    """

    def __init__(self, slots: int, *, per_owner: int, max_waiting: int, max_waiting_per_owner: int) -> None:
        self._free, self._per_owner = slots, per_owner
        self._room, self._max_waiting_per_owner = max_waiting, max_waiting_per_owner
        self._running: Counter[str] = Counter()
        self._subjects: set[str] = set()
        self._waiting: dict[str, list[_Job]] = {}
        """Waiting jobs by owner, in the order of turns."""

    @asynccontextmanager
    async def slot(self, owner: str, subject: str = "") -> AsyncGenerator[None]:
        """Wait for a slot, and hold it during the block.

        Raises:
            BusyError: too many jobs wait already.
        """
        job = _Job(owner, subject)
        if self._can_start(job):
            self._start(job)
        else:
            self._enqueue(job)
            await self._wait(job)
        try:
            yield
        finally:
            self._finish(job)

    def _can_start(self, job: _Job) -> bool:
        return self._free > 0 and self._running[job.owner] < self._per_owner and job.subject not in self._subjects

    def _start(self, job: _Job) -> None:
        self._free -= 1
        self._running[job.owner] += 1
        if job.subject:
            self._subjects.add(job.subject)
        job.started.set_result(None)

    def _finish(self, job: _Job) -> None:
        self._free += 1
        self._running -= Counter((job.owner,))
        self._subjects.discard(job.subject)
        self._start_waiting()

    def _enqueue(self, job: _Job) -> None:
        queued = self._waiting.get(job.owner, [])
        if not self._room or len(queued) >= self._max_waiting_per_owner:
            raise BusyError("too many files wait to be processed; try again in a moment")
        self._room -= 1
        self._waiting[job.owner] = [*queued, job]

    def _dequeue(self, job: _Job) -> None:
        self._room += 1
        self._waiting[job.owner].remove(job)
        if not self._waiting[job.owner]:
            del self._waiting[job.owner]

    async def _wait(self, job: _Job) -> None:
        try:
            await job.started
        except asyncio.CancelledError:
            if job.started.cancelled():
                self._dequeue(job)
            else:  # it was started and cancelled at the same time
                self._finish(job)
            raise

    def _start_waiting(self) -> None:
        """Start every job that can start; after each one its owner goes to the end of the line."""
        while job := next(filter(self._can_start, self._queued_jobs()), None):
            self._dequeue(job)
            if remaining := self._waiting.pop(job.owner, None):
                self._waiting[job.owner] = remaining
            self._start(job)

    def _queued_jobs(self) -> Iterator[_Job]:
        return (job for jobs in self._waiting.values() for job in jobs if not job.started.cancelled())
