"""Pages of the gallery: `/` its sections, `/t/{tag}`, `/r/{subreddit}`, `/search?q=`, `/gallery/{id}` a post.

A page knows no one, so it shows what everybody may see: nothing for adults stands in a list, and on a post's own page
such pictures are folded away.
"""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.parameters import is_page_number
from pyimgur.server.http.urls import base_urls
from pyimgur.server.pages import list_navigation, view_models
from pyimgur.server.pages.image_pages import id_from_slug
from pyimgur.server.pages.rendering import CACHEABLE, render
from pyimgur.server.pages.status_pages import not_found
from pyimgur.server.services import comments, gallery, images, search_parser, tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.pages.list_navigation import Listing
    from pyimgur.server.services.comments import CommentTree
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.gallery import ListView

LONGEST = 1_000
"""Characters of a query that are looked at."""
COMMENTS = 100
"""How many comments, with the answers to them, a page holds."""
SECTIONS = (("hot", "Most viral"), ("user", "Everything"), ("top", "Highest scoring"))
SORTS = (("viral", "Popular"), ("time", "Newest"), ("rising", "Rising"), ("top", "Top"))
COMMENT_SORTS = (("best", "Best"), ("top", "Top"), ("new", "Newest"))


async def show_section(request: Request) -> Response:
    """GET /?section=, /gallery."""
    library: ServerContext = request.app.state.library
    section = request.query_params.get("section", "hot")
    section = section if section in dict(SECTIONS) else "hot"
    top = section == "top"
    view = list_navigation.view_of(
        request, gallery.SECTION_SORTS, sort="top" if top else "viral", window="day", always=top
    )
    found = await gallery.section(library, section, view)
    listing = list_navigation.of_posts(base_urls(request), [""], view, found, section=section)
    return render(
        request,
        "gallery.html",
        headers=CACHEABLE,
        listing=listing,
        sections=SECTIONS,
        section=section,
        sorts=() if top else SORTS,
        windows=list_navigation.WINDOWS,
    )


async def show_tag(request: Request) -> Response:
    """GET /t/{tag}."""
    library: ServerContext = request.app.state.library
    view = list_navigation.view_of(request, gallery.TAG_SORTS, sort="viral", window="week")
    try:
        tag = await tags.get(library, request.path_params["tag"])
    except NotFoundError:
        return not_found(request)
    listing = list_navigation.of_posts(
        base_urls(request), ["t", tag.name], view, await gallery.tagged(library, tag.name, view)
    )
    return _folder(request, tag.display_name, listing, ("viral", "time", "top"))


async def show_subreddit(request: Request) -> Response:
    """GET /r/{subreddit}."""
    library: ServerContext = request.app.state.library
    name: str = request.path_params["subreddit"]
    view = list_navigation.view_of(request, gallery.SUBREDDIT_SORTS, sort="time", window="week")
    listing = list_navigation.of_posts(
        base_urls(request), ["r", name], view, await gallery.subreddit(library, name, view)
    )
    return _folder(request, f"r/{name}", listing, ("time", "top"))


async def show_search(request: Request) -> Response:
    """GET /search?q=, and the fields of an advanced search."""
    library: ServerContext = request.app.state.library
    asked = {
        name: text[:LONGEST] for name, text in request.query_params.items() if name in ("q", *search_parser.ADVANCED)
    }
    wanted = search_parser.advanced(asked) if asked.keys() - {"q"} else search_parser.simple(asked.get("q", ""))
    view = list_navigation.view_of(request, gallery.SEARCH_SORTS, sort="time")
    found = await gallery.search(library, wanted, view)
    listing = list_navigation.of_posts(base_urls(request), ["search"], view, found, **asked)
    return render(
        request,
        "search.html",
        headers=CACHEABLE,
        listing=listing,
        query=asked.get("q", ""),
        asked=wanted is not None,
        sorts=_named("time", "viral", "top"),
        windows=list_navigation.WINDOWS,
    )


async def show_post(request: Request) -> Response:
    """GET /gallery/{id}: a post and what is said about it; /gallery/{id}/comment/{comment}: with one comment alone."""
    library: ServerContext = request.app.state.library
    view, alone = list_navigation.view_of(request, comments.SORTS, sort="best"), request.path_params.get("comment")
    try:
        found = await gallery.entry(library, id_from_slug(request))
        part = view_models.part(found.album, request.query_params.get("pictures"), request.url.path, "pictures")
        held = await images.page_of_album(library, found.album.id, part.page) if found.album and part.page else None
        post = view_models.post(base_urls(request), found, part, held)
        grown = await (_branch(library, post.id, alone) if alone else comments.tree(library, post.id, view.sort))
    except NotFoundError:
        return not_found(request)
    if found.album and request.method == "GET":
        library.traffic.album(found.album.id)
    return await to_thread(  # thousands of comments are to hold up nobody else
        render,
        request,
        "post.html",
        headers=CACHEABLE,
        post=post,
        said=_comments_page(post.id, view, grown),
        sorts=COMMENT_SORTS,
        alone=alone,
    )


async def _branch(library: ServerContext, post: str, comment: str) -> list[CommentTree]:
    found = await comments.branch(library, int(comment)) if is_page_number(comment) else None
    if found is None or found.comment.post_id != post:
        raise NotFoundError("comment", comment)
    return [found]


def _comments_page(post: str, view: ListView, grown: Sequence[CommentTree]) -> Listing:
    """A page of the comments, by those that answer nobody."""
    end = (view.page + 1) * COMMENTS
    remarks = [view_models.remark(each.comment, each.answers) for each in grown[end - COMMENTS : end]]
    return list_navigation.Listing(
        list_navigation.page_url("gallery", post), view, remarks, full=len(grown) > end, fragment="#comments"
    )


def _folder(request: Request, name: str, listing: Listing, sorts: Sequence[str]) -> Response:
    orders = _named(*sorts)
    return render(
        request,
        "folder.html",
        headers=CACHEABLE,
        name=name,
        listing=listing,
        sorts=orders,
        windows=list_navigation.WINDOWS,
    )


def _named(*sorts: str) -> list[tuple[str, str]]:
    return [(sort, dict(SORTS)[sort]) for sort in sorts]


routes = [
    Route("/", show_section, methods=["GET"]),
    Route("/gallery", show_section, methods=["GET"]),
    Route("/gallery/{id}", show_post, methods=["GET"]),
    Route("/gallery/{id}/comment/{comment}", show_post, methods=["GET"]),
    Route("/t/{tag}", show_tag, methods=["GET"]),
    Route("/t/{tag}/{id}", show_post, methods=["GET"]),
    Route("/r/{subreddit}", show_subreddit, methods=["GET"]),
    Route("/r/{subreddit}/{id}", show_post, methods=["GET"]),
    Route("/topic/{topic}/{id}", show_post, methods=["GET"]),
    Route("/search", show_search, methods=["GET"]),
    Route("/search/{sort}", show_search, methods=["GET"]),
    Route("/search/{sort}/{window}", show_search, methods=["GET"]),
]
