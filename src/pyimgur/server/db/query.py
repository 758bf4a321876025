"""One language for statements, whoever runs them: a `Query` is written once, a `BoundQuery` asks it.

SQLAlchemy Core writes the SQL, once per dialect; a plain driver runs it. A transaction is a generator that yields calls
and is sent their answers, so it holds no I/O, and a SQLite thread or an async PostgreSQL connection can drive the same
one. Types are plain (integers, text): nothing converts a value on its way in or out.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Delete, Insert, Select, TableValuedAlias, Update, bindparam, func
from sqlalchemy.engine import Dialect

T = TypeVar("T")
Kind = Literal["one", "all", "run"]
_named: Callable[[str, Sequence[str]], Any] = namedtuple
"""By a name of ours: what rows are called comes from the statement, where type checkers want it written down."""
Statement: TypeAlias = Select[*tuple[Any, ...]] | Insert | Update | Delete


class IntegrityConflict(Exception):
    """The row breaks a rule of the schema, say that its key is taken; thrown into the transaction that yielded it."""


class BoundQuery(NamedTuple):
    """One statement with its values: gives a row or None ("one"), all rows, or how many changed ("run")."""

    query: Query
    kind: Kind
    args: Mapping[str, object]


Transaction: TypeAlias = Generator[BoundQuery, Any, T]
"""A transaction: yields calls, is sent their answers, returns a T."""


class Compiled(NamedTuple):
    """A statement as one database wants it."""

    sql: str
    order: Sequence[str]
    fixed: Mapping[str, object]
    row: Callable[[Iterable[Any]], Any]

    def values(self, args: Mapping[str, object]) -> list[object]:
        """The arguments in the order of the placeholders."""
        fixed = self.fixed
        return [args[name] if name in args else fixed[name] for name in self.order]


class Query:
    """A fixed statement. Rows are named tuples of its columns."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._compiled: dict[object, Compiled] = {}
        self._by_columns = isinstance(statement, Insert) and statement.select is None

    def one(self, **args: object) -> BoundQuery:
        """The first row, or None."""
        return BoundQuery(self, "one", args)

    def all(self, **args: object) -> BoundQuery:
        """A list of the rows."""
        return BoundQuery(self, "all", args)

    def run(self, **args: object) -> BoundQuery:
        """How many rows it changed."""
        return BoundQuery(self, "run", args)

    def compiled(self, dialect: Dialect, args: Mapping[str, object]) -> Compiled:
        """The SQL; made once. An insert names just the columns that are given, others take their defaults."""
        key = (dialect.name, *args) if self._by_columns else dialect.name
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = _compile(self.statement, dialect, args if self._by_columns else None)
        return found


def _compile(statement: Statement, dialect: Dialect, given: Iterable[str] | None) -> Compiled:
    columns = None
    if given is not None and isinstance(statement, Insert):
        columns = [name for name in given if name in statement.table.c]
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    names = [str(column.key) for column in statement.exported_columns]
    return Compiled(str(compiled), tuple(compiled.positiontup or ()), fixed, _row_of(names) if names else tuple)


def _row_of(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """What makes a named tuple of a row."""
    return _named("Row", names)._make


def list_parameter(name: str) -> TableValuedAlias:
    """The members of a JSON list that is given under this name, as a table: `key` is the place, `value` the member.

    So one statement takes a list of any length; another database has its own way to say this.
    """
    return func.json_each(bindparam(name)).table_valued("key", "value")
