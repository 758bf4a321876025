"""What only the user can say: asked for at a terminal, read from an input that is none, never on the command line.

Everybody on a machine can read the command lines of its processes, so passwords, tokens and secrets come this way.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import click

from ._errors import CommandError

DASH = "-"
"""The value of an option that says: it comes on the input."""
WAKE = 0.2
"""Seconds that a Ctrl-C may go unnoticed."""
_LONGEST = 64 * 1024


def prompt(text: str, *, hidden: bool = False, confirm: bool = False, optional: bool = False) -> str:
    """What the user types, or the next line of an input that is no terminal.

    Args:
        text: what is asked for.
        hidden: the terminal does not show what is typed.
        confirm: it is to be typed twice.
        optional: it may be left empty.

    Raises:
        CommandError: nothing came.
    """
    if sys.stdin.isatty():
        default = "" if optional else None
        with interruptible():
            return str(click.prompt(text, default, hidden, confirm, err=True, show_default=False))
    try:
        line = sys.stdin.readline(_LONGEST).rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandError("standard input is not text") from None
    if not line and not optional:
        raise CommandError(
            f"no {text[:1].lower()}{text[1:]} was given: type it at a terminal, or pass it as a line of standard input"
        )
    return line


def secret_from_stdin(ctx: click.Context, param: click.Parameter, value: str | None) -> bool:
    """The callback of an option for a secret: whether it is given; its value itself is never taken."""
    if value not in {None, DASH}:
        raise click.BadParameter(
            f"others can read the command line: pass {param.opts[0]} {DASH}, and the secret on standard input",
            ctx,
            param,
        )
    return value is not None


yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")


def confirm(question: str, *, yes: bool) -> None:
    """Go on if the user means it: they have said so already, or say it now.

    Raises:
        CommandError: they do not, or cannot be asked.
    """
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty()):
        raise CommandError("nothing was done: pass --yes to confirm it in a script")
    with interruptible():
        agreed = click.confirm(question, err=True)
    if not agreed:
        raise CommandError("nothing was done")


@contextmanager
def interruptible() -> Generator[None]:
    """Within this block, Ctrl-C ends a wait for the terminal, whenever it comes.

    One that comes just before the kernel is asked to wait is noted by the interpreter, which then waits all the same:
    so something wakes it now and then.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: None)
    signal.setitimer(signal.ITIMER_REAL, WAKE, WAKE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
