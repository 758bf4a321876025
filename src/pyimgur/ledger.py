"""What was uploaded: a ledger in SQLite, written before a file is sent and completed after its answer.

A client that is given one (`Imgur(…, ledger=Ledger())`) writes its uploads down there. An entry is `open` while its
file is on its way, then `done`; `uncertain` where it is not known whether it arrived, `deleted` once it is gone.
An open entry of a program that does not run any more is what a crash left: the next upload of the same file takes
it over, with its key, so that the server has the picture once.

Several processes and threads may use one ledger. Its file and its folder are their owner's only: delete hashes are
in it. It keeps a rollback journal and no WAL: homes lie on network file systems, where a WAL's shared memory is not
safe, and a folder that became read-only can still be read. The two commits of an upload take a millisecond each.
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

from ._storage.process_lock import ProcessLock
from ._storage.sqlite_file import SQLiteFile

EntryState: TypeAlias = Literal["open", "done", "uncertain", "deleted"]
IfKnown: TypeAlias = Literal["resume", "reuse", "ignore"]
"""What to do about a file that stands in the ledger: finish what was left open; the same, and if the file was
uploaded give that picture; or send it whatever the ledger says."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One upload, or an album that one run of a program makes."""

    path: str
    """The file's, absolute; the address it was fetched from; or the name of what has no path."""
    site: str
    """The API's address."""
    client_id: str
    account: str | None = None
    """Whose it is; None is nobody, and then only its delete hash can delete it."""
    size: int | None = None
    sha256: str | None = None
    title: str | None = None
    album: str | None = None
    when: float = 0.0
    """Unix time of the answer; until there is one, of the beginning."""
    kind: Literal["image", "album"] = "image"
    state: EntryState = "open"
    id: str | None = None
    deletehash: str | None = field(default=None, repr=False)
    link: str | None = None
    begun: float = 0.0
    run: str = ""
    """Which `Ledger` object, in which process, wrote it last."""
    key: str = field(default="", repr=False)
    """Its `Idempotency-Key`."""
    number: int | None = None


@dataclass(frozen=True, eq=False)
class Begun:
    """An entry to go on with, and since when, if it is an earlier upload's; it is on its way while this is kept."""

    entry: LedgerEntry
    since: float | None = None


_COLUMNS = [column.name for column in fields(LedgerEntry)]
_SCHEMA = (
    """CREATE TABLE upload (
    path TEXT NOT NULL, site TEXT NOT NULL, client_id TEXT NOT NULL, account TEXT, size INTEGER, sha256 TEXT,
    title TEXT, album TEXT, "when" REAL NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, id TEXT, deletehash TEXT,
    link TEXT, begun REAL NOT NULL, run TEXT NOT NULL, key TEXT NOT NULL, number INTEGER PRIMARY KEY
    )""",
    "CREATE INDEX upload_sha256 ON upload (sha256)",
    "CREATE INDEX upload_path ON upload (path)",
    "CREATE INDEX upload_id ON upload (id)",
)
_WRITE = f"INSERT OR REPLACE INTO upload VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - question marks
_SAME = """
SELECT * FROM upload WHERE (sha256 = :sha256 OR (:sha256 IS NULL AND path = :path AND path LIKE '%://%'))
AND kind = 'image' AND site = :site AND account IS :account AND state <> 'deleted'
ORDER BY state = 'done' DESC, number DESC
"""
_FOUND = 'SELECT * FROM upload WHERE {} ORDER BY "when" DESC, number DESC'
_LAST_RUN = "SELECT run FROM upload WHERE state = 'done' ORDER BY \"when\" DESC, number DESC LIMIT 1"


