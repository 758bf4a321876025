"""The gallery: sections, subreddits, search and single posts; submit, remove, vote, favorite and report a post."""

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
    from pyimgur.server.http.fields import Fields
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.gallery import Kind, PostWithItems

SECTIONS = ("hot", "top", "user")
SEGMENTS = ("sort", "window", "page")
POST_PATHS = ("/3/gallery/{id}", "/3/gallery/image/{id}", "/3/gallery/album/{id}")
"""The three paths of a post."""


# ---- lists


def section(name: str) -> Handler:
    """Return the handler of a section."""

    async def show(call: APIRequest) -> Json | LongList:
        """Return a page of the gallery."""
        return await show_section(call, name)

    return show


async def show_section(call: APIRequest, name: str) -> Json:
    """Return a page of a section."""
    view = view_of(call, gallery.SECTION_SORTS, SEGMENTS, sort="viral", window="day", always=name == "top")
    viral = name != "user" or query_bool(call, "showViral", default=True)
    previews = query_bool(call, "album_previews")
    return await serialize_posts(
        call, await gallery.list_section(call.context, name, view, show_viral=viral, previews=previews)
    )


async def show_subreddit(call: APIRequest) -> Json | LongList:
    """Return a page of a subreddit's posts, or one post if its id takes the place of the sort."""
    name, first = call.path("subreddit"), call.request.path_params.get("sort", "")
    if first and not (first in gallery.SUBREDDIT_SORTS or first in gallery.WINDOWS or is_page_number(first)):
        entry = await gallery.get_entry(call.context, first)
        if entry.post is None or entry.post.section_key != name.lower():
            raise NotFoundError("gallery item", first)
        return await post_with_images(call, entry, serialize_subreddit_post(call.links, entry))
    view = view_of(call, gallery.SUBREDDIT_SORTS, SEGMENTS, sort="time", window="week")
    entries = await gallery.list_by_subreddit(call.context, name, view)
    return await all_with_viewer_state(call, [serialize_subreddit_post(call.links, entry) for entry in entries])


async def search(call: APIRequest) -> Json:
    """Return a page of the posts that match `?q=`, or `?q_all=` and the other advanced parameters."""
    advanced = {name: call.query(name) for name in search_parser.ADVANCED}
    query = (
        search_parser.parse_advanced(advanced)
        if any(advanced.values())
        else search_parser.parse_simple(call.query("q") or "")
    )
    view = view_of(call, gallery.SEARCH_SORTS, SEGMENTS, sort="time")
    return await serialize_posts(call, await gallery.search(call.context, query, view))


async def show_random(call: APIRequest) -> Json:
    """Return random posts. Every page is a new selection."""
    return await serialize_posts(call, await gallery.list_random(call.context, mature=query_bool(call, "mature")))


async def serialize_posts(call: APIRequest, entries: Sequence[PostWithItems]) -> Json:
    """Return the JSON of posts in a list."""
    return await all_with_viewer_state(call, [serialize_post(call.links, entry) for entry in entries])


# ---- one post


async def show(call: APIRequest) -> Json | LongList:
    """Return a post. A number instead of an id is a page of the gallery."""
    if is_page_number(call.path("id")):
        call.request.path_params["page"] = call.path("id")
        return await show_section(call, "hot")
    return await show_as(call, None)


async def show_image(call: APIRequest) -> Json | LongList:
    """Return a post that is an image."""
    return await show_as(call, "image")


async def show_album(call: APIRequest) -> Json | LongList:
    """Return a post that is an album."""
    return await show_as(call, "album")


async def show_as(call: APIRequest, kind: Kind | None) -> Json | LongList:
    """Return a post of this kind; None accepts both kinds."""
    entry = await gallery.get_entry(call.context, call.path("id"), kind)
    return await post_with_images(call, entry, serialize_post(call.links, entry))


def submit(kind: Kind | None) -> Handler:
    """Return the handler that submits the caller's image or album to the gallery."""

    async def handle(call: APIRequest) -> Json:
        """Submit an image or album to the gallery."""
        viewer, fields = call.caller.require_account(), await call.fields()
        submission = submissions.Submission(
            title=(fields.text("title") or "")[: call.context.settings.limits.title_length],
            mature=parse_bool(fields.text("mature")) is True,
            tags=tags_of(fields),
            section=fields.text("section"),
        )
        await submissions.submit(call.context, call.path("id"), viewer, submission, kind)
        return True

    return handle


def tags_of(fields: Fields) -> list[str]:
    """Return the tags of a body, separated by commas or sent one by one."""
    return [tag for text in fields.all("tags") for tag in tags.split_names(text)]


async def remove(call: APIRequest) -> Json:
    """Remove the caller's post from the gallery. Its image or album stays."""
    await submissions.remove(call.context, call.path("id"), call.caller.require_account())
    return True


async def show_votes(call: APIRequest) -> Json:
    """Return the votes of a post."""
    post = await posts.get(call.context, call.path("id"))
    return {"ups": post.ups, "downs": post.downs}


async def vote(call: APIRequest) -> Json:
    """Vote on a post: up, down or veto."""
    await votes.vote(call.context, call.path("id"), call.caller.require_account(), call.path("vote"))
    return True


async def report(call: APIRequest) -> Json:
    """Report a post."""
    await reports.report_post(
        call.context, call.path("id"), call.caller.require_account(), reason_of(await call.fields())
    )
    return True


def reason_of(fields: Fields) -> int | None:
    """Return the number of the reason for a report; None if it is not one of Imgur's."""
    text = fields.text("reason") or ""
    return int(text) if text in map(str, reports.REASONS) else None


def favorite(kind: Kind) -> Handler:
    """Return the handler that adds an image or album to the caller's favorites, or removes it."""

    async def handle(call: APIRequest) -> Json:
        """Add an image or album to the caller's favorites, or remove it."""
        if call.caller.account_id is None:
            raise APIError(403, "Unauthorized")
        if call.path("id") in {"0", "null"}:
            raise APIError(400, NO_ID)
        added = await favorites.toggle(call.context, kind, call.path("id"), call.caller.account_id)
        return "favorited" if added else "unfavorited"

    return handle


def with_gallery_aliases(suffix: str, **handlers: Handler) -> list[Route]:
    """Return the same route for each of the three paths of a post."""
    return [api_route(path + suffix, costs=None, **handlers) for path in POST_PATHS]


routes = [
    api_route("/3/gallery", GET=section("hot")),
    *(route for name in SECTIONS for route in optional_segments(f"/3/gallery/{name}", *SEGMENTS, GET=section(name))),
    *optional_segments("/3/gallery/search", *SEGMENTS, GET=search),
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
