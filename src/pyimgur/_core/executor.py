"""The protocol of the sync and the async executor: all that objects and policies know of them."""

from __future__ import annotations

from typing import Any, Protocol

from typing_extensions import TypeVar

from .effects import Flow, Paginator
from .request import Request

S_co = TypeVar("S_co", covariant=True, default=Any)
"""The state of a client; nothing in `_core` looks into it."""


class Executor(Protocol[S_co]):
    """Carries out what endpoints describe; objects without a client have one that raises `NotLoaded`."""

    @property
    def state(self) -> S_co: ...
    def run(self, flow: Flow[Any], /) -> Any: ...
    def call(self, request: Request[Any], /) -> Any: ...
    def collect(self, request: Request[Any] | Paginator[Any], /) -> Any: ...
    def iterate(self, request: Request[Any] | Paginator[Any], /) -> Any: ...
    def load(self, obj: Any, /) -> Any: ...
    def missing(self, obj: Any, name: str, /) -> Any: ...
