"""`pyimgur history`: what was uploaded from here, as the ledger has it."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from ..ledger import EntryState, Ledger, LedgerEntry
from ._options import examples
from ._output import NONE, Output, limit_option, note_cut, output_options
from ._terminal_text import sanitize
from ._time_option import format_time, parse_since


@click.command(
    epilog=examples("pyimgur history", "pyimgur history beach --since 2d", "pyimgur history --json --limit 1000 | jq .")
)
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "--since", metavar="WHEN", type=parse_since, help="Only uploads since then: 30m, 1h, 2d, 3w, or 2026-11-01."
)
@click.option("--deleted", is_flag=True, help="List deleted uploads instead.")
@limit_option
@output_options
def history(words: tuple[str, ...], since: float | None, deleted: bool, limit: int | None, output: Output) -> None:
    """List uploads from this machine, newest first: only those with every WORD in their path, title, id or link.

    Each line has the time, the link and the path, separated by tabs. Uploads of Python programs that use the same
    ledger are listed too. Instead of a link, (open) means in progress or interrupted, and (uncertain) that it may have
    arrived: run the same upload again to settle both. JSON has all fields, delete hashes included.
    """
    states: tuple[EntryState, ...] = ("deleted",) if deleted else ("done", "open", "uncertain")
    with Ledger() as ledger:
        found = ledger.entries(*words, since=since or 0.0, states=states, limit=None if limit is None else limit + 1)
    has_more, found = len(found) > (limit or len(found)), found[:limit]
    if output.as_json:
        output.rows({}, [asdict(entry) for entry in found])
    elif not found and sys.stdout.isatty():
        click.echo(NONE, err=True)
    else:
        for entry in found:
            click.echo(format_entry(entry))
    note_cut(len(found), has_more)


def format_entry(entry: LedgerEntry) -> str:
    """An entry for people to read, and for `cut`."""
    return "\t".join([format_time(entry.when), sanitize(entry.link or f"({entry.state})"), sanitize(entry.path)])
