"""The feed: the newest posts that carry a tag the caller follows.

The shape of Imgur's response is not known; this server returns `items` and `tags`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import Page, api_route
from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.serializers.post import serialize_post
from pyimgur.server.routes._viewer_state import all_with_viewer_state
from pyimgur.server.services import gallery, tag_follows

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json


@takes(Page)
async def show(call: APIRequest) -> Json:
    """Return a page of sixty posts of the feed, and the followed tags."""
    viewer = call.caller.require_account()
    entries = await gallery.with_items(
        call.context, await tag_follows.list_feed(call.context, viewer, page=call.page()), previews=True
    )
    items = await all_with_viewer_state(call, [serialize_post(call.links, entry) for entry in entries])
    return {"items": items, "tags": await tag_follows.list_followed(call.context, viewer)}


routes = [api_route("/3/feed", GET=show)]
