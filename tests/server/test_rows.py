"""Columns become the fields of row types by name: a column that is inserted in the middle of a table moves nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints

import pytest
from rows_support import all_queries, all_sql, positional_uses
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import NullType

from pyimgur.server.db.dialects.sqlite.execute import execute
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import Count, row_columns, table_row

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "src" / "pyimgur"


class Book(NamedTuple):
    id: int
    name: str
    author: str | None


class Chapter(NamedTuple):
    position: int
    book: Book
    heading: str


def shelf(*inserted: str) -> tuple[Table, Table]:
    """Return the tables of books and chapters; `inserted` are columns in the middle of the first one."""
    tables, more = MetaData(), [Column(name, Text) for name in inserted]
    book = Table("book", tables, Column("id", Integer), *more, Column("writer", Text), Column("name", Text))
    chapter = Table("chapter", tables, Column("name", Text), Column("id", Integer), Column("position", Integer))
    return book, chapter


def read(query: Query[Any], *tables: Table) -> list[Any]:
    """Return the rows of the query, in a new database with a row in each table that has a column's name as its text."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, table in enumerate(tables):
            connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
            values = {
                column.key: f"{table}.{column.key}" if isinstance(column.type, Text) else number for column in table.c
            }
            execute(connection, Query(insert(table)).run(**values))
        return execute(connection, query.all())


# ---- one statement


@pytest.mark.parametrize("inserted", [(), ("isbn",), ("author", "isbn")])
def test_a_column_in_the_middle_of_a_table_moves_no_field(inserted: tuple[str, ...]) -> None:
    book, _ = shelf(*inserted)
    query = Query(select(*row_columns(Book, book, author=book.c.writer)), Book)
    (row,) = read(query, book)
    assert row == Book(id=0, name="book.name", author="book.writer")
    assert type(row) is Book, type(row)


def test_a_field_in_the_middle_of_a_row_type_moves_no_field() -> None:
    class LongerBook(NamedTuple):
        id: int
        isbn: str
        name: str

    book, _ = shelf("isbn")
    (row,) = read(Query(select(*row_columns(LongerBook, book)), LongerBook), book)
    assert row._asdict() == {"id": 0, "isbn": "book.isbn", "name": "book.name"}


def test_the_first_table_that_has_a_column_gives_it() -> None:
    book, chapter = shelf()
    for tables in ((book, chapter), (chapter, book)):
        columns = row_columns(Book, *tables, author=book.c.writer)
        assert [str(column) for column in columns[:2]] == [f"{tables[0]}.id", f"{tables[0]}.name"]


def test_a_row_holds_another_row() -> None:
    book, chapter = shelf("isbn")
    columns = row_columns(Chapter, chapter, heading=chapter.c.name, book=row_columns(Book, book, author=book.c.writer))
    (row,) = read(Query(select(*columns), Chapter), book, chapter)
    assert row == Chapter(position=1, book=Book(0, "book.name", "book.writer"), heading="chapter.name")
    assert type(row.book) is Book, type(row.book)


def test_a_table_has_a_row_type_of_all_its_columns() -> None:
    book, _ = shelf("isbn")
    (row,) = read(Query(select(book), table_row(book)), book)
    assert row._asdict() == {"id": 0, "isbn": "book.isbn", "writer": "book.writer", "name": "book.name"}


def test_a_field_without_a_column_fails_when_the_module_is_imported() -> None:
    book, chapter = shelf()
    with pytest.raises(TypeError, match=r"Book\.author is no column of book, chapter, nor given"):
        row_columns(Book, book, chapter)


def test_an_expression_that_is_no_field_fails_when_the_module_is_imported() -> None:
    book, _ = shelf()
    with pytest.raises(TypeError, match="Book has no field writer"):
        row_columns(Book, book, author=book.c.writer, writer=book.c.writer)


def test_a_statement_with_other_columns_than_its_row_type_fails_when_the_module_is_imported() -> None:
    book, _ = shelf("author")
    for columns, message in (
        ((book.c.id, book.c.name), r"fields of Book: \['author'\] missing, \[\] surplus"),
        ((book.c.id, book.c.name, book.c.writer), r"\['author'\] missing, \['writer'\] surplus"),
        ((book.c.id, book.c.author, book.c.name), r"\['id', 'author', 'name'\] in another order"),
        ((func.count(),), r"\['id', 'name', 'author'\] missing, \['count\(\*\)'\] surplus"),
    ):
        with pytest.raises(TypeError, match=message):
            Query(select(*columns), Book)


