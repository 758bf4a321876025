"""Brings a database to today's tables: a fresh one at once from `schema`, an older one by its migrations.

Each way is one transaction, so two programs may do it at once, and one that is killed leaves the database as it was.
Alembic costs more to import than a start takes, so only a database that is behind pays for it.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from pyimgur.server.db.dialects.sqlite import fulltext
from pyimgur.server.db.schema import VERSION, metadata
from pyimgur.server.errors import DatabaseUnusableError

MIGRATIONS = Path(__file__).parent / "migrations"
OldSchemaPolicy = Literal["update", "refuse", "leave"]
"""What becomes of a database that an older program made. "leave": for what needs no more than every version has."""
DATABASE_MISSING = (
    "there are pictures beside {path}, and nothing is in it: put the right one back, with the files of its name, "
    "or restore a backup into a new folder"
)
PATIENCE = 60.0
"""Seconds to wait for another program that migrates this database."""

alembic_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""


def ensure_current(
    connection: sqlite3.Connection, path: Path, older: OldSchemaPolicy = "update", *, fresh: bool = True
) -> None:
    """Make the tables, or see to those of an older program; nothing happens to a database that is up to date.

    Raises:
        DatabaseUnusableError: a newer program made this database, or an older one and `older` is "refuse"; or there
        are no tables,
            and it is known not to be a fresh one.
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
            f"{path} was made by an older pyimgur (its tables have version {version}, this one makes {VERSION}): "
            "make a backup, then start the server once, which updates it"
        )
    elif version > VERSION:
        raise DatabaseUnusableError(
            f"{path} was made by a newer pyimgur (its tables have version {version}, this one knows {VERSION}): "
            "update pyimgur, or name another folder"
        )


def version_of(connection: sqlite3.Connection) -> str | None:
    """The migration that made the tables; None if there are none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def statements() -> list[str]:
    """The SQL that makes today's tables."""
    tables = [*metadata.sorted_tables, alembic_version]
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda index: str(index.name))]
    makers = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    return [*(str(maker.compile(dialect=sqlite.dialect())) for maker in makers), *fulltext.DDL]


def upgrade(path: Path, to: str) -> None:
    """Run the migrations up to `to` that a database lacks.

    Over a connection of its own, which does not enforce foreign keys: Alembic changes a table by copying it, and to
    drop the old one would delete whatever refers to it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    connect = partial(sqlite3.connect, path, timeout=PATIENCE, isolation_level=None)
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def _create(connection: sqlite3.Connection) -> None:
    """All tables in one transaction; another program may just have done the same."""
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
