"""Run work that may never return, such as waiting for input, in a thread that does not keep the program running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Start the work and return a future of its result; the future cannot be cancelled."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    outcome.set_running_or_notify_cancel()  # a cancelled future would not take a result
    threading.Thread(target=run, name=name, daemon=True).start()
    return outcome