def test_a_statement_that_returns_rows_needs_a_row_type() -> None:
    book, _ = shelf()
    with pytest.raises(TypeError, match=r"returns \['id'\] needs a row type"):
        Query(select(book.c.id))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"fields of Count: \['total'\] missing"):
        Query(insert(book), Count)


# ---- all statements, and the code that uses their rows


def field_types(row: Any) -> Iterator[tuple[str, set[type]]]:
    for name, hint in get_type_hints(row).items():
        if hasattr(hint, "_fields"):
            yield from field_types(hint)
        else:
            yield f"{row.__name__}.{name}", {*get_args(hint)} or {hint}


NEVER_NULL = frozenset(("RegisteredApplication.name", "SecretHash.secret_hash", "Reply.comment"))
"""Columns that may be NULL, but are not in the rows of these statements: `register` sets both, the join needs it."""


def test_every_field_has_the_type_of_its_column() -> None:
    wrong: set[str] = set()
    checked = 0
    for _, query in all_queries():
        for (field, types), column in zip(field_types(query.row), query.statement.exported_columns, strict=True):
            found = None if isinstance(column.type, NullType) else column.type.python_type
            if found is not None and found not in types and not (found is bool and int in types):
                wrong.add(f"{field} is {types}, the column {found}")
            if getattr(column, "nullable", False) and type(None) not in types and field not in NEVER_NULL:
                wrong.add(f"{field} is never None, the column may be NULL")
            checked += 1
    assert not wrong, sorted(wrong)
    assert checked > 500, checked


REVERSED = """
import json
import sqlalchemy

class Table(sqlalchemy.Table):
    def __new__(cls, name, metadata, *parts, **options):
        return original(name, metadata, *reversed(parts), **options)

original, sqlalchemy.Table = sqlalchemy.Table, Table
from rows_support import all_sql

print(json.dumps(all_sql()))
"""


def test_no_statement_depends_on_the_order_of_a_tables_columns() -> None:
    command = [sys.executable, "-c", REVERSED]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    assert done.returncode == 0, done.stderr
    declared, reverse = all_sql(), json.loads(done.stdout)
    differing = {name: (sql, reverse.get(name)) for name, sql in declared.items() if reverse.get(name) != sql}
    assert not differing, differing
    assert len(declared) > 100, len(declared)


def test_code_uses_rows_by_name() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if "db" not in path.relative_to(PACKAGE).parts]
    found = [
        f"{path.relative_to(PACKAGE)}:{use}" for path in modules for use in positional_uses(path.read_text("utf-8"))
    ]
    assert len(modules) > 100, f"there is no package in {PACKAGE}"
    assert not found, f"rows are taken apart by position: {found}"


@pytest.mark.parametrize(
    "code",
    [
        "row = await context.db.read(queries.GET.one(id=id)); Image(*row)",
        "row = await context.db.read(queries.GET.one(id=id)); row[0]",
        "row = get_or_not_found(await context.db.read(queries.GET.one(id=id)), 'image', id); row[1:]",
        "row: Image | None = yield queries.GET.one(id=id); row[0]",
        "(yield queries.COUNT.exactly_one())[0]",
        "((total,),) = await context.db.scan(queries.LIST.all())",
        "a, b = await context.db.read(queries.GET.exactly_one(id=id))",
        "query = queries.LIST.all(); rows = await context.db.scan(query); [a for a, b in rows]",
        "[Image(*row) for row in await context.db.scan(queries.LIST.all())]",
        "rows = await db.scan_blocking(queries.LIST.all()); {row[0] for row in rows[:5]}",
        "rows = await context.db.scan(queries.LIST.all()); rows[0][1]",
        "rows = await context.db.scan(queries.LIST.all()); dict(rows)",
        "for a, *b in (yield queries.LIST.all()): pass",
        "found = Image._make(values)",
        "found = images.Image(*(await find()))",
        "def f(image: images.Image | None): return image[0]",
    ],
)
def test_a_use_by_position_is_found(code: str) -> None:
    body = code.replace("; ", "\n    ")
    assert len(positional_uses(f"async def work():\n    {body}\n")) == 1, code


@pytest.mark.parametrize(
    "code",
    [
        "rows = await context.db.scan(queries.LIST.all()); rows[-1].id; rows[:5]; [row.id for row in rows]",
        "row = await context.db.read(queries.GET.one(id=id)); row.id; f(row); print(*names); names[0]",
        "image, row = await f(); image[0]",
    ],
)
def test_a_use_by_name_is_fine(code: str) -> None:
    body = code.replace("; ", "\n    ")
    assert positional_uses(f"async def work():\n    {body}\n") == [], code
