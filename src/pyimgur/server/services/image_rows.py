"""A cache of image rows that are read again and again, such as those of an image that many people see at once.

A row is valid until anybody commits a change, in any process: asking the database whether somebody has done so takes a
third of the time of reading a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as queries

if TYPE_CHECKING:
    from pyimgur.server.db.engine import Engine
    from pyimgur.server.db.queries.images import Image

MAX_ROWS = 512
"""Rows in memory; the longest description makes one of 40 KB."""


class ImageRows:
    """Image rows by id, all of one version of the database."""

    def __init__(self) -> None:
        self._version: object = None
        self._rows: dict[str, Image] = {}

    async def find(self, db: Engine, id: str) -> Image | None:
        """Return the row of an image as `db.read` would; None if there is none."""
        version = await db.change_token()  # before the row is read, so that a row may be newer than its version
        if version != self._version:
            self._version, self._rows = version, {}
        rows = self._rows
        row = rows.get(id)
        if row is None and (row := await db.read(queries.GET_BY_ID.one(id=id))) and version is not None:
            if len(rows) >= MAX_ROWS:
                del rows[next(iter(rows))]
            rows[id] = row  # if the version has changed meanwhile, these rows are not used any more
        return row
