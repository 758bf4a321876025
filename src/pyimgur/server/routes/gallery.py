"""The gallery: its sections, subreddits and search; single posts; into it and out of it; votes, favourites, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.parameters import is_page_number, parse_bool
from pyimgur.server.http.serializers.post import serialize_post, serialize_subreddit_post
from pyimgur.server.routes._list_routes import optional_segments, query_bool, view_of
from pyimgur.server.routes._viewer_state import all_with_viewer_state
from pyimgur.server.routes.album_images import post_with_images
from pyimgur.server.routes.removed_endpoints import gone_route
from pyimgur.server.services import favorites, gallery, posts, reports, search_parser, submissions, tags, votes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest, Handler
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.gallery import Kind, PostWithItems

SECTIONS = ("hot", "top", "user")
SEGMENTS = ("sort", "window", "page")
POST = ("/3/gallery/{id}", "/3/gallery/image/{id}", "/3/gallery/album/{id}")
"""A post may be named in three ways."""


# ---- lists


def section(name: str) -> Handler:
    """GET /3/gallery/{hot, top or user}/{sort}/{window}/{page}."""

    async def show(call: APIRequest) -> Json | LongList:
        return await show_section(call, name)

    return show


async def show_section(call: APIRequest, name: str) -> Json:
    """A page of a section."""
    view = view_of(call, gallery.SECTION_SORTS, SEGMENTS, sort="viral", window="day", always=name == "top")
    viral = name != "user" or query_bool(call, "showViral", otherwise=True)
    previews = query_bool(call, "album_previews")
    return await listed(call, await gallery.section(call.library, name, view, show_viral=viral, previews=previews))


async def show_subreddit(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/r/{subreddit}/{sort}/{window}/{page}, or an image's id instead of the sort."""
    name, first = call.path("subreddit"), call.request.path_params.get("sort", "")
    if first and not (first in gallery.SUBREDDIT_SORTS or first in gallery.WINDOWS or is_page_number(first)):
        found = await gallery.entry(call.library, first)
        if found.post is None or found.post.section_key != name.lower():
            raise NotFoundError("gallery item", first)
        return await post_with_images(call, found, serialize_subreddit_post(call.links, found))
    view = view_of(call, gallery.SUBREDDIT_SORTS, SEGMENTS, sort="time", window="week")
    shown = await gallery.subreddit(call.library, name, view)
    return await all_with_viewer_state(call, [serialize_subreddit_post(call.links, each) for each in shown])


async def show_found(call: APIRequest) -> Json:
    """GET /3/gallery/search/{sort}/{window}/{page}?q= or ?q_all= and its like."""
    given = {name: call.query(name) for name in search_parser.ADVANCED}
    wanted = search_parser.advanced(given) if any(given.values()) else search_parser.simple(call.query("q") or "")
    view = view_of(call, gallery.SEARCH_SORTS, SEGMENTS, sort="time")
    return await listed(call, await gallery.search(call.library, wanted, view))


async def show_random(call: APIRequest) -> Json:
    """GET /3/gallery/random/random/{page}: every page is another chance."""
    return await listed(call, await gallery.random_page(call.library, mature=query_bool(call, "mature")))


async def listed(call: APIRequest, shown: Sequence[PostWithItems]) -> Json:
    """Posts as they stand in a list."""
    return await all_with_viewer_state(call, [serialize_post(call.links, each) for each in shown])


# ---- one post


