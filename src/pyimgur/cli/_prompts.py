"""Prompt for secrets and confirmations at a terminal; elsewhere, read secrets from standard input.

Passwords, tokens and secrets are never taken from the command line, which everybody on the machine can read.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import click

from ._errors import CommandError

DASH = "-"
"""The value of an option whose secret is on standard input."""
WAKE = 0.2
"""Seconds after which Ctrl-C is noticed at the latest."""
_MAX_LINE = 64 * 1024


def prompt(text: str, *, hidden: bool = False, confirm: bool = False, optional: bool = False) -> str:
    """Return what the user types, or the next line of standard input if it is not a terminal.

    Args:
        text: the prompt.
        hidden: do not show what is typed.
        confirm: ask for it twice.
        optional: accept an empty answer.

    Raises:
        CommandError: the line is empty, or standard input is not text.
    """
    if sys.stdin.isatty():
        default = "" if optional else None
        with interruptible():
            return str(click.prompt(text, default, hidden, confirm, err=True, show_default=False))
    try:
        line = sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandError("standard input is not text") from None
    if not line and not optional:
        raise CommandError(
            f"no {text[:1].lower()}{text[1:]} was given: type it at a terminal, or pass it as a line of standard input"
        )
    return line


def secret_from_stdin(ctx: click.Context, param: click.Parameter, value: str | None) -> bool:
    """Return whether an option for a secret is used; a callback that accepts no value other than -."""
    if value not in {None, DASH}:
        raise click.BadParameter(
            f"others can read the command line: pass {param.opts[0]} {DASH}, and the secret on standard input",
            ctx,
            param,
        )
    return value is not None


yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation, unless the user passed --yes.

    Raises:
        CommandError: the user declined, or standard input is not a terminal.
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
    """Let Ctrl-C end a read from the terminal within this block, whenever it comes.

    The interpreter only notes a Ctrl-C that comes just before it calls the kernel to read, and handles it after the
    read. So a timer interrupts the read every 0.2 seconds.
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