class Ledger:
    """The uploads of a user; the file is made when the first one is written.

    Args:
        path: the file; by default `uploads.db` in a folder of the user's own.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path: Path = Path(path) if path is not None else _default_path()
        self._file = SQLiteFile(self.path, VERSION, _SCHEMA)
        self._begin_run()
        _ledgers.add(self)

    def _begin_run(self) -> None:
        self.run: str = token_hex(8)
        """The name of this run of a program, which its entries bear; a forked process is a run of its own."""
        self._going_on = ProcessLock(self.path, self.run)
        self._on_its_way: WeakValueDictionary[int | None, Begun] = WeakValueDictionary()

    def after_fork(self) -> None:
        """Be another run: called in a process that was forked off, for what is on its way is the parent's."""
        self._going_on.leave()
        self._begin_run()

    def __repr__(self) -> str:
        return f"Ledger({str(getattr(self, 'path', ''))!r})"

    # ---- what is written around an upload

    def begin(self, new: LedgerEntry, if_known: IfKnown = "resume") -> Begun | None:
        """Write an upload down before it is sent; gives its entry, or that of an earlier one to go on with.

        An entry that is `done` is given with "reuse" only: nothing is to be sent then. None means that another
        program or thread is uploading the same file just now, and "reuse" waits for that.
        """
        with self._file.writing() as db:
            self._going_on.acquire()
            begun = self._find_earlier(db, new, if_known) if if_known != "ignore" else Begun(new)
            if begun is None or begun.entry.state == "done":
                return begun
            old = begun.entry
            key, since = old.key or token_hex(16), old.begun or old.when
            entry = _write(db, replace(old, run=self.run, state="open", key=key, begun=since))
            begun = Begun(entry, begun.since)
            self._on_its_way[entry.number] = begun
            return begun

    def _find_earlier(self, db: sqlite3.Connection, new: LedgerEntry, if_known: IfKnown) -> Begun | None:
        """The earlier entry that decides, else the new one; None: somebody else is at it."""
        what = {"sha256": new.sha256, "path": new.path, "site": new.site, "account": new.account}
        for old in _entries(db.execute(_SAME, what)):
            if old.state == "done":
                if if_known == "reuse":
                    return Begun(old)
            elif not self._is_abandoned(old):
                if if_known == "reuse":
                    return None
            elif old.account is not None or old.client_id == new.client_id:  # for a server, an application is somebody
                return Begun(replace(old, path=new.path), old.begun)
        return Begun(new)

    def _is_abandoned(self, entry: LedgerEntry) -> bool:
        """Whether nobody is at it any more."""
        ours = entry.run == self.run
        return entry.state == "uncertain" or (
            entry.number not in self._on_its_way if ours else not self._going_on.is_alive(entry.run)
        )

    def write(self, entry: LedgerEntry) -> LedgerEntry:
        """Keep an entry, new or changed; gives it as it stands there."""
        with self._file.writing() as db:
            return _write(db, entry)

    def set_album(self, album: str, ids: Iterable[str]) -> None:
        """Write down that the images of these ids are in an album, in one transaction."""
        with self._file.writing() as db:
            db.executemany("UPDATE upload SET album = ? WHERE id = ? AND kind = 'image'", [(album, id) for id in ids])

    def forget(self, entry: LedgerEntry) -> None:
        """Take an entry out: nothing was uploaded, or nothing is to be known of it any more."""
        with self._file.writing() as db:
            db.execute("DELETE FROM upload WHERE number = ?", (entry.number,))

    def release(self, entry: LedgerEntry) -> None:
        """This program does nothing about the entry any more; if it is open still, the next upload takes it over."""
        self._on_its_way.pop(entry.number, None)

    # ---- what is read

    def is_in_use(self, entry: LedgerEntry) -> bool:
        """Return whether another program that still runs wrote this entry last."""
        if entry.run == self.run:
            return False
        with self._file.writing():  # see `runs`
            return self._going_on.is_alive(entry.run)

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
        """What is in it, the newest first.

        Args:
            words: each stands somewhere in path, title, id, album or link; case does not matter.
            since: unix time.
            states: in which of these; those that are deleted only if asked for.
            path: of the file, absolute.
            id: of the image or album.
            sha256: of the file.
            run: which run of a program.
            limit: how many at most; all if it is below zero.
        """
        wanted, sought = set(states), [word.casefold() for word in words]
        given = {"path": path, "id": id, "run": run, "sha256": sha256}
        given = {column: value for column, value in given.items() if value is not None}
        # One condition for each: "(:id IS NULL OR id = :id)" would use no index, and read the whole table.
        conditions = " AND ".join(['"when" >= :since', *(f"{column} = :{column}" for column in given)])
        with self._file.reading() as db:
            every = _entries(db.execute(_FOUND.format(conditions), {"since": since, **given})) if db else iter(())
            found = (entry for entry in every if entry.state in wanted and _has(entry, sought))
            return list(islice(found, None if limit is None or limit < 0 else min(limit, sys.maxsize)))

    def last_run(self) -> list[LedgerEntry]:
        """What the last run that uploaded something has uploaded, the newest first; what is deleted does not count."""
        with self._file.reading() as db:
            row = db.execute(_LAST_RUN).fetchone() if db else None
        return [entry for entry in self.entries(run=row[0]) if entry.id is not None] if row else []

    # ---- the file

    def check(self) -> None:
        """Make the file if it is not there, and see that it can be written to.

        Raises:
            LedgerError: it cannot.
        """
        with self._file.writing():
            pass

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()
        self._going_on.end()

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
    """A path as it stands in a ledger: absolute, and text even where the system's bytes are none."""
    return os.fsencode(Path(path).absolute()).decode("utf-8", "backslashreplace")


def _write(db: sqlite3.Connection, entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, number=db.execute(_WRITE, astuple(entry)).lastrowid)


def _entries(rows: Iterable[Sequence[Any]]) -> Iterator[LedgerEntry]:
    return (LedgerEntry(*row) for row in rows)


def _has(entry: LedgerEntry, words: Sequence[str]) -> bool:
    shown = " ".join(filter(None, (entry.path, entry.title, entry.id, entry.album, entry.link))).casefold()
    return all(word in shown for word in words)


def _default_path() -> Path:
    from platformdirs import user_data_path

    # Not in the folder "pyimgur": that is a server's, which takes no folder that holds other things.
    return user_data_path("pyimgur-ledger") / "uploads.db"
