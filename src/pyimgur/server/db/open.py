"""Pick the database engine that a server's settings ask for: the only module that imports the dialects."""

from __future__ import annotations

from pathlib import Path

from pyimgur.server.database_url import DatabaseURL
from pyimgur.server.db.dialects.sqlite.engine import FILE, SQLiteEngine
from pyimgur.server.db.engine import Engine, OldSchemaPolicy
from pyimgur.server.errors import DatabaseUnusableError
from pyimgur.server.settings import Settings


def open_engine(
    settings: Settings,
    *,
    older: OldSchemaPolicy = "update",
    fresh: bool = True,
    read_only: bool = False,
    exclusive: bool = False,
) -> Engine:
    """Return the engine of a server's database, which its context manager opens.

    Args:
        settings: the data folder, the database, and whether a commit waits for the disk.
        older: what to do with a database that an older version created.
        fresh: whether there may be no database yet, because there are no images.
        read_only: whether a database in the data folder can only be read, such as on a read-only medium.
        exclusive: whether this is the one server of the database. A data folder has a lock of its own.

    Raises:
        DatabaseUnusableError: the driver of the database is not installed.
    """
    if settings.database is not None:
        return _open_postgresql(
            settings.database, durable=settings.durable, older=older, fresh=fresh, exclusive=exclusive
        )
    path = settings.data / FILE
    return SQLiteEngine(path, durable=settings.durable, older=older, fresh=fresh, read_only=read_only)


def _open_postgresql(
    url: DatabaseURL, *, durable: bool, older: OldSchemaPolicy, fresh: bool, exclusive: bool
) -> Engine:
    try:
        from pyimgur.server.db.dialects.postgresql.engine import PostgreSQLEngine
    except ModuleNotFoundError as error:
        raise DatabaseUnusableError(
            f"PostgreSQL needs {error.name}, which is not installed: "
            'in a clone of pyimgur, run python -m pip install ".[cluster,server]"'
        ) from error
    return PostgreSQLEngine(url, durable=durable, older=older, fresh=fresh, exclusive=exclusive, open_copy=_open_copy)


def _open_copy(folder: Path) -> Engine:
    """Return the engine of a copy in a folder."""
    return SQLiteEngine(folder / FILE, older="leave")
