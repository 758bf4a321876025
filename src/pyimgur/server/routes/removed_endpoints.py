"""What Imgur once answered and answers no more, and what it never answered to others: parts that are switched off.

The rule, for every one of them: who calls it must say who it is, as for any call; then the answer is 410 with the error
`SWITCHED_OFF` in Imgur's envelope. It costs no credit. An address that Imgur never had gives 404.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
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
    "/3/g",  # custom galleries, what they filter out, blocked tags, and memes under their old address
    "/3/g/{rest:path}",
    "/3/memegen/{rest:path}",
    "/3/gallery/{id}/vote/tag/{tag}/{vote}",  # votes on the tags of a post ended in 2017
    "/3/messages",  # messages before there were conversations, 2012
    "/3/messages/{rest:path}",
    "/3/message",
    "/3/message/{rest:path}",
    "/3/account/{name}/message",
    "/3/account/{name}/likes",  # favourites under their first name, 2012
    "/3/account/{name}/stats",
)
"""Whole addresses. Signing up and deleting an account at `/3/account/{name}`, of 2012, are off as methods there."""


async def gone(call: APIRequest) -> Json:
    """Any method on a part that is switched off."""
    raise APIError(410, SWITCHED_OFF)


def gone_route(address: str) -> Route:
    """A route that says so, whatever the method."""
    return api_route(address, costs=FREE, **dict.fromkeys(METHODS, gone))


routes = [gone_route(address) for address in PATHS]
v1_routes = [gone_route("/account/v1/phones/verify")]
