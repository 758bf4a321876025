"""Show the progress of transfers: bars on a terminal, a line for each file elsewhere, nothing with --quiet.

    with transfers("uploaded", quiet=quiet) as progress:
        transfer = progress.add("beach.jpg", 48_000)      # counted from now on; its bar appears with its first bytes
        im.upload_image("beach.jpg", progress=transfer.update)
        transfer.end()                                    # or transfer.end("not uploaded: …")
        progress.result(image.link)                       # a line on stdout
        progress.note("…")                                # a line on stderr

Everything except results goes to stderr. All methods may be called from any thread.
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
"""Clears what the terminal itself has printed on the line, such as `^C`, so that a link is alone on its line."""
NAME_WIDTH = 28
"""Columns for a file's name: what is left of 80 beside size, speed and time."""


class Transfer:
    """The transfer of one file."""

    def __init__(self, transfers: Transfers, name: str, size: int | None) -> None:
        self.name = sanitize(name)
        self.size = size
        self._transfers = transfers

    def update(self, sent: int, size: int | None = None) -> None:
        """Report the bytes that are transferred, and the size if it is known; the library's `progress` callback."""
        self.size = size or self.size
        self._transfers.update(self, sent)

    def end(self, outcome: str = "") -> None:
        """Report the end; `outcome` says what happened if it is not the usual."""
        self._transfers.finish(self, outcome)


class Transfers:
    """All transfers of a command; this class shows no progress.

    Attributes:
        usual_outcome: what is printed for a file without an `outcome` of its own, such as "uploaded".
        files: how many transfers were added.
        finished: how many have ended.
    """

    def __init__(self, usual_outcome: str) -> None:
        self.usual_outcome = usual_outcome
        self.files: int = 0
        self.finished: int = 0
        self._lock = threading.Lock()

    def add(self, name: str, size: int | None = None) -> Transfer:
        """Add a transfer that runs now or later; `size` in bytes if it is known."""
        with self._lock:
            self.files += 1
        return Transfer(self, name, size)

    def update(self, transfer: Transfer, sent: int) -> None:
        """Show how many bytes of this transfer are done."""

    def finish(self, transfer: Transfer, outcome: str) -> None:
        """Show the end of this transfer."""
        with self._lock:
            self.finished += 1

    def note(self, text: str) -> None:
        """Print a line on stderr."""
        with self._lock:
            click.echo(text, err=True)

    def result(self, text: str) -> None:
        """Print a line on stdout."""
        with self._lock:
            click.echo(text)


class _Lines(Transfers):
    """A line for each finished transfer, for logs and pipes."""

    def finish(self, transfer: Transfer, outcome: str) -> None:
        super().finish(transfer, outcome)
        self.note(f"[{self.finished}/{self.files}] {transfer.name}: {outcome or self.usual_outcome}")


class _Bars(Transfers):
    """A bar for each running transfer, and one for all, with speed and time left."""

    def __init__(self, usual_outcome: str, bars: Progress) -> None:
        super().__init__(usual_outcome)
        self._bars = bars
        self._tasks: dict[Transfer, TaskID] = {}
        self._sent: dict[Transfer, int] = {}
        self._bytes = 0
        self._all = bars.add_task("", total=None)

    def add(self, name: str, size: int | None = None) -> Transfer:
        transfer = super().add(name, size)
        with self._lock:
            self._bytes += size or 0
            self._refresh_total()
        return transfer

    def update(self, transfer: Transfer, sent: int) -> None:
        with self._lock:
            if transfer not in self._tasks:
                self._tasks[transfer] = self._bars.add_task(transfer.name, total=transfer.size)
            self._bars.update(self._tasks[transfer], completed=sent, total=transfer.size)
            self._count(transfer, sent)

    def finish(self, transfer: Transfer, outcome: str) -> None:
        with self._lock:
            self.finished += 1
            self._count(transfer, transfer.size or self._sent.get(transfer, 0))
            self._sent.pop(transfer, None)
            if transfer in self._tasks:
                self._bars.remove_task(self._tasks.pop(transfer))
        if outcome:
            self.note(f"{transfer.name}: {outcome}")

    def _count(self, transfer: Transfer, sent: int) -> None:
        """Add new bytes to the total; bytes that are sent a second time do not count again, nor backwards."""
        more = max(0, sent - self._sent.get(transfer, 0))
        self._sent[transfer] = self._sent.get(transfer, 0) + more
        self._bars.advance(self._all, more)
        self._refresh_total()

    def _refresh_total(self) -> None:
        self._bars.update(self._all, total=self._bytes or None, description=f"{self.finished} of {self.files}")

    def note(self, text: str) -> None:
        with self._lock:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def result(self, text: str) -> None:
        if not (sys.stdout.isatty() and self._bars.live.is_started):
            super().result(text)
            return
        with self._lock:  # stdout is the same screen as the bars on stderr, so they are hidden meanwhile
            self._bars.stop()
            click.echo(f"{WIPED}{text}")
            self._bars.start()


@contextmanager
def transfers(usual_outcome: str, *, quiet: bool = False) -> Generator[Transfers]:
    """Show the progress of transfers within this block, as bars if stderr is a terminal."""
    if quiet:
        yield Transfers(usual_outcome)
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bars() as bars:
            yield _Bars(usual_outcome, bars)
    else:
        yield _Lines(usual_outcome)


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
