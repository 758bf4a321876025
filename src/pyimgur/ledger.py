"""A ledger of uploads in SQLite: each one is recorded before its file is sent, and completed after the response.

A client with a ledger (`Imgur(…, ledger=Ledger())`) records its uploads there. An entry is `open` while its file is
being uploaded, then `done`; `uncertain` if the upload may have arrived, `deleted` once the image was deleted.
An open entry of a program that does not run any more was left by a crash: the next upload of the same file takes it
over, with its idempotency key, so that the server has the image once.

Several processes and threads may use one ledger. Only its owner can read the file and its folder, as it contains delete
hashes. It uses a rollback journal instead of a WAL: home folders may be on network file systems, where a WAL's shared
memory is not safe, and a folder that became read-only can still be read. An upload costs two commits, of a
millisecond each.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from weakref import WeakSet, WeakValueDictionary

from ._core.source import IfKnown
from ._storage.ledger_sql import FIND_SAME_FILE, SCHEMA, SELECT_ENTRIES, SELECT_LAST_RUN, VERSION
from ._storage.process_lock import ProcessLock
from ._storage.sqlite_file import SQLiteFile

EntryState: TypeAlias = Literal["open", "done", "uncertain", "deleted"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One upload, or one album that a program created."""

    path: str
    """The file's absolute path, the URL that Imgur fetched, or the name of a source without a path."""
    site: str
    """The URL of the API."""
    client_id: str
    account: str | None = None
    """The user's name; None for an anonymous upload, which only its delete hash can delete."""
    size: int | None = None
    sha256: str | None = None
    title: str | None = None
    album: str | None = None
    when: float = 0.0
    """Unix time of the response; until there is one, of the start of the upload."""
    kind: Literal["image", "album"] = "image"
    state: EntryState = "open"
    id: str | None = None
    deletehash: str | None = field(default=None, repr=False)
    link: str | None = None
    begun: float = 0.0
    """Unix time at which the upload was started first."""
    run: str = ""
    """The id of the run that wrote the entry last: one `Ledger` object in one process."""
    key: str = field(default="", repr=False)
    """The upload's `Idempotency-Key`."""
    number: int | None = None
    """The entry's number in the ledger; None until it is written."""


@dataclass(frozen=True, eq=False)
class StartedUpload:
    """An upload that `Ledger.begin` recorded; it counts as running as long as this object is referenced."""

    entry: LedgerEntry
    since: float | None = None
    """Unix time at which an earlier attempt at this upload began; None for a new one."""


Begun = StartedUpload
"""The earlier name of `StartedUpload`."""

_WRITE_ENTRY = f"INSERT OR REPLACE INTO upload VALUES ({', '.join('?' * len(fields(LedgerEntry)))})"  # noqa: S608 - question marks


