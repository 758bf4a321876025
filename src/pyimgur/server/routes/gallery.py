"""The gallery: sections, subreddits, search and single posts; submit, remove, vote, favorite and report a post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import (
    BodyFields,
    NoBody,
    PathParameters,
    QueryParameters,
    SegmentParameters,
    takes,
)
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.parameter_kinds import flag, ignored, number_text, text, texts, word
from pyimgur.server.http.parameters import is_page_number
from pyimgur.server.http.serializers.post import serialize_post, serialize_subreddit_post
from pyimgur.server.routes._list_routes import (
    Mature,
    Previews,
    optional_segments,
    page_of_list,
    sort_of,
    view_of,
    window_of,
)
from pyimgur.server.routes._viewer_state import all_with_viewer_state
from pyimgur.server.routes.album_images import post_with_images
from pyimgur.server.routes.removed_endpoints import gone_route
from pyimgur.server.services import favorites, gallery, posts, reports, search_parser, submissions, tags, votes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import Route

    from pyimgur.server.http.api import APIRequest, Handler
    from pyimgur.server.http.long_response import LongList
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.gallery import Kind, PostWithItems

SECTIONS = ("hot", "top", "user")
SEGMENTS = ("sort", "window", "page")
POST_PATHS = ("/3/gallery/{id}", "/3/gallery/image/{id}", "/3/gallery/album/{id}")
"""The three paths of a post."""


class SectionList(SegmentParameters):
    """A page of a section."""

    sort = sort_of(gallery.SECTION_SORTS)
    window = window_of(gallery.WINDOWS)
    page = page_of_list()


class SubredditList(SegmentParameters):
    """A page of a subreddit."""

    sort = sort_of(gallery.SUBREDDIT_SORTS)
    window = window_of(gallery.WINDOWS)
    page = page_of_list()


class SubredditPath(PathParameters):
    """What may take the place of the sort."""

    sort = word("The order of the list, or a post by its id.")


class SearchList(SegmentParameters):
    """A page of found posts."""

    sort = sort_of(gallery.SEARCH_SORTS)
    window = window_of(gallery.WINDOWS)
    page = page_of_list()


class ShowViral(QueryParameters):
    """Whether the section `user` has posts that many have voted for."""

    show_viral = flag("Whether the section `user` has viral posts, as it has unless it is false.", name="showViral")


class SearchQuery(QueryParameters):
    """What to search for. If any of the others is sent, `q` is ignored."""

    q = word("Words that a post has, or a search in Imgur's syntax.")
    q_all = text("Words of which a post has all.")
    q_any = text("Words of which a post has at least one.")
    q_exactly = text("Words that a post has in this order.")
    q_not = text("Words that a post does not have.")
    q_type = text("The type of its files.", choices=search_parser.TYPES)
    q_size_px = text("The size of its images.", choices=search_parser.SIZES)


class SubmissionFields(BodyFields):
    """A post."""

    title = text("The title. A longer one is cut.", cut_to="title_length")
    mature = flag("Whether the post is for adults.")
    tags = texts("Tags, one by one or separated by commas.")
    section = text("The subreddit in which the post is listed.")
    topic = ignored("The topic. Topics ended in 2017.")
    terms = ignored("Whether the terms of the gallery are accepted. Ignored.")


class TagsFields(BodyFields):
    """The tags of a post."""

    tags = texts("Tags, one by one or separated by commas.")


class ReportFields(BodyFields):
    """A report."""

    reason = number_text(f"The number of the reason: {', '.join(map(str, reports.REASONS))}. Others are ignored.")


class VotePath(PathParameters):
    """A vote."""

    vote = word("The vote; `veto` withdraws it.", choices=votes.WORDS)


# ---- lists


def section(name: str) -> Handler:
    """Return the handler of a section."""

    @takes(SectionList, Mature, ShowViral, Previews)
    async def show(call: APIRequest) -> Json | LongList:
        """Return a page of the gallery."""
        return await show_section(call, name)

    return show


async def show_section(call: APIRequest, name: str) -> Json:
    """Return a page of a section."""
    view = view_of(call, gallery.SECTION_SORTS, SectionList, sort="viral", window="day", always=name == "top")
    viral = name != "user" or call.query(ShowViral).show_viral is not False
    previews = call.query(Previews).album_previews is True
    return await serialize_posts(
        call, await gallery.list_section(call.context, name, view, show_viral=viral, previews=previews)
    )


@takes(SubredditPath, SubredditList, Mature)
async def show_subreddit(call: APIRequest) -> Json | LongList:
    """Return a page of a subreddit's posts, or one post if its id takes the place of the sort."""
    name, first = call.path("subreddit"), call.query(SubredditPath).sort
    if first and not (first in gallery.SUBREDDIT_SORTS or first in gallery.WINDOWS or is_page_number(first)):
        entry = await gallery.get_entry(call.context, first)
        if entry.post is None or entry.post.section_key != name.lower():
            raise NotFoundError("gallery item", first)
        return await post_with_images(call, entry, serialize_subreddit_post(call.links, entry))
    view = view_of(call, gallery.SUBREDDIT_SORTS, SubredditList, sort="time", window="week")
    entries = await gallery.list_by_subreddit(call.context, name, view)
    return await all_with_viewer_state(call, [serialize_subreddit_post(call.links, entry) for entry in entries])


