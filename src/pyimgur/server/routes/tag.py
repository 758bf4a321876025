"""Tags: the ones that most posts carry, one with its posts, those of a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import is_page_number
from pyimgur.server.http.serializers.post import serialize_post
from pyimgur.server.http.serializers.tag import serialize_tag
from pyimgur.server.routes._list_routes import optional_segments, view_of
from pyimgur.server.routes._viewer_state import all_with_viewer_state, with_viewer_state
from pyimgur.server.routes.album_images import post_with_images
from pyimgur.server.routes.gallery import SEGMENTS, tags_of, with_gallery_aliases
from pyimgur.server.services import gallery, posts, submissions, tag_follows, tags
from pyimgur.server.services.gallery import ListView
from pyimgur.server.services.tags import Tag

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json, JSONObject

NO_TAG = "Tag does not exist"


async def show_defaults(call: APIRequest) -> Json:
    """GET /3/tags: the tags that most posts carry, and the gallery's best post."""
    known = await tags.defaults(call.library)
    best = await gallery.section(call.library, "user", ListView(sort="top"))
    offered: list[Json] = [
        {
            "id": 1,
            "name": "User Submitted",
            "description": "Everything that was shared",
            "topPost": await with_viewer_state(call, serialize_post(call.links, each)),
        }
        for each in best[:1]
    ]
    shown: list[Json] = [{"id": str(each.id), **serialize_tag(each)} for each in known]
    return {"tags": shown, "featured": known[0].name if known else "", "galleries": offered}


async def show_info(call: APIRequest) -> Json:
    """GET /3/gallery/tag_info/{tag}."""
    try:
        found = await tags.get(call.library, call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    return await tag_of(call, found)


async def show_posts(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/t/{tag}/{sort}/{window}/{page}, or a post's id instead of the sort."""
    first = call.request.path_params.get("sort", "")
    if first and not (first in gallery.TAG_SORTS or first in gallery.WINDOWS or is_page_number(first)):
        return await show_post(call, first)
    view = view_of(call, gallery.TAG_SORTS, SEGMENTS, sort="viral", window="week")
    try:
        found = await tags.get(call.library, call.path("tag"))
    except NotFoundError:
        name = tags.name_of(call.path("tag"))
        found = Tag(0, name, name.replace("_", " "), 0, 0)
    shown = await gallery.tagged(call.library, found.name, view)
    items = await all_with_viewer_state(call, [serialize_post(call.links, each) for each in shown])
    return {**await tag_of(call, found), "items": items}


async def show_post(call: APIRequest, id: str) -> Json | LongList:
    """A post, if it carries the tag."""
    found = await gallery.entry(call.library, id)
    if tags.name_of(call.path("tag")) not in (each.name for each in found.tags):
        raise NotFoundError("gallery item", id)
    return await post_with_images(call, found, serialize_post(call.links, found))


async def show_of_post(call: APIRequest) -> Json:
    """GET /3/gallery/{id}/tags."""
    found = await posts.get(call.library, call.path("id"))
    given = (await tags.of_posts(call.library, [found.number])).get(found.number, [])
    shown: list[Json] = [{**serialize_tag(each), "ups": 0, "downs": 0, "author": found.account_name} for each in given]
    return {"tags": shown}


async def change(call: APIRequest) -> Json:
    """POST /3/gallery/tags/{id}: all the tags of one's own post."""
    account = call.caller.account()
    await submissions.tag_post(call.library, call.path("id"), account, tags_of(await call.fields()))
    return True


async def tag_of(call: APIRequest, found: Tag) -> JSONObject:
    """A tag, and whether the asker follows it."""
    asker = call.caller.account_id
    following = asker is not None and found.name in await tag_follows.followed_tags(call.library, asker)
    return serialize_tag(found, following=following)


routes = [
    api_route("/3/tags", GET=show_defaults),
    api_route("/3/gallery/tag_info/{tag}", GET=show_info),
    *optional_segments("/3/gallery/t/{tag}", *SEGMENTS, GET=show_posts),
    api_route("/3/gallery/tags/{id}", POST=change, PUT=change),
    *with_gallery_aliases("/tags", GET=show_of_post),
]
