"""Runs statements on SQLite: point reads on the event loop, scans in threads, writes through one writer.

A point read takes ten microseconds, less than any hop to a thread.
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
from typing import Any, Self, TypeVar

from pyimgur.server.db import migrate
from pyimgur.server.db.dialects.sqlite.execute import execute, translate_error
from pyimgur.server.db.dialects.sqlite.fulltext import fts5_expression
from pyimgur.server.db.dialects.sqlite.group_commit import Writer
from pyimgur.server.db.fulltext import Tree
from pyimgur.server.db.query import BoundQuery, Transaction
from pyimgur.server.errors import BusyError, DatabaseUnusableError, ServerError

T = TypeVar("T")

FILE = "pyimgur.sqlite3"
PATIENCE = 5.0
"""Seconds another process may hold the database's lock."""
SCANNERS = 2
FILE_CHECK_INTERVAL = 1.0
"""Seconds after which a read makes sure again that the file is still there; a write always does."""


class SQLiteEngine:
    """One database file; use it as an async context manager."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool = True,
        patience: float = PATIENCE,
        older: migrate.OldSchemaPolicy = "update",
        fresh: bool = True,
    ) -> None:
        self.path = path
        self._fresh = fresh
        self._older: migrate.OldSchemaPolicy = older
        self._synchronous = "FULL" if durable else "OFF"
        self._patience = patience
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
        except BaseException:
            self._close()
            raise
        self._writer = Writer(self._writing, self._check_file)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await asyncio.to_thread(self._stop)

    async def read(self, call: BoundQuery) -> Any:
        """The answer of one point read, made right here."""
        if time.monotonic() > self._looked + FILE_CHECK_INTERVAL:
            self._check_file()
        try:
            return execute(self._reader, call)
        except sqlite3.Error as error:
            raise translate_error(error) from None

    @staticmethod
    def search_expression(tree: Tree) -> str:
        """Return a search tree as an argument of `fulltext.matching_posts`."""
        return fts5_expression(tree)

    def version(self) -> int:
        """A number that is another one after each commit, whichever process has made it; costs a fifth of a read."""
        if time.monotonic() > self._looked + FILE_CHECK_INTERVAL:
            self._check_file()
        try:
            ((version,),) = self._versions.execute("PRAGMA data_version")  # to its end, or it would go on reading
        except sqlite3.Error as error:
            raise translate_error(error) from None
        return version

    async def scan(self, call: BoundQuery) -> Any:
        """The answer of a read that may take longer, made in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._scanners, self.scan_blocking, call)

    def scan_blocking(self, call: BoundQuery) -> Any:
        """The same, in the calling thread, over a connection of its own."""
        connection: sqlite3.Connection | None = getattr(self._scanner, "connection", None)
        if connection is None:
            connection = self._scanner.connection = self._connect()
        try:
            return execute(connection, call)
        except sqlite3.Error as error:
            raise translate_error(error) from None

    async def write(self, work: Transaction[T]) -> T:
        """What a transaction returns, once it is on the disk.

        Raises:
            BusyError: too many wait already, another process holds the lock, or the server is stopping.
            StorageFullError: the disk is full.
        """
        return await asyncio.wrap_future(self._writer.put(work))

    # ---- connections

    def _prepare(self) -> sqlite3.Connection:
        with self._usable():
            connection = self._connect()
            _write_ahead(connection, self._patience)
            migrate.ensure_current(connection, self.path, self._older, fresh=self._fresh)
        self._file = _identity(self.path)
        return connection

    def _check_file(self) -> None:
        """Make sure that the file has its name still: SQLite would go on writing to one that was taken away."""
        try:
            there = _identity(self.path) == self._file
        except OSError:
            there = False
        if not there:
            raise BusyError("the database file is not where it was; put it back, or stop and start the server")
        self._looked = time.monotonic()

    @contextmanager
    def _usable(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            known = translate_error(error)
            if isinstance(known, ServerError):
                raise known from error
            raise DatabaseUnusableError(f"{self.path} cannot be used as a database: {error}") from error

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
        self._writer.join()
        self._close()

    def _close(self) -> None:
        self._scanners.shutdown()
        for connection in self._connections:
            connection.close()


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
