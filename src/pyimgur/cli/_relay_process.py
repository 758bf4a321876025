"""Run the server and the relay of one `pyimgur run` in a process of their own, the keeper, which may outlive it.

`pyimgur run` ends when its program ends, with the program's exit code. Processes that the program left running still
use the relay. The keeper ends when none of them has the run's environment any more, or after a day, when the
certificate expires.

The two processes exchange JSON lines: the options on the keeper's input, the variables for the program on its output,
and another line on its output if the keeper stays after its input was closed.
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
class ProgramSettings:
    """What the program is started with."""

    variables: dict[str, str]
    prefix: list[str]
    """Words to put before the program's own."""
    pipe: int
    """A descriptor that the program and its children inherit: the keeper sees when the last of them has ended."""


@contextmanager
def keeper(**options: Any) -> Generator[ProgramSettings]:
    """Start a keeper, and release it after the block; see `_relay_process_main.RunOptions` for the arguments.

    Raises:
        CommandError: the server or the relay could not be started; the text says why.
        ModuleNotFoundError: a package of the extra [server] is missing.
    """
    run_id = secrets.token_hex(16)
    child_end, own_end = os.pipe()
    command = [sys.executable, "-P", "-m", "pyimgur.cli._relay_process_main", str(child_end)]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(child_end,), start_new_session=True
        )
    except BaseException:
        os.close(own_end)
        raise
    finally:
        os.close(child_end)
    assert process.stdin
    assert process.stdout
    reply = None
    try:
        _send(process.stdin, {"run_id": run_id, **options})
        reply = _receive(process.stdout)
        yield ProgramSettings({RUN_ID: run_id, **reply["variables"]}, reply["prefix"], own_end)
    finally:
        os.close(own_end)
        _release(process, wait=reply is not None)


def _send(stream: IO[bytes], message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # its output says why
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()


def _receive(stream: IO[bytes]) -> dict[str, Any]:
    reply = json.loads(stream.readline() or '{"error": "the relay could not be started"}')
    if "module" in reply:
        raise ModuleNotFoundError(f"No module named {reply['module']!r}", name=reply["module"])
    if "error" in reply:
        raise CommandError(reply["error"])
    return reply


def _release(process: subprocess.Popen[bytes], *, wait: bool) -> None:
    """Tell the keeper that the program has ended, and wait until it ends, unless it stays for other processes."""
    assert process.stdin
    assert process.stdout
    with suppress(BrokenPipeError):  # the keeper has ended
        process.stdin.close()
    stays = wait and process.stdout.readline()
    process.stdout.close()
    if wait and not stays:
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
    process.returncode = process.returncode or 0  # Popen must not warn about a keeper that stays
