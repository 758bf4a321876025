"""The feed: the newest posts that carry a tag one follows. Imgur's answer is not known; ours is `items` and `tags`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.serializers.post import serialize_post
from pyimgur.server.routes._viewer_state import all_with_viewer_state
from pyimgur.server.services import gallery, tag_follows

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json


async def show(call: APIRequest) -> Json:
    """GET /3/feed: sixty posts a page."""
    mine = call.caller.account()
    found = await gallery.entries(
        call.library, await tag_follows.feed(call.library, mine, page=call.page()), previews=True
    )
    shown = await all_with_viewer_state(call, [serialize_post(call.links, each) for each in found])
    return {"items": shown, "tags": await tag_follows.followed_tags(call.library, mine)}


routes = [api_route("/3/feed", GET=show)]
