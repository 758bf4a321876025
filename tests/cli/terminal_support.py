"""A terminal of one's own: a process whose input and output are one, what it shows, and what is typed there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which a test that waits for a word fails; nothing measures with it."""
ROWS, COLUMNS = 40, 100


class Terminal:
    """A process at a terminal of 40 lines, and 100 columns if nothing else is said."""

    def __init__(self, words: Sequence[str | Path], environment: Mapping[str, str], folder: Path, columns: int) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        _keep_what_is_not_read_yet(theirs)
        self.shown = ""
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, start_new_session=True,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""}, preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(theirs)

    @property
    def text(self) -> str:
        """What was shown, without colors and orders to the terminal."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown).replace("\r\n", "\n")

    def read(self) -> bool:
        """Take what comes next; False when there is no more."""
        ready, _, _ = select.select([self._ours], [], [], 0.1)
        if not ready:
            return True
        try:
            chunk = os.read(self._ours, 1 << 16)
        except OSError:  # nobody holds the other end any more
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until it shows this."""
        patience = time.monotonic() + PATIENCE
        while (found := re.search(pattern, self.text)) is None:
            assert self.read() or re.search(pattern, self.text), f"ended without {pattern!r}: {self.text}"
            assert time.monotonic() < patience, f"no {pattern!r} in {self.text}"
        return found

    def type(self, text: str) -> None:
        """As if somebody typed it: `\\r` is the enter key, `\\x03` Ctrl-C."""
        os.write(self._ours, text.encode())

    def hang_up(self) -> int:
        """As if somebody closed the window; gives the exit code."""
        os.close(self._ours)
        self._ours = -1
        return self.process.wait(PATIENCE)

    def end(self) -> int:
        """Read to the end; gives the exit code."""
        patience = time.monotonic() + PATIENCE
        while self.read():
            assert time.monotonic() < patience, f"does not end: {self.text}"
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Kill what still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)


def _keep_what_is_not_read_yet(terminal: int) -> None:
    """Where Ctrl-C is typed, the system throws away what the process has written and nobody has read yet."""
    settings = termios.tcgetattr(terminal)
    settings[3] |= termios.NOFLSH
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_terminal(
    words: Sequence[str | Path], environment: Mapping[str, str], folder: Path, columns: int = COLUMNS
) -> Iterator[Terminal]:
    """A process at a terminal, killed if it still runs at the end."""
    terminal = Terminal(words, environment, folder, columns)
    try:
        yield terminal
    finally:
        terminal.close()
