"""One SQLite file that is its owner's only: opened when it is first used, made when it is first written.

What goes wrong with it becomes one `LedgerError` that says what it means to the user.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from ..exceptions import LedgerError

PATIENCE = 30.0
"""Seconds to wait for another program that writes."""
_TROUBLE = {
    "SQLITE_BUSY": f"another program has been writing into it for over {PATIENCE:g} s: is it stuck?",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it cannot be written to",
    "SQLITE_NOTADB": "it is no ledger: move it away, and a new one is begun",
    "SQLITE_CORRUPT": "it is damaged: put a backup in its place, or move it away, and a new one is begun",
}


class SQLiteFile:
    """The file, its connection, and its transactions; any thread may use it.

    Args:
        path: where it is.
        version: of its schema; one that is newer is not touched.
        schema: the statements that make it.
    """

    def __init__(self, path: Path, version: int, schema: Sequence[str]) -> None:
        self.path = path
        self._version = version
        self._schema = schema
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        _files.add(self)

    def close(self) -> None:
        """Let go of it; the next use opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def __del__(self) -> None:
        """Close it: a ledger may be dropped without a word, and a connection that nobody closed is a warning."""
        if (db := getattr(self, "_db", None)) is not None:
            db.close()

    def hold(self) -> None:
        """Let no thread use it until `after_fork_parent` or `after_fork_child`: this process is about to fork."""
        self._lock.acquire()

    def after_fork_parent(self) -> None:
        """The fork is done, and this is the parent."""
        self._lock.release()

    def after_fork_child(self) -> None:
        """The fork is done, and this is the child: it opens the file anew, and closes nothing of its parent's."""
        self._lock = threading.RLock()
        self._inherited, self._db = self._db, None

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A transaction that no other program writes beside."""
        with self._lock, self._told(), self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection | None]:
        """The file to read from; None if there is none."""
        with self._lock, self._told():
            yield self._opened() if self.path.exists() else None

    @contextmanager
    def _told(self) -> Generator[None]:
        """Within this block, what goes wrong with the file is told as what it means to the user."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "")
            reason = next((text for name, text in _TROUBLE.items() if code.startswith(name)), str(error))
            raise LedgerError(f"the ledger {str(self.path)!r} cannot be used: {reason}") from error
        except OSError as error:
            raise LedgerError(f"the ledger {str(self.path)!r} cannot be used: {error.strerror or error}") from error
        except (ValueError, OverflowError) as error:  # a number or text that no database holds
            raise LedgerError(f"the ledger {str(self.path)!r} cannot hold that: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.exists() and not self.path.is_file():
                raise LedgerError(f"{str(self.path)!r} is no file: name another one")
            os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT, 0o600))  # what SQLite puts beside it is as closed
            db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(db)
                if self.path.stat().st_mode & 0o077:  # not before it is known for a ledger: a link may lead anywhere
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
                if _version(db) == 0:  # another program may have been first
                    self._check_empty(db)
                    for statement in (*self._schema, f"PRAGMA user_version = {self._version}"):
                        db.execute(statement)
        if _version(db) > self._version:
            raise LedgerError(f"the ledger {str(self.path)!r} was made by a newer pyimgur: use that one")

    def _check_empty(self, db: sqlite3.Connection) -> None:
        if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise LedgerError(f"{str(self.path)!r} is another program's database and no ledger: name another file")


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


_files = WeakSet[SQLiteFile]()
_held: list[SQLiteFile] = []


def _hold_all() -> None:
    """A child of a process in which a thread uses SQLite would wait for ever for that thread."""
    files = sorted(_files, key=id)
    for file in files:
        file.hold()
    _held[:] = files


def _go_on_all() -> None:
    for file in _held:
        file.after_fork_parent()
    _held.clear()


def _leave_all() -> None:
    for file in _held:
        file.after_fork_child()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold_all, after_in_parent=_go_on_all, after_in_child=_leave_all)
