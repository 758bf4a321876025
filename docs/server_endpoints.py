"""Write server_endpoints.md: the endpoints and parameters of the server, from the declarations of its routes.

`make docs` runs it, and a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pyimgur.server.app import routes
from pyimgur.server.http.declared_parameters import Location, Parameter
from pyimgur.server.routes.openapi import Operation, group, operations, parameters, parameters_at, summary
from pyimgur.server.routes.removed_endpoints import gone

PAGE = Path(__file__).with_suffix(".md")
TOP = """\
# Server endpoints

The endpoints of the server for programs, and the parameters that each one reads; `/openapi.json` has the same for
machines. All other parameters are ignored, as at Imgur.

- A body may be a form, multipart or JSON. Its fields may also be in the query.
- A list is repeated (`ids[]=a&ids[]=b`, `ids=a&ids=b`), separated by commas, or a JSON list.
- A flag is `1`, `true`, `yes`, `on`, `0`, `false`, `no`, `off`, or a JSON boolean.
- "path or query" is a part at the end of the path that may also be left out, or be a parameter of the query.
"""
HEAD = "\n| Parameter | In | Type | Meaning |\n|---|---|---|---|\n"
TYPES = {"ignored": "text"}


def page() -> str:
    """Return the whole page."""
    listed = [each for each in operations(routes()) if each.handler is not gone and is_for_programs(each)]
    groups = groupby(sorted(listed, key=lambda each: group(each.path)), key=lambda each: group(each.path))
    return TOP + "".join(f"\n## {title}\n{''.join(sections(list(each)))}" for title, each in groups)


def is_for_programs(operation: Operation) -> bool:
    """Return whether it is part of the API, or an endpoint with parameters of its own."""
    return operation.api or operation.path in {"/oauth2/token", "/oauth2/revoke", "/oembed"}


def sections(listed: list[Operation]) -> Iterator[str]:
    """Yield a section for each function that handles operations of a group."""
    for handler in dict.fromkeys(each.handler for each in listed):
        first, *others = handled = [each for each in listed if each.handler is handler]
        also = "".join(f"- `{each.method} {each.path}`\n" for each in others)
        aliases = f"\nAlso:\n\n{also}" if also else ""
        yield f"\n### `{first.method} {first.path}`\n\n{summary(handler)}.\n{aliases}{table(handled)}"


def table(handled: Iterable[Operation]) -> str:
    """Return the table of the declared parameters of operations with one handler; nothing if there are none."""
    places: dict[str, list[Location]] = {}
    rows: dict[str, Parameter[Any]] = {}
    for place, parameter in (each for operation in handled for each in declared(operation)):
        rows.setdefault(parameter.name, parameter)
        if place not in places.setdefault(parameter.name, []):
            places[parameter.name].append(place)
    return HEAD + "".join(row(places[name], parameter) for name, parameter in rows.items()) if rows else ""


def declared(operation: Operation) -> Iterator[tuple[Location, Parameter[Any]]]:
    """Yield place and declaration of each declared parameter."""
    yield from ((place, each) for place, _, each in parameters(operation) if each is not None)
    yield from (("body", each) for each in parameters_at(operation.handler, "body"))


def row(places: Iterable[Location], parameter: Parameter[Any]) -> str:
    """Return one row of a table."""
    choices = f" One of {', '.join(f'`{choice}`' for choice in parameter.choices)}." if parameter.choices else ""
    type = TYPES.get(parameter.kind, parameter.kind)
    return f"| `{parameter.name}` | {' or '.join(sorted(places))} | {type} | {parameter.description}{choices} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
