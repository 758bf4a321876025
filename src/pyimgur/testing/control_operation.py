"""An operation of the control API, as a row of its table, and its error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

Handler = Callable[[Any, Mapping[str, str]], Awaitable[object]]
"""Gets the decoded body, and the parameters of query and path; returns what is sent as JSON."""


class ControlError(Exception):
    """A request to the control API that cannot be carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Operation(NamedTuple):
    """A method of a path."""

    method: str
    path: str
    summary: str
    handler: Handler
    body: type[object] | None = None
    parameters: tuple[str, ...] = ()
    """Names of the parameters in the query that it takes."""
    status: int = 200
