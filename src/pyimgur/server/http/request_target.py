"""The path and the format that a request asked for, as the client sent them (errors echo the path)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

Format = Literal["json", "xml"]


class RequestTarget(NamedTuple):
    """What a request asked for, before its path was tidied."""

    path: str
    format: Format
    api: bool


def target_of(request: HTTPConnection) -> RequestTarget:
    """What this request asked for."""
    found: RequestTarget | None = request.scope["state"].get("asked")
    return found or RequestTarget(request.scope["path"], "json", api=False)
