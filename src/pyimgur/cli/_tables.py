"""What a command found, for people and for programs: a table on a terminal, lines with tabs elsewhere, JSON if asked.

    ALBUMS = Columns(id="id", title="title", made=day("datetime"))

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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import click

from ..objects import Object
from ._progress import printable

R = TypeVar("R")
Raw: TypeAlias = Mapping[str, Any]
Column: TypeAlias = "str | Callable[[Raw], object]"
Columns: TypeAlias = Mapping[str, Column]
Thing: TypeAlias = "Object[Any] | Mapping[str, Any]"

limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most."
)


def columns(**named: Column) -> Columns:
    """Headings, and what stands below them."""
    return named


def day(field: str) -> Column:
    """The day and minute of a field in unix seconds, where this machine is."""

    def shown(raw: Raw) -> str:
        try:
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(int(raw[field])))
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return ""

    return shown


@dataclass(frozen=True, slots=True)
class Output:
    """How a command shows what it found."""

    as_json: bool = False

    def rows(self, shown: Columns, things: Iterable[Thing]) -> None:
        """A row for each; on lines they are printed as they come."""
        if self.as_json:
            _print_json([_raw(thing) for thing in things])
        elif sys.stdout.isatty():
            _print_table(shown, [_cells(shown, thing) for thing in things])
        else:
            for thing in things:
                click.echo("\t".join(_cells(shown, thing)))

    def one(self, shown: Columns, thing: Thing) -> None:
        """The fields of one thing that are there, each on a line."""
        if self.as_json:
            _print_json(_raw(thing))
            return
        for heading, cell in zip(shown, _cells(shown, thing), strict=True):
            if cell:
                click.echo(f"{heading}\t{cell}" if not sys.stdout.isatty() else f"{heading:<12} {cell}")


def output_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command --json, and the argument `output` that comes of it."""

    @functools.wraps(command)
    def with_output(*args: Any, as_json: bool, **rest: Any) -> R:
        return command(*args, output=Output(as_json), **rest)

    click.option("--json", "as_json", is_flag=True, help="Print what Imgur told, as JSON.")(with_output)
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
    return "yes" if value is True else " ".join(printable(" ".join(str(value).split())).split())


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2))


def _print_table(shown: Columns, rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*shown, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*map(Text, row))
    if rows:
        Console().print(table)
