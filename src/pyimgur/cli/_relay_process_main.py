"""The keeper, the process that `_relay_process` starts: it runs the server and the relay while they are needed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from ..sites import ENVIRONMENT
from . import _relay_options
from ._errors import explain
from ._run_descendants import wait_until_free

DAY = 24 * 60 * 60.0
"""Seconds for which the relay's certificate is valid."""
GRACE = 0.5
"""Seconds that the program's children have to end after it, before the keeper says that it stays."""


class RunOptions(NamedTuple):
    """The options of one `pyimgur run`."""

    run_id: str
    data: str
    site: str | None
    relaying: bool
    store: bool
    only_imgur: bool
    any_program: bool
    imgur_links: bool


def main(pipe: int) -> None:
    """Serve one run: read its options, print the program's variables, and stay until no process uses the relay."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as exits:
        options = RunOptions(**json.loads(sys.stdin.readline()))
        try:
            reply = _start(options, exits)
        except Exception as error:
            _send(_failure(error))
            return
        _leave_the_terminal()
        _send(reply)
        sys.stdin.read()  # ends with `pyimgur run`, however that ends
        if not wait_until_free(pipe, options.run_id, GRACE):
            _send({"stays": True})
            os.close(sys.stdout.fileno())
            wait_until_free(pipe, options.run_id, started + DAY - time.monotonic())


def _start(options: RunOptions, exits: ExitStack) -> dict[str, Any]:
    address = exits.enter_context(_relay_options.server(Path(options.data), options.site))
    variables, prefix = {ENVIRONMENT: address}, list[str]()
    if options.relaying:
        relayed = _relay_options.relay_environment(
            address,
            only_imgur=options.only_imgur,
            any_program=options.any_program,
            imgur_links=options.imgur_links,
        )
        variables = exits.enter_context(relayed)
    if options.store:
        prefix = exits.enter_context(_relay_options.store_prefix(variables))
    return {"variables": variables, "prefix": prefix}


def _failure(error: Exception) -> dict[str, Any]:
    if os.environ.get("PYIMGUR_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, ModuleNotFoundError):
        return {"module": error.name}
    return {"error": explain(error)}


def _leave_the_terminal() -> None:
    """Release the current folder and stderr: the keeper may outlive the terminal."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)


def _send(message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # `pyimgur run` has ended
        os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
