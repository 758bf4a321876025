"""The OpenAPI 3.1 document at `/openapi.json`, generated from the routes.

It lists every path and method that is routed, except HEAD, which every GET route also answers, and OPTIONS. Aliases
that Imgur has for the same call (`/3/image.xml`, `?_format=xml`) are left out. Summaries are the first lines of the
handlers' docstrings.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response
from starlette.routing import Mount, Route

from pyimgur._version import __version__
from pyimgur.server.http.api import MAX_PAGE_SIZE, APIEndpoint
from pyimgur.server.http.responses import CORS_HEADERS, JSON, NOSNIFF, APIResponse, encode
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.routes import _openapi_parameters
from pyimgur.server.routes.removed_endpoints import gone

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from pyimgur.server.http.responses import Json

UNLISTED = frozenset({"HEAD", "OPTIONS"})
WITH_BODY = frozenset({"POST", "PUT"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
FILES = frozenset({"image", "video"})
ENVELOPED = "/3/"
_TOKEN = re.compile(r"\w+")
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_ROUTE_PREFIX = re.compile(r"[A-Z][A-Z, or]* /\S+(?:, /\S+)*(?:: |\.?$)")

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer", "minimum": 0}
ENVELOPE: Json = {
    "type": "object",
    "required": ["data", "success", "status"],
    "properties": {"data": True, "success": {"type": "boolean"}, "status": {"type": "integer"}},
}
UNCHANGED: Json = {"description": "Not modified: If-None-Match names the ETag of the response"}
PAGING: tuple[Json, ...] = (
    {"name": "page", "in": "query", "schema": NUMBER},
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}},
)


class Operation(NamedTuple):
    """A method of a path."""

    path: str
    method: str
    handler: Callable[..., object]
    api: bool
    """Whether it needs credentials and costs credits."""


async def show(request: Request) -> Response:
    """Return this document."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = encode(document(request.app.routes, state.context.settings.public_url))
    return APIResponse(state.openapi, 200, [JSON, NOSNIFF, *CORS_HEADERS, (b"cache-control", b"no-cache")])


def document(routes: Iterable[BaseRoute], server: str) -> Mapping[str, Json]:
    """Return the document of these routes; `server` is the base URL."""
    listed = list(operations(routes))
    paged_paths = {path.removesuffix("/{page}") for path, *_ in listed if path.endswith("/{page}")}
    paths: dict[str, dict[str, Json]] = {}
    for operation in listed:
        path, method = operation.path, operation.method
        paged = method == "GET" and ("{page}" in path or path in paged_paths)
        paths.setdefault(path, {}).setdefault(method.lower(), operation_document(operation, paged=paged))
    return {
        "openapi": "3.1.0",
        "info": {"title": "pyimgur", "version": __version__, "description": "Imgur's API, served by pyimgur."},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": {"Envelope": ENVELOPE}, "securitySchemes": schemes(server)},
    }


def operations(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Operation]:
    """Yield every method of every path, in the order in which routes are matched."""
    for route in routes:
        if isinstance(route, Mount):
            yield from operations(route.routes, prefix + route.path)
        elif isinstance(route, PrefixRouter):
            yield from operations(route.routes, prefix)
        elif isinstance(route, Route):
            path = prefix + _PART.sub(r"{\1}", route.path)
            if isinstance(route.app, APIEndpoint):
                handlers = route.app.handlers
                yield from (Operation(path, method, handlers[method], True) for method in handlers.keys() - UNLISTED)
            else:
                methods = (route.methods or set()) - UNLISTED
                yield from (Operation(path, method, route.endpoint, False) for method in methods)


def operation_document(operation: Operation, *, paged: bool) -> dict[str, Json]:
    """Return the document of one operation."""
    names = _PART.findall(operation.path)
    path: list[Json] = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    queried = [
        name
        for name in _openapi_parameters.of_query(operation.path)
        if name not in names and not (paged and name == "page")
    ]
    query: list[Json] = [{"name": name, "in": "query", "schema": TEXT} for name in queried]
    responses: dict[str, Json] = {
        "200" if operation.handler is not gone else "410": response(operation),
        "default": response(operation),
    }
    if operation.api and operation.method == "GET":
        responses["304"] = UNCHANGED
    described: dict[str, Json] = {
        "operationId": "_".join((operation.method.lower(), *_TOKEN.findall(operation.path))),
        "summary": summary(operation.handler),
        "tags": [group(operation.path)],
        "parameters": [*path, *query, *(PAGING if paged else ())],
        "responses": responses,
    }
    if operation.method in WITH_BODY:
        described["requestBody"] = {"content": body(_openapi_parameters.of_body(operation.path))}
    if operation.handler is gone:
        described["deprecated"] = True
    if operation.api:
        described["security"] = [{"client": []}, {"client_query": []}, {"person": []}]
    return described


def summary(handler: Callable[..., object]) -> str:
    """Return the first line of the handler's docstring, without method and path at its start."""
    first = (inspect.getdoc(handler) or "").partition("\n")[0]
    return _ROUTE_PREFIX.sub("", first).removesuffix(".")


def group(path: str) -> str:
    """Return the tag of a path: its first segment after the API's prefix."""
    segments = path.removeprefix(ENVELOPED).strip("/").split("/")
    return segments[0] if segments[0].isalnum() else "pages"


def response(operation: Operation) -> Json:
    """Return the description of a response: an envelope, another JSON document, or a page or image."""
    if not operation.api:
        return {"description": "A page, an image or a document without envelope"}
    schema: Json = {"$ref": "#/components/schemas/Envelope"} if operation.path.startswith(ENVELOPED) else True
    return {"description": "The response", "content": {"application/json": {"schema": schema}}}


def body(names: Iterable[str]) -> Json:
    """Return the description of a body with these fields, in each content type that the server accepts."""
    texts = dict.fromkeys(names, TEXT)
    files: dict[str, Json] = {name: {"type": "string", "format": "binary"} for name in texts if name in FILES}
    return {
        form: {"schema": {"type": "object", "properties": {**texts, **(files if "multipart" in form else {})}}}
        for form in FORMS
    }


def schemes(server: str) -> Json:
    """Return the security schemes: a client id in a header or in the query, or an OAuth token."""
    flow: dict[str, Json] = {"authorizationUrl": f"{server}/oauth2/authorize", "scopes": {}}
    code_flow = {**flow, "tokenUrl": f"{server}/oauth2/token"}
    header = "The application's client id: `Client-ID 0123456789abcde`"
    return {
        "client": {"type": "apiKey", "in": "header", "name": "Authorization", "description": header},
        "client_query": {"type": "apiKey", "in": "query", "name": "client_id"},
        "person": {"type": "oauth2", "flows": {"authorizationCode": code_flow, "implicit": flow}},
    }


routes = [Route("/openapi.json", show, methods=["GET"])]
