"""Pages about people: `/user/{name}` with what they posted, like and said, as everybody may know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.http.urls import base_urls
from pyimgur.server.pages import list_navigation, view_models
from pyimgur.server.pages.rendering import CACHEABLE, render
from pyimgur.server.pages.status_pages import not_found
from pyimgur.server.services import accounts, comments, favorites, gallery, profiles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.pages.list_navigation import Listing
    from pyimgur.server.services.accounts import Account
    from pyimgur.server.services.context import ServerContext

    Look = Callable[[Request, ServerContext, Account], Awaitable[Listing]]

TABS = (("posts", "Posts"), ("favorites", "Favorites"), ("comments", "Comments"))
BY_AGE = (("newest", "Newest"), ("oldest", "Oldest"))
SORTS = (*BY_AGE, ("best", "Best"), ("worst", "Worst"))
SETTINGS = {"apps": "/oauth2/applications", "password": "/oauth2/password"}
"""Imgur's names for pages that are elsewhere here."""


async def posts(request: Request, library: ServerContext, who: Account) -> Listing:
    """GET /user/{name}, /user/{name}/posts, /user/{name}/submitted."""
    view = list_navigation.view_of(request, gallery.ACCOUNT_SORTS, sort="newest")
    found = await gallery.of_account(library, who.id, view)
    return list_navigation.of_posts(base_urls(request), ["user", who.name, "posts"], view, found)


async def favorites_listing(request: Request, library: ServerContext, who: Account) -> Listing:
    """GET /user/{name}/favorites: those that stand in the gallery."""
    view = list_navigation.view_of(request, favorites.SORTS, sort="newest")
    found = await favorites.of_account(library, who.id, sort=view.sort, page=view.page, gallery_only=True)
    return list_navigation.of_posts(base_urls(request), ["user", who.name, "favorites"], view, found)


async def comments_listing(request: Request, library: ServerContext, who: Account) -> Listing:
    """GET /user/{name}/comments."""
    view = list_navigation.view_of(request, comments.ACCOUNT_SORTS, sort="newest")
    found = await comments.of_account(library, who.id, sort=view.sort, page=view.page)
    path = list_navigation.page_url("user", who.name, "comments")
    return list_navigation.Listing(
        path, view, [view_models.remark(each) for each in found], full=len(found) >= comments.PAGE
    )


def show(tab: str, look: Look) -> Callable[[Request], Awaitable[Response]]:
    """A page about a person, with one of the tabs open."""

    async def answer(request: Request) -> Response:
        library: ServerContext = request.app.state.library
        who = await accounts.by_name(library, request.path_params["name"])
        if who is None:
            return not_found(request)
        profile = await profiles.get(library, who.id, None)
        return render(
            request,
            "user.html",
            headers=CACHEABLE,
            who=profile,
            bio=view_models.linked(profile.bio or ""),
            since=view_models.format_date(profile.created),
            known_as=profiles.reputation_name(profile.reputation),
            tab=tab,
            tabs=TABS,
            listing=await look(request, library, who),
            sorts=BY_AGE if tab == "favorites" else SORTS,
        )

    return answer


async def settings(request: Request) -> Response:
    """GET /account, /account/settings: what there is to look after."""
    return render(request, "settings.html", headers=CACHEABLE)


async def setting(request: Request) -> Response:
    """GET /account/settings/{page}: where that is."""
    where = SETTINGS.get(request.path_params["page"])
    return RedirectResponse(where, 302) if where else not_found(request)


routes = [
    Route("/user/{name}", show("posts", posts), methods=["GET"]),
    Route("/user/{name}/posts", show("posts", posts), methods=["GET"]),
    Route("/user/{name}/submitted", show("posts", posts), methods=["GET"]),
    Route("/user/{name}/favorites", show("favorites", favorites_listing), methods=["GET"]),
    Route("/user/{name}/comments", show("comments", comments_listing), methods=["GET"]),
    Route("/account", settings, methods=["GET"]),
    Route("/account/settings", settings, methods=["GET"]),
    Route("/account/settings/{page}", setting, methods=["GET"]),
]
