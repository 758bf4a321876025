"""The OpenAPI 3.1 document at `/openapi.json`, generated from the routes.

It lists every path and method that is routed, except HEAD, which every GET route also answers, and OPTIONS. Aliases
that Imgur has for the same call (`/3/image.xml`, `?_format=xml`) are left out. Parameters are those that the handlers
declare (`http.declared_parameters`), and summaries are the first lines of the handlers' docstrings.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import Response
from starlette.routing import Mount, Route

from pyimgur._version import __version__
from pyimgur.server.http.api import APIEndpoint
from pyimgur.server.http.declared_parameters import BodyFields, Location, NoBody, Parameter, parameters_at, taken_by
from pyimgur.server.http.responses import CORS_HEADERS, JSON, NOSNIFF, APIResponse, encode
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.routes.removed_endpoints import gone

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from pyimgur.server.http.responses import Json

UNLISTED = frozenset({"HEAD", "OPTIONS"})
MULTIPART = "multipart/form-data"
FORMS = ("application/x-www-form-urlencoded", MULTIPART, "application/json")
ENVELOPED = "/3/"
_TOKEN = re.compile(r"\w+")
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")

TEXT: Json = {"type": "string"}
ENVELOPE: Json = {
    "type": "object",
    "required": ["data", "success", "status"],
    "properties": {"data": True, "success": {"type": "boolean"}, "status": {"type": "integer"}},
}
UNCHANGED: Json = {"description": "Not modified: If-None-Match names the ETag of the response"}


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
    paths: dict[str, dict[str, Json]] = {}
    for operation in operations(routes):
        paths.setdefault(operation.path, {}).setdefault(operation.method.lower(), operation_document(operation))
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
                listed = sorted(handlers.keys() - UNLISTED)
                yield from (Operation(path, method, handlers[method], True) for method in listed)
            else:
                methods = sorted((route.methods or set()) - UNLISTED)
                yield from (Operation(path, method, route.endpoint, False) for method in methods)


def operation_document(operation: Operation) -> dict[str, Json]:
    """Return the document of one operation."""
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
        "parameters": [parameter_document(*place) for place in parameters(operation)],
        "responses": responses,
    }
    if reads_body(operation.handler):
        described["requestBody"] = {"content": body(parameters_at(operation.handler, "body"))}
    if operation.handler is gone:
        described["deprecated"] = True
    if operation.api:
        described["security"] = [{"client": []}, {"client_query": []}, {"person": []}]
    return described


def parameters(operation: Operation) -> Iterator[tuple[Location, str, Parameter[Any] | None]]:
    """Yield place, name and declaration of each parameter outside the body.

    A parameter of the query that is a segment of this path is described there. What a handler reads from the path only
    has no place in a path without it.
    """
    segments = _PART.findall(operation.path)
    places: tuple[Location, ...] = ("query", "path")
    declared = {each.name: each for place in places for each in parameters_at(operation.handler, place)}
    for name in segments:
        yield "path", name, declared.get(name)
    for each in parameters_at(operation.handler, "query"):
        if each.name not in segments:
            yield "query", each.name, each
    for each in parameters_at(operation.handler, "header"):
        yield "header", each.name, each


def parameter_document(place: Location, name: str, declared: Parameter[Any] | None) -> Json:
    """Return the document of one parameter outside the body."""
    document: dict[str, Json] = {"name": name, "in": place, "schema": declared.schema if declared else TEXT}
    if place == "path":
        document["required"] = True
    if declared:
        document["description"] = declared.description
    return document


def reads_body(handler: Callable[..., object]) -> bool:
    """Return whether a handler declares fields of the body."""
    return any(issubclass(each, BodyFields) and each is not NoBody for each in taken_by(handler))


def summary(handler: Callable[..., object]) -> str:
    """Return the first line of the handler's docstring."""
    return (inspect.getdoc(handler) or "").partition("\n")[0].removesuffix(".")


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


def body(fields: Iterable[Parameter[Any]]) -> Json:
    """Return the description of a body with these fields, in each content type that the server accepts."""
    declared = list(fields)
    return {
        form: {"schema": {"type": "object", "properties": {each.name: field_document(each, form) for each in declared}}}
        for form in FORMS
    }


def field_document(field: Parameter[Any], form: str) -> Json:
    """Return the document of one field in a content type; only multipart bodies have files as they are."""
    binary: dict[str, Json] = {"format": "binary"} if field.kind == "file" and form == MULTIPART else {}
    return {**field.schema, **binary, "description": field.description}


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
