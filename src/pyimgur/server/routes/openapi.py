"""GET /openapi.json: what this server answers, for programs that read OpenAPI 3.1; made from the routes themselves.

An address or a method that is routed is in the document, and nothing else is. Left out are HEAD, which every GET
answers too, and OPTIONS. What Imgur itself calls by many names (`/3/image.xml`, `?_format=xml`) stands there once.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response
from starlette.routing import Mount, Route

from pyimgur._version import __version__
from pyimgur.server.http.api import LARGEST_PAGE, APIEndpoint
from pyimgur.server.http.responses import CORS_HEADERS, JSON, NOSNIFF, APIResponse, encode
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.routes import _openapi_parameters
from pyimgur.server.routes.removed_endpoints import gone

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from pyimgur.server.http.responses import Json

UNSAID = frozenset({"HEAD", "OPTIONS"})
WITH_BODY = frozenset({"POST", "PUT"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
FILES = frozenset({"image", "video"})
ENVELOPED = "/3/"
_WORD = re.compile(r"\w+")
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_SAID = re.compile(r"[A-Z][A-Z, or]* /\S+(?:, /\S+)*(?:: |\.?$)")

WORD: Json = {"type": "string"}
NUMBER: Json = {"type": "integer", "minimum": 0}
ENVELOPE: Json = {
    "type": "object",
    "required": ["data", "success", "status"],
    "properties": {"data": True, "success": {"type": "boolean"}, "status": {"type": "integer"}},
}
UNCHANGED: Json = {"description": "Nothing new to who sent the answer's ETag as If-None-Match"}
PAGING: tuple[Json, ...] = (
    {"name": "page", "in": "query", "schema": NUMBER},
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}},
)


class Operation(NamedTuple):
    """One method at one address."""

    path: str
    method: str
    handler: Callable[..., object]
    api: bool
    """Whether it wants credentials and costs credits."""


async def show(request: Request) -> Response:
    """GET /openapi.json: this document."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = encode(document(request.app.routes, state.library.settings.public_url))
    return APIResponse(state.openapi, 200, [JSON, NOSNIFF, *CORS_HEADERS, (b"cache-control", b"no-cache")])


def document(routes: Iterable[BaseRoute], server: str) -> Mapping[str, Json]:
    """The document for these routes, at that address."""
    found = list(operations(routes))
    listed = {path.removesuffix("/{page}") for path, *_ in found if path.endswith("/{page}")}
    paths: dict[str, dict[str, Json]] = {}
    for one in found:
        paged = one.method == "GET" and ("{page}" in one.path or one.path in listed)
        paths.setdefault(one.path, {}).setdefault(one.method.lower(), operation_document(one, paged=paged))
    return {
        "openapi": "3.1.0",
        "info": {"title": "pyimgur", "version": __version__, "description": "Imgur's API, answered by pyimgur."},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": {"Envelope": ENVELOPE}, "securitySchemes": schemes(server)},
    }


def operations(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Operation]:
    """Every method at every address, in the order in which they are looked for."""
    for route in routes:
        if isinstance(route, Mount):
            yield from operations(route.routes, prefix + route.path)
        elif isinstance(route, PrefixRouter):
            yield from operations(route.routes, prefix)
        elif isinstance(route, Route):
            path = prefix + _PART.sub(r"{\1}", route.path)
            if isinstance(route.app, APIEndpoint):
                handlers = route.app.handlers
                yield from (Operation(path, method, handlers[method], True) for method in handlers.keys() - UNSAID)
            else:
                methods = (route.methods or set()) - UNSAID
                yield from (Operation(path, method, route.endpoint, False) for method in methods)


def operation_document(one: Operation, *, paged: bool) -> dict[str, Json]:
    """What the document says of an operation."""
    names = _PART.findall(one.path)
    inside: list[Json] = [{"name": name, "in": "path", "required": True, "schema": WORD} for name in names]
    asked = [
        name for name in _openapi_parameters.of_query(one.path) if name not in names and not (paged and name == "page")
    ]
    query: list[Json] = [{"name": name, "in": "query", "schema": WORD} for name in asked]
    answers: dict[str, Json] = {"200" if one.handler is not gone else "410": answer(one), "default": answer(one)}
    if one.api and one.method == "GET":
        answers["304"] = UNCHANGED
    said: dict[str, Json] = {
        "operationId": "_".join((one.method.lower(), *_WORD.findall(one.path))),
        "summary": summary(one.handler),
        "tags": [group(one.path)],
        "parameters": [*inside, *query, *(PAGING if paged else ())],
        "responses": answers,
    }
    if one.method in WITH_BODY:
        said["requestBody"] = {"content": body(_openapi_parameters.of_body(one.path))}
    if one.handler is gone:
        said["deprecated"] = True
    if one.api:
        said["security"] = [{"client": []}, {"client_query": []}, {"person": []}]
    return said


def summary(handler: Callable[..., object]) -> str:
    """What the handler says of itself, without the address."""
    first = (inspect.getdoc(handler) or "").partition("\n")[0]
    return _SAID.sub("", first).removesuffix(".")


def group(path: str) -> str:
    """The first segment that tells calls apart."""
    segments = path.removeprefix(ENVELOPED).strip("/").split("/")
    return segments[0] if segments[0].isalnum() else "pages"


def answer(one: Operation) -> Json:
    """How an answer looks: enveloped, another JSON document, or a page or picture."""
    if not one.api:
        return {"description": "A page, a picture or a document of its own"}
    schema: Json = {"$ref": "#/components/schemas/Envelope"} if one.path.startswith(ENVELOPED) else True
    return {"description": "The answer", "content": {"application/json": {"schema": schema}}}


def body(names: Iterable[str]) -> Json:
    """A body with these fields, in any form that a server takes."""
    texts = dict.fromkeys(names, WORD)
    files: dict[str, Json] = {name: {"type": "string", "format": "binary"} for name in texts if name in FILES}
    return {
        form: {"schema": {"type": "object", "properties": {**texts, **(files if "multipart" in form else {})}}}
        for form in FORMS
    }


def schemes(server: str) -> Json:
    """Who may call: an application by its id, in a header or in the query; a person by a token."""
    flow: dict[str, Json] = {"authorizationUrl": f"{server}/oauth2/authorize", "scopes": {}}
    exchanged = {**flow, "tokenUrl": f"{server}/oauth2/token"}
    header = "The application's id, written `Client-ID 0123456789abcde`"
    return {
        "client": {"type": "apiKey", "in": "header", "name": "Authorization", "description": header},
        "client_query": {"type": "apiKey", "in": "query", "name": "client_id"},
        "person": {"type": "oauth2", "flows": {"authorizationCode": exchanged, "implicit": flow}},
    }


routes = [Route("/openapi.json", show, methods=["GET"])]
