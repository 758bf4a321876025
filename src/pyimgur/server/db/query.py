"""Prepared statements, and transactions as generators of statements; independent of the database.

SQLAlchemy Core compiles a `Query` to SQL, once for each dialect, and a plain driver executes it. A `BoundQuery` is a
query with its arguments. The steps of a transaction are a generator: it yields bound queries and is sent their results,
so it does no I/O itself, and a SQLite thread or an async PostgreSQL connection can run the same one. `transaction`
makes a generator function return a `Transaction`, which an engine can begin again. Values are integers, floats and
texts, which no layer converts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial, wraps
from typing import Any, Generic, Literal, NamedTuple, Never, NoReturn, ParamSpec, TypeAlias, TypeVar, overload

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect

from pyimgur.server.db.expressions import EncodedType
from pyimgur.server.db.rows import Row, check_columns, row_maker

P = ParamSpec("P")
T = TypeVar("T")
R_co = TypeVar("R_co", bound=Row, covariant=True)
T_co = TypeVar("T_co", covariant=True)
Kind = Literal["one", "all", "run"]
Change: TypeAlias = Insert | Update | Delete
Statement: TypeAlias = Select[*tuple[Any, ...]] | Change


class IntegrityConflict(Exception):
    """A row violates a constraint, such as a unique key; thrown into the transaction that yielded the statement.

    The transaction may raise another error instead, but must not go on (see `Engine.write`).
    """


class BoundQuery(NamedTuple, Generic[T_co]):
    """A query with its arguments. Its result is a T: a row ("one"), a list of rows ("all") or a row count ("run")."""

    query: Query[Any]
    kind: Kind
    args: Mapping[str, object]


Steps: TypeAlias = Generator[BoundQuery[Any], Any, T]
"""The steps of a transaction: yield bound queries, are sent their results, and return a T."""


class Transaction(Generic[T_co]):
    """A transaction that returns a T: each `iter` of it begins its steps again.

    An engine does so if another transaction has changed what this one read. So the steps change nothing but the
    database. Within another transaction, `yield from` runs them.
    """

    def __init__(self, begin: Callable[[], Steps[T_co]]) -> None:
        self._begin = begin

    def __iter__(self) -> Steps[T_co]:
        return self._begin()


def transaction(function: Callable[P, Steps[T]]) -> Callable[P, Transaction[T]]:
    """Make a generator function return a `Transaction`; nothing runs before an engine does."""

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> Transaction[T]:
        return Transaction(partial(function, *args, **kwargs))

    return bound


def end_in_conflict(steps: Steps[Any], reason: str) -> NoReturn:
    """Throw `IntegrityConflict` into the steps of a transaction, and raise what they make of it.

    Raises:
        RuntimeError: they have gone on, which SQLite would allow, but other databases would not.
    """
    with suppress(StopIteration):
        steps.throw(IntegrityConflict(reason))
    steps.close()
    raise RuntimeError("a transaction has gone on after an IntegrityConflict, which not every database allows")


class Compiled(NamedTuple):
    """A statement, compiled for one dialect."""

    sql: str
    parameters: Sequence[str]
    """The parameter of each placeholder, in order."""
    constants: Mapping[str, object]
    """Values of the parameters that are part of the statement."""
    encoded: Sequence[tuple[int, EncodedType]]
    """The places of arguments that the dialect encodes, and their types."""
    row: Callable[[Iterable[Any]], Any]
    """Makes a row of the values that the driver returns."""

    def values(self, args: Mapping[str, object]) -> list[object]:
        """Return the values of the placeholders, in order; the dialect still encodes those in `encoded`."""
        constants = self.constants
        return [args[name] if name in args else constants[name] for name in self.parameters]


class Query(Generic[R_co]):
    """A prepared statement, and the type of its rows, a named tuple (see `rows`)."""

    @overload
    def __init__(self, statement: Statement, row: type[R_co]) -> None: ...
    @overload
    def __init__(self: Query[Never], statement: Change) -> None: ...
    def __init__(self, statement: Statement, row: type[R_co] | None = None) -> None:
        """Prepare a statement.

        Args:
            statement: what to execute.
            row: the type of its rows, if it returns any.

        Raises:
            TypeError: the statement's columns are not the fields of the row type.
        """
        check_columns(row, [column.key or str(column) for column in statement.exported_columns])
        self.statement: Statement = statement
        self.row: type[R_co] | None = row
        self._make_row: Callable[[Iterable[Any]], Any] = tuple if row is None else row_maker(row)
        self._compiled: dict[object, Compiled] = {}
        self.is_change: bool = not isinstance(statement, Select)
        self._by_columns = isinstance(statement, Insert) and statement.select is None

    def one(self, **args: object) -> BoundQuery[R_co | None]:
        """Bind arguments; the result is the first row, or None."""
        return BoundQuery(self, "one", args)

    def exactly_one(self, **args: object) -> BoundQuery[R_co]:
        """Bind arguments; the result is the first row of a statement that always has one, such as a count."""
        return BoundQuery(self, "one", args)

    def all(self, **args: object) -> BoundQuery[list[R_co]]:
        """Bind arguments; the result is a list of the rows."""
        return BoundQuery(self, "all", args)

    def run(self, **args: object) -> BoundQuery[int]:
        """Bind arguments; the result is the number of changed rows."""
        return BoundQuery(self, "run", args)

    def compiled(self, dialect: Dialect, args: Mapping[str, object]) -> Compiled:
        """Return the compiled statement, from a cache after the first call.

        An insert names only the columns in `args`; the others get their defaults.
        """
        key = (dialect.name, *args) if self._by_columns else dialect.name
        compiled = self._compiled.get(key)
        if compiled is None:
            columns = args if self._by_columns else None
            compiled = self._compiled[key] = _compile(self.statement, self._make_row, dialect, columns)
        return compiled


def _compile(
    statement: Statement, make_row: Callable[[Iterable[Any]], Any], dialect: Dialect, columns: Iterable[str] | None
) -> Compiled:
    column_keys = None
    if columns is not None and isinstance(statement, Insert):
        column_keys = [name for name in columns if name in statement.table.c]
    compiled = statement.compile(dialect=dialect, column_keys=column_keys)
    parameters = tuple(compiled.positiontup or ())
    types = [(place, compiled.binds[name].type) for place, name in enumerate(parameters)]
    encoded = [(place, kind) for place, kind in types if isinstance(kind, EncodedType)]
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return Compiled(str(compiled), parameters, constants, encoded, make_row)
