"""Lists whose address says what of them is wanted: `/{sort}/{window}/{page}`, each to be left out, from the right."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.parameters import parse_bool, parse_list_view

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest, Handler
    from pyimgur.server.services.gallery import ListView


def optional_segments(address: str, *names: str, **handlers: Handler) -> list[Route]:
    """A route for each number of segments behind an address."""
    addresses = (address + "".join(f"/{{{name}}}" for name in names[:count]) for count in range(len(names) + 1))
    return [api_route(each, costs=None, **handlers) for each in addresses]


def view_of(
    call: APIRequest,
    sorts: Collection[str],
    names: Iterable[str],
    *,
    sort: str,
    window: str = "all",
    always: bool = False,
) -> ListView:
    """What the segments of these names ask for; the window counts where the sort is top, or always."""
    asked = [call.query(name) or call.request.path_params.get(name, "") for name in names]
    return parse_list_view(asked, sorts, sort=sort, window=window, always=always, mature=query_bool(call, "mature"))


def query_bool(call: APIRequest, name: str, *, otherwise: bool = False) -> bool:
    """A yes or no in the query."""
    said = parse_bool(call.query(name))
    return otherwise if said is None else said
