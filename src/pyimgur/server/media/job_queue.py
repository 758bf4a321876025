"""Slots for jobs, shared among keys in turn: nobody waits for all that somebody else has asked for.

An owner is whoever wants the job done: an account, a client's network. The queue is bounded, for each owner and in
all, and of the jobs on one subject, such as a picture, one runs at a time if the queue is told so.
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
        slots: how many jobs run at once.
        per_owner: how many of them may be of one owner.
        waiting: how many jobs may wait.
        waiting_per_owner: how many of them may be of one owner.
    """

    def __init__(self, slots: int, *, per_owner: int, waiting: int, waiting_per_owner: int) -> None:
        self._free, self._per_owner = slots, per_owner
        self._room, self._room_per_owner = waiting, waiting_per_owner
        self._running: Counter[str] = Counter()
        self._subjects: set[str] = set()
        self._waiting: dict[str, list[_Job]] = {}
        """By owner; the one whose turn it is comes first."""

    @asynccontextmanager
    async def slot(self, owner: str, subject: str = "") -> AsyncGenerator[None]:
        """Wait for a slot, and hold it within this block.

        Raises:
            BusyError: too many jobs wait already.
        """
        job = _Job(owner, subject)
        if self._can_start(job):
            self._start(job)
        else:
            self._enqueue(job)
            await self._turn(job)
        try:
            yield
        finally:
            self._end(job)

    def _can_start(self, job: _Job) -> bool:
        return self._free > 0 and self._running[job.owner] < self._per_owner and job.subject not in self._subjects

    def _start(self, job: _Job) -> None:
        self._free -= 1
        self._running[job.owner] += 1
        if job.subject:
            self._subjects.add(job.subject)
        job.started.set_result(None)

    def _end(self, job: _Job) -> None:
        self._free += 1
        self._running -= Counter((job.owner,))
        self._subjects.discard(job.subject)
        self._start_waiting()

    def _enqueue(self, job: _Job) -> None:
        waiting = self._waiting.get(job.owner, [])
        if not self._room or len(waiting) >= self._room_per_owner:
            raise BusyError("too many pictures wait to be worked on; try again in a moment")
        self._room -= 1
        self._waiting[job.owner] = [*waiting, job]

    def _leave(self, job: _Job) -> None:
        self._room += 1
        self._waiting[job.owner].remove(job)
        if not self._waiting[job.owner]:
            del self._waiting[job.owner]

    async def _turn(self, job: _Job) -> None:
        try:
            await job.started
        except asyncio.CancelledError:
            if job.started.cancelled():
                self._leave(job)
            else:  # it was started and cancelled in the same moment
                self._end(job)
            raise

    def _start_waiting(self) -> None:
        """Start what can be; an owner goes to the end of the line with each job that starts."""
        while job := next(filter(self._can_start, self._in_turn()), None):
            self._leave(job)
            if rest := self._waiting.pop(job.owner, None):
                self._waiting[job.owner] = rest
            self._start(job)

    def _in_turn(self) -> Iterator[_Job]:
        return (job for jobs in self._waiting.values() for job in jobs if not job.started.cancelled())
