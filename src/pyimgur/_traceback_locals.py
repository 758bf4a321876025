"""Clear what this package's frames keep of a failed call: error reporters and `pytest -l` show local variables.

The frames of a call hold tokens, pins and headers while it runs. Once it has failed they serve nobody, but a
traceback keeps them, and who captures local variables (Sentry, `pytest --showlocals`) would send them on. The frames
of the program itself, and of its callbacks, stay as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_OURS = frozenset({__package__, "httpx2", "httpcore2", "h11", "json", "contextlib"})
"""Packages whose frames a call goes through."""


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of all frames of this package that an error and its causes came through.

    A frame that still runs keeps its own: it drops what is secret by itself.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        for frame in _frames(one.__traceback__):
            with suppress(RuntimeError):  # it runs still
                frame.clear()


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in _OURS:
            yield trace.tb_frame
        trace = trace.tb_next


def clears_locals(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function that is given secrets leave none in the traceback when it fails."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            clear_locals(error)
            del args, kwargs
            raise

    return call
