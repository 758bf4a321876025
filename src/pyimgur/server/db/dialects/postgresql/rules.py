"""PostgreSQL's spelling of `expressions`, and the encoding of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pyimgur.server.db.dialects.postgresql.fulltext import tsquery, tsvector
from pyimgur.server.db.expressions import (
    EncodedType,
    ListElements,
    ListType,
    MatchesSearch,
    SearchType,
    Upsert,
    WordsType,
)
from pyimgur.server.db.fulltext import Tree

DIALECT = postgresql.dialect(paramstyle="numeric_dollar")


def _array(items: Iterable[object], _: object) -> list[object]:
    return [*items]


def _query(tree: Tree, _: object) -> str:
    return tsquery(tree)


def _vector(text: str | None, kind: WordsType) -> str | None:
    return tsvector(text, kind.column)


ENCODERS: Mapping[type[EncodedType], Callable[[Any, Any], object]] = {
    ListType: _array,
    SearchType: _query,
    WordsType: _vector,
}
"""From an argument and its type to what the driver takes."""


@compiles(ListElements, "postgresql")
def _list_elements(element: ListElements, compiler: SQLCompiler, **options: Any) -> str:
    array = f"CAST({compiler.process(element.clauses, **options)} AS {element.item.compile(compiler.dialect)}[])"
    elements = f"unnest({array}) WITH ORDINALITY AS item (value, ordinality)"
    return f"(SELECT ordinality - 1 AS key, value FROM {elements})"  # noqa: S608 - a parameter and its type


@compiles(MatchesSearch, "postgresql")
def _matches_search(element: MatchesSearch, compiler: SQLCompiler, **options: Any) -> str:
    return f"post_words.words @@ CAST({compiler.process(element.clauses, **options)} AS TSQUERY)"


@compiles(Upsert, "postgresql")
def _upsert(statement: Upsert, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(statement.build(postgresql.insert), **options)
