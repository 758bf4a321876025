"""What a command found, for people and for programs: a table on a terminal, lines with tabs elsewhere, JSON if asked.

    ALBUMS = columns(id="id", title="title", made=day("datetime"))

    @output_options
    def list_(output: Output): ...
        output.rows(ALBUMS, im.get_albums.iter(limit=limit))     # a line for each, as it comes
        output.one(ALBUMS, album)                                # its fields, one below the other

A column is a heading and the field of Imgur's answer that stands below it, or a function of that answer.
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
from ._terminal_text import is_safe_char, sanitize

R = TypeVar("R")
T = TypeVar("T")
Form: TypeAlias = Literal["text", "json", "jsonl"]
Raw: TypeAlias = Mapping[str, Any]
Column: TypeAlias = "str | Callable[[Raw], object]"
Columns: TypeAlias = Mapping[str, Column]
Thing: TypeAlias = "Object[Any] | Mapping[str, Any]"

NONE = "there is nothing to list"
"""Said on a terminal; a program sees it from no lines."""
_FREE = {"title", "text"}
"""Columns with people's own words, of any length."""
_WORDS = 12
"""Characters of these that are shown at least."""
_GAP = "  "

CUT = "pass --limit N or --all"
"""What to do about a list that was cut."""


def limit_option(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command --limit and --all, and the argument `limit` that comes of them: None for all."""

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
        what = "of more" if has_more else "and there may be more"
        click.echo(f"Showing {shown:,} {what}; {CUT}.", err=True)


class _Items(Generic[T]):
    """The items of a list command, counted; `has_more` tells afterwards whether a limit cut them."""

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
    """Headings, and what stands below them."""
    return named


def day(field: str) -> Callable[[Raw], str]:
    """The day and minute of a field in unix seconds, where this machine is."""

    def columns(raw: Raw) -> str:
        try:
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(int(raw[field])))
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return ""

    return columns


@dataclass(frozen=True, slots=True)
class Output:
    """How a command prints what it found: for people, as one JSON document, or as JSON with an object on each line.

    Stdout holds nothing else; what people are told meanwhile goes to stderr.
    """

    form: Form = "text"

    @property
    def as_json(self) -> bool:
        """Whether the command prints JSON, in either form."""
        return self.form != "text"

    def rows(self, shown: Columns, things: Iterable[Thing]) -> None:
        """Print a list; all but tables and JSON documents as it comes. A line on stderr follows if it was cut."""
        items = _Items(things)
        if self.form == "json":
            click.echo(as_json([_raw(thing) for thing in items], indent=2))
        elif self.form == "text" and sys.stdout.isatty():
            _print_table(shown, [_cells(shown, thing) for thing in items])
        else:
            for thing in items:
                click.echo(as_json(_raw(thing)) if self.as_json else "\t".join(_cells(shown, thing)))
        note_cut(items.count, items.has_more)

    def one(self, shown: Columns, thing: Thing) -> None:
        """Print the fields of one thing that are there, each on a line."""
        if self.as_json:
            click.echo(as_json(_raw(thing), indent=2 if self.form == "json" else None))
            return
        for heading, cell in zip(shown, _cells(shown, thing), strict=True):
            if cell:
                click.echo(f"{heading}\t{cell}" if not sys.stdout.isatty() else f"{heading:<12} {cell}")

    def value(self, text: str, fields: Raw) -> None:
        """Print one result: the text, or as JSON its fields."""
        if self.as_json:
            self.one({}, fields)
        else:
            click.echo(text)

    @contextmanager
    def results(self, say: Callable[[str], object] = click.echo) -> Generator[Callable[[str, Raw], None]]:
        """Print the results of work as they come; one document holds them all, and follows however the block ends."""
        kept: list[Raw] = []

        def result(text: str, fields: Raw) -> None:
            if self.form == "json":
                kept.append(fields)
            elif line := as_json(fields) if self.as_json else text:
                say(line)

        try:
            yield result
        finally:
            if self.form == "json":
                click.echo(as_json(kept, indent=2))


def output_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command --json and --jsonl, and the argument `output` that comes of them."""

    @functools.wraps(command)
    def with_output(*args: Any, document: bool, lines: bool, **rest: Any) -> R:
        if document and lines:
            raise click.UsageError("pass either --json or --jsonl, not both", click.get_current_context())
        return command(*args, output=Output("json" if document else "jsonl" if lines else "text"), **rest)

    click.option("--jsonl", "lines", is_flag=True, help="Print one JSON object per line.")(with_output)
    click.option("--json", "document", is_flag=True, help="Print one JSON document.")(with_output)
    return with_output


def _raw(thing: Thing) -> Raw:
    return thing.raw if isinstance(thing, Object) else thing


def _cells(shown: Columns, thing: Thing) -> list[str]:
    raw = _raw(thing)
    return [_text(raw.get(column) if isinstance(column, str) else column(raw)) for column in shown.values()]


def _text(value: object) -> str:
    """A value on one line, without orders to the terminal."""
    if value is None or value is False:
        return ""
    if isinstance(value, list):
        return str(len(cast("list[object]", value)))
    return "yes" if value is True else " ".join(sanitize(" ".join(str(value).split())).split())


def as_json(document: object, *, indent: int | None = None) -> str:
    """JSON with its letters as they are, save what the output has no signs for and what is an order to a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding if sys.stdout else "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return "".join(char if char == "\n" or is_safe_char(char) else json.dumps(char)[1:-1] for char in text)


def _print_table(shown: Columns, rows: list[list[str]]) -> None:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    if not rows:
        click.echo(NONE, err=True)
        return
    room = Console().width
    widths = {name: max(map(cell_len, (name, *cells))) for name, *cells in zip(shown, *rows, strict=True)}
    fitting = _fit_columns(widths, room)
    columns = (Column(name, width=width, no_wrap=True, overflow="ellipsis") for name, width in fitting.items())
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for name, cell in zip(shown, row, strict=True) if name in fitting))
    Console(width=max(room, _available_width(fitting))).print(table)  # what is still too wide goes on in the next line


def _fit_columns(widths: Mapping[str, int], room: int) -> dict[str, int]:
    """Which columns a terminal this wide shows, and how wide: of words the beginning, all else whole or not at all.

    What has no room goes from the right; what names a thing stays, for it is there to be copied.
    """
    fitting = {name: min(width, _WORDS) if name in _FREE else width for name, width in widths.items()}
    for name in list(fitting)[:0:-1]:
        if _available_width(fitting) > room and name not in {*_FREE, "link"}:
            del fitting[name]
    for name in _FREE & fitting.keys():
        fitting[name] = min(widths[name], fitting[name] + max(0, room - _available_width(fitting)))
    return fitting


def _available_width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)
