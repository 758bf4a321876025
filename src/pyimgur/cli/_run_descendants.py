"""Find out whether a program of `pyimgur run`, or a process that it started, is still running.

There are two signs, as neither is complete: the write end of a pipe that children inherit (a daemon may close it), and
a variable in their environment (which only Linux shows, and which a program may overwrite).
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

RUN_ID = "PYIMGUR_RUN"
"""The environment variable that marks the processes of one run."""
_PROCESSES = Path("/proc")
_POLL_INTERVAL = 2.0
"""Seconds between two checks where the end of a process cannot be waited for."""


def holders(run_id: str) -> list[int]:
    """Return the processes that have this run's id in their environment; none on systems other than Linux."""
    if sys.platform != "linux":
        return []
    return list(_with_entry(f"{RUN_ID}={run_id}".encode()))


def _with_entry(entry: bytes) -> Iterator[int]:
    for name in os.listdir(_PROCESSES):  # noqa: PTH208 - names alone are needed, of hundreds of processes
        if name.isdecimal():
            with suppress(OSError):  # it has ended, or belongs to another user
                if entry in (_PROCESSES / name / "environ").read_bytes().split(b"\0"):
                    yield int(name)


def is_closed(pipe: int) -> bool:
    """Return whether no process has the write end any more; drop what was written to it."""
    while select.select([pipe], [], [], 0)[0]:
        if not os.read(pipe, 1 << 16):
            return True
    return False


def is_held(pipe: int, run_id: str) -> bool:
    """Return whether any process has the pipe or the variable."""
    return not is_closed(pipe) or bool(holders(run_id))


def wait_until_free(pipe: int, run_id: str, seconds: float) -> bool:
    """Wait until no process has the pipe or the variable; False if that takes longer."""
    deadline = time.monotonic() + seconds
    while is_held(pipe, run_id):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        _wait_for_change(pipe, run_id, left)
    return True


def _wait_for_change(pipe: int, run_id: str, seconds: float) -> None:
    """Wait until the pipe is closed or one of the processes ends."""
    with ExitStack() as exits:
        waiting = [] if is_closed(pipe) else [pipe]
        processes = holders(run_id)
        for process in processes:
            with suppress(OSError, AttributeError):  # it has ended, or the kernel is too old
                waiting.append(os.pidfd_open(process))
                exits.callback(os.close, waiting[-1])
        timeout = _POLL_INTERVAL if len(processes) > len(waiting) or not waiting else seconds
        select.select(waiting, [], [], min(seconds, timeout))
