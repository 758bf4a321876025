"""SQLite's spelling of `expressions`, and the encoding of their arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pyimgur.server.db.dialects.sqlite.fulltext import fts5_expression
from pyimgur.server.db.expressions import (
    EncodedType,
    ListElements,
    ListType,
    MatchesSearch,
    SearchType,
    Unindexed,
    Upsert,
    WordsType,
)

DIALECT = sqlite.dialect(paramstyle="qmark")


def _json_array(items: Iterable[object]) -> str:
    return json.dumps([*items])


def _as_it_is(text: str | None) -> str | None:
    return text


ENCODERS: Mapping[type[EncodedType], Callable[[Any], object]] = {
    ListType: _json_array,
    SearchType: fts5_expression,
    WordsType: _as_it_is,  # FTS5 splits it into words
}
"""From an argument to what the driver takes."""


@compiles(ListElements, "sqlite")
def _list_elements(element: ListElements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(MatchesSearch, "sqlite")
def _matches_search(element: MatchesSearch, compiler: SQLCompiler, **options: Any) -> str:
    return f"post_words MATCH {compiler.process(element.clauses, **options)}"


@compiles(Unindexed, "sqlite")
def _unindexed(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    """Add nothing to the column: the sum has no index."""
    return f"{compiler.process(element.clauses, **options)} + 0"


@compiles(Upsert, "sqlite")
def _upsert(statement: Upsert, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(statement.build(sqlite.insert), **options)
