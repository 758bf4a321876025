"""All SQL compiles for a second database, and only a dialect writes what one database alone understands."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from rows_support import every_query
from sqlalchemy import BigInteger, Insert

from pyimgur.server.db.dialects.postgresql import migrate
from pyimgur.server.db.dialects.postgresql import rules as postgresql
from pyimgur.server.db.dialects.sqlite import rules
from pyimgur.server.db.dialects.sqlite.migrate import MIGRATIONS
from pyimgur.server.db.queries import gallery
from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import metadata

ONLY_SQLITE = re.compile(
    r"json_each|data_version|sqlite|\bMATCH\b|last_insert_rowid|LIMIT -1|(?<!post_words\.)(?<!post_words \()\browid\b",
    re.IGNORECASE,
)
"""The key of the search table is called `rowid` in every database, because FTS5 has no other name for it."""
KEYS = [column for table in metadata.sorted_tables for column in table.c if column.primary_key or column.foreign_keys]
NUMBERS = {column.name for column in KEYS if isinstance(column.type, BigInteger)} | {"of", "person", "viewer"}
"""Names of columns and parameters that hold numbers of rows."""
LAST_OF_SQLITE = "0008"
QUERIES = dict(every_query())


def arguments(query: Query[Any]) -> dict[str, None]:
    """Return an argument for each column of an insert, which names those that it is given."""
    statement = query.statement
    return dict.fromkeys(statement.table.c.keys()) if isinstance(statement, Insert) and statement.select is None else {}


def postgresql_sql(query: Query[Any]) -> str:
    """Return the statement for PostgreSQL on one line."""
    return " ".join(query.compiled(postgresql.DIALECT, arguments(query)).sql.split())


@pytest.mark.parametrize("name", QUERIES)
def test_a_statement_is_one_for_postgresql_too(name: str) -> None:
    sql = postgresql_sql(QUERIES[name])
    assert not ONLY_SQLITE.search(sql), sql


@pytest.mark.parametrize("name", QUERIES)
def test_a_number_of_a_row_is_not_cast_to_32_bits(name: str) -> None:
    compiled = QUERIES[name].compiled(postgresql.DIALECT, arguments(QUERIES[name]))
    narrowed = {compiled.parameters[int(place) - 1] for place in re.findall(r"\$(\d+)::INTEGER\b", compiled.sql)}
    assert not narrowed & NUMBERS, compiled.sql


def test_the_tables_are_some_for_postgresql_too() -> None:
    sql = [" ".join(statement.split()) for statement in migrate.statements()]
    assert not [statement for statement in sql if ONLY_SQLITE.search(statement)]
    types = {str(column): column.type.compile(postgresql.DIALECT) for column in KEYS}
    narrow = [name for name, type in types.items() if type not in {"BIGINT", "TEXT"}]
    assert not narrow, f"numbers in URLs have up to 15 digits, which do not fit into these: {narrow}"
    (index,) = [statement for statement in sql if "INDEX image_without_mp4" in statement]
    assert index.endswith("WHERE mp4_size = 0"), index
    assert "id BIGSERIAL NOT NULL" in next(statement for statement in sql if "CREATE TABLE account " in statement)


def test_new_migrations_are_some_for_postgresql_too() -> None:
    """Those up to `LAST_OF_SQLITE` were made when there was only SQLite, and a database of another kind has none."""
    sql = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": sql, "render_as_batch": True}
    )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    later = [*ScriptDirectory.from_config(config).iterate_revisions("head", LAST_OF_SQLITE)]
    with Operations.context(context):
        for revision in reversed(later):
            revision.module.upgrade()
    assert not ONLY_SQLITE.search(sql.getvalue())


def test_hints_for_the_planner_are_for_sqlite_alone() -> None:
    section = gallery.LIST_SECTION["top"]
    assert "post.score + 0 >= ?" in section.compiled(rules.DIALECT, {}).sql
    assert "+ 0" not in postgresql_sql(section)
