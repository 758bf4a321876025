"""What a dialect package for PostgreSQL would tell SQLAlchemy: the rules of `db/expressions.py`, and the search table.

The product has no such package yet: with these rules, the tests notice a statement that only SQLite understands. A
PostgreSQL 15 has prepared all statements that they make.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.compiler import SQLCompiler

from pyimgur.server.db.expressions import ListElements, MatchesSearch, Upsert
from pyimgur.server.db.fulltext import COLUMNS
from pyimgur.server.db.schema import metadata

DIALECT = postgresql.dialect(paramstyle="numeric_dollar")
_TEXTS = ", ".join(f"{name} TEXT" for name in COLUMNS)
_CONCATENATED = " || ' ' || ".join(f"coalesce({name}, '')" for name in COLUMNS)
_KEY = "rowid BIGINT PRIMARY KEY REFERENCES post (number) ON DELETE CASCADE"
_WORDS = f"words TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', {_CONCATENATED})) STORED"
SEARCH_DDL = (
    f"CREATE TABLE post_words ({_KEY}, {_TEXTS}, {_WORDS})",
    "CREATE INDEX post_words_index ON post_words USING gin (words)",
)


@compiles(ListElements, "postgresql")
def _list_elements(element: ListElements, compiler: SQLCompiler, **options: Any) -> str:
    array = f"CAST({compiler.process(element.clauses, **options)} AS {element.item.compile(compiler.dialect)}[])"
    return f"(SELECT ordinality - 1 AS key, value FROM unnest({array}) WITH ORDINALITY AS item (value, ordinality))"


@compiles(MatchesSearch, "postgresql")
def _matches_search(element: MatchesSearch, compiler: SQLCompiler, **options: Any) -> str:
    return f"post_words.words @@ to_tsquery('simple', {compiler.process(element.clauses, **options)})"


@compiles(Upsert, "postgresql")
def _upsert(statement: Upsert, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(statement.build(postgresql.insert), **options)


def statements() -> list[str]:
    """Return the SQL that creates the tables and indexes."""
    tables = metadata.sorted_tables
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda index: str(index.name))]
    return [*(str(make.compile(dialect=DIALECT)) for make in [*map(CreateTable, tables), *map(CreateIndex, indexes)])]
