"""Posts as web sites read them: the second generation of the API, without envelope, its pages counted from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route, spool_of
from pyimgur.server.http.responses import MARK, v1_response
from pyimgur.server.http.serializers import v1
from pyimgur.server.services import account_uploads, albums, gallery, images, posts, votes
from pyimgur.server.services import favorites as liked
from pyimgur.server.services.gallery import ListView, PostWithItems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.albums import Album

SECTIONS = {"hot": "hot", "top": "top", "new": "user"}
SORTS = {"-viral": "viral", "-time": "time", "-top": "top"}


async def list_posts(call: APIRequest) -> Response:
    """GET /post/v1/posts: what stands in the gallery, as a bare list."""
    asked = filter_value(call, "filter[section]")
    view = view_of(call, sort="time" if asked == "new" else "viral")
    found = await gallery.section(call.library, SECTIONS.get(asked, "hot"), view, previews=True)
    return v1_response(call.request, await serialize_posts(call, found))


async def list_tagged(call: APIRequest) -> Response:
    """GET /post/v1/posts/t/{tag}."""
    found = await gallery.tagged(call.library, call.path("tag"), view_of(call, sort="viral"))
    return v1_response(call.request, {"posts": await serialize_posts(call, found)})


async def show_post(call: APIRequest) -> Response:
    """GET /post/v1/posts/{id}: what stands in the gallery under this id."""
    return await shown(call, await gallery.entry(call.library, call.path("id")))


async def show_album(call: APIRequest) -> Response:
    """GET /post/v1/albums/{id}: an album, in the gallery or not."""
    row = await albums.get(call.library, call.path("id"), call.caller.account_id)
    if row.id != call.path("id"):  # its delete hash is no address
        raise NotFoundError("album", call.path("id"))
    if row.in_gallery:
        return await show_post(call)
    return await shown(call, PostWithItems(None, album=row, pictures=await gallery.first_pictures(call.library, row)))


async def show_media(call: APIRequest) -> Response:
    """GET /post/v1/media/{id}: a single image, in the gallery or not."""
    row = await images.get(call.library, call.path("id"))
    if row.in_gallery:
        return await show_post(call)
    return await shown(call, PostWithItems(None, image=row))


async def list_mine(call: APIRequest) -> Response:
    """GET /post/v1/accounts/me/all_posts: one's albums, and the images that are in none."""
    found = await account_uploads.all_posts(call.library, call.caller.account(), page=page_of(call))
    return v1_response(call.request, await serialize_posts(call, found))


async def list_hidden(call: APIRequest) -> Response:
    """GET /post/v1/accounts/me/hidden_albums."""
    found = await account_uploads.hidden_albums(call.library, call.caller.account(), page=page_of(call))
    return v1_response(call.request, await serialize_posts(call, found))


async def favorite(call: APIRequest) -> Response:
    """POST /post/v1/posts/{id}/favorite: a favourite, or one no more."""
    mine, id = call.caller.account(), call.path("id")
    found = await posts.get(call.library, id)
    added = await liked.toggle(call.library, "image" if found.image_id else "album", id, mine)
    return v1_response(call.request, {"data": "favorited" if added else "unfavorited", "success": True, "status": 200})


async def shown(call: APIRequest, entry: PostWithItems) -> Response:
    """One post, with what was asked for beside it."""
    shape = (await serialize_posts(call, [entry], "media,account"))[0]
    if entry.album is None or entry.album.images_count <= images.LARGE or "media" not in shape:
        return v1_response(call.request, shape)
    slices = _media(call, entry.album)
    return await spool_of(call.request).respond(v1_response(call.request, {**shape, "media": MARK}), slices)


async def _media(call: APIRequest, album: Album) -> AsyncIterator[Sequence[Json]]:
    async for each in images.slices_of_album(call.library, album.id):
        yield [v1.media(call.links, one) for one in each]


async def serialize_posts(call: APIRequest, found: Sequence[PostWithItems], usual: str = "cover") -> list[JSONObject]:
    """These posts, with what the caller thinks of them."""
    include = included(call, usual)
    ids = [v1.thing(call.links, each).id for each in found]
    mine = call.caller.account_id
    marks = await votes.viewer_state(call.library, mine, ids) if mine and ids else {}
    return [v1.post(call.links, each, include, marks.get(id, v1.NO_MARK)) for id, each in zip(ids, found, strict=True)]


def included(call: APIRequest, usual: str) -> frozenset[str]:
    """What is to be shown beside the thing itself."""
    return frozenset((call.query("include") or usual).split(","))


def view_of(call: APIRequest, *, sort: str) -> ListView:
    """Which part of a list is asked for; words that nobody knows are passed over."""
    window = filter_value(call, "filter[window]")
    return ListView(
        sort=SORTS.get(call.query("sort") or "", sort),
        window=window if window in gallery.WINDOWS else "all",
        page=page_of(call),
    )


def page_of(call: APIRequest) -> int:
    """The page, counted from zero as the library does."""
    return max(call.page() - 1, 0)


def filter_value(call: APIRequest, name: str) -> str:
    """What a filter asks for: `eq:top`, or only `top`."""
    value: str = call.request.query_params.get(name, "")
    return value.removeprefix("eq:")


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
