"""Find out whether any process still has what `pyimgur run` gave its command.

Two signs, since neither is complete: the write end of a pipe that children inherit (a daemon may close it), and a
variable that stands in their environment (on Linux, where one can look; a program may overwrite its own).
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
"""The variable that tells one run's processes from others."""
_PROCESSES = Path("/proc")
_PAUSE = 2.0
"""Seconds between looks where the end of a process cannot be waited for."""


def holders(run_id: str) -> list[int]:
    """Return the processes in whose environment this run's id stands; none where one cannot look."""
    if sys.platform != "linux":
        return []
    return list(_with_entry(f"{RUN_ID}={run_id}".encode()))


def _with_entry(entry: bytes) -> Iterator[int]:
    for name in os.listdir(_PROCESSES):  # noqa: PTH208 - names alone are needed, of hundreds of processes
        if name.isdecimal():
            with suppress(OSError):  # it has ended, or is another user's
                if entry in (_PROCESSES / name / "environ").read_bytes().split(b"\0"):
                    yield int(name)


def is_closed(pipe: int) -> bool:
    """Return whether nobody has the write end any more; what was written meanwhile is dropped."""
    while select.select([pipe], [], [], 0)[0]:
        if not os.read(pipe, 1 << 16):
            return True
    return False


def is_held(pipe: int, run_id: str) -> bool:
    """Return whether any process has the pipe or the variable."""
    return not is_closed(pipe) or bool(holders(run_id))


def wait_until_free(pipe: int, run_id: str, seconds: float) -> bool:
    """Wait until no process has the pipe or the variable; False if that takes longer."""
    end = time.monotonic() + seconds
    while is_held(pipe, run_id):
        left = end - time.monotonic()
        if left <= 0:
            return False
        _wait_for_change(pipe, run_id, left)
    return True


def _wait_for_change(pipe: int, run_id: str, seconds: float) -> None:
    """Wait until the pipe is closed or one of the processes ends."""
    with ExitStack() as exits:
        waiting = [] if is_closed(pipe) else [pipe]
        found = holders(run_id)
        for process in found:
            with suppress(OSError, AttributeError):  # it has ended; an older kernel
                waiting.append(os.pidfd_open(process))
                exits.callback(os.close, waiting[-1])
        pause = _PAUSE if len(found) > len(waiting) or not waiting else seconds
        select.select(waiting, [], [], min(seconds, pause))
