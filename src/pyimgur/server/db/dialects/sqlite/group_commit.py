"""The one writer of a database: a thread that carries out transactions, those that wait together in one commit.

Writes wait in a bounded queue (full: `BusyError`). Each has a savepoint of its own within the commit, so a failed one
takes nothing else with it, and is answered only after COMMIT.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from queue import Empty, Queue
from queue import Full as QueueFull
from typing import Any, NamedTuple, TypeVar

from pyimgur.server.db.dialects.sqlite.execute import execute, translate_error
from pyimgur.server.db.query import IntegrityConflict, Transaction
from pyimgur.server.errors import BusyError

T = TypeVar("T")

MAX_QUEUE = 1_000
"""Writes that may wait; one more is refused."""
MAX_BATCH = 200
"""Writes that share one commit at most."""

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    work: Transaction[Any]
    done: Future[Any]


class Writer:
    """The thread; `look` raises `BusyError` where the file is not where it was."""

    def __init__(self, connection: sqlite3.Connection, look: Callable[[], None]) -> None:
        self._connection = connection
        self._look = look
        self._jobs: Queue[_Job | None] = Queue(MAX_QUEUE)
        self._stopped = False
        self._thread = threading.Thread(target=self._write_all, name="database writer", daemon=True)
        self._thread.start()

    def put(self, work: Transaction[T]) -> Future[T]:
        """What the transaction will return, once it is on the disk.

        Raises:
            BusyError: too many wait already, or the server is stopping.
        """
        if self._stopped:
            raise BusyError("the server is stopping")
        job = _Job(work, Future())
        try:
            self._jobs.put_nowait(job)
        except QueueFull:
            raise BusyError("too many writes at once") from None
        return job.done

    def close(self) -> None:
        """Take no more: no write is queued behind the end."""
        self._stopped = True

    def join(self) -> None:
        """Return when all that waited is written."""
        self._jobs.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs = [job for job in (first, *self._waiting()) if job.done.set_running_or_notify_cancel()]
            for answer in self._carry_out(jobs):
                answer()

    def _carry_out(self, jobs: list[_Job]) -> list[Callable[[], None]]:
        try:
            self._look()
        except BusyError as gone:
            _log.error("%d writes refused: %s", len(jobs), gone)
            return [partial(job.done.set_exception, gone) for job in jobs]
        return _commit(self._connection, jobs)

    def _waiting(self) -> Generator[_Job]:
        """The jobs that wait behind the first one."""
        for _ in range(MAX_BATCH - 1):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)  # the end comes after these
                return
            yield job


def _commit(connection: sqlite3.Connection, jobs: list[_Job]) -> list[Callable[[], None]]:
    """Carry out the jobs in one transaction; gives what tells each of them what came of it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers = [_attempt(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except Exception as error:  # whatever it is, the writer must go on
        _log.warning("%d writes failed: %s", len(jobs), error)
        if connection.in_transaction:
            connection.rollback()
        return [partial(job.done.set_exception, translate_error(error)) for job in jobs]
    return answers


def _attempt(connection: sqlite3.Connection, job: _Job) -> Callable[[], None]:
    """Carry out one job. If it fails, nothing of it is left, and nothing else goes with it."""
    connection.execute("SAVEPOINT work")
    try:
        answer = partial(job.done.set_result, _run_transaction(connection, job.work))
    except Exception as error:
        if not connection.in_transaction:  # SQLite has given up all of it
            raise
        connection.execute("ROLLBACK TO work")
        answer = partial(job.done.set_exception, translate_error(error))
    connection.execute("RELEASE work")
    return answer


def _run_transaction(connection: sqlite3.Connection, work: Transaction[T]) -> T:
    """Run a transaction's calls one by one, until it returns."""
    try:
        call = next(work)
        while True:
            try:
                answer = execute(connection, call)
            except sqlite3.IntegrityError as error:
                call = work.throw(IntegrityConflict(str(error)))
            else:
                call = work.send(answer)
    except StopIteration as done:
        return done.value
