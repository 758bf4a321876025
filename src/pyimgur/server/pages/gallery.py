"""Gallery pages: `/` its sections, `/t/{tag}`, `/r/{subreddit}`, `/search?q=`, `/gallery/{id}` a post.

Pages have no viewer, so they show what is public: lists show no images of mature posts, and the page of such a post
hides them until they are unfolded.
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

MAX_QUERY = 1_000
"""Characters of a search query; more are ignored."""
COMMENTS_PER_PAGE = 100
"""Comments on a page, not counting their replies."""
SECTIONS = (("hot", "Most viral"), ("user", "Everything"), ("top", "Highest scoring"))
SORTS = (("viral", "Popular"), ("time", "Newest"), ("rising", "Rising"), ("top", "Top"))
COMMENT_SORTS = (("best", "Best"), ("top", "Top"), ("new", "Newest"))


async def show_section(request: Request) -> Response:
    """Show a page of a section of the gallery."""
    context: ServerContext = request.app.state.context
    section = request.query_params.get("section", "hot")
    section = section if section in dict(SECTIONS) else "hot"
    top = section == "top"
    view = list_navigation.view_of(
        request, gallery.SECTION_SORTS, sort="top" if top else "viral", window="day", always=top
    )
    entries = await gallery.list_section(context, section, view)
    listing = list_navigation.of_posts(base_urls(request), [""], view, entries, section=section)
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
    """Show a page of the posts with a tag."""
    context: ServerContext = request.app.state.context
    view = list_navigation.view_of(request, gallery.TAG_SORTS, sort="viral", window="week")
    try:
        tag = await tags.get(context, request.path_params["tag"])
    except NotFoundError:
        return not_found(request)
    listing = list_navigation.of_posts(
        base_urls(request), ["t", tag.name], view, await gallery.list_by_tag(context, tag.name, view)
    )
    return _post_list(request, tag.display_name, listing, ("viral", "time", "top"))


async def show_subreddit(request: Request) -> Response:
    """Show a page of a subreddit's posts."""
    context: ServerContext = request.app.state.context
    name: str = request.path_params["subreddit"]
    view = list_navigation.view_of(request, gallery.SUBREDDIT_SORTS, sort="time", window="week")
    listing = list_navigation.of_posts(
        base_urls(request), ["r", name], view, await gallery.list_by_subreddit(context, name, view)
    )
    return _post_list(request, f"r/{name}", listing, ("time", "top"))


async def show_search(request: Request) -> Response:
    """Show a page of the posts that `q` or an advanced search finds; without either, say how to search."""
    context: ServerContext = request.app.state.context
    parameters = {
        name: text[:MAX_QUERY] for name, text in request.query_params.items() if name in ("q", *search_parser.ADVANCED)
    }
    query = parameters.get("q", "")
    search = (
        search_parser.parse_advanced(parameters) if parameters.keys() - {"q"} else search_parser.parse_simple(query)
    )
    view = list_navigation.view_of(request, gallery.SEARCH_SORTS, sort="time")
    entries = await gallery.search(context, search, view)
    listing = list_navigation.of_posts(base_urls(request), ["search"], view, entries, **parameters)
    return render(
        request,
        "search.html",
        headers=CACHEABLE,
        listing=listing,
        query=query,
        searched=search is not None,
        sorts=_sort_labels("time", "viral", "top"),
        windows=list_navigation.WINDOWS,
    )


async def show_post(request: Request) -> Response:
    """Show a post and its comments, or one comment and its replies if the path has a comment."""
    context: ServerContext = request.app.state.context
    view, single = list_navigation.view_of(request, comments.SORTS, sort="best"), request.path_params.get("comment")
    try:
        entry = await gallery.get_entry(context, id_from_slug(request))
        album = entry.album
        part = view_models.album_part(album, request.query_params.get("pictures"), request.url.path, "pictures")
        items = await images.list_album_page(context, album.id, part.page) if album and part.page else None
        post = view_models.post_view(base_urls(request), entry, part, items)
        trees = await (
            _single(context, post.id, single) if single else comments.list_trees(context, post.id, view.sort)
        )
    except NotFoundError:
        return not_found(request)
    if album and request.method == "GET":
        context.view_counter.count_album(album.id)
    return await to_thread(  # thousands of comments would block the event loop
        render,
        request,
        "post.html",
        headers=CACHEABLE,
        post=post,
        listing=_comments_page(post.id, view, trees),
        sorts=COMMENT_SORTS,
        single=single,
    )


async def _single(context: ServerContext, post: str, comment: str) -> list[CommentTree]:
    tree = await comments.get_tree(context, int(comment)) if is_page_number(comment) else None
    if tree is None or tree.comment.post_id != post:
        raise NotFoundError("comment", comment)
    return [tree]


def _comments_page(post: str, view: ListView, trees: Sequence[CommentTree]) -> Listing:
    end = (view.page + 1) * COMMENTS_PER_PAGE
    views = [view_models.comment_view(tree.comment, tree.replies) for tree in trees[end - COMMENTS_PER_PAGE : end]]
    path = list_navigation.page_url("gallery", post)
    return list_navigation.Listing(path, view, views, full=len(trees) > end, fragment="#comments")


def _post_list(request: Request, name: str, listing: Listing, sorts: Sequence[str]) -> Response:
    return render(
        request,
        "post_list.html",
        headers=CACHEABLE,
        name=name,
        listing=listing,
        sorts=_sort_labels(*sorts),
        windows=list_navigation.WINDOWS,
    )


def _sort_labels(*sorts: str) -> list[tuple[str, str]]:
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
