"""Work that may never end, such as waiting for people or pipes, in a thread that no program waits for at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T], name: str) -> Future[T]:
    """What the work gives or raises, as soon as it does; nobody can cancel it."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            given = work()
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(given)

    outcome.set_running_or_notify_cancel()  # so that it can always be told
    threading.Thread(target=run, name=name, daemon=True).start()
    return outcome
