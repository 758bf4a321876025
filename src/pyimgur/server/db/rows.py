"""Row types: the named tuples that statements return.

A row type stands in `queries/`, before its statements. Columns become its fields by name, when the module is imported,
so that the order of a table's columns does not matter:

    class Reply(NamedTuple):
        id: int
        author_name: str | None

    _COLUMNS = row_columns(Reply, comment, author_name=account.c.name)
    GET_REPLY = Query(select(*_COLUMNS).outerjoin(account, ...).where(...), Reply)

A field whose type is a row type, such as `image: Image`, holds a row of its own in the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, TypeVar, get_type_hints

from sqlalchemy import ColumnClause, ColumnElement, FromClause, Label

Row: TypeAlias = tuple[Any, ...]
R = TypeVar("R", bound=Row)
_named_tuple: Any = NamedTuple
"""Under another name, because type checkers want the fields of `NamedTuple` as literals."""


class Count(NamedTuple):
    """How many rows a statement counted."""

    total: int


class PublicId(NamedTuple):
    """The id of an image, album or post, as in its URL."""

    id: str


class RowNumber(NamedTuple):
    """The number that identifies an account, comment, conversation, message or folder."""

    id: int


class PostNumber(NamedTuple):
    """The number of a post."""

    number: int


def row_columns(
    row: type[Row], /, *tables: FromClause, **given: ColumnElement[Any] | Sequence[ColumnElement[Any]]
) -> list[ColumnElement[Any]]:
    """Return the columns that a statement selects for a row type, in the order of its fields.

    Args:
        row: the row type.
        tables: a field that is not in `given` is the column of its name in the first of these tables that has one.
        given: the expressions of other fields; for a field that holds a row, what this function returns for its type.

    Raises:
        TypeError: a field is neither in `given` nor in a table, or a name in `given` is no field.
    """
    fields = _fields(row)
    if unknown := sorted(given.keys() - fields.keys()):
        raise TypeError(f"{row.__name__} has no field {', '.join(unknown)}")
    columns: list[ColumnElement[Any]] = []
    for name in fields:
        found = given[name] if name in given else _find_column(row, name, tables)
        columns += [_labeled(found, name)] if isinstance(found, ColumnElement) else found
    return columns


def check_columns(row: type[Row] | None, names: Sequence[str]) -> None:
    """Check that a statement selects the columns of its row type.

    Raises:
        TypeError: a column is missing, is not in the row type, or is in another place; or there is no row type.
    """
    expected = [] if row is None else list(_column_names(row))
    if names == expected:
        return
    if row is None:
        raise TypeError(f"a statement that returns {names} needs a row type: Query(statement, Row)")
    missing = [name for name in expected if name not in names]
    surplus = [name for name in names if name not in expected]
    found = f"{missing} missing, {surplus} surplus" if missing or surplus else f"{names} in another order"
    raise TypeError(f"a statement's columns are not the fields of {row.__name__}: {found}; select row_columns(...)")


def row_maker(row: type[R]) -> Callable[[Iterable[Any]], R]:
    """Return a function that makes a row from a statement's values, in the columns that `check_columns` has checked."""
    makers = [None if nested is None else row_maker(nested) for nested in _fields(row).values()]
    row_type: Any = row
    make: Callable[[Iterable[Any]], R] = row_type._make
    if not any(makers):
        return make
    sizes = [0 if nested is None else sum(1 for _ in _column_names(nested)) for nested in _fields(row).values()]

    def make_nested(values: Iterable[Any]) -> R:
        rest = iter(values)
        return make(
            [maker(islice(rest, size)) if maker else next(rest) for maker, size in zip(makers, sizes, strict=True)]
        )

    return make_nested


def table_row(table: FromClause) -> type[Any]:
    """Return a row type that has all columns of a table, for code that copies whole tables."""
    return _named_tuple("Row", [(column.key, Any) for column in table.c])


@cache
def _fields(row: type[Row]) -> Mapping[str, type[Row] | None]:
    """Return the fields of a row type in order, each with its row type if it holds a row."""
    return {name: hint if _is_row_type(hint) else None for name, hint in get_type_hints(row).items()}


def _is_row_type(hint: Any) -> bool:
    return hasattr(hint, "_fields") and isinstance(hint, type)


def _column_names(row: type[Row]) -> Iterator[str]:
    for name, nested in _fields(row).items():
        yield from (name,) if nested is None else _column_names(nested)


def _find_column(row: type[Row], name: str, tables: Sequence[FromClause]) -> ColumnElement[Any]:
    for table in tables:
        if name in table.c:
            return table.c[name]
    raise TypeError(f"{row.__name__}.{name} is no column of {', '.join(map(str, tables)) or 'a table'}, nor given")


def _labeled(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    is_named = isinstance(column, ColumnClause | Label) and column.name == name
    return column if is_named else column.label(name)
