"""Create the tables of an empty database, or migrate an older one with Alembic.

Both happen in one transaction, so that two programs may do it at once, and a killed one leaves the database unchanged.
Importing Alembic takes longer than starting the server, so only a database that needs a migration imports it.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from pyimgur.server.db.dialects.sqlite import fulltext
from pyimgur.server.db.engine import OldSchemaPolicy
from pyimgur.server.db.schema import VERSION, metadata
from pyimgur.server.errors import DatabaseUnusableError

MIGRATIONS = Path(__file__).parents[2] / "migrations"
DATABASE_MISSING = (
    "{path} is empty or missing, but its folder holds images: put the database file back with its -wal and -shm files, "
    "or restore a backup into a new folder"
)
LOCK_TIMEOUT = 60.0
"""Seconds to wait for another program that migrates this database."""

alembic_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""The table in which Alembic stores the version, as Alembic creates it."""


def ensure_current(
    connection: sqlite3.Connection, path: Path, older: OldSchemaPolicy = "update", *, fresh: bool = True
) -> None:
    """Create the tables, or migrate those of an older version; a database that is up to date stays as it is.

    Args:
        connection: to the database.
        path: of the database file.
        older: what to do with a database of an older version.
        fresh: whether an empty database is expected, because the data folder is new.

    Raises:
        DatabaseUnusableError: the database is of a newer version, or of an older one and `older` is "refuse"; or it is
            empty and `fresh` is false.
    """
    version = version_of(connection)
    if version is None and not fresh:
        raise DatabaseUnusableError(DATABASE_MISSING.format(path=path))
    if version is None:
        _create(connection)
    elif version < VERSION and older == "update":
        upgrade(path, VERSION)
    elif version < VERSION and older == "refuse":
        raise DatabaseUnusableError(
            f"{path} was made by an older pyimgur (its tables have version {version}, this one needs {VERSION}): "
            "make a backup, then start the server once, which migrates it"
        )
    elif version > VERSION:
        raise DatabaseUnusableError(
            f"{path} was made by a newer pyimgur (its tables have version {version}, this one knows {VERSION}): "
            "update pyimgur, or use another folder"
        )


def version_of(connection: sqlite3.Connection) -> str | None:
    """Return the version of the tables; None if there are none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def statements() -> list[str]:
    """Return the SQL that creates the tables, indexes and triggers."""
    tables = [*metadata.sorted_tables, alembic_version]
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda index: str(index.name))]
    elements = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    return [*(str(element.compile(dialect=sqlite.dialect())) for element in elements), *fulltext.DDL]


def upgrade(path: Path, to: str) -> None:
    """Run the migrations that a database lacks, up to the version `to`.

    They run on a connection that does not enforce foreign keys: Alembic changes a table by copying it, and dropping the
    old one would otherwise delete the rows that refer to it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    connect = partial(sqlite3.connect, path, timeout=LOCK_TIMEOUT, isolation_level=None)
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def _create(connection: sqlite3.Connection) -> None:
    """Create all tables in one transaction, unless another program has just done so."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) is None:
            for statement in statements():
                connection.execute(statement)
            connection.execute("INSERT INTO alembic_version VALUES (?)", (VERSION,))
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