class Ledger:
    """The uploads of a user; the file is created when the first one is recorded.

    Args:
        path: the file; by default `uploads.db` in the user's data folder for it.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else _default_path()
        self._file = SQLiteFile(self.path, VERSION, SCHEMA)
        self._begin_run()
        _ledgers.add(self)

    def _begin_run(self) -> None:
        self.run: str = token_hex(8)
        """The id of this run, which is stored in its entries; a forked process begins a run of its own."""
        self._process_lock = ProcessLock(self.path, self.run)
        self._running: WeakValueDictionary[int | None, StartedUpload] = WeakValueDictionary()

    def after_fork(self) -> None:
        """Begin a run of its own, in a forked process: uploads in progress belong to the parent."""
        self._process_lock.detach()
        self._begin_run()

    def __repr__(self) -> str:
        return f"Ledger({str(getattr(self, 'path', ''))!r})"

    # ---- recording an upload

    def begin(self, new: LedgerEntry, if_known: IfKnown = "resume") -> StartedUpload | None:
        """Record an upload before it is sent; return its entry, or that of an earlier upload to continue.

        With "reuse", the entry may be `done`: then nothing is to be sent. None is returned with "reuse" only: another
        program or thread is uploading the same file, and the caller should wait for it.

        Raises:
            LedgerError: the ledger cannot be written.
        """
        with self._file.writing() as db:
            self._process_lock.acquire()
            found = self._find_earlier(db, new, if_known) if if_known != "ignore" else StartedUpload(new)
            if found is None or found.entry.state == "done":
                return found
            key, begun = found.entry.key or token_hex(16), found.entry.begun or found.entry.when
            entry = _write(db, replace(found.entry, run=self.run, state="open", key=key, begun=begun))
            started = StartedUpload(entry, found.since)
            self._running[entry.number] = started
            return started

    def _find_earlier(self, db: sqlite3.Connection, new: LedgerEntry, if_known: IfKnown) -> StartedUpload | None:
        """Return the earlier entry to continue or reuse, else the new one; None if another upload of it is running."""
        parameters = {"sha256": new.sha256, "path": new.path, "site": new.site, "account": new.account}
        for old in _entries(db.execute(FIND_SAME_FILE, parameters)):
            if old.state == "done":
                if if_known == "reuse":
                    return StartedUpload(old)
            elif not self._is_abandoned(old):
                if if_known == "reuse":
                    return None
            elif old.account is not None or old.client_id == new.client_id:
                # An anonymous upload counts only for the same application: servers distinguish these by application.
                return StartedUpload(replace(old, path=new.path), old.begun)
        return StartedUpload(new)

    def _is_abandoned(self, entry: LedgerEntry) -> bool:
        """Return whether no process is uploading this entry any more."""
        is_own = entry.run == self.run
        return entry.state == "uncertain" or (
            entry.number not in self._running if is_own else not self._process_lock.is_alive(entry.run)
        )

    def write(self, entry: LedgerEntry) -> LedgerEntry:
        """Insert or update an entry, and return it with its number."""
        with self._file.writing() as db:
            return _write(db, entry)

    def set_album(self, album: str, ids: Iterable[str]) -> None:
        """Record that the images with these ids are in an album, in one transaction."""
        with self._file.writing() as db:
            db.executemany("UPDATE upload SET album = ? WHERE id = ? AND kind = 'image'", [(album, id) for id in ids])

    def forget(self, entry: LedgerEntry) -> None:
        """Remove an entry: nothing was uploaded, or it is not needed any more."""
        with self._file.writing() as db:
            db.execute("DELETE FROM upload WHERE number = ?", (entry.number,))

    def release(self, entry: LedgerEntry) -> None:
        """End this program's upload of the entry; if it is still open, the next upload takes it over."""
        self._running.pop(entry.number, None)

    # ---- reading

    def is_in_use(self, entry: LedgerEntry) -> bool:
        """Return whether another program that is still running wrote this entry last."""
        if entry.run == self.run:
            return False
        with self._file.writing():  # `ProcessLock.is_alive` needs the lock
            return self._process_lock.is_alive(entry.run)

    def entries(
        self,
        *words: str,
        since: float = 0.0,
        states: Iterable[EntryState] = ("open", "done", "uncertain"),
        path: str | None = None,
        id: str | None = None,
        sha256: str | None = None,
        run: str | None = None,
        limit: int | None = None,
    ) -> list[LedgerEntry]:
        """Return the entries that fit all arguments, newest first.

        Args:
            words: each is part of path, title, id, album or link; case does not matter.
            since: unix time.
            states: by default all but 'deleted'.
            path: absolute path of the file.
            id: of the image or album.
            sha256: of the file.
            run: id of the run that wrote them.
            limit: the most entries to return; None or a negative number for all.
        """
        state_set, folded_words = set(states), [word.casefold() for word in words]
        columns = {"path": path, "id": id, "run": run, "sha256": sha256}
        columns = {column: value for column, value in columns.items() if value is not None}
        # Conditions only for the given columns: "(:id IS NULL OR id = :id)" would use no index and scan the table.
        conditions = " AND ".join(['"when" >= :since', *(f"{column} = :{column}" for column in columns)])
        with self._file.reading() as db:
            rows = (
                _entries(db.execute(SELECT_ENTRIES.format(conditions), {"since": since, **columns})) if db else iter(())
            )
            matches = (entry for entry in rows if entry.state in state_set and _contains(entry, folded_words))
            return list(islice(matches, None if limit is None or limit < 0 else min(limit, sys.maxsize)))

    def last_run(self) -> list[LedgerEntry]:
        """Return the uploads of the last run that uploaded anything, newest first, without deleted ones."""
        with self._file.reading() as db:
            row = db.execute(SELECT_LAST_RUN).fetchone() if db else None
        return [entry for entry in self.entries(run=row[0]) if entry.id is not None] if row else []

    # ---- the file

    def check(self) -> None:
        """Create the file if it does not exist, and check that it can be written.

        Raises:
            LedgerError: it cannot.
        """
        with self._file.writing():
            pass

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()
        self._process_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_ledgers = WeakSet[Ledger]()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [ledger.after_fork() for ledger in _ledgers])


def stored_path(path: str | os.PathLike[str]) -> str:
    """Return a path as a ledger stores it: absolute, with undecodable bytes as escapes."""
    return os.fsencode(Path(path).absolute()).decode("utf-8", "backslashreplace")


def _write(db: sqlite3.Connection, entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, number=db.execute(_WRITE_ENTRY, astuple(entry)).lastrowid)


def _entries(rows: Iterable[Sequence[Any]]) -> Iterator[LedgerEntry]:
    return (LedgerEntry(*row) for row in rows)


def _contains(entry: LedgerEntry, words: Sequence[str]) -> bool:
    text = " ".join(filter(None, (entry.path, entry.title, entry.id, entry.album, entry.link))).casefold()
    return all(word in text for word in words)


def _default_path() -> Path:
    from platformdirs import user_data_path

    # Not in the folder "pyimgur": that is a server's, which rejects a data folder with other files in it.
    return user_data_path("pyimgur-ledger") / "uploads.db"
