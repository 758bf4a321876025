"""Group commit: one thread writes to the database, and commits the transactions that wait together.

Transactions wait in a bounded queue; if it is full, the error is `BusyError`. Each has its own savepoint within the
commit, so that an error rolls back only the transaction that caused it. Results are returned only after COMMIT.
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
from pyimgur.server.db.query import Transaction, end_in_conflict
from pyimgur.server.errors import BusyError

T = TypeVar("T")

MAX_QUEUE = 1_000
"""Transactions that may wait."""
MAX_BATCH = 200
"""Transactions that share one commit."""

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    transaction: Transaction[Any]
    future: Future[Any]


class Writer:
    """The writer thread; `check_file` raises `BusyError` if the database file was moved or deleted."""

    def __init__(self, connection: sqlite3.Connection, check_file: Callable[[], None]) -> None:
        self._connection = connection
        self._check_file = check_file
        self._jobs: Queue[_Job | None] = Queue(MAX_QUEUE)
        self._stopped = False
        self._thread = threading.Thread(target=self._write_all, name="database writer", daemon=True)
        self._thread.start()

    def put(self, transaction: Transaction[T]) -> Future[T]:
        """Queue a transaction, and return a future of its result, which is set once the commit is on the disk.

        Raises:
            BusyError: too many transactions wait, or the server is stopping; nothing was written.
        """
        if self._stopped:
            raise BusyError("the server is stopping")
        job = _Job(transaction, Future())
        try:
            self._jobs.put_nowait(job)
        except QueueFull:
            raise BusyError("too many writes at once") from None
        return job.future

    def close(self) -> None:
        """Accept no more transactions."""
        self._stopped = True

    def join(self) -> None:
        """Wait until every queued transaction is written."""
        self._jobs.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs = [job for job in (first, *self._drain()) if job.future.set_running_or_notify_cancel()]
            for resolve in self._write_batch(jobs):
                resolve()

    def _write_batch(self, jobs: list[_Job]) -> list[Callable[[], None]]:
        try:
            self._check_file()
        except BusyError as error:
            _log.error("%d writes rejected: %s", len(jobs), error)
            return [partial(job.future.set_exception, error) for job in jobs]
        return _commit(self._connection, jobs)

    def _drain(self) -> Generator[_Job]:
        """Yield the jobs that wait behind the first one."""
        for _ in range(MAX_BATCH - 1):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)  # stop after these
                return
            yield job


def _commit(connection: sqlite3.Connection, jobs: list[_Job]) -> list[Callable[[], None]]:
    """Run the jobs in one commit, and return a function for each that sets its result or error."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        resolvers = [_run_job(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except Exception as error:  # the thread must survive any error
        _log.warning("%d writes failed: %s", len(jobs), error)
        if connection.in_transaction:
            connection.rollback()
        return [partial(job.future.set_exception, _translate(error)) for job in jobs]
    return resolvers


def _run_job(connection: sqlite3.Connection, job: _Job) -> Callable[[], None]:
    """Run one job in a savepoint, which is rolled back if the job fails."""
    connection.execute("SAVEPOINT work")
    try:
        resolve = partial(job.future.set_result, _run_transaction(connection, job.transaction))
    except Exception as error:
        if not connection.in_transaction:  # SQLite has rolled back the whole commit
            raise
        connection.execute("ROLLBACK TO work")
        resolve = partial(job.future.set_exception, _translate(error))
    connection.execute("RELEASE work")
    return resolve


def _translate(error: Exception) -> Exception:
    """Return the error to raise for one of SQLite's, with that as its cause; any other error stays as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    translated = translate_error(error)
    translated.__cause__ = error
    return translated


def _run_transaction(connection: sqlite3.Connection, transaction: Transaction[T]) -> T:
    """Execute the queries that a transaction yields, until it returns."""
    steps = iter(transaction)
    try:
        query = next(steps)
        while True:
            try:
                result = execute(connection, query)
            except sqlite3.IntegrityError as error:
                end_in_conflict(steps, str(error))
            query = steps.send(result)
    except StopIteration as done:
        return done.value
