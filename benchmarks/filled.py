"""Data folders with so many images in the database, made once and kept beside this file.

Every image is a public post, as that is the most the lists have to sort. There are rows only: no file behind them, and
no words for the search.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import process

from pyimgur.server.db.dialects.sqlite import migrate

KEPT = Path(__file__).parent / ".filled"
DATA, SECONDS = "data", "seconds"
OWNERS = 1_000
BEGAN = 1_600_000_000
STEP = 100
"""Seconds from one image to the next."""
STATEMENTS = migrate.statements()
Row = dict[str, Any]


def filled(count: int) -> Path:
    """The data folder; filling it with a million images takes half a minute, and is done again for another schema."""
    version = hashlib.sha256("".join([*STATEMENTS, Path(__file__).read_text()]).encode()).hexdigest()[:12]
    folder = KEPT / f"{count}-{version}"
    if not (folder / SECONDS).exists():
        for old in KEPT.glob(f"{count}-*"):
            shutil.rmtree(old)
        with process.serve(folder / DATA):
            pass  # it makes its tables
        began = time.monotonic()
        fill(folder / DATA / "pyimgur.sqlite3", count)
        (folder / SECONDS).write_text(f"{time.monotonic() - began:.0f}")
    return folder / DATA


def fill(database: Path, count: int) -> None:
    """Put in the rows."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-1000000")
        connection.execute("BEGIN")
        insert(connection, "account", map(account, range(1, OWNERS + 1)))
        insert(connection, "image", map(image, range(count)))
        insert(connection, "post", map(post, range(count)))
        connection.execute("COMMIT")


def insert(connection: sqlite3.Connection, table: str, rows: Iterator[Row]) -> None:
    first = next(rows)
    sql = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join(f':{name}' for name in first)})"
    connection.execute(sql, first)
    connection.executemany(sql, rows)


def account(number: int) -> Row:
    return {"id": number, "name": f"Owner{number}", "name_key": f"owner{number}", "password": "", "created": BEGAN}


def image(number: int) -> Row:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return {
        "id": f"p{number:07}",
        "deletehash": digest[:15],
        "account_id": number % OWNERS + 1,
        "title": f"Picture {number} of the café at the corner",
        "description": None if number % 3 else "taken on a rainy day in spring and never shown to anybody since",
        "name": f"IMG_{number}.jpg",
        "type": "image/jpeg",
        "ext": "jpg",
        "width": 4000,
        "height": 3000,
        "size": 3_000_000 + number,
        "sha256": digest,
        "received_sha256": digest,
        "created": BEGAN + STEP * number,
        "in_gallery": 1,
    }


def post(number: int) -> Row:
    """A post with a score by chance, most of them low."""
    score = 1 + int(hashlib.sha256(b"%d" % number).digest()[0] ** 2 / 100)
    return {
        "number": number + 1,
        "id": f"p{number:07}",
        "image_id": f"p{number:07}",
        "account_id": number % OWNERS + 1,
        "facets": "post image jpg lrg",
        "created": BEGAN + STEP * number,
        "ups": score,
        "score": score,
        "viral": math.log10(score) + (BEGAN + STEP * number) / 45_000,
    }


def main() -> None:
    """Fill those that are named, and say how long it took."""
    for count in map(int, sys.argv[1:]):
        print(f"{count:,} images: filled in {(filled(count).with_name(SECONDS)).read_text()} s", file=sys.stderr)


if __name__ == "__main__":
    main()
