"""Who may ask: only the host names that the server was told of, and other web sites for the API and pictures alone.

A name that is not ours means that somebody pointed their domain at this machine to read it through a browser (DNS
rebinding): 421, whatever the path. Preflights of browsers are answered for the API without credentials, which no site
could use there anyway; `/oauth2/*` and pages get no such answer.

Imgur has a host for its API, one for its pages and one for pictures, this server one for all three. Where a program
was relayed, `X-Forwarded-Host` says which one it asked; that decides how a no looks, and nothing else, since anybody
can say so.
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
"""Imgur's hosts, save the many that have pages."""
ALLOWED = (
    *("Authorization", "Content-Type", "Accept", "Cache-Control", "X-Requested-With", "X-Mashape-Key"),
    *("X-RapidAPI-Key", "If-None-Match", "Idempotency-Key", "X-Content-SHA256", "X-Reuse"),
)
PREFLIGHT = (
    *CORS_HEADERS,
    (b"access-control-allow-methods", b"GET, PUT, POST, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", ", ".join(ALLOWED).encode()),
    (b"access-control-max-age", b"86400"),
)
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^][:@/?#\\\s]+?)\.?)(?::[0-9]*)?")


class TrustedHostMiddleware:
    """The layer itself; stands behind `NormalizePathMiddleware`, whose findings its answers need."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, answer a preflight, or go on."""
        app = self.app
        if scope["type"] == "http":
            if not self.known(scope["headers"]):
                app = error_response(Request(scope), APIError(421, "This server does not answer to that host name"))
            elif scope["method"] == "OPTIONS" and target_of(Request(scope)).api:
                app = APIResponse(b"", 200, PREFLIGHT)
        await app(scope, receive, send)

    def known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether there is a Host header and each one names us; the port does not matter."""
        found = False
        for name, value in headers:
            if name == b"host":
                if hostname(value) not in self.hosts:
                    return False
                found = True
        return found


@lru_cache(256)
def hostname(header: bytes) -> str:
    """The name in a Host header, without port and without the brackets of IPv6; nothing if it is no host[:port]."""
    found = _HOST.fullmatch(header.decode("latin-1").strip().lower())
    return (found["six"] or found["name"]) if found else ""


def requested_site(request: HTTPConnection) -> Role:
    """Which of Imgur's hosts a relayed program asked; the one with pages, if nothing is said."""
    return ROLES.get(hostname(request.headers.get("x-forwarded-host", "").encode("latin-1")), "web")
