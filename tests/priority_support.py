"""Keep the priority of the test process, whatever an encoder does to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def usual_priority() -> Iterator[None]:
    """Undo what SVT-AV1 does if root encodes: it gives the process real-time priority, which its children inherit.

    A test that goes on with it starves every other process of the machine, and a browser that it starts does too.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    before = os.sched_getscheduler(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != before:
            os.sched_setscheduler(0, before, os.sched_param(0))
