"""Clear the local variables of this package's frames after a failed call, as error reporters show them.

The frames of a call contain tokens, pins and headers. Once the call has failed nothing needs them, but its traceback
keeps them, and tools that capture local variables (Sentry, `pytest --showlocals`) would publish them. The frames of the
program itself, and of its callbacks, are not changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_CLEARED = frozenset({__package__, "httpx2", "httpcore2", "h11", "json", "contextlib"})
"""Packages whose frames are cleared: a call goes through them."""


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of this package's frames in the tracebacks of an error and its causes.

    A frame that is still running keeps its variables; it has to delete secrets itself.
    """
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        for frame in _frames(current.__traceback__):
            with suppress(RuntimeError):  # the frame is still running
                frame.clear()


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _CLEARED:
            yield trace.tb_frame
        trace = trace.tb_next


def clears_locals(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that takes secrets, so that none is left in the traceback when it fails."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error)
            del args, kwargs
            raise

    return call
