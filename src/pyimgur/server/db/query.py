"""Prepared statements, and transactions as generators of statements; independent of the database.

SQLAlchemy Core compiles a `Query` to SQL, once for each dialect, and a plain driver executes it. A `BoundQuery` is a
query with its arguments. A transaction is a generator: it yields bound queries and is sent their results, so it does no
I/O itself, and a SQLite thread or an async PostgreSQL connection can run the same one. Values are integers, floats and
texts, which no layer converts.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Delete, Insert, Select, TableValuedAlias, Update, bindparam, func
from sqlalchemy.engine import Dialect

T = TypeVar("T")
Kind = Literal["one", "all", "run"]
_namedtuple: Callable[[str, Sequence[str]], Any] = namedtuple
"""Under another name, because type checkers want the fields of `namedtuple` as literals."""
Statement: TypeAlias = Select[*tuple[Any, ...]] | Insert | Update | Delete


class IntegrityConflict(Exception):
    """A row violates a constraint, such as a unique key; thrown into the transaction that yielded the statement."""


class BoundQuery(NamedTuple):
    """A query with its arguments. The result is a row or None ("one"), all rows ("all") or a row count ("run")."""

    query: Query
    kind: Kind
    args: Mapping[str, object]


Transaction: TypeAlias = Generator[BoundQuery, Any, T]
"""A transaction: yields bound queries, is sent their results, and returns a T."""


class Compiled(NamedTuple):
    """A statement, compiled for one dialect."""

    sql: str
    parameters: Sequence[str]
    """The parameter of each placeholder, in order."""
    constants: Mapping[str, object]
    """Values of the parameters that are part of the statement."""
    row: Callable[[Iterable[Any]], Any]

    def values(self, args: Mapping[str, object]) -> list[object]:
        """Return the values of the placeholders, in order."""
        constants = self.constants
        return [args[name] if name in args else constants[name] for name in self.parameters]


class Query:
    """A prepared statement. Its rows are named tuples with the statement's columns."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._compiled: dict[object, Compiled] = {}
        self._by_columns = isinstance(statement, Insert) and statement.select is None

    def one(self, **args: object) -> BoundQuery:
        """Bind arguments; the result is the first row, or None."""
        return BoundQuery(self, "one", args)

    def all(self, **args: object) -> BoundQuery:
        """Bind arguments; the result is a list of the rows."""
        return BoundQuery(self, "all", args)

    def run(self, **args: object) -> BoundQuery:
        """Bind arguments; the result is the number of changed rows."""
        return BoundQuery(self, "run", args)

    def compiled(self, dialect: Dialect, args: Mapping[str, object]) -> Compiled:
        """Return the compiled statement, from a cache after the first call.

        An insert names only the columns in `args`; the others get their defaults.
        """
        key = (dialect.name, *args) if self._by_columns else dialect.name
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self.statement, dialect, args if self._by_columns else None)
        return compiled


def _compile(statement: Statement, dialect: Dialect, columns: Iterable[str] | None) -> Compiled:
    column_keys = None
    if columns is not None and isinstance(statement, Insert):
        column_keys = [name for name in columns if name in statement.table.c]
    compiled = statement.compile(dialect=dialect, column_keys=column_keys)
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    names = [str(column.key) for column in statement.exported_columns]
    parameters = tuple(compiled.positiontup or ())
    return Compiled(str(compiled), parameters, constants, _row_factory(names) if names else tuple)


def _row_factory(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """Return a function that makes a named tuple of a row."""
    return _namedtuple("Row", names)._make


def list_parameter(name: str) -> TableValuedAlias:
    """Return a JSON list parameter as a table with the columns `key` (the index) and `value`.

    With it, one statement takes a list of any length. SQLite only: other databases unpack JSON in other ways.
    """
    return func.json_each(bindparam(name)).table_valued("key", "value")
