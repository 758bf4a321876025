"""The manifest of a backup: a SQLite file that says what was listed, and what became of it.

Lists are read in batches, so that memory use does not depend on the size of the backup. All methods are called from
one thread. A row never says more than the disk: an item becomes `saved` after its file is flushed to the disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._storage.sqlite_file import SQLiteFile
from .._version import __version__
from .errors import BackupError
from .layout import MANIFEST
from .records import Record
from .rows import ITEM_COLUMNS, Item, Raw, Run, Step, put_step, to_item, to_step
from .schema import SCHEMA, STATES, VERSION

BATCH = 200
"""Rows that are read at once."""


class Manifest:
    """The manifest in a backup's folder.

    Args:
        folder: the folder of the backup.
        with_secrets: whether delete hashes are stored.

    Raises:
        BackupError: with the first use, if the file cannot be used, or is of a newer version.
    """

    def __init__(self, folder: Path, *, with_secrets: bool = True) -> None:
        self._file = SQLiteFile(folder / MANIFEST, VERSION, SCHEMA, noun="manifest", error=BackupError)
        self._with_secrets = with_secrets

    @property
    def exists(self) -> bool:
        """Whether there is a manifest."""
        return self._file.path.exists()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._file.reading() as db:
            return [] if db is None else db.execute(sql, values).fetchall()

    def _value(self, sql: str, *values: object) -> Any:
        rows = self._rows(sql, *values)
        return rows[0][0] if rows else None

    def _write(self, *statements: tuple[str, Sequence[object]]) -> None:
        with self._file.writing() as db:
            for sql, values in statements:
                db.execute(sql, values)

    # ---- runs and steps

    def last_run(self, source: str | None = None) -> Run | None:
        """Return the last run, of any or of one source."""
        where = "" if source is None else "WHERE source = ?"
        sql = f"SELECT number, source, account, credits FROM run {where} ORDER BY number DESC LIMIT 1"  # noqa: S608
        rows = self._rows(sql, *([] if source is None else [source]))
        return Run(*rows[0]) if rows else None

    def unfinished_run(self, source: str, site: str) -> Run | None:
        """Return the run of a source that was interrupted, to be continued."""
        sql = """SELECT number, source, account, credits FROM run
        WHERE source = ? AND site = ? AND ended IS NULL ORDER BY number DESC LIMIT 1"""
        rows = self._rows(sql, source, site)
        return Run(*rows[0]) if rows else None

    def has_ended(self, run: Run) -> bool:
        """Return whether a run has tried everything."""
        return bool(self._rows("SELECT 1 FROM run WHERE number = ? AND ended IS NOT NULL", run.number))

    def account(self) -> str | None:
        """Return the account whose backup this is; None if there is none yet."""
        return self._value("SELECT account FROM run WHERE account IS NOT NULL ORDER BY number LIMIT 1")

    def begin_run(self, source: str, site: str, now: float) -> Run:
        """Begin a run: what could not be saved before is tried again."""
        retry = "UPDATE {} SET state = 'pending' WHERE state IN ('failed', 'blocked', 'refused')"
        with self._file.writing() as db:
            db.execute("UPDATE item SET tries = 0 WHERE state <> 'saved' AND tries > 0")
            for table in ("item", "album", "post"):
                db.execute(retry.format(table))
            cursor = db.execute(
                "INSERT INTO run (begun, program, source, site) VALUES (?, ?, ?, ?)",
                (now, f"pyimgur {__version__}", source, site),
            )
            assert cursor.lastrowid is not None
            return Run(cursor.lastrowid, source, None)

    def set_account(self, run: Run, account: str) -> None:
        """Record the account that a run acts for."""
        self._write(("UPDATE run SET account = ? WHERE number = ?", (account, run.number)))

    def add_credits(self, run: Run, credits: int) -> None:
        """Add credits that a run has spent."""
        self._write(("UPDATE run SET credits = credits + ? WHERE number = ?", (credits, run.number)))

    def end_run(self, run: Run, now: float, totals: Mapping[str, object]) -> None:
        """Record that a run has tried everything."""
        self._write(("UPDATE run SET ended = ?, totals = ? WHERE number = ?", (now, json.dumps(totals), run.number)))

    def step(self, run: Run, name: str) -> Step:
        """Return how far a run has come with a list."""
        sql = "SELECT name, next, done, listed, expected, coalesce(note, '') FROM step WHERE run = ? AND name = ?"
        rows = self._rows(sql, run.number, name)
        return to_step(rows[0]) if rows else Step(name)

    def steps(self, run: Run) -> list[Step]:
        """Return how far a run has come with all its lists."""
        sql = "SELECT name, next, done, listed, expected, coalesce(note, '') FROM step WHERE run = ? ORDER BY name"
        return [to_step(row) for row in self._rows(sql, run.number)]

    def put_step(self, run: Run, step: Step) -> None:
        """Record how far a run has come with a list."""
        self._write(put_step(run, step))

    # ---- what was listed

    def add(self, run: Run, found: Iterable[Record], *, step: Step | None = None, counted: str = "") -> int:
        """Record what a page of a list has, and the next page, in one transaction.

        Returns how many entries of the list `counted` this run has not seen before.
        """
        new = 0
        with self._file.writing() as db:
            for record in found:
                is_new = record.write(db, run.number, with_secrets=self._with_secrets)
                new += is_new if record.list == counted else 0
            if step is not None:
                sql, values = put_step(run, step)
                db.execute(sql, values)
        return new

    def seen(self, run: Run, list: str) -> int:
        """Return how many different things this run has seen in a list."""
        return self._value("SELECT count(*) FROM seen WHERE list = ? AND run = ?", list, run.number) or 0

    def was_seen(self, run: Run, list: str, id: str) -> bool:
        """Return whether this run has seen something in a list."""
        return bool(self._rows("SELECT 1 FROM seen WHERE list = ? AND id = ? AND run = ?", list, id, run.number))

    def mark_vanished(self, run: Run, list: str, table: str, now: float) -> None:
        """Record that what earlier runs saw in a list is not in it any more; its files stay."""
        earlier = "SELECT id FROM seen WHERE list = ? AND run < ?"
        later = "SELECT id FROM seen WHERE list = ? AND run = ?"
        self._write(
            (f"UPDATE {table} SET gone = NULL WHERE gone IS NOT NULL AND id IN ({later})", (list, run.number)),  # noqa: S608
            (f"UPDATE {table} SET gone = ? WHERE gone IS NULL AND id IN ({earlier})", (now, list, run.number)),  # noqa: S608
        )

    def ids(self, table: str, *, state: str | None = None) -> Iterator[str]:
        """Yield the ids of a table in order, of all rows or of those in a state; rows may be changed meanwhile."""
        where = "id > ?" if state is None else "id > ? AND state = ?"
        sql, last = f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT {BATCH}", ""  # noqa: S608
        while rows := self._rows(sql, last, *([] if state is None else [state])):
            yield from (id for (id,) in rows)
            last = rows[-1][0]

    def raw(self, table: str, id: str) -> Raw:
        """Return what Imgur sent of a row."""
        return json.loads(self._value(f"SELECT raw FROM {table} WHERE id = ?", id) or "{}")  # noqa: S608

    def set_state(self, table: str, id: str, state: str, error: str | None = None) -> None:
        """Set the state of an album or post."""
        self._write((f"UPDATE {table} SET state = ?, error = ? WHERE id = ?", (state, error, id)))  # noqa: S608

    # ---- items

    def item(self, id: str) -> Item | None:
        """Return an item; None if there is none."""
        rows = self._rows(f"SELECT {ITEM_COLUMNS} FROM item WHERE id = ?", id)  # noqa: S608
        return to_item(rows[0]) if rows else None

    def pending(self) -> Iterator[Item]:
        """Yield the items that are to be saved; states may be changed meanwhile."""
        return self._items("state = 'pending' AND state <> 'saved'")  # the second half names the partial index

    def without_sidecar(self) -> Iterator[Item]:
        """Yield saved items whose sidecar is to be written."""
        return self._items("sidecar = 0 AND state = 'saved'")

    def items(self) -> Iterator[Item]:
        """Yield all items."""
        return self._items("1")

    def saved(self) -> Iterator[Item]:
        """Yield the saved items."""
        return self._items("state = 'saved'")

    def _items(self, where: str) -> Iterator[Item]:
        sql, last = f"SELECT {ITEM_COLUMNS} FROM item WHERE {where} AND id > ? ORDER BY id LIMIT {BATCH}", ""  # noqa: S608
        while rows := self._rows(sql, last):
            yield from map(to_item, rows)
            last = rows[-1][0]

    def albums_of(self, image: str) -> list[tuple[str, int]]:
        """Return the albums that have an image, with its position in each, from 1."""
        return self._rows("SELECT album, position FROM member WHERE image = ? ORDER BY album, position", image)  # pyright: ignore[reportReturnType]

    def album(self, id: str, *, with_secrets: bool) -> Raw:
        """Return what Imgur sent of an album, without its images."""
        [(deletehash, raw)] = self._rows("SELECT deletehash, raw FROM album WHERE id = ?", id)
        return {**json.loads(raw), **({"deletehash": deletehash} if with_secrets and deletehash else {})}

    def members(self, album: str) -> list[str]:
        """Return the ids of an album's images, in order."""
        return [id for (id,) in self._rows("SELECT image FROM member WHERE album = ? ORDER BY position", album)]

    def record_saved(self, item: Item, values: Mapping[str, object]) -> None:
        """Record that an item's file and sidecar are on the disk."""
        columns = ", ".join(f"{name} = ?" for name in values)
        sql = f"UPDATE item SET state = 'saved', error = NULL, tries = tries + 1, {columns} WHERE id = ?"  # noqa: S608
        self._write((sql, (*values.values(), item.id)))

    def record_failed(self, item: Item, state: str, error: str) -> None:
        """Record why an item could not be saved."""
        sql = "UPDATE item SET state = ?, error = ?, tries = tries + 1 WHERE id = ?"
        self._write((sql, (state, error, item.id)))

    def retry_failed(self, max_tries: int) -> int:
        """Make items whose download failed pending again, if they were tried less often; return how many."""
        with self._file.writing() as db:
            sql = "UPDATE item SET state = 'pending' WHERE state = 'failed' AND state <> 'saved' AND tries < ?"
            return db.execute(sql, (max_tries,)).rowcount

    def record_sidecars(self, ids: Sequence[str]) -> None:
        """Record that these sidecars are on the disk."""
        with self._file.writing() as db:
            db.executemany("UPDATE item SET sidecar = 1 WHERE id = ?", [(id,) for id in ids])

    # ---- totals

    def counts(self, table: str) -> dict[str, int]:
        """Return how many rows are in each state."""
        found = dict(self._rows(f"SELECT state, count(*) FROM {table} GROUP BY state"))  # noqa: S608
        return {state: found.get(state, 0) for state in STATES}

    def count(self, table: str, where: str = "1") -> int:
        """Return how many rows of a table fulfill a condition."""
        return self._value(f"SELECT count(*) FROM {table} WHERE {where}") or 0  # noqa: S608

    def pending_bytes(self) -> int:
        """Return how many bytes are to be saved, as far as Imgur told."""
        return self._value("SELECT sum(expected_size) FROM item WHERE state = 'pending' AND state <> 'saved'") or 0

    def pending_count(self) -> int:
        """Return how many items are to be saved."""
        return self.count("item", "state = 'pending' AND state <> 'saved'")

    def not_saved(self, limit: int) -> list[tuple[str, str, str]]:
        """Return id, state and error of the first items that are not saved."""
        return self._rows(
            "SELECT id, state, coalesce(error, '') FROM item WHERE state <> 'saved' ORDER BY state, id LIMIT ?", limit
        )  # pyright: ignore[reportReturnType]

    # ---- documents

    def documents(self) -> dict[str, Any]:
        """Return the documents of the account by name."""
        return {name: json.loads(raw) for name, raw in self._rows("SELECT name, raw FROM document WHERE error IS NULL")}

    def lines(self, table: str, order: str) -> Iterator[Raw]:
        """Yield what Imgur sent of the rows of a table, in an order of unique columns."""
        sql, offset = f"SELECT * FROM {table} ORDER BY {order} LIMIT {BATCH} OFFSET ?", 0  # noqa: S608
        names = [name for (_, name, *_) in self._rows(f"PRAGMA table_info({table})")]
        while rows := self._rows(sql, offset):
            for row in rows:
                values = dict(zip(names, row, strict=True))
                yield {**values, "raw": json.loads(values["raw"])}
            offset += len(rows)
