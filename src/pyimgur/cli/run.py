"""`pyimgur run`: any program, with your own Imgur in the place of the real one."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from ..sites import ENVIRONMENT
from . import _shared
from ._options import data_option, examples

NOT_FOUND = 127
NOT_EXECUTABLE = 126
PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
TYPED = (signal.SIGINT, signal.SIGQUIT)
"""What somebody at a terminal sends with a key: the terminal itself sends it to the command as well."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "pyimgur run -- python examples/authorization.py", "pyimgur run --relay -- gallery-dl https://imgur.com/a/ID"
    ),
)
@data_option
@click.option("--relay", "relayed", is_flag=True, help="For a program that knows Imgur's own addresses only.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(data: Path, relayed: bool, command: tuple[str, ...]) -> int:
    """Run COMMAND against your own Imgur instead of the real one.

    The server is the one that runs on your data folder; if there is none, one is started, and stopped again when the
    last `pyimgur run` that uses it has ended. COMMAND finds it in the environment (PYIMGUR_BASE_URL). Input, output,
    signals and the exit code are COMMAND's own.

    With --relay, COMMAND also reaches it under imgur.com: a proxy on this machine, and a certificate that nobody but
    COMMAND is told to trust, both in its environment (HTTPS_PROXY, SSL_CERT_FILE and the like), both gone afterwards.
    Other hosts are reached as ever. This works with programs that heed their environment; most do.
    """
    with ExitStack() as exits:
        address = exits.enter_context(_shared.server(data))
        told = {ENVIRONMENT: address}
        if relayed:
            from ..relay import relay

            told |= exits.enter_context(relay(address))
        return _supervise(command, told)


def _supervise(command: tuple[str, ...], told: Mapping[str, str]) -> int:
    """The exit code of the command, as a shell would tell it: 128 and the signal if one ended it."""
    relay = _Relay()
    relay.listen()
    try:
        with subprocess.Popen(command, env={**os.environ, **told}) as child:
            relay.aim(child)
            code = child.wait()
    except FileNotFoundError as error:
        return _refuse(command[0], error, NOT_FOUND)
    except OSError as error:
        return _refuse(command[0], error, NOT_EXECUTABLE)
    return 128 - code if code < 0 else code


class _Relay:
    """Hands the signals that reach this process to the command, also those that come while it is being started."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.early: list[int] = []

    def listen(self) -> None:
        """Take the signals from now on, save those that whoever started us wants ignored."""
        wanted = (*PASSED_ON, *TYPED)
        for number in wanted:
            if signal.getsignal(number) is not signal.SIG_IGN:
                # A function, not SIG_IGN, even where nothing is to be done: the command would inherit that.
                signal.signal(number, _leave if number in TYPED and _at_terminal() else self._pass_on)

    def aim(self, child: subprocess.Popen[bytes]) -> None:
        """The command runs: it gets what came early."""
        self.child = child
        for number in self.early:
            child.send_signal(number)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if self.child is None:
            self.early.append(number)
        else:
            self.child.send_signal(number)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """The terminal tells the command; whether to end is for the command to say."""


def _at_terminal() -> bool:
    try:
        with Path("/dev/tty").open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _refuse(name: str, error: OSError, code: int) -> int:
    click.echo(f"pyimgur: {name} cannot be run: {error.strerror}", err=True)
    return code
