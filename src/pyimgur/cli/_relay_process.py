"""Keep the server and the relay of one `pyimgur run` in a process of their own, which may outlive the command.

The command gives way as soon as it ends, with its exit code; processes that it left running go on through the relay.
The keeper ends when none of them has the run's environment any more, or after a day, when the certificate expires.

Between the two processes: a JSON line with what is wanted on the keeper's input, one with what the command is told on
its output, and another one if the keeper stays after its input was closed.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from ._errors import CommandError
from ._run_descendants import RUN_ID

END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What the command is started with."""

    variables: dict[str, str]
    prefix: list[str]
    """Words before the command's own."""
    pipe: int
    """A descriptor for the command and its children to inherit: the keeper sees when the last of them is gone."""


@contextmanager
def keeper(**wanted: Any) -> Generator[Kept]:
    """Start a keeper, and let go of it after the block; see `_relay_process_main.Wanted` for the arguments.

    Raises:
        CommandError: there is no server, or no relay can be started; the text says why.
    """
    run_id = secrets.token_hex(16)
    theirs, ours = os.pipe()
    command = [sys.executable, "-P", "-m", "pyimgur.cli._relay_process_main", str(theirs)]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(theirs,), start_new_session=True
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    assert process.stdin
    assert process.stdout
    told = None
    try:
        _send(process.stdin, {"run_id": run_id, **wanted})
        told = _received(process.stdout)
        yield Kept({RUN_ID: run_id, **told["variables"]}, told["prefix"], ours)
    finally:
        os.close(ours)
        _let_go(process, wait=told is not None)


def _send(stream: IO[bytes], message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # its output says why
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()


def _received(stream: IO[bytes]) -> dict[str, Any]:
    told = json.loads(stream.readline() or '{"error": "the relay could not be started"}')
    if "module" in told:
        raise ModuleNotFoundError(f"No module named {told['module']!r}", name=told["module"])
    if "error" in told:
        raise CommandError(told["error"])
    return told


def _let_go(process: subprocess.Popen[bytes], *, wait: bool) -> None:
    """Tell the keeper that the command has ended, and wait until it has put all away, unless it stays for others."""
    assert process.stdin
    assert process.stdout
    with suppress(BrokenPipeError):  # the keeper has gone
        process.stdin.close()
    stays = wait and process.stdout.readline()
    process.stdout.close()
    if wait and not stays:
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    process.returncode = process.returncode or 0  # it is nobody's to wait for