@takes(SearchQuery, SearchList, Mature)
async def search(call: APIRequest) -> Json:
    """Return a page of the posts that match `?q=`, or `?q_all=` and the other advanced parameters."""
    words = call.query(SearchQuery)
    advanced = {name: getattr(words, name) for name in search_parser.ADVANCED}
    query = search_parser.parse_advanced(advanced) if any(advanced.values()) else search_parser.parse_simple(words.q)
    view = view_of(call, gallery.SEARCH_SORTS, SearchList, sort="time")
    return await serialize_posts(call, await gallery.search(call.context, query, view))


@takes(Mature)
async def show_random(call: APIRequest) -> Json:
    """Return random posts. Every page is a new selection."""
    return await serialize_posts(
        call, await gallery.list_random(call.context, mature=call.query(Mature).mature is True)
    )


async def serialize_posts(call: APIRequest, entries: Sequence[PostWithItems]) -> Json:
    """Return the JSON of posts in a list."""
    return await all_with_viewer_state(call, [serialize_post(call.links, entry) for entry in entries])


# ---- one post


@takes(SectionList, Mature, ShowViral, Previews)
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

    @takes(SubmissionFields)
    async def handle(call: APIRequest) -> Json:
        """Submit an image or album to the gallery."""
        viewer, fields = call.caller.require_account(), await call.body(SubmissionFields)
        submission = submissions.Submission(
            title=fields.title or "",
            mature=fields.mature is True,
            tags=split_tags(fields.tags),
            section=fields.section,
        )
        await submissions.submit(call.context, call.path("id"), viewer, submission, kind)
        return True

    return handle


def split_tags(values: Sequence[str]) -> list[str]:
    """Return the tags of a body, separated by commas or sent one by one."""
    return [tag for value in values for tag in tags.split_names(value)]


async def remove(call: APIRequest) -> Json:
    """Remove the caller's post from the gallery. Its image or album stays."""
    await submissions.remove(call.context, call.path("id"), call.caller.require_account())
    return True


async def show_votes(call: APIRequest) -> Json:
    """Return the votes of a post."""
    post = await posts.get(call.context, call.path("id"))
    return {"ups": post.ups, "downs": post.downs}


@takes(NoBody, VotePath)
async def vote(call: APIRequest) -> Json:
    """Vote on a post: up, down or veto."""
    await votes.vote(call.context, call.path("id"), call.caller.require_account(), call.query(VotePath).vote)
    return True


@takes(ReportFields)
async def report(call: APIRequest) -> Json:
    """Report a post."""
    await reports.report_post(
        call.context, call.path("id"), call.caller.require_account(), reason_of(await call.body(ReportFields))
    )
    return True


def reason_of(fields: ReportFields) -> int | None:
    """Return the number of the reason for a report; None if it is not one of Imgur's."""
    return int(fields.reason) if fields.reason in map(str, reports.REASONS) else None


def favorite(kind: Kind) -> Handler:
    """Return the handler that adds an image or album to the caller's favorites, or removes it."""

    @takes(NoBody)
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
