"""Endpoints that Imgur removed: they answer 410 with the error `SWITCHED_OFF` in Imgur's envelope.

As for any call, the caller must authenticate first. The call costs no credit. A path that Imgur never had answers 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import NoBody, takes
from pyimgur.server.http.errors import APIError

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json

SWITCHED_OFF = "This part of the API is switched off"
METHODS = ("GET", "POST", "PUT", "DELETE")
FREE: dict[str, int] = dict.fromkeys(METHODS, 0)

PATHS = (
    "/3/topics",  # topics ended in 2017
    "/3/topics/{rest:path}",
    "/3/g",  # custom galleries, their filters, blocked tags, and memes under their old path
    "/3/g/{rest:path}",
    "/3/memegen/{rest:path}",
    "/3/gallery/{id}/vote/tag/{tag}/{vote}",  # votes on the tags of a post ended in 2017
    "/3/messages",  # messages, replaced by conversations in 2012
    "/3/messages/{rest:path}",
    "/3/message",
    "/3/message/{rest:path}",
    "/3/account/{name}/message",
    "/3/account/{name}/likes",  # favorites under their first name, until 2012
    "/3/account/{name}/stats",
)
"""Whole paths. `/3/account/{name}` still exists without its POST and DELETE of 2012, which are in `routes.account`."""


@takes(NoBody)
async def gone(call: APIRequest) -> Json:
    """Answer 410: Imgur removed this endpoint."""
    raise APIError(410, SWITCHED_OFF)


def gone_route(path: str) -> Route:
    """Return a route that answers 410 to every method."""
    return api_route(path, costs=FREE, **dict.fromkeys(METHODS, gone))


routes = [gone_route(path) for path in PATHS]
v1_routes = [gone_route("/account/v1/phones/verify")]
