"""One API call from its arrival to its answer; a route adds what to do in between: params -> one library call -> data.

Around every route, in this order: the method, who calls, from which site, the credits, the route, the envelope. What is
refused on the way becomes an answer in `errors.Faults`. Routes are plain data (path, methods, handlers): documents and
tests read them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.http import cross_site
from pyimgur.server.http.authentication import Caller, authenticate
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.etags import with_etag
from pyimgur.server.http.long_response import LongList, Spool
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.request_body import Fields, query_pairs, read_fields
from pyimgur.server.http.request_target import target_of
from pyimgur.server.http.responses import Json, envelope
from pyimgur.server.http.urls import BaseURLs, base_urls

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from pyimgur.server.http.rate_limit import RateLimiter
    from pyimgur.server.services.context import ServerContext

PAGE_SIZE = 50
LARGEST_PAGE = 100
LAST_PAGE = 10_000_000


class APIRequest(NamedTuple):
    """One call as a route sees it."""

    request: Request
    library: ServerContext
    caller: Caller
    meter: RateLimiter

    def path(self, name: str) -> str:
        """A part of the path."""
        value: str = self.request.path_params[name]
        return value

    def query(self, name: str) -> str | None:
        """One value in the query."""
        return Fields(query_pairs(self.request)).text(name)

    async def fields(self) -> Fields:
        """What the query and the body say; a file in the body is passed over."""
        return await read_fields(self.request, self.library.settings.limits)

    @property
    def links(self) -> BaseURLs:
        """Where the links of the answer lead."""
        return base_urls(self.request)

    def owns(self, account_id: int | None) -> bool:
        """Whether the caller is the person whose account this is."""
        return account_id is not None and account_id == self.caller.account_id

    def page(self) -> int:
        """Which page of a list: in the query, or else in the path; nonsense is the first."""
        return min(_number(self.query("page") or self.request.path_params.get("page"), 0), LAST_PAGE)

    def per_page(self) -> int:
        """How many a page holds: 50, or what `perPage` says up to 100."""
        return min(_number(self.query("perPage"), PAGE_SIZE), LARGEST_PAGE) or PAGE_SIZE

    def soft_error(self, error: str) -> Json:
        """What some routes answer with status 200 and `success`, where any other would refuse."""
        return {"error": error, "request": target_of(self.request).path, "method": self.request.method}


Handler: TypeAlias = "Callable[[APIRequest], Awaitable[Json | LongList | Response]]"


class APIEndpoint:
    """What one path does, by method; an ASGI application."""

    def __init__(self, handlers: Mapping[str, Handler], costs: Mapping[str, int]) -> None:
        self.handlers = dict(handlers)
        self.costs = costs
        if "GET" in handlers:
            self.handlers["HEAD"] = handlers["GET"]
        self.allow = ", ".join(sorted({*self.handlers, "OPTIONS"})).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the call through to its handler, and answer."""
        method: str = scope["method"]
        handler = self.handlers.get(method)
        if handler is None:
            raise APIError(405, "Method Not Allowed", headers=[(b"allow", self.allow)])
        library: ServerContext = scope["app"].state.library
        meter: RateLimiter = scope["app"].state.meter
        request = Request(scope, receive, send)
        caller = await authenticate(request, library)
        if method in cross_site.CHANGES:
            await cross_site.check(request, caller, library)
        if cost := self.costs.get(method, 1):
            spent = await meter.spend(caller, cost, post=method == "POST")
            scope["state"]["spent"] = spent.headers()
        data = await handler(APIRequest(request, library, caller, meter))
        if isinstance(data, LongList):
            made = await spool_of(request).respond(envelope(request, data.data), data.slices)
        else:
            made = data if isinstance(data, Response) else envelope(request, data)
        await with_etag(request, made)(scope, receive, send)


def api_route(path: str, *, costs: Mapping[str, int] | None = None, **handlers: Handler) -> Route:
    """A route of the API: `path("/3/image/{id}", GET=show, DELETE=delete)`. What `costs` leaves out costs a credit."""
    return Route(path, APIEndpoint(handlers, costs or {}))


def spool_of(request: Request) -> Spool:
    """Where this application makes its long responses."""
    spool: Spool = request.app.state.spool
    return spool


def _number(text: str | None, otherwise: int) -> int:
    found = parse_int(text, 11)
    return otherwise if found is None else found
