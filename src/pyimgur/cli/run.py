"""`pyimgur run`: any program, with your own Imgur in the place of the real one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import click

from ..sites import ENVIRONMENT
from ._options import examples
from ._relay_options import relay_options
from ._relay_process import keeper

Words = tuple[str, ...]
NOT_FOUND = 127
NOT_EXECUTABLE = 126
PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
TYPED = (signal.SIGINT, signal.SIGQUIT)
"""What somebody at a terminal sends with a key: the terminal itself sends it to the command as well."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "pyimgur run -- gallery-dl https://imgur.com/a/ID",
        "pyimgur run --only-imgur -- python examples/authorization.py",
        "pyimgur run --site https://img.example.org -- sh upload.sh",
    ),
)
@relay_options
@click.option(
    "--relay/--no-relay",
    "relaying",
    default=True,
    help="Whether COMMAND reaches the server under imgur.com. [default: yes]",
)
@click.option(
    "--store", is_flag=True, help="Add the certificate to the system store that COMMAND sees, for Qt and GTK programs."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    data: Path,
    site: str | None,
    only_imgur: bool,
    any_program: bool,
    imgur_links: bool,
    relaying: bool,
    store: bool,
    command: tuple[str, ...],
) -> int:
    """Run COMMAND against your own server instead of imgur.com.

    The server is the one at --site, or the one that runs on your data folder. If there is none, one is started, and
    stopped when the last `pyimgur run` that uses it ends. Input, output, signals and the exit code are COMMAND's own.

    COMMAND reaches the server under imgur.com, through a proxy on this machine with a certificate that only COMMAND
    trusts. Both are set in its environment (HTTPS_PROXY, SSL_CERT_FILE and others), and both are gone afterwards. Other
    hosts are reached as usual, on port 443. Most programs respect these variables and need nothing else. Programs that
    use this package also find the server's URL there (PYIMGUR_BASE_URL).

    This command ends when COMMAND ends. Programs that COMMAND left running in the background keep the server and the
    proxy until they end, for at most a day.
    """
    if (only_imgur or any_program or imgur_links or store) and not relaying:
        needs = "--only-imgur, --any-program, --imgur-links and --store need the relay"
        raise click.UsageError(f"{needs}: leave --no-relay out")
    if site is not None and not relaying:
        return _supervise(command, {ENVIRONMENT: site})
    wanted = {"data": str(data.absolute()), "site": site, "relaying": relaying, "store": store}
    options = {"only_imgur": only_imgur, "any_program": any_program, "imgur_links": imgur_links}
    with keeper(**wanted, **options) as kept:
        return _supervise((*kept.prefix, *command), kept.variables, (kept.pipe,))


def _supervise(command: Words, told: Mapping[str, str], inherited: Sequence[int] = ()) -> int:
    """The exit code of the command, as a shell would tell it: 128 and the signal if one ended it."""
    signals = _Signals()
    signals.listen()
    try:
        with subprocess.Popen(command, env={**os.environ, **told}, pass_fds=inherited) as child:
            signals.aim(child)
            code = signals.wait(child)
    except FileNotFoundError as error:
        return _refuse(command[0], error, NOT_FOUND)
    except OSError as error:
        return _refuse(command[0], error, NOT_EXECUTABLE)
    return 128 - code if code < 0 else code


class _Signals:
    """Hands the signals that reach this process to the command, also those that come while it is being started."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.early: list[int] = []
        self.bell, self._ringing = socket.socketpair()

    def listen(self) -> None:
        """Take the signals from now on, save those that whoever started us wants ignored."""
        self._ringing.setblocking(False)
        signal.set_wakeup_fd(self._ringing.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _leave)
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

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of the command.

        A signal that comes just before the kernel is asked to wait would not end `child.wait()`, and its handler would
        be called when the command has ended; here it has rung, whenever it came.
        """
        while (code := child.poll()) is None:
            self.bell.recv(4096)
        return code

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
