"""The fair queue of media work: no owner waits for all that another has asked for, and none can fill it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyimgur.server.errors import BusyError
from pyimgur.server.media.job_queue import JobQueue


@dataclass(eq=False)
class Job:
    """A job that runs until it is told to end."""

    owner: str
    subject: str = ""
    running: bool = False
    end: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def run(self, queue: JobQueue, started: list[Job]) -> None:
        async with queue.slot(self.owner, self.subject):
            self.running = True
            started.append(self)
            try:
                await self.end.wait()
            finally:
                self.running = False


@dataclass
class Line:
    """A queue with jobs in it, in the order in which they were started."""

    queue: JobQueue
    jobs: list[Job] = field(default_factory=list["Job"])
    started: list[Job] = field(default_factory=list["Job"])

    async def add(self, owner: str, subject: str = "") -> Job:
        job = Job(owner, subject)
        job.task = asyncio.create_task(job.run(self.queue, self.started))
        self.jobs.append(job)
        await settled()
        return job

    @property
    def running(self) -> list[Job]:
        return [job for job in self.jobs if job.running]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_owners_take_turns() -> None:
    async def main() -> None:
        line = Line(JobQueue(1, per_owner=1, max_waiting=100, max_waiting_per_owner=100))
        for owner in ["greedy"] * 20 + ["first", "second", "first"]:
            await line.add(owner)
        for _ in line.jobs:
            line.running[0].end.set()
            await settled()
        order = [job.owner for job in line.started]
        assert order[:8] == ["greedy", "greedy", "first", "second", "greedy", "first", "greedy", "greedy"]
        assert len(order) == len(line.jobs)

    asyncio.run(main())


def test_one_owner_leaves_a_slot_to_others_and_one_subject_is_worked_on_once() -> None:
    async def main() -> None:
        line = Line(JobQueue(3, per_owner=2, max_waiting=100, max_waiting_per_owner=100))
        for _ in range(5):
            await line.add("greedy")
        assert len(line.running) == 2
        assert (await line.add("other", "picture")).running
        line.running[0].end.set()
        await settled()
        assert Counter(job.owner for job in line.running) == {"greedy": 2, "other": 1}
        line.running[0].end.set()
        again = await line.add("third", "picture")
        assert not again.running, "the same picture is being worked on"
        next(job for job in line.running if job.owner == "other").end.set()
        await settled()
        assert again.running
        for job in line.jobs:
            job.end.set()
        await asyncio.gather(*(job.task for job in line.jobs if job.task))

    asyncio.run(main())


def test_the_queue_is_bounded_for_each_owner_and_in_all() -> None:
    async def main() -> None:
        line = Line(JobQueue(1, per_owner=1, max_waiting=5, max_waiting_per_owner=3))
        for _ in range(4):
            await line.add("greedy")
        with pytest.raises(BusyError):
            async with line.queue.slot("greedy"):
                pass
        for _ in range(2):
            await line.add("other")
        with pytest.raises(BusyError):
            async with line.queue.slot("third"):
                pass
        for job in line.jobs:
            job.end.set()
        await asyncio.gather(*(job.task for job in line.jobs if job.task))
        async with line.queue.slot("greedy"):
            pass

    asyncio.run(main())


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "end", "cancel"]), st.integers(0, 99), st.sampled_from(["", "x", "y"])),
    max_size=60,
)


@given(STEPS)
def test_whatever_comes_ends_or_is_cancelled_the_bounds_hold_and_nobody_is_forgotten(
    steps: list[tuple[str, int, str]],
) -> None:
    async def main() -> None:
        line = Line(JobQueue(3, per_owner=2, max_waiting=1000, max_waiting_per_owner=1000))
        for step, number, subject in steps:
            open_jobs = [job for job in line.jobs if job.task and not job.task.done()]
            if step == "add":
                await line.add("abc"[number % 3], subject)
            elif open_jobs:
                job = open_jobs[number % len(open_jobs)]
                if step == "end":
                    job.end.set()
                elif job.task:
                    job.task.cancel()
            await settled()
            running = line.running
            assert len(running) <= 3
            assert max(Counter(job.owner for job in running).values(), default=0) <= 2
            assert max(Counter(job.subject for job in running if job.subject).values(), default=0) <= 1
            for job in line.jobs:
                if job.task and not job.task.done() and not job.running and len(running) < 3:
                    owners, subjects = Counter(each.owner for each in running), {each.subject for each in running}
                    assert owners[job.owner] == 2 or job.subject in subjects - {""}, f"{job.owner} waits for nothing"
        for job in line.jobs:
            job.end.set()
        await asyncio.wait_for(asyncio.gather(*(job.task for job in line.jobs if job.task), return_exceptions=True), 30)
        async with line.queue.slot("a"), line.queue.slot("b"), line.queue.slot("c"):
            pass

    asyncio.run(main())
