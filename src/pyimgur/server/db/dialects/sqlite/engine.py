"""The SQLite engine: point reads on the event loop, scans in threads, writes in one writer thread.

A point read takes ten microseconds, which is less than a hop to a thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pyimgur.server.db.dialects.sqlite import backup, migrate
from pyimgur.server.db.dialects.sqlite.execute import execute, translate_error
from pyimgur.server.db.dialects.sqlite.group_commit import Writer
from pyimgur.server.db.engine import Engine, OldSchemaPolicy
from pyimgur.server.db.query import BoundQuery, Transaction
from pyimgur.server.errors import BusyError, DatabaseUnusableError, StorageFullError

T = TypeVar("T")

FILE = "pyimgur.sqlite3"
LOCK_TIMEOUT = 5.0
"""Seconds to wait while another process holds the database's lock."""
OLDEST_SQLITE = (3, 35)
"""The first version that has RETURNING."""
SCAN_THREADS = 2
FILE_CHECK_INTERVAL = 1.0
"""Seconds between checks that the file is still there, for reads; each commit checks it."""


class SQLiteEngine(Engine):
    """A database file; its promises are those of `Engine`."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        patience: float = LOCK_TIMEOUT,
        older: OldSchemaPolicy = "update",
        fresh: bool = True,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self._read_only = read_only
        self._uri = backup.read_only_uri(path) if read_only else path.absolute().as_uri()
        self._fresh = fresh
        self._older: OldSchemaPolicy = older
        self._synchronous = "FULL" if durable else "OFF"
        self._patience = patience
        self._scanners = ThreadPoolExecutor(SCAN_THREADS, "database scan")
        self._thread_local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._file = (0, 0)
        self._last_check = 0.0

    async def __aenter__(self) -> Self:
        try:
            self._reader = await asyncio.to_thread(self._prepare)
            self._versions = self._reader.cursor()
            self._write_connection = self._connect()
        except BaseException:
            self._close()
            raise
        self._writer = Writer(self._write_connection, self._check_file)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await asyncio.to_thread(self._stop)

    async def read(self, query: BoundQuery[T]) -> T:
        """Run the query on the event loop."""
        if time.monotonic() > self._last_check + FILE_CHECK_INTERVAL:
            self._check_file()
        try:
            return execute(self._reader, query)
        except sqlite3.Error as error:
            raise translate_error(error) from error

    async def change_token(self) -> int:
        """Return SQLite's number of the last commit; takes a fifth of a read."""
        if time.monotonic() > self._last_check + FILE_CHECK_INTERVAL:
            self._check_file()
        try:
            ((version,),) = self._versions.execute(
                "PRAGMA data_version"
            )  # unpacked to its end, or the read transaction would stay open
        except sqlite3.Error as error:
            raise translate_error(error) from error
        return version

    async def scan(self, query: BoundQuery[T]) -> T:
        """Run the query in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self._scan, query)

    def _scan(self, query: BoundQuery[T]) -> T:
        """Run the query in the calling thread, on a connection of its own."""
        connection: sqlite3.Connection | None = getattr(self._thread_local, "connection", None)
        if connection is None:
            connection = self._thread_local.connection = self._connect()
        try:
            return execute(connection, query)
        except sqlite3.Error as error:
            raise translate_error(error) from error

    async def write(self, transaction: Transaction[T]) -> T:
        """Queue the transaction for the writer thread; only one process at a time writes to the file."""
        return await asyncio.wrap_future(self._writer.put(transaction))

    async def backup(self, folder: Path) -> SQLiteEngine:
        """Copy the file with SQLite's backup API."""
        copy = folder / FILE
        await asyncio.to_thread(backup.backup, self._uri, copy)
        return SQLiteEngine(copy, older="leave")

    async def integrity_errors(self) -> list[str]:
        """Check the file in a thread."""
        return await asyncio.to_thread(backup.integrity_errors, self._uri)

    # ---- connections

    def _prepare(self) -> sqlite3.Connection:
        _check_version()
        self._check_exists()
        with self._translate_startup_errors():
            connection = self._connect()
            if not self._read_only:
                _enable_wal(connection, self._patience)
            migrate.ensure_current(connection, self.path, self._older, fresh=self._fresh)
        self._file = _identity(self.path)
        return connection

    def _check_exists(self) -> None:
        """Raise an error if there should be a database: connecting would create an empty one."""
        if not self._fresh and not (self.path.exists() and self.path.stat().st_size):
            raise DatabaseUnusableError(migrate.DATABASE_MISSING.format(path=self.path))

    def _check_file(self) -> None:
        """Raise `BusyError` if the file was moved or deleted, because SQLite would go on writing to it."""
        try:
            is_same = _identity(self.path) == self._file
        except OSError:
            is_same = False
        if not is_same:
            raise BusyError("the database file was moved or deleted; put it back, or restart the server")
        self._last_check = time.monotonic()

    @contextmanager
    def _translate_startup_errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            translated = translate_error(error)
            if isinstance(translated, (BusyError, StorageFullError)):
                raise translated from error
            raise DatabaseUnusableError(f"{self.path} cannot be used as a database: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        self._connections.append(connection)
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA fullfsync=ON")  # on macOS, a plain fsync does not flush the drive's cache
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    def _stop(self) -> None:
        self._writer.join()
        self._close()

    def _close(self) -> None:
        self._scanners.shutdown()
        for connection in self._connections:
            connection.close()


def _check_version() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise DatabaseUnusableError(
            f"this Python has SQLite {sqlite3.sqlite_version}, the server needs {oldest} or newer: use a newer Python"
        )


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _enable_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file to WAL; retry for `patience` seconds, as SQLite does not wait for another program to do so."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
