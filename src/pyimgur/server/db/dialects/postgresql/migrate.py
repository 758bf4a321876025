"""Create the tables of an empty schema, or migrate an older one with Alembic.

Both happen in one transaction and under a lock, so that several processes may start at once, and a killed one leaves
the database unchanged. Migrations are written to SQL first and then executed, so they need no second driver; hence they
read no rows in Python.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import asyncpg
from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, Text
from sqlalchemy.schema import CreateIndex, CreateTable

from pyimgur.server.db.dialects.postgresql import fulltext
from pyimgur.server.db.dialects.postgresql.rules import DIALECT
from pyimgur.server.db.engine import OldSchemaPolicy
from pyimgur.server.db.schema import VERSION, metadata
from pyimgur.server.errors import DatabaseUnusableError

MIGRATIONS = Path(__file__).parents[2] / "migrations"
FIRST = "0008"
"""The oldest version that a PostgreSQL database can have."""
OLDEST_POSTGRESQL = 150_000
LOCK = 0x70796D67
"""The advisory lock of whoever creates or changes tables ("pymg"); its second half is the number of the schema."""
LOCK_TIMEOUT = "60s"
DATABASE_MISSING = (
    "the database has no tables, but the data folder holds images: name the database of these images, or restore its "
    "backup"
)


async def ensure_current(
    connection: asyncpg.Connection, older: OldSchemaPolicy = "update", *, fresh: bool = True
) -> None:
    """Create the tables, or migrate those of an older version; a database that is up to date stays as it is.

    Args:
        connection: to the database; the first schema of its search path is used.
        older: what to do with a database of an older version.
        fresh: whether an empty database is expected, because there are no images.

    Raises:
        DatabaseUnusableError: the database cannot be used; see the message.
    """
    await _check_server(connection)
    version = await version_of(connection)
    if version is None and not fresh:
        raise DatabaseUnusableError(DATABASE_MISSING)
    if version is None or (version < VERSION and older == "update"):
        await _under_lock(connection)
        return
    if version < VERSION and older == "refuse":
        raise DatabaseUnusableError(
            f"the database was made by an older pyimgur (its tables have version {version}, this one needs {VERSION}): "
            "make a backup, then start the server once, which migrates it"
        )
    if version > VERSION:
        raise DatabaseUnusableError(
            f"the database was made by a newer pyimgur (its tables have version {version}, this one knows {VERSION}): "
            "update pyimgur, or name another database"
        )


async def version_of(connection: asyncpg.Connection) -> str | None:
    """Return the version of the tables; None if there are none.

    Raises:
        DatabaseUnusableError: the schema has tables of another program.
    """
    tables = {row[0] for row in await connection.fetch(_TABLES)}
    if not tables:
        return None
    if not {"alembic_version", "image", "blob_intent"} <= tables:
        raise DatabaseUnusableError(
            f"the schema {await connection.fetchval('SHOW search_path')} has tables of another program, such as "
            f"{min(tables)}: name an empty database, or another schema with ?search_path=NAME"
        )
    return await connection.fetchval("SELECT version_num FROM alembic_version")


def statements() -> Iterator[str]:
    """Yield the SQL that creates the tables, indexes and the version."""
    for table in _tables():
        yield str(CreateTable(table).compile(dialect=DIALECT))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=DIALECT))
    yield from fulltext.DDL
    yield f"INSERT INTO alembic_version VALUES ('{VERSION}')"  # noqa: S608 - a version of ours


def migration(since: str, to: str) -> str:
    """Return the SQL of the migrations after a version."""
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    sql = io.StringIO()
    options = {"as_sql": True, "output_buffer": sql, "render_as_batch": True}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        for revision in reversed([*ScriptDirectory.from_config(config).iterate_revisions(to, since)]):
            revision.module.upgrade()
    return f"{sql.getvalue()};\nUPDATE alembic_version SET version_num = '{to}'"


async def _under_lock(connection: asyncpg.Connection) -> None:
    """Create or migrate, unless another process has just done so."""
    await connection.execute(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK}, {_SCHEMA_NUMBER})")
        version = await version_of(connection)
        if version is None:
            await connection.execute(";\n".join(statements()))
        elif version < VERSION:
            await connection.execute(migration(version, VERSION))
        await connection.execute("COMMIT")
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise


async def _check_server(connection: asyncpg.Connection) -> None:
    """Check what the server and the role can do.

    Raises:
        DatabaseUnusableError: it is too old, not in UTF-8, or the schema is missing or closed to the role.
    """
    (facts,) = await connection.fetch(_FACTS)
    number, encoding, database, schema, wanted, role, may_create = facts
    if number < OLDEST_POSTGRESQL:
        oldest = OLDEST_POSTGRESQL // 10_000
        raise DatabaseUnusableError(f"this is PostgreSQL {number // 10_000}, the server needs {oldest} or newer")
    if encoding != "UTF8":
        raise DatabaseUnusableError(
            f"the database {database} stores text as {encoding}: create one with ENCODING 'UTF8' TEMPLATE template0"
        )
    if schema is None:
        raise DatabaseUnusableError(f"the database {database} has no schema {wanted}: create it with CREATE SCHEMA")
    if not may_create and await version_of(connection) is None:
        raise DatabaseUnusableError(
            f"the role {role} may not create tables in the schema {schema} of {database}: "
            f"run GRANT CREATE, USAGE ON SCHEMA {schema} TO {role}, or make {role} the owner of the database"
        )


_FACTS = (
    "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), current_database(), "
    "current_schema(), current_setting('search_path'), current_user, "
    "has_schema_privilege(current_schema(), 'CREATE')"
)
_SCHEMA_NUMBER = "(SELECT oid::int FROM pg_namespace WHERE nspname = current_schema())"
_TABLES = (
    "SELECT relname::text FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
)


def _tables() -> list[Table]:
    """Return copies of the tables whose texts sort by code points, whatever the database's language."""
    tables = MetaData()
    for table in metadata.sorted_tables:
        copy = table.to_metadata(tables)
        for column in copy.c:
            if isinstance(column.type, Text):
                column.type = Text(collation="C")
    Table(
        "alembic_version",
        tables,
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    return tables.sorted_tables
