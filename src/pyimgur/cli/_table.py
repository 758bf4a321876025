"""Print a table that fits the terminal: columns of free text are shortened, and the last ones are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

NOTHING_TO_LIST = "there is nothing to list"
"""Printed on a terminal; programs get no lines."""
_FREE_TEXT = {"title", "text"}
"""Columns with text of any length."""
_MIN_TEXT_WIDTH = 12
"""Characters of such a column that are always shown."""
_GAP = "  "


def print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells under the names of their columns, as many columns as fit."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    if not rows:
        click.echo(NOTHING_TO_LIST, err=True)
        return
    terminal = Console().width
    widths = {name: max(map(cell_len, (name, *cells))) for name, *cells in zip(names, *rows, strict=True)}
    fitting = _fit_columns(widths, terminal)
    shown = (Column(name, width=width, no_wrap=True, overflow="ellipsis") for name, width in fitting.items())
    table = Table(*shown, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for name, cell in zip(names, row, strict=True) if name in fitting))
    Console(width=max(terminal, _table_width(fitting))).print(table)  # a table that is too wide wraps


def _fit_columns(widths: Mapping[str, int], terminal: int) -> dict[str, int]:
    """Return the columns that fit a terminal of this width, and how wide each is.

    Columns of free text are shortened. Other columns are shown whole or not at all: those on the right are left out
    first, but never the first one and the link, which are there to be copied.
    """
    fitting = {name: min(width, _MIN_TEXT_WIDTH) if name in _FREE_TEXT else width for name, width in widths.items()}
    for name in list(fitting)[:0:-1]:
        if _table_width(fitting) > terminal and name not in {*_FREE_TEXT, "link"}:
            del fitting[name]
    for name in _FREE_TEXT & fitting.keys():
        fitting[name] = min(widths[name], fitting[name] + max(0, terminal - _table_width(fitting)))
    return fitting


def _table_width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)
