"""Posts in the v1 API, which has no envelope and counts pages from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import PAGE_DIGITS, Page, api_route, spool_of
from pyimgur.server.http.declared_parameters import ExactQueryParameters, NoBody, QueryParameters, takes
from pyimgur.server.http.parameter_kinds import ignored, number, text, word
from pyimgur.server.http.responses import LIST_PLACEHOLDER, v1_response
from pyimgur.server.http.serializers import v1
from pyimgur.server.services import account_uploads, albums, favorites, gallery, images, posts, votes
from pyimgur.server.services.gallery import ListView, PostWithItems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.albums import Album

SECTIONS = {"hot": "hot", "top": "top", "new": "user"}
SORTS = {"-viral": "viral", "-time": "time", "-top": "top"}
FILTER = "eq:"
"""A filter is written `eq:top` or just `top`."""


class SectionFilter(ExactQueryParameters):
    """The section of the gallery."""

    section = word("The section.", prefix=FILTER, name="filter[section]", choices=SECTIONS)


class WindowFilter(ExactQueryParameters):
    """The window of a list."""

    window = word("The time that votes count in.", prefix=FILTER, name="filter[window]", choices=gallery.WINDOWS)


class SortQuery(QueryParameters):
    """The order of a list."""

    sort = text("The order of the list.", choices=SORTS)


class UploadsQuery(QueryParameters):
    """The order of a list of the caller's uploads."""

    sort = ignored("Ignored: the newest come first.")


class IncludeQuery(QueryParameters):
    """What the response has besides the plain fields."""

    include = text("Parts of the response, separated by commas, such as `media`, `account` and `tags`.")


class V1Page(Page):
    """The page of a list."""

    page = number("The page, counted from 1.", digits=PAGE_DIGITS)


@takes(SectionFilter, WindowFilter, SortQuery, IncludeQuery, V1Page)
async def list_posts(call: APIRequest) -> Response:
    """Return a page of the gallery as a bare list."""
    section = call.query(SectionFilter).section
    view = view_of(call, sort="time" if section == "new" else "viral")
    entries = await gallery.list_section(call.context, SECTIONS.get(section, "hot"), view, previews=True)
    return v1_response(call.request, await serialize_posts(call, entries))


@takes(WindowFilter, SortQuery, IncludeQuery, V1Page)
async def list_tagged(call: APIRequest) -> Response:
    """Return a page of the posts with a tag."""
    entries = await gallery.list_by_tag(call.context, call.path("tag"), view_of(call, sort="viral"))
    return v1_response(call.request, {"posts": await serialize_posts(call, entries)})


@takes(IncludeQuery)
async def show_post(call: APIRequest) -> Response:
    """Return a post of the gallery."""
    return await post_response(call, await gallery.get_entry(call.context, call.path("id")))


@takes(IncludeQuery)
async def show_album(call: APIRequest) -> Response:
    """Return an album as a post, in the gallery or not."""
    row = await albums.get(call.context, call.path("id"), call.caller.account_id)
    if row.id != call.path("id"):  # a delete hash is not accepted here
        raise NotFoundError("album", call.path("id"))
    if row.in_gallery:
        return await show_post(call)
    return await post_response(
        call, PostWithItems(None, album=row, images=await gallery.first_images(call.context, row))
    )


@takes(IncludeQuery)
async def show_media(call: APIRequest) -> Response:
    """Return an image as a post, in the gallery or not."""
    row = await images.get(call.context, call.path("id"))
    if row.in_gallery:
        return await show_post(call)
    return await post_response(call, PostWithItems(None, image=row))


@takes(UploadsQuery, IncludeQuery, V1Page)
async def list_mine(call: APIRequest) -> Response:
    """Return a page of the caller's albums and of the images in no album."""
    entries = await account_uploads.all_posts(call.context, call.caller.require_account(), page=page_of(call))
    return v1_response(call.request, await serialize_posts(call, entries))


@takes(UploadsQuery, IncludeQuery, V1Page)
async def list_hidden(call: APIRequest) -> Response:
    """Return a page of the caller's hidden albums."""
    entries = await account_uploads.hidden_albums(call.context, call.caller.require_account(), page=page_of(call))
    return v1_response(call.request, await serialize_posts(call, entries))


@takes(NoBody)
async def favorite(call: APIRequest) -> Response:
    """Add a post to the caller's favorites, or remove it."""
    viewer, id = call.caller.require_account(), call.path("id")
    post = await posts.get(call.context, id)
    added = await favorites.toggle(call.context, "image" if post.image_id else "album", id, viewer)
    return v1_response(call.request, {"data": "favorited" if added else "unfavorited", "success": True, "status": 200})


async def post_response(call: APIRequest, entry: PostWithItems) -> Response:
    """Return one post with what `include` asks for. The media of a large album are sent in slices."""
    serialized = (await serialize_posts(call, [entry], "media,account"))[0]
    if entry.album is None or entry.album.images_count <= images.LARGE_ALBUM or "media" not in serialized:
        return v1_response(call.request, serialized)
    slices = _media(call, entry.album)
    return await spool_of(call.request).respond(
        v1_response(call.request, {**serialized, "media": LIST_PLACEHOLDER}), slices
    )


async def _media(call: APIRequest, album: Album) -> AsyncIterator[Sequence[Json]]:
    async for rows in images.iter_album(call.context, album.id):
        yield [v1.media(call.links, row) for row in rows]


async def serialize_posts(
    call: APIRequest, entries: Sequence[PostWithItems], default: str = "cover"
) -> list[JSONObject]:
    """Return the JSON of these posts, with the viewer's vote and favorite."""
    include = included(call, default)
    ids = [v1.post_body(call.links, entry).id for entry in entries]
    viewer = call.caller.account_id
    states = await votes.get_viewer_state(call.context, viewer, ids) if viewer and ids else {}
    return [
        v1.post(call.links, entry, include, states.get(id, v1.NO_VIEWER_STATE))
        for id, entry in zip(ids, entries, strict=True)
    ]


def included(call: APIRequest, default: str) -> frozenset[str]:
    """Return what `?include=` names, or the default."""
    return frozenset((call.query(IncludeQuery).include or default).split(","))


def view_of(call: APIRequest, *, sort: str) -> ListView:
    """Return which part of a list the query asks for. Unknown values are ignored."""
    window = call.query(WindowFilter).window
    return ListView(
        sort=SORTS.get(call.query(SortQuery).sort or "", sort),
        window=window if window in gallery.WINDOWS else "all",
        page=page_of(call),
    )


def page_of(call: APIRequest) -> int:
    """Return the page, counted from 0 as the services do."""
    return max(call.page() - 1, 0)


routes = [
    api_route("/post/v1/posts", GET=list_posts),
    api_route("/post/v1/posts/t/{tag}", GET=list_tagged),
    api_route("/post/v1/posts/{id}", GET=show_post),
    api_route("/post/v1/posts/{id}/favorite", POST=favorite),
    api_route("/post/v1/albums/{id}", GET=show_album),
    api_route("/post/v1/media/{id}", GET=show_media),
    api_route("/post/v1/accounts/me/all_posts", GET=list_mine),
    api_route("/post/v1/accounts/me/hidden_albums", GET=list_hidden),
]
