"""A private SQLite file that survives `fork`: opened on first use, created on first write.

Each error of SQLite or the system becomes an `ImgurError`, a `LedgerError` for the ledger, that says what the user can
do.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from ..exceptions import ImgurError, LedgerError

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another program that writes."""
_REASONS = {
    "SQLITE_BUSY": f"another program has been writing into it for over {BUSY_TIMEOUT:g} s: is it stuck?",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it cannot be written to",
    "SQLITE_NOTADB": "it is not a {noun}: move it away, and a new one is created",
    "SQLITE_CORRUPT": "it is damaged: restore a backup, or move it away, and a new one is created",
}


class SQLiteFile:
    """A SQLite file with its connection; any thread may use it.

    Args:
        path: its path.
        version: version of the schema; a file with a newer one is not opened.
        schema: the statements that create the schema.
        noun: what errors call the file.
        error: the class of errors.
    """

    def __init__(
        self,
        path: Path,
        version: int,
        schema: Sequence[str],
        *,
        noun: str = "ledger",
        error: type[ImgurError] = LedgerError,
    ) -> None:
        self.path = path
        self._noun = noun
        self._error = error
        self._version = version
        self._schema = schema
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        _files.add(self)

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def __del__(self) -> None:
        """Close the connection of a ledger that was never closed: Python would warn about it."""
        if (db := getattr(self, "_db", None)) is not None:
            db.close()

    def hold(self) -> None:
        """Lock out all threads before a fork, until `after_fork_parent` or `after_fork_child`."""
        self._lock.acquire()

    def after_fork_parent(self) -> None:
        """Let threads continue in the parent process."""
        self._lock.release()

    def after_fork_child(self) -> None:
        """Drop the connection in the child process without closing it, as it is the parent's."""
        self._lock = threading.RLock()
        self._inherited, self._db = self._db, None

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """Run a write transaction within this block.

        Raises:
            ImgurError: the file cannot be used; an error of the class that the constructor got.
        """
        with self._lock, self._translate_errors(), self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection | None]:
        """Give the connection to read from; None if there is no file.

        Raises:
            ImgurError: the file cannot be used; an error of the class that the constructor got.
        """
        with self._lock, self._translate_errors():
            yield self._connection() if self.path.exists() else None

    @contextmanager
    def _translate_errors(self) -> Generator[None]:
        """Within this block, raise errors of SQLite and the system as the class of this file's errors."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "")
            reasons = (text.format(noun=self._noun) for name, text in _REASONS.items() if code.startswith(name))
            raise self._error(f"{self._name} cannot be used: {next(reasons, str(error))}") from error
        except OSError as error:
            raise self._error(f"{self._name} cannot be used: {error.strerror or error}") from error
        except (ValueError, OverflowError) as error:  # a number or text that SQLite cannot store
            raise self._error(f"{self._name} cannot hold that: {error}") from error

    @property
    def _name(self) -> str:
        return f"the {self._noun} {str(self.path)!r}"

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.exists() and not self.path.is_file():
                raise self._error(f"{str(self.path)!r} is not a file: choose another one")
            os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT, 0o600))  # SQLite's journal gets the same mode
            db = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(db)
                if (
                    self.path.stat().st_mode & 0o077
                ):  # only now that it is known to be ours: a symbolic link may lead anywhere
                    self.path.chmod(0o600)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA synchronous = EXTRA")
        if _version(db) == 0:
            with db:
                db.execute("BEGIN IMMEDIATE")
                if _version(db) == 0:  # another program may have created it meanwhile
                    self._check_empty(db)
                    for statement in (*self._schema, f"PRAGMA user_version = {self._version}"):
                        db.execute(statement)
        if _version(db) > self._version:
            raise self._error(f"{self._name} was created by a newer pyimgur: use that one")

    def _check_empty(self, db: sqlite3.Connection) -> None:
        if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise self._error(
                f"{str(self.path)!r} is another program's database, not a {self._noun}: choose another file"
            )


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


_files = WeakSet[SQLiteFile]()
_forking: list[SQLiteFile] = []
"""The files that are locked during a fork."""


def _before_fork() -> None:
    """Wait until no thread uses SQLite: otherwise a child process would wait for ever for a lock in it."""
    files = sorted(_files, key=id)
    for file in files:
        file.hold()
    _forking[:] = files


def _after_fork_parent() -> None:
    for file in _forking:
        file.after_fork_parent()
    _forking.clear()


def _after_fork_child() -> None:
    for file in _forking:
        file.after_fork_child()
    _forking.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_parent, after_in_child=_after_fork_child)
