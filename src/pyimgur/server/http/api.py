"""The API route adapter: everything around the handler of an API route.

For each request, in this order: check the method, authenticate, check the site of origin, charge credits, call the
handler, wrap its data in the envelope, add an ETag. A handler parses parameters, makes one service call and returns
data. Errors raised on the way become responses in `ErrorMiddleware`. Routes are plain data (path, methods, handlers),
which documents and tests read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.http import cross_site
from pyimgur.server.http.authentication import Caller, authenticate
from pyimgur.server.http.declared_parameters import (
    BodyFields,
    Parameters,
    RequestParameters,
    SegmentParameters,
    taken_by,
)
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.etags import with_etag
from pyimgur.server.http.long_response import LongList, Spool
from pyimgur.server.http.parameter_kinds import number
from pyimgur.server.http.request_target import target_of
from pyimgur.server.http.responses import Json, envelope
from pyimgur.server.http.urls import BaseURLs, base_urls_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from pyimgur.server.http.rate_limit import RateLimiter
    from pyimgur.server.services.context import ServerContext

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
MAX_PAGE = 10_000_000
PAGE_DIGITS = 11
P = TypeVar("P", bound=Parameters)
R = TypeVar("R", bound=RequestParameters)
B = TypeVar("B", bound=BodyFields)


class Page(SegmentParameters):
    """The page of a list."""

    page = number("The page, counted from 0.", digits=PAGE_DIGITS, maximum=MAX_PAGE)


class Paging(Page):
    """The page of a list, and its size."""

    per_page = number(
        f"Items on a page: {PAGE_SIZE} unless it is sent.",
        name="perPage",
        digits=PAGE_DIGITS,
        minimum=1,
        maximum=MAX_PAGE_SIZE,
    )


class APIRequest(NamedTuple):
    """A request as the handler of a route sees it."""

    request: Request
    context: ServerContext
    caller: Caller
    rate_limiter: RateLimiter
    handler: Handler
    """The handler, which declares the parameters that it takes."""

    def path(self, name: str) -> str:
        """Return a path parameter."""
        value: str = self.request.path_params[name]
        return value

    def query(self, group: type[R]) -> R:
        """Return parameters outside the body, which the handler declares."""
        return self.declared(group).read(self.request)

    async def body(self, group: type[B]) -> B:
        """Return fields of the query and the body, which the handler declares. A file in the body is ignored."""
        return await self.declared(group).read(self.request, self.context.settings.limits)

    def declared(self, group: type[P]) -> type[P]:
        """Return these parameters if the handler declares them.

        Raises:
            TypeError: it does not, so the OpenAPI document lacks them; a mistake in the code.
        """
        if not any(issubclass(taken, group) for taken in taken_by(self.handler)):
            raise TypeError(f"the route of {self.request.url.path} reads {group.__name__} and does not declare it")
        return group

    @property
    def links(self) -> BaseURLs:
        """The base URLs for links in the response."""
        return base_urls_of(self.request.scope["headers"], self.context.settings)

    def owns(self, account_id: int | None) -> bool:
        """Return whether the caller is logged in to this account."""
        return account_id is not None and account_id == self.caller.account_id

    def page(self) -> int:
        """Return the page number for pagination, from the query or else the path; 0 if it is not a number."""
        return min(self.query(Page).page or 0, MAX_PAGE)

    def per_page(self) -> int:
        """Return the page size for pagination: 50, or `perPage` up to 100."""
        return min(self.query(Paging).per_page or PAGE_SIZE, MAX_PAGE_SIZE)

    def soft_error(self, error: str) -> Json:
        """Return the error data that some routes send with status 200 and `success`."""
        return {"error": error, "request": target_of(self.request).path, "method": self.request.method}


Handler: TypeAlias = "Callable[[APIRequest], Awaitable[Json | LongList | Response]]"


class APIEndpoint:
    """An ASGI application that calls the handler of a path for the request's method."""

    def __init__(self, handlers: Mapping[str, Handler], costs: Mapping[str, int]) -> None:
        self.handlers = dict(handlers)
        self.costs = costs
        if "GET" in handlers:
            self.handlers["HEAD"] = handlers["GET"]
        self.allow = ", ".join(sorted({*self.handlers, "OPTIONS"})).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the handler and send its response.

        Raises:
            APIError: the path has no such method, or the caller is not authenticated or has no credits left.
        """
        method: str = scope["method"]
        handler = self.handlers.get(method)
        if handler is None:
            raise APIError(405, "Method Not Allowed", headers=[(b"allow", self.allow)])
        state = scope["app"].state
        context: ServerContext = state["context"]
        rate_limiter: RateLimiter = state["rate_limiter"]
        request = Request(scope, receive, send)
        caller = await authenticate(request, context)
        if method in cross_site.CHANGING_METHODS:
            await cross_site.check(request, caller, context)
        if cost := self.costs.get(method, 1):
            usage = await rate_limiter.spend(caller, cost, post=method == "POST")
            scope["state"]["rate_limit_headers"] = usage.headers()
        data = await handler(APIRequest(request, context, caller, rate_limiter, handler))
        if isinstance(data, LongList):
            response = await spool_of(request).respond(envelope(request, data.data), data.slices)
        else:
            response = data if isinstance(data, Response) else envelope(request, data)
        await with_etag(request, response)(scope, receive, send)


def api_route(path: str, *, costs: Mapping[str, int] | None = None, **handlers: Handler) -> Route:
    """Return a route, for example `api_route("/3/image/{id}", GET=show, DELETE=delete)`.

    A method costs one credit unless `costs` names it.
    """
    return Route(path, APIEndpoint(handlers, costs or {}))


def spool_of(request: Request) -> Spool:
    """Return the application's spool for long responses."""
    spool: Spool = request.app.state.spool
    return spool
