"""Print results: as a table on a terminal, as tab-separated lines elsewhere, or as JSON with --json and --jsonl.

    ALBUMS = columns(id="id", title="title", made=day("datetime"))

    @output_options
    def list_(output: Output): ...
        output.rows(ALBUMS, im.get_albums.iter(limit=limit))     # one line for each, as it arrives
        output.item(ALBUMS, album)                               # its fields, one on each line

A column is a heading, and the field of the API's object that it shows, or a function of that object.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

import click
from click.core import ParameterSource

from ..resources import Object
from ._table import print_table
from ._terminal_text import is_safe_char, sanitize

R = TypeVar("R")
T = TypeVar("T")
Format: TypeAlias = Literal["text", "json", "jsonl"]
Raw: TypeAlias = Mapping[str, Any]
Column: TypeAlias = "str | Callable[[Raw], object]"
Columns: TypeAlias = Mapping[str, Column]
Result: TypeAlias = "Object[Any] | Mapping[str, Any]"

HOW_TO_GET_MORE = "pass --limit N or --all"
"""How to get more of a list that was cut."""


def limit_option(command: Callable[..., R]) -> Callable[..., R]:
    """Add --limit and --all to a command, and pass it the argument `limit`: None for all."""

    @functools.wraps(command)
    def with_limit(*args: Any, limit: int, everything: bool, **rest: Any) -> R:
        context = click.get_current_context()
        if everything and context.get_parameter_source("limit") is not ParameterSource.DEFAULT:
            raise click.UsageError("pass either --limit or --all, not both", context)
        return command(*args, limit=None if everything else limit, **rest)

    click.option("--all", "everything", is_flag=True, help="List everything.")(with_limit)
    click.option(
        "--limit", "-L", type=click.IntRange(min=1), default=100, show_default=True, help="The maximum number to list."
    )(with_limit)
    return with_limit


def note_cut(shown: int, has_more: bool | None) -> None:
    """Print one line to stderr if a list was cut, or may have been."""
    if has_more is not False:
        rest = "of more" if has_more else "and there may be more"
        click.echo(f"Showing {shown:,} {rest}; {HOW_TO_GET_MORE}.", err=True)


class _Items(Generic[T]):
    """Iterate over items and count them; `has_more` says afterwards whether a limit cut the list."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self.count = 0
        self.has_more: bool | None = False

    def __iter__(self) -> Iterator[T]:
        items = iter(self._items)
        while True:
            try:
                item = next(items)
            except StopIteration as end:
                self.has_more = end.value if isinstance(items, Generator) else False  # what .iter() returns
                return
            self.count += 1
            yield item


def columns(**named: Column) -> Columns:
    """Return columns by heading, in this order."""
    return named


def day(field: str) -> Callable[[Raw], str]:
    """Return a column that shows a field of Unix seconds as day and minute in local time."""

    def column(raw: Raw) -> str:
        try:
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(int(raw[field])))
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return ""

    return column


@dataclass(frozen=True, slots=True)
class Output:
    """The output format of a command: text, one JSON document, or one JSON object on each line.

    Only results go to stdout; all messages go to stderr.
    """

    format: Format = "text"

    @property
    def as_json(self) -> bool:
        """Whether the command prints JSON, in either format."""
        return self.format != "text"

    def rows(self, columns: Columns, results: Iterable[Result]) -> None:
        """Print a list, and a line on stderr if it was cut.

        Lines are printed as the results arrive, tables and JSON documents at the end.
        """
        items = _Items(results)
        if self.format == "json":
            click.echo(as_json([_raw(item) for item in items], indent=2))
        elif self.format == "text" and sys.stdout.isatty():
            print_table(list(columns), [_cells(columns, item) for item in items])
        else:
            for item in items:
                click.echo(as_json(_raw(item)) if self.as_json else "\t".join(_cells(columns, item)))
        note_cut(items.count, items.has_more)

    def item(self, columns: Columns, result: Result) -> None:
        """Print the fields of one result that are not empty, each on a line."""
        if self.as_json:
            click.echo(as_json(_raw(result), indent=2 if self.format == "json" else None))
            return
        for heading, cell in zip(columns, _cells(columns, result), strict=True):
            if cell:
                click.echo(f"{heading}\t{cell}" if not sys.stdout.isatty() else f"{heading:<12} {cell}")

    def value(self, text: str, fields: Raw) -> None:
        """Print one result: as text, or its fields as JSON."""
        if self.as_json:
            self.item({}, fields)
        else:
            click.echo(text)

    @contextmanager
    def results(self, print_line: Callable[[str], object] = click.echo) -> Generator[Callable[[str, Raw], None]]:
        """Yield a function that prints a result as soon as it is there.

        With --json, one document with all of them is printed when the block ends, however it ends.
        """
        document: list[Raw] = []

        def result(text: str, fields: Raw) -> None:
            if self.format == "json":
                document.append(fields)
            elif line := as_json(fields) if self.as_json else text:
                print_line(line)

        try:
            yield result
        finally:
            if self.format == "json":
                click.echo(as_json(document, indent=2))


def output_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add --json and --jsonl to a command, and pass it the argument `output`."""

    @functools.wraps(command)
    def with_output(*args: Any, document: bool, lines: bool, **rest: Any) -> R:
        if document and lines:
            raise click.UsageError("pass either --json or --jsonl, not both", click.get_current_context())
        return command(*args, output=Output("json" if document else "jsonl" if lines else "text"), **rest)

    click.option("--jsonl", "lines", is_flag=True, help="Print one JSON object per line.")(with_output)
    click.option("--json", "document", is_flag=True, help="Print one JSON document.")(with_output)
    return with_output


def _raw(result: Result) -> Raw:
    return result.raw if isinstance(result, Object) else result


def _cells(columns: Columns, result: Result) -> list[str]:
    raw = _raw(result)
    return [_text(raw.get(column) if isinstance(column, str) else column(raw)) for column in columns.values()]


def _text(value: object) -> str:
    """Return a value on one line, without control characters."""
    if value is None or value is False:
        return ""
    if isinstance(value, list):
        return str(len(cast("list[object]", value)))
    return "yes" if value is True else " ".join(sanitize(" ".join(str(value).split())).split())


def as_json(document: object, *, indent: int | None = None) -> str:
    """Return JSON; escaped are only control characters, and all non-ASCII characters if stdout cannot encode them."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding if sys.stdout else "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return "".join(char if char == "\n" or is_safe_char(char) else json.dumps(char)[1:-1] for char in text)
