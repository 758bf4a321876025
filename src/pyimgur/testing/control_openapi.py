"""The OpenAPI document of the control API, generated from its operations and the types of their bodies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from .._version import __version__

if TYPE_CHECKING:
    from .control_operation import Operation

_IN_PATH = re.compile(r"\{(\w+)\}")
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Return the document of these operations."""
    bodies = list(dict.fromkeys(one.body for one in operations if one.body))
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(f"/_test/{one.path}", {})[one.method.lower()] = _operation(one, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "pyimgur control API", "version": __version__},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, schema_of: dict[type, Any]) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    parameters = [
        *({"name": name, "in": "path", "required": True} for name in _IN_PATH.findall(one.path)),
        *({"name": name, "in": "query"} for name in one.parameters),
    ]
    described: dict[str, Any] = {
        "operationId": "_".join((one.method.lower(), *re.findall(r"\w+", one.path))),
        "summary": one.summary,
        "parameters": [{**parameter, "schema": {"type": "string"}} for parameter in parameters],
        "responses": {
            str(one.status): {"description": "Done", "content": {"application/json": {}}},
            "4XX": {"description": "What is wrong with the request", "content": error},
        },
    }
    if one.body:
        described["requestBody"] = {"content": {"application/json": {"schema": schema_of[one.body]}}}
    return described
