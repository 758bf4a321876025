"""`pyimgur run`: run any program against your own server instead of imgur.com."""

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
FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
"""Signals of keys such as Ctrl-C, which the terminal sends to the program too."""


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
    server = {"data": str(data.absolute()), "site": site, "relaying": relaying, "store": store}
    hosts = {"only_imgur": only_imgur, "any_program": any_program, "imgur_links": imgur_links}
    with keeper(**server, **hosts) as settings:
        return _supervise((*settings.prefix, *command), settings.variables, (settings.pipe,))


def _supervise(command: Words, variables: Mapping[str, str], inherited: Sequence[int] = ()) -> int:
    """Run the program, and return its exit code as a shell does: 128 plus the signal if one ended it."""
    signals = _Signals()
    signals.listen()
    try:
        with subprocess.Popen(command, env={**os.environ, **variables}, pass_fds=inherited) as child:
            signals.forward_to(child)
            code = signals.wait(child)
    except FileNotFoundError as error:
        return _report(command[0], error, NOT_FOUND)
    except OSError as error:
        return _report(command[0], error, NOT_EXECUTABLE)
    return 128 - code if code < 0 else code


class _Signals:
    """Forwards the signals that reach this process to the program, even those that come while it is being started."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.early: list[int] = []
        self._wakeup, self._wakeup_sender = socket.socketpair()

    def listen(self) -> None:
        """Catch the signals from now on; those that the parent ignores stay ignored."""
        self._wakeup_sender.setblocking(False)
        signal.set_wakeup_fd(self._wakeup_sender.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        for number in (*FORWARDED, *KEYBOARD):
            if signal.getsignal(number) is not signal.SIG_IGN:
                # Always a function, never SIG_IGN, which the program would inherit.
                signal.signal(number, _do_nothing if number in KEYBOARD and _at_terminal() else self._forward)

    def forward_to(self, child: subprocess.Popen[bytes]) -> None:
        """Send the program the signals that came before it was running, and all later ones."""
        self.child = child
        for number in self.early:
            child.send_signal(number)

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for the end of the program, and return its exit code.

        With `child.wait()`, the handler of a signal that comes just before the system call would run only after the
        program has ended. The wake-up descriptor gets a byte for each signal, so no signal is delayed.
        """
        while (code := child.poll()) is None:
            self._wakeup.recv(4096)
        return code

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if self.child is None:
            self.early.append(number)
        else:
            self.child.send_signal(number)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal that the program gets from the terminal itself; the program decides whether to end."""


def _at_terminal() -> bool:
    try:
        with Path("/dev/tty").open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _report(name: str, error: OSError, code: int) -> int:
    click.echo(f"pyimgur: {name} cannot be run: {error.strerror}", err=True)
    return code
