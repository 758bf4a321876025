"""`pyimgur history`: list the uploads from this machine, from the upload ledger."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from ..ledger import EntryState, Ledger, LedgerEntry
from ._options import examples
from ._output import Output, limit_option, note_cut, output_options
from ._table import NOTHING_TO_LIST
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
    arrived: run the same upload again to complete it. JSON has all fields, delete hashes included.
    """
    states: tuple[EntryState, ...] = ("deleted",) if deleted else ("done", "open", "uncertain")
    with Ledger() as ledger:
        entries = ledger.entries(*words, since=since or 0.0, states=states, limit=None if limit is None else limit + 1)
    has_more, entries = len(entries) > (limit or len(entries)), entries[:limit]
    if output.as_json:
        output.rows({}, [asdict(entry) for entry in entries])
    elif not entries and sys.stdout.isatty():
        click.echo(NOTHING_TO_LIST, err=True)
    else:
        for entry in entries:
            click.echo(format_entry(entry))
    note_cut(len(entries), has_more)


def format_entry(entry: LedgerEntry) -> str:
    """Return an entry as a line with tabs between time, link and path."""
    return "\t".join([format_time(entry.when), sanitize(entry.link or f"({entry.state})"), sanitize(entry.path)])
