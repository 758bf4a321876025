"""End a command cleanly on Ctrl-C, SIGTERM, or when its terminal is closed.

The first signal ends the block with the exit code that shells use, 128 plus its number, so that the command can clean
up. Later signals are ignored: otherwise somebody who presses Ctrl-C three times would interrupt the cleanup.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

import click

EXIT_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def exit_on_signal(advice: str) -> Generator[None]:
    """Exit on the first signal within this block, and print the advice; signals that the parent ignores stay ignored.

    Raises:
        SystemExit: a signal came.
    """
    code = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal code
        code = 128 + number
        for exit_signal in EXIT_SIGNALS:
            signal.signal(exit_signal, signal.SIG_IGN)
        raise SystemExit(code)

    before = {number: old for number in EXIT_SIGNALS if (old := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    except (SystemExit, OSError):  # OSError: cleanup that writes to a closed terminal fails
        if not code:
            raise
        start_of_line = "\r" if sys.stderr.isatty() else ""  # overwrites the terminal's ^C
        with suppress(OSError):
            click.echo(f"{start_of_line}pyimgur: stopped; {advice}", err=True)
        raise SystemExit(code) from None
    finally:
        if not code:
            for number, old in before.items():
                signal.signal(number, old)
