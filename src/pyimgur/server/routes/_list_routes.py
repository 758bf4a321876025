"""Routes of lists whose last segments are optional: `/{sort}/{window}/{page}`, left out from the right."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import QueryParameters, SegmentParameters
from pyimgur.server.http.parameter_kinds import flag, number_text, word
from pyimgur.server.http.parameters import parse_list_view

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest, Handler
    from pyimgur.server.http.declared_parameters import Parameter
    from pyimgur.server.services.gallery import ListView


class Mature(QueryParameters):
    """Whether a list has mature posts."""

    mature = flag("Whether the list has mature posts too.")


class Previews(QueryParameters):
    """Whether the albums of a list have images."""

    album_previews = flag("Whether albums have their first images.")


def sort_of(sorts: Collection[str]) -> Parameter[str]:
    """Declare the sort of a list."""
    return word("The order of the list.", choices=sorts)


def window_of(windows: Collection[str]) -> Parameter[str]:
    """Declare the window of a list."""
    return word("The time that votes count in, for the sort `top`.", choices=windows)


def page_of_list() -> Parameter[str]:
    """Declare the page of a list, as a text: a segment is recognized by its value, and another one may be here."""
    return number_text("The page, counted from 0.")


def optional_segments(path: str, *names: str, **handlers: Handler) -> list[Route]:
    """Return a route for each number of segments after `path`."""
    paths = (path + "".join(f"/{{{name}}}" for name in names[:count]) for count in range(len(names) + 1))
    return [api_route(path, costs=None, **handlers) for path in paths]


def view_of(
    call: APIRequest,
    sorts: Collection[str],
    group: type[SegmentParameters],
    *,
    sort: str,
    window: str = "all",
    always: bool = False,
) -> ListView:
    """Parse sort, window, page and `mature` of a list. The window applies to the sort `top` only, unless `always`."""
    mature = call.query(Mature).mature is True
    return parse_list_view(call.query(group).texts(), sorts, sort=sort, window=window, always=always, mature=mature)
