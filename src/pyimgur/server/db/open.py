"""Pick the database engine that a server's settings ask for: the only module that imports the dialects."""

from __future__ import annotations

from pyimgur.server.db.dialects.sqlite.engine import FILE, SQLiteEngine
from pyimgur.server.db.engine import Engine, OldSchemaPolicy
from pyimgur.server.settings import Settings


def open_engine(
    settings: Settings, *, older: OldSchemaPolicy = "update", fresh: bool = True, read_only: bool = False
) -> Engine:
    """Return the engine of a server's database, which its context manager opens.

    Args:
        settings: the data folder, and whether a commit waits for the disk.
        older: what to do with a database that an older version created.
        fresh: whether there may be no database yet, because the data folder is new.
        read_only: whether the database can only be read, such as on a read-only medium.
    """
    path = settings.data / FILE
    return SQLiteEngine(path, durable=settings.durable, older=older, fresh=fresh, read_only=read_only)
