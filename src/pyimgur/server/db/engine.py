"""The protocol of database engines: what services, routes and jobs may ask of a database, whichever it is.

`open.open_engine` picks the engine; each database is a package in `dialects`. Nothing else imports these packages.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from pyimgur.server.db.query import BoundQuery, Transaction

T = TypeVar("T")

OldSchemaPolicy = Literal["update", "refuse", "leave"]
"""What to do with a database of an older version. "leave" is for commands that work with the tables of any version."""


class Engine(Protocol):
    """A database; use it as an async context manager.

    An error of the driver, except a conflict (see `write`), becomes one of `server.errors`: `BusyError` if the database
    is locked or unreachable (nothing was done: try again), `StorageFullError` if its disk is full, and
    `DatabaseUnusableError` if a person has to repair it.

    Texts compare and sort by their code points, whatever the language of the machine, because keys are searched by
    prefix. They hold every character except NUL, which not every database stores.
    """

    async def __aenter__(self) -> Self:
        """Open the database: create its tables, or migrate older ones.

        Raises:
            DatabaseUnusableError: it is damaged, of another program, or of a version that cannot be used; or it is
                missing, although there are image files.
        """
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the transactions that wait, accept no more, and close all connections."""
        ...

    async def read(self, query: BoundQuery[T]) -> T:
        """Return the result of a point read: a row or a few by a key, in microseconds.

        It sees every transaction whose `write` has returned, in any process.
        """
        ...

    async def scan(self, query: BoundQuery[T]) -> T:
        """Return the result of a read that may take longer; other requests go on meanwhile."""
        ...

    async def write(self, transaction: Transaction[T]) -> T:
        """Run a transaction, and return its result once the commit is on the disk.

        Transactions are serializable: the outcome is as if they had run one after another, in all processes. So a
        transaction may check and then write. Where two of them collide, an engine may begin one of the two again, so
        its steps may run more than once; all but the last time are rolled back.

        A statement that violates a constraint throws `IntegrityConflict` into the transaction, which may raise another
        error, but must not go on: some databases accept no further statement. If it raises anything, all of it is
        rolled back. For a row that may exist already, use `expressions.insert_or_ignore`.

        Raises:
            IntegrityConflict: the transaction did not catch it; nothing was written.
            RuntimeError: the transaction went on after a conflict, a mistake in the code; nothing was written.
            BusyError: too many transactions wait, another process holds the lock, or the server is stopping; nothing
                was written, unless the connection to another machine broke during the commit.
            StorageFullError: the disk is full; nothing was written.
        """
        ...

    async def change_token(self) -> object:
        """Return a value that is unlike all earlier ones as soon as any process has committed a change.

        It is read for each request of an image, so it must cost less than a point read. None says that the engine
        cannot tell; then nothing is cached.
        """
        ...

    async def backup(self, folder: Path) -> Engine:
        """Copy the database as it is at one moment, while others use it, and return the engine of the copy.

        Args:
            folder: an existing folder without a database. With the image files in it, it is a data folder of its own.

        Returns:
            an engine that is not open yet, and leaves the version of the tables as it is.
        """
        ...

    async def integrity_errors(self) -> list[str]:
        """Return the errors in the structure of the database and its foreign keys; an empty list if there are none."""
        ...