async def show(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/{id}; a number instead is a page of the gallery."""
    if is_page_number(call.path("id")):
        call.request.path_params["page"] = call.path("id")
        return await show_section(call, "hot")
    return await show_as(call, None)


async def show_image(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/image/{id}."""
    return await show_as(call, "image")


async def show_album(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/album/{id}."""
    return await show_as(call, "album")


async def show_as(call: APIRequest, kind: Kind | None) -> Json | LongList:
    """A post, if it is of this kind."""
    found = await gallery.entry(call.library, call.path("id"), kind)
    return await post_with_images(call, found, serialize_post(call.links, found))


def submit(kind: Kind | None) -> Handler:
    """POST /3/gallery/{id}, /3/gallery/image/{id}, /3/gallery/album/{id}: show one's own to everybody."""

    async def handle(call: APIRequest) -> Json:
        account, fields = call.caller.account(), await call.fields()
        submission = submissions.Submission(
            title=(fields.text("title") or "")[: call.library.settings.limits.title_length],
            mature=parse_bool(fields.text("mature")) is True,
            tags=tags_of(fields),
            section=fields.text("section"),
        )
        await submissions.submit(call.library, call.path("id"), account, submission, kind)
        return True

    return handle


def tags_of(fields: Fields) -> list[str]:
    """The tags that are named, with commas between them or one by one."""
    return [each for text in fields.all("tags") for each in tags.split(text)]


async def remove(call: APIRequest) -> Json:
    """DELETE /3/gallery/{id}: out of the gallery; what it shows stays."""
    await submissions.remove(call.library, call.path("id"), call.caller.account())
    return True


async def show_votes(call: APIRequest) -> Json:
    """GET /3/gallery/{id}/votes."""
    found = await posts.get(call.library, call.path("id"))
    return {"ups": found.ups, "downs": found.downs}


async def vote(call: APIRequest) -> Json:
    """POST /3/gallery/{id}/vote/{up, down or veto}."""
    await votes.vote(call.library, call.path("id"), call.caller.account(), call.path("vote"))
    return True


async def report(call: APIRequest) -> Json:
    """POST /3/gallery/{id}/report."""
    await reports.post(call.library, call.path("id"), call.caller.account(), reason_of(await call.fields()))
    return True


def reason_of(fields: Fields) -> int | None:
    """Why something is reported, if that is one of Imgur's reasons."""
    text = fields.text("reason") or ""
    return int(text) if text in map(str, reports.REASONS) else None


def favorite(kind: Kind) -> Handler:
    """POST /3/image/{id}/favorite, /3/album/{id}/favorite: a favourite of the caller's, or no more."""

    async def handle(call: APIRequest) -> Json:
        if call.caller.account_id is None:
            raise APIError(403, "Unauthorized")
        if call.path("id") in {"0", "null"}:
            raise APIError(400, NO_ID)
        added = await favorites.toggle(call.library, kind, call.path("id"), call.caller.account_id)
        return "favorited" if added else "unfavorited"

    return handle


def with_gallery_aliases(rest: str, **handlers: Handler) -> list[Route]:
    """The same behind each of the three ways to name a post."""
    return [api_route(address + rest, costs=None, **handlers) for address in POST]


routes = [
    api_route("/3/gallery", GET=section("hot")),
    *(route for name in SECTIONS for route in optional_segments(f"/3/gallery/{name}", *SEGMENTS, GET=section(name))),
    *optional_segments("/3/gallery/search", *SEGMENTS, GET=show_found),
    *optional_segments("/3/gallery/r/{subreddit}", *SEGMENTS, GET=show_subreddit),
    *optional_segments("/3/gallery/random", "sort", "page", GET=show_random),
    gone_route("/3/gallery/g/{rest:path}"),
    api_route("/3/gallery/image/{id}", GET=show_image, POST=submit("image"), DELETE=remove),
    api_route("/3/gallery/album/{id}", GET=show_album, POST=submit("album"), DELETE=remove),
    *with_gallery_aliases("/votes", GET=show_votes),
    *with_gallery_aliases("/vote/{vote}", POST=vote),
    *with_gallery_aliases("/report", POST=report),
    api_route("/3/gallery/{id}", GET=show, POST=submit(None), DELETE=remove),
    api_route("/3/image/{id}/favorite", POST=favorite("image")),
    api_route("/3/album/{id}/favorite", POST=favorite("album")),
]
