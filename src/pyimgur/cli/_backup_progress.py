"""Show the progress of a backup on stderr, and its totals on stdout."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from types import TracebackType
from typing import Self

import click

from ..backup import Event, Fetched, Listed, Note, Paused, Planned, Problem, Result, Totals
from ._output import Output
from ._terminal_text import sanitize

_INTERVAL = 5.0
"""Seconds between two lines of progress; on a terminal, a line that is overwritten changes more often."""
_TERMINAL_INTERVAL = 0.2
_MINUTE, _HOUR = 60, 3600


class BackupProgress:
    """Prints what a backup does: a line that changes on a terminal, and now and then a line elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._interval = _TERMINAL_INTERVAL if self._terminal else _INTERVAL
        self._printed_at = 0.0
        self._saved = 0
        self._on_line = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_line()

    def event(self, event: Event) -> None:
        """Print an event, if it is important or the last line is old."""
        match event:
            case Planned():
                self._line(_plan(event))
            case Paused(seconds=seconds, reason=reason):
                self._line(f"waiting {duration(seconds)}: {sanitize(reason)}", always=True)
            case Note(text=text):
                self._line(sanitize(text), always=True)
            case Listed(list=name, listed=listed, expected=expected):
                total = "" if expected is None else f" of {expected:,}"
                self._change(f"listing {name}: {listed:,}{total}")
            case Fetched(state="saved"):
                self._saved += 1
                rest = "" if event.seconds is None else f", about {duration(event.seconds)}"
                self._change(f"{self._saved:,} saved, {event.left:,} to go{rest}")
            case Fetched():
                self._line(f"{event.id}: {event.state}: {sanitize(event.error)}", always=True)

    def _change(self, text: str) -> None:
        """Print a line that the next one may replace."""
        if self._quiet or time.monotonic() < self._printed_at + self._interval:
            return
        self._printed_at = time.monotonic()
        if self._terminal:
            click.echo(f"\r\x1b[2K{text}", err=True, nl=False)
            self._on_line = True
        else:
            click.echo(text, err=True)

    def _line(self, text: str, *, always: bool = False) -> None:
        if always or not self._quiet:
            self._end_line()
            click.echo(text, err=True)

    def _end_line(self) -> None:
        if self._on_line:
            click.echo("\r\x1b[2K", err=True, nl=False)
            self._on_line = False


def _plan(plan: Planned) -> str:
    """Return the estimate as a sentence."""
    if not plan.credits:
        return "listing; how many credits that takes is not known"
    text = f"listing takes about {plan.credits:,} credits"
    if plan.available is None:
        return f"{text}; files take none"
    wait = f", so that it waits about {duration(plan.seconds)}" if plan.seconds else ""
    return f"{text} of the {plan.available:,} that are left{wait}; files take none"


def duration(seconds: float) -> str:
    """Return a duration in its largest unit."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"


def print_result(output: Output, result: Result) -> None:
    """Print the totals of a run, and what is not saved."""
    if output.as_json:
        output.item({}, result.as_json())
        return
    for name, totals in (("images", result.images), ("albums", result.albums), ("posts", result.posts)):
        if totals.listed or name == "images":
            click.echo(f"{name}\t{_totals(totals)}")
    click.echo(f"favorites\t{result.favorites:,}\ncomments\t{result.comments:,}")
    if result.vanished:
        click.echo(f"not at Imgur any more\t{result.vanished:,} (their files stay)")
    click.echo(f"credits\t{result.credits:,}")
    _print_problems(result)


def print_problem(problem: Problem) -> None:
    """Print a problem that a check has found."""
    click.echo(f"pyimgur: {sanitize(problem.what)}: {sanitize(problem.detail)}", err=True)


def _totals(totals: Totals) -> str:
    """Return totals as a sum: listed 10 = 9 saved + 1 failed."""
    states = [f"{count:,} {state}" for state, count in asdict(totals).items() if state != "listed" and count]
    return f"{totals.listed:,} listed = {' + '.join(states) or '0 saved'}"


def _print_problems(result: Result) -> None:
    for id, state, error in result.errors:
        click.echo(f"pyimgur: {id} is {state}: {sanitize(error)}", err=True)
    for step in result.lists:
        if step.missing:
            click.echo(f"pyimgur: {step.name}: {step.missing:,} of {step.expected:,} are missing", err=True)
        if step.note:
            click.echo(f"pyimgur: {step.name}: {sanitize(step.note)}", err=True)
    if result.stopped:
        click.echo(f"pyimgur: {result.stopped}; run the same command again to continue", err=True)
