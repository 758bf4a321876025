"""The process that `_relay_process` starts: it has the server and the relay for as long as they are needed."""

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
"""How long the relay's certificate is good."""
GRACE = 0.5
"""Seconds for the command's children to end after it, before the keeper says that it stays."""


class Wanted(NamedTuple):
    """What one run needs."""

    run_id: str
    data: str
    site: str | None
    relaying: bool
    store: bool
    only_imgur: bool
    any_program: bool
    imgur_links: bool


def main(pipe: int) -> None:
    """Serve one run: read what is wanted, say what the command is told, and stay until nobody needs it."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as exits:
        wanted = Wanted(**json.loads(sys.stdin.readline()))
        try:
            told = _prepare(wanted, exits)
        except Exception as error:
            _say(_failure(error))
            return
        _leave_the_terminal()
        _say(told)
        sys.stdin.read()  # ends with the command, however that ends
        if not wait_until_free(pipe, wanted.run_id, GRACE):
            _say({"stays": True})
            os.close(sys.stdout.fileno())
            wait_until_free(pipe, wanted.run_id, started + DAY - time.monotonic())


def _prepare(wanted: Wanted, exits: ExitStack) -> dict[str, Any]:
    address = exits.enter_context(_relay_options.server(Path(wanted.data), wanted.site))
    variables, prefix = {ENVIRONMENT: address}, list[str]()
    if wanted.relaying:
        relayed = _relay_options.relay_environment(
            address,
            only_imgur=wanted.only_imgur,
            any_program=wanted.any_program,
            imgur_links=wanted.imgur_links,
        )
        variables = exits.enter_context(relayed)
    if wanted.store:
        prefix = exits.enter_context(_relay_options.store_prefix(variables))
    return {"variables": variables, "prefix": prefix}


def _failure(error: Exception) -> dict[str, Any]:
    if os.environ.get("PYIMGUR_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, ModuleNotFoundError):
        return {"module": error.name}
    return {"error": explain(error)}


def _leave_the_terminal() -> None:
    """Hold neither the command's folder nor where it writes its errors."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)


def _say(message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the command has ended
        os.write(sys.stdout.fileno(), json.dumps(message).encode() + b"\n")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
