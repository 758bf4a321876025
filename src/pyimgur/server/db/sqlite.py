"""Runs statements on SQLite: point reads on the event loop, scans in threads, writes through one writer.

A point read takes ten microseconds, less than any hop to a thread. Writes wait in a bounded queue (full: `Busy`); those
that wait together share one commit, and with it one fsync. Each has a savepoint of its own, so a failed one takes
nothing else with it, and is answered only after COMMIT.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from queue import Full as QueueFull
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from sqlalchemy.dialects import sqlite

from pyimgur.server.db import migrate
from pyimgur.server.db.query import Call, Conflict, Work
from pyimgur.server.errors import Busy, Full, LibraryError, Unusable

T = TypeVar("T")

FILE = "pyimgur.sqlite3"
WAITING = 1_000
"""Writes that may wait; one more is refused."""
TOGETHER = 200
"""Writes that share one commit at most."""
PATIENCE = 5.0
"""Seconds another process may hold the database's lock."""
SCANNERS = 2
LOOK_EVERY = 1.0
"""Seconds after which a read makes sure again that the file is still there; a write always does."""

_DIALECT = sqlite.dialect(paramstyle="qmark")
_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    work: Work[Any]
    done: Future[Any]


class Database:
    """One database file; use it as an async context manager."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        patience: float = PATIENCE,
        older: migrate.Older = "update",
        fresh: bool = True,
    ) -> None:
        self.path = path
        self._fresh = fresh
        self._older: migrate.Older = older
        self._synchronous = "FULL" if durable else "OFF"
        self._patience = patience
        self._jobs: Queue[_Job | None] = Queue(WAITING)
        self._stopped = True
        self._scanners = ThreadPoolExecutor(SCANNERS, "database scan")
        self._scanner = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._file = (0, 0)
        self._looked = 0.0

    async def __aenter__(self) -> Self:
        try:
            self._reader = await asyncio.to_thread(self._prepare)
            self._versions = self._reader.cursor()
            self._writing = self._connect()
            self._writer = threading.Thread(
                target=self._write_all, args=(self._writing,), name="database writer", daemon=True
            )
        except BaseException:
            self._close()
            raise
        self._writer.start()
        self._stopped = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True  # no write is queued behind the end
        await asyncio.to_thread(self._stop)

    async def read(self, call: Call) -> Any:
        """The answer of one point read, made right here."""
        if time.monotonic() > self._looked + LOOK_EVERY:
            self._look()
        try:
            return _execute(self._reader, call)
        except sqlite3.Error as error:
            raise _refusal(error) from None

    def version(self) -> int:
        """A number that is another one after each commit, whichever process has made it; costs a fifth of a read."""
        if time.monotonic() > self._looked + LOOK_EVERY:
            self._look()
        try:
            ((version,),) = self._versions.execute("PRAGMA data_version")  # to its end, or it would go on reading
        except sqlite3.Error as error:
            raise _refusal(error) from None
        return version

    async def scan(self, call: Call) -> Any:
        """The answer of a read that may take longer, made in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self.scan_here, call)

    def scan_here(self, call: Call) -> Any:
        """The same, in the calling thread, over a connection of its own."""
        connection: sqlite3.Connection | None = getattr(self._scanner, "connection", None)
        if connection is None:
            connection = self._scanner.connection = self._connect()
        try:
            return _execute(connection, call)
        except sqlite3.Error as error:
            raise _refusal(error) from None

    async def write(self, work: Work[T]) -> T:
        """What a transaction returns, once it is on the disk.

        Raises:
            Busy: too many wait already, another process holds the lock, or the server is stopping.
            Full: the disk is full.
        """
        if self._stopped:
            raise Busy("the server is stopping")
        job = _Job(work, Future())
        try:
            self._jobs.put_nowait(job)
        except QueueFull:
            raise Busy("too many writes at once") from None
        return await asyncio.wrap_future(job.done)

    # ---- connections

    def _prepare(self) -> sqlite3.Connection:
        with self._usable():
            connection = self._connect()
            _write_ahead(connection, self._patience)
            migrate.to_latest(connection, self.path, self._older, fresh=self._fresh)
        self._file = _identity(self.path)
        return connection

    def _look(self) -> None:
        """Make sure that the file has its name still: SQLite would go on writing to one that was taken away."""
        try:
            there = _identity(self.path) == self._file
        except OSError:
            there = False
        if not there:
            raise Busy("the database file is not where it was; put it back, or stop and start the server")
        self._looked = time.monotonic()

    @contextmanager
    def _usable(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            known = _refusal(error)
            if isinstance(known, LibraryError):
                raise known from error
            raise Unusable(f"{self.path} cannot be used as a database: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._connections.append(connection)
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA fullfsync=ON")  # macOS: an fsync that reaches the disk and not just the drive
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _stop(self) -> None:
        self._jobs.put(None)
        self._writer.join()
        self._close()

    def _close(self) -> None:
        self._scanners.shutdown()
        for connection in self._connections:
            connection.close()

    # ---- the writer's thread

    def _write_all(self, connection: sqlite3.Connection) -> None:
        while (first := self._jobs.get()) is not None:
            jobs = [job for job in (first, *self._waiting()) if job.done.set_running_or_notify_cancel()]
            for answer in self._carry_out(connection, jobs):
                answer()

    def _carry_out(self, connection: sqlite3.Connection, jobs: list[_Job]) -> list[Callable[[], None]]:
        try:
            self._look()
        except Busy as gone:
            _log.error("%d writes refused: %s", len(jobs), gone)
            return [partial(job.done.set_exception, gone) for job in jobs]
        return _commit(connection, jobs)

    def _waiting(self) -> Generator[_Job]:
        """The jobs that wait behind the first one."""
        for _ in range(TOGETHER - 1):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)  # the end comes after these
                return
            yield job


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file to WAL, as often as it takes: if another program does the same, SQLite does not wait for it."""
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


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
        return [partial(job.done.set_exception, _refusal(error)) for job in jobs]
    return answers


def _attempt(connection: sqlite3.Connection, job: _Job) -> Callable[[], None]:
    """Carry out one job. If it fails, nothing of it is left, and nothing else goes with it."""
    connection.execute("SAVEPOINT work")
    try:
        answer = partial(job.done.set_result, _drive(connection, job.work))
    except Exception as error:
        if not connection.in_transaction:  # SQLite has given up all of it
            raise
        connection.execute("ROLLBACK TO work")
        answer = partial(job.done.set_exception, _refusal(error))
    connection.execute("RELEASE work")
    return answer


def _drive(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Run a transaction's calls one by one, until it returns."""
    try:
        call = next(work)
        while True:
            try:
                answer = _execute(connection, call)
            except sqlite3.IntegrityError as error:
                call = work.throw(Conflict(str(error)))
            else:
                call = work.send(answer)
    except StopIteration as done:
        return done.value


def _execute(connection: sqlite3.Connection, call: Call) -> Any:
    compiled = call.query.compiled(_DIALECT, call.args)
    cursor = connection.execute(compiled.sql, compiled.values(call.args))
    if call.kind == "one":
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.row(row)
    if call.kind == "all":
        return list(map(compiled.row, cursor))
    return cursor.rowcount


def _refusal(error: Exception) -> Exception:
    """What the error means to who asked; one that is a fault of ours stays what it is."""
    code = (
        error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode") else 0
    )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Busy("the database is locked by another program")
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return Busy(f"the database cannot be used where it lies: {error}")
    return Full("the disk is full") if code == sqlite3.SQLITE_FULL else error
