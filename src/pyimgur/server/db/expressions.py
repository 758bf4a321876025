"""SQL that databases spell differently; each dialect has rules for it (`dialects/sqlite/rules.py`).

A dialect registers rules with SQLAlchemy's `compiles`: for `ListElements`, `MatchesSearch` and `Upsert`, without which
statements that use these do not compile, and for `Unindexed` if its planner needs the hint. It encodes the arguments of
`ListType`, `SearchType` and `WordsType`, which services pass as lists, search trees and texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    Integer,
    Table,
    TableValuedAlias,
    bindparam,
    column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType

Updates = Callable[[Any], Mapping[str, ColumnElement[Any]]]


class EncodedType(UserDefinedType[Any]):
    """The type of a parameter whose argument the dialect encodes for its driver."""

    cache_ok = True


class ListType(EncodedType):
    """A list of numbers or texts."""


class SearchType(EncodedType):
    """A tree of `fulltext`."""


class WordsType(EncodedType):
    """A text that is searched for its words, or None; the column of `fulltext.post_words` that it is for."""

    def __init__(self, column: str) -> None:
        self.column = column


class ListElements(FunctionElement[Any]):
    """The elements of a list parameter: a table of `key`, the index that begins at 0, and `value`."""

    inherit_cache = False

    def __init__(self, parameter: BindParameter[Any], item: TypeEngine[Any]) -> None:
        self.item = item
        super().__init__(parameter)


def list_parameter(name: str, item: TypeEngine[Any]) -> TableValuedAlias:
    """Return a list parameter as a table with the columns `key`, the index, and `value`.

    With it, one statement takes a list of any length. `item` is the type of the elements, `ROW_NUMBER` or `Text()`.
    """
    elements = ListElements(bindparam(name, type_=ListType()), item)
    return elements.table_valued(column("key", Integer), column("value", item))


class Unindexed(FunctionElement[Any]):
    """A column whose index the query planner must not use."""

    inherit_cache = False


@compiles(Unindexed)
def _plain(element: Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    """Return the column itself: most planners choose well without help."""
    return compiler.process(element.clauses, **options)


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column as an expression for which SQLite's planner does not choose the column's index."""
    element = Unindexed(column)
    element.type = column.type
    return element


class MatchesSearch(FunctionElement[Any]):
    """Whether a row of `fulltext.post_words` matches a search tree, the argument of the parameter."""

    inherit_cache = False


class Upsert(Insert):
    """Insert a row, or do something else with the one that has its key."""

    inherit_cache = False

    def __init__(self, table: Table, updates: Updates | None = None) -> None:
        super().__init__(table)
        self._target, self._updates = table, updates

    def build(self, insert: Callable[[Table], Any]) -> Any:
        """Return the statement, made with the `insert` of SQLAlchemy's dialect, if that knows ON CONFLICT."""
        statement = insert(self._target)
        if self._updates is None:
            return statement.on_conflict_do_nothing()
        updates = self._updates(statement.excluded)
        return statement.on_conflict_do_update(index_elements=list(self._target.primary_key), set_=updates)


def insert_or_ignore(table: Table) -> Insert:
    """Return the statement that inserts a row, unless a row has its primary key or another unique key of it.

    The row count is 0 if there is one. A reference to a row that does not exist is an `IntegrityConflict` as always.
    """
    return Upsert(table)


def insert_or_update(table: Table, updates: Updates) -> Insert:
    """Return the statement that inserts a row, or updates the one that has its primary key.

    Args:
        table: the table.
        updates: returns the new values by column; its argument has the columns of the row that was to be inserted.
    """
    return Upsert(table, updates)
