"""How many transfers get on: bars on a terminal, a line for each elsewhere, nothing where quiet is asked for.

    with transfers("uploaded", quiet=quiet) as shown:
        one = shown.add("beach.jpg", 48_000)      # counts from now on; its bar comes with its first bytes
        im.upload_image("beach.jpg", progress=one.update)
        one.end()                                 # or one.end("not uploaded: …")
        shown.result(image.link)                  # a line on stdout, wherever the bars are
        shown.say("…")                            # a line on stderr

Everything but results goes to stderr. Any thread may call any of it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ._terminal_text import sanitize

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

WIPED = "\x1b[2K\x1b[G"
"""Takes away what a terminal has put on the line by itself, such as its `^C`: a link stands alone on its line."""
NAME_WIDTH = 28
"""Columns for a file's name: what is left of 80 beside size, speed and time."""


class Transfer:
    """One file on its way."""

    def __init__(self, shown: Transfers, name: str, size: int | None) -> None:
        self.name = sanitize(name)
        self.size = size
        self._shown = shown

    def update(self, sent: int, size: int | None = None) -> None:
        """So many bytes are over, of so many in all; what the library calls as its `progress`."""
        self.size = size or self.size
        self._shown.moved(self, sent)

    def end(self, said: str = "") -> None:
        """It is over; `said` is what became of it, if not what was to be expected."""
        self._shown.finish(self, said)


class Transfers:
    """All of them, and how they are shown: not at all, in this class."""

    def __init__(self, done: str) -> None:
        self.done = done
        """What has become of a file where nothing else is said, such as "uploaded"."""
        self.files: int = 0
        self.over: int = 0
        self._lock = threading.Lock()

    def add(self, name: str, size: int | None = None) -> Transfer:
        """One more, on its way or soon; `size` in bytes where it is known."""
        with self._lock:
            self.files += 1
        return Transfer(self, name, size)

    def moved(self, one: Transfer, sent: int) -> None:
        """So many bytes of this one are over."""

    def finish(self, one: Transfer, said: str) -> None:
        """This one is over."""
        with self._lock:
            self.over += 1

    def say(self, text: str) -> None:
        """A line on stderr."""
        with self._lock:
            click.echo(text, err=True)

    def result(self, text: str) -> None:
        """A line on stdout."""
        with self._lock:
            click.echo(text)


class _Lines(Transfers):
    """A line for each that is over: for logs, and for whoever reads along in a pipe."""

    def finish(self, one: Transfer, said: str) -> None:
        super().finish(one, said)
        self.say(f"[{self.over}/{self.files}] {one.name}: {said or self.done}")


class _Bars(Transfers):
    """A bar for each that moves, and one for all, with speed and time left."""

    def __init__(self, done: str, bars: Progress) -> None:
        super().__init__(done)
        self._bars = bars
        self._tasks: dict[Transfer, TaskID] = {}
        self._sent: dict[Transfer, int] = {}
        self._bytes = 0
        self._all = bars.add_task("", total=None)

    def add(self, name: str, size: int | None = None) -> Transfer:
        one = super().add(name, size)
        with self._lock:
            self._bytes += size or 0
            self._refresh_total()
        return one

    def moved(self, one: Transfer, sent: int) -> None:
        with self._lock:
            if one not in self._tasks:
                self._tasks[one] = self._bars.add_task(one.name, total=one.size)
            self._bars.update(self._tasks[one], completed=sent, total=one.size)
            self._count(one, sent)

    def finish(self, one: Transfer, said: str) -> None:
        with self._lock:
            self.over += 1
            self._count(one, one.size or self._sent.get(one, 0))
            self._sent.pop(one, None)
            if one in self._tasks:
                self._bars.remove_task(self._tasks.pop(one))
        if said:
            self.say(f"{one.name}: {said}")

    def _count(self, one: Transfer, sent: int) -> None:
        """Counted from the highest mark: a file that is sent again does not run backwards in the sum."""
        more = max(0, sent - self._sent.get(one, 0))
        self._sent[one] = self._sent.get(one, 0) + more
        self._bars.advance(self._all, more)
        self._refresh_total()

    def _refresh_total(self) -> None:
        self._bars.update(self._all, total=self._bytes or None, description=f"{self.over} of {self.files}")

    def say(self, text: str) -> None:
        with self._lock:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def result(self, text: str) -> None:
        if not (sys.stdout.isatty() and self._bars.live.is_started):
            super().result(text)
            return
        with self._lock:  # the bars step aside: it is the same screen, but another stream
            self._bars.stop()
            click.echo(f"{WIPED}{text}")
            self._bars.start()


@contextmanager
def transfers(done: str, *, quiet: bool = False) -> Generator[Transfers]:
    """Shows what is added within the block, in the way that suits where stderr goes."""
    if quiet:
        yield Transfers(done)
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bars() as bars:
            yield _Bars(done, bars)
    else:
        yield _Lines(done)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.table import Column

    console = Console(stderr=True)
    name = Column(width=min(NAME_WIDTH, console.width // 4), no_wrap=True, overflow="ellipsis")
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(bar_width=None),
        DownloadColumn(table_column=Column(no_wrap=True)),
        TransferSpeedColumn(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        expand=True,
    )
