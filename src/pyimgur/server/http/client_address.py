"""The network address of a request's client: behind a trusted proxy, the one that the proxy forwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection) -> str:
    """Return the client's network address; empty if it is unknown, as on a Unix socket."""
    client: tuple[str, int] | None = request.scope["client"]
    return client[0] if client else ""
