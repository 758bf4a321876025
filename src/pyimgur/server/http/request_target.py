"""The path and format that the client sent, before `NormalizePathMiddleware`. Errors echo the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

Format = Literal["json", "xml"]


class RequestTarget(NamedTuple):
    """The path as the client sent it, the format it asks for, and whether it belongs to the API."""

    path: str
    format: Format
    api: bool


def target_of(request: HTTPConnection) -> RequestTarget:
    """Return the target of this request."""
    target: RequestTarget | None = request.scope["state"].get("target")
    return target or RequestTarget(request.scope["path"], "json", api=False)
