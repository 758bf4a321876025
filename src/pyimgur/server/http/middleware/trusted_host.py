"""Accept requests for the server's own host names only, and answer CORS preflights of the API.

Another host name means that somebody pointed a domain at this machine to read it through a browser (DNS rebinding):
421, whatever the path. Preflights are answered for the API without credentials, since cookies play no part there;
`/oauth2/*` and pages get no such response.

Imgur has separate hosts for its API, pages and images; this server is one host for all of them. `X-Forwarded-Host` from
a relay names the one that the program called. It decides the format of errors and nothing else, since anybody can send
it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from starlette.requests import Request

from pyimgur.server.http.errors import APIError, error_response
from pyimgur.server.http.request_target import target_of
from pyimgur.server.http.responses import CORS_HEADERS, APIResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Receive, Scope, Send

Role = Literal["api", "web", "images"]
ROLES: dict[str, Role] = {
    "api.imgur.com": "api",
    "imgur-apiv3.p.rapidapi.com": "api",
    "imgur-apiv3.p.mashape.com": "api",
    "i.imgur.com": "images",
    "i.imgur.io": "images",
}
"""Imgur's hosts, except the many that have pages."""
ALLOWED_HEADERS = (
    *("Authorization", "Content-Type", "Accept", "Cache-Control", "X-Requested-With", "X-Mashape-Key"),
    *("X-RapidAPI-Key", "If-None-Match", "Idempotency-Key", "X-Content-SHA256", "X-Reuse"),
)
PREFLIGHT = (
    *CORS_HEADERS,
    (b"access-control-allow-methods", b"GET, PUT, POST, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
    (b"access-control-max-age", b"86400"),
)
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^][:@/?#\\\s]+?)\.?)(?::[0-9]*)?")


class TrustedHostMiddleware:
    """Checks the Host header. It needs the target that `NormalizePathMiddleware` adds."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject the request, answer a preflight, or call the application."""
        app = self.app
        if scope["type"] == "http":
            if not self.is_trusted(scope["headers"]):
                app = error_response(Request(scope), APIError(421, "This server does not answer to that host name"))
            elif scope["method"] == "OPTIONS" and target_of(Request(scope)).api:
                app = APIResponse(b"", 200, PREFLIGHT)
        await app(scope, receive, send)

    def is_trusted(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Return whether there is a Host header and each one is a trusted name; ports are ignored."""
        has_host = False
        for name, value in headers:
            if name == b"host":
                if hostname(value) not in self.hosts:
                    return False
                has_host = True
        return has_host


@lru_cache(256)
def hostname(header: bytes) -> str:
    """Return the name in a Host header, without port and IPv6 brackets; empty if it is not `host[:port]`."""
    host = _HOST.fullmatch(header.decode("latin-1").strip().lower())
    return (host["six"] or host["name"]) if host else ""


def requested_site(request: HTTPConnection) -> Role:
    """Return which of Imgur's hosts a relayed program called; `web` without the header."""
    return ROLES.get(hostname(request.headers.get("x-forwarded-host", "").encode("latin-1")), "web")
