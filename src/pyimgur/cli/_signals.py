"""What ends a command from outside: Ctrl-C, SIGTERM and a terminal that is closed, all alike, and once.

The first of them ends the block with the exit code that a shell tells of it, so that what is begun is put away. Those
after it are not heard: somebody who presses Ctrl-C three times would else break into just that.
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
def exit_on_signal(what_then: str) -> Generator[None]:
    """Within this block they are heard, save those that whoever started us wants ignored; says what then.

    Raises:
        SystemExit: one of them came.
    """
    code = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal code
        code = 128 + number
        for each in EXIT_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(code)

    before = {number: was for number in EXIT_SIGNALS if (was := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    except (SystemExit, OSError):  # of a terminal that is closed nothing can be put in order
        if not code:
            raise
        over_its_echo = "\r" if sys.stderr.isatty() else ""  # of Ctrl-C
        with suppress(OSError):
            click.echo(f"{over_its_echo}pyimgur: stopped; {what_then}", err=True)
        raise SystemExit(code) from None
    finally:
        if not code:
            for number, was in before.items():
                signal.signal(number, was)
