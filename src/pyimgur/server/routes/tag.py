"""Tags: the default tags, a tag with its posts, the tags of a post; follow and unfollow a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import NoBody, PathParameters, SegmentParameters, takes
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import word
from pyimgur.server.http.parameters import is_page_number
from pyimgur.server.http.serializers.post import serialize_post
from pyimgur.server.http.serializers.tag import serialize_tag
from pyimgur.server.routes._list_routes import Mature, optional_segments, page_of_list, sort_of, view_of, window_of
from pyimgur.server.routes._viewer_state import all_with_viewer_state, with_viewer_state
from pyimgur.server.routes.album_images import post_with_images
from pyimgur.server.routes.gallery import SEGMENTS, TagsFields, split_tags, with_gallery_aliases
from pyimgur.server.services import gallery, posts, submissions, tag_follows, tags
from pyimgur.server.services.gallery import ListView
from pyimgur.server.services.tags import Tag

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json, JSONObject

NO_TAG = "Tag does not exist"


class TagList(SegmentParameters):
    """A page of the posts with a tag."""

    sort = sort_of(gallery.TAG_SORTS)
    window = window_of(gallery.WINDOWS)
    page = page_of_list()


class TagPath(PathParameters):
    """What may take the place of the sort."""

    sort = word("The order of the list, or a post by its id.")


async def show_defaults(call: APIRequest) -> Json:
    """Return the most used tags, and the gallery's best post."""
    defaults = await tags.list_defaults(call.context)
    best = await gallery.list_section(call.context, "user", ListView(sort="top"))
    galleries: list[Json] = [
        {
            "id": 1,
            "name": "User Submitted",
            "description": "Everything that was shared",
            "topPost": await with_viewer_state(call, serialize_post(call.links, entry)),
        }
        for entry in best[:1]
    ]
    serialized: list[Json] = [{"id": str(tag.id), **serialize_tag(tag)} for tag in defaults]
    return {"tags": serialized, "featured": defaults[0].name if defaults else "", "galleries": galleries}


async def show_info(call: APIRequest) -> Json:
    """Return a tag."""
    try:
        tag = await tags.get(call.context, call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    return await tag_of(call, tag)


@takes(TagPath, TagList, Mature)
async def show_posts(call: APIRequest) -> Json | LongList:
    """Return a tag with a page of its posts, or one post if its id takes the place of the sort."""
    first = call.query(TagPath).sort
    if first and not (first in gallery.TAG_SORTS or first in gallery.WINDOWS or is_page_number(first)):
        return await show_post(call, first)
    view = view_of(call, gallery.TAG_SORTS, TagList, sort="viral", window="week")
    try:
        tag = await tags.get(call.context, call.path("tag"))
    except NotFoundError:
        name = tags.normalize_name(call.path("tag"))
        tag = Tag(0, name, name.replace("_", " "), 0, 0)
    entries = await gallery.list_by_tag(call.context, tag.name, view)
    items = await all_with_viewer_state(call, [serialize_post(call.links, entry) for entry in entries])
    return {**await tag_of(call, tag), "items": items}


async def show_post(call: APIRequest, id: str) -> Json | LongList:
    """Return a post that carries the tag.

    Raises:
        NotFoundError: the post does not carry it.
    """
    entry = await gallery.get_entry(call.context, id)
    if tags.normalize_name(call.path("tag")) not in (tag.name for tag in entry.tags):
        raise NotFoundError("gallery item", id)
    return await post_with_images(call, entry, serialize_post(call.links, entry))


async def show_of_post(call: APIRequest) -> Json:
    """Return the tags of a post."""
    post = await posts.get(call.context, call.path("id"))
    rows = (await tags.list_by_posts(call.context, [post.number])).get(post.number, [])
    serialized: list[Json] = [{**serialize_tag(row), "ups": 0, "downs": 0, "author": post.account_name} for row in rows]
    return {"tags": serialized}


@takes(TagsFields)
async def change(call: APIRequest) -> Json:
    """Replace the tags of the caller's own post."""
    account = call.caller.require_account()
    await submissions.tag_post(call.context, call.path("id"), account, split_tags((await call.body(TagsFields)).tags))
    return True


@takes(NoBody)
async def follow(call: APIRequest) -> Json:
    """Follow a tag."""
    try:
        await tag_follows.follow(call.context, call.caller.require_account(), call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    return {"status": True}


async def unfollow(call: APIRequest) -> Json:
    """Stop following a tag."""
    try:
        await tag_follows.unfollow(call.context, call.caller.require_account(), call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    except tag_follows.NotFollowed as error:
        raise APIError(409, str(error)) from None
    return {"status": False}


async def tag_of(call: APIRequest, tag: Tag) -> JSONObject:
    """Return a tag, and whether the viewer follows it."""
    viewer = call.caller.account_id
    following = viewer is not None and tag.name in await tag_follows.list_followed(call.context, viewer)
    return serialize_tag(tag, following=following)


routes = [
    api_route("/3/tags", GET=show_defaults),
    api_route("/3/gallery/tag_info/{tag}", GET=show_info),
    *optional_segments("/3/gallery/t/{tag}", *SEGMENTS, GET=show_posts),
    api_route("/3/gallery/tags/{id}", POST=change, PUT=change),
    *with_gallery_aliases("/tags", GET=show_of_post),
    api_route("/3/account/me/follow/tag/{tag}", POST=follow, DELETE=unfollow),
]
