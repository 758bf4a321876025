"""Routes of lists whose last segments are optional: `/{sort}/{window}/{page}`, left out from the right."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.parameters import parse_bool, parse_list_view

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest, Handler
    from pyimgur.server.services.gallery import ListView


def optional_segments(path: str, *names: str, **handlers: Handler) -> list[Route]:
    """Return a route for each number of segments after `path`."""
    paths = (path + "".join(f"/{{{name}}}" for name in names[:count]) for count in range(len(names) + 1))
    return [api_route(path, costs=None, **handlers) for path in paths]


def view_of(
    call: APIRequest,
    sorts: Collection[str],
    names: Iterable[str],
    *,
    sort: str,
    window: str = "all",
    always: bool = False,
) -> ListView:
    """Parse sort, window, page and `mature` of a list. The window applies to the sort `top` only, unless `always`."""
    values = [call.query(name) or call.request.path_params.get(name, "") for name in names]
    return parse_list_view(values, sorts, sort=sort, window=window, always=always, mature=query_bool(call, "mature"))


def query_bool(call: APIRequest, name: str, *, default: bool = False) -> bool:
    """Return a boolean of the query."""
    value = parse_bool(call.query(name))
    return default if value is None else value
