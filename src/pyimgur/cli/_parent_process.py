"""Notice that the program which started this process has ended, however it ended: SIGKILL leaves it no time to say so.

If standard input is a pipe or a socket, its end counts: the kernel closes it when no process holds the other end any
more. This works through shells and package runners, too. Otherwise, the parent process is watched.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable

STDIN = 0
POLL_SECONDS = 0.2


def on_end(act: Callable[[], None]) -> None:
    """Call `act` in a thread when the program that started this process has ended."""
    parent = os.getppid()

    def wait() -> None:
        if _is_connection(STDIN):
            _read_to_end(STDIN)
        else:
            _wait_for_other_parent(parent)
        act()

    threading.Thread(target=wait, name="parent process", daemon=True).start()


def _is_connection(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _read_to_end(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:  # a socket that was reset
        return


def _wait_for_other_parent(parent: int) -> None:
    """Return when this process has another parent: the system gives orphans to another process."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
