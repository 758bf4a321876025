"""User pages: `/user/{name}` with the public posts, favorites and comments of an account."""

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

    LoadListing = Callable[[Request, ServerContext, Account], Awaitable[Listing]]

TABS = (("posts", "Posts"), ("favorites", "Favorites"), ("comments", "Comments"))
BY_AGE = (("newest", "Newest"), ("oldest", "Oldest"))
SORTS = (*BY_AGE, ("best", "Best"), ("worst", "Worst"))
SETTINGS = {"apps": "/oauth2/applications", "password": "/oauth2/password"}
"""Imgur's names of settings pages, and the pages here that they redirect to."""


async def posts(request: Request, context: ServerContext, account: Account) -> Listing:
    """Return a page of the posts that a user submitted."""
    view = list_navigation.view_of(request, gallery.ACCOUNT_SORTS, sort="newest")
    entries = await gallery.list_by_account(context, account.id, view)
    return list_navigation.of_posts(base_urls(request), ["user", account.name, "posts"], view, entries)


async def favorites_listing(request: Request, context: ServerContext, account: Account) -> Listing:
    """Return a page of a user's favorites that are in the gallery."""
    view = list_navigation.view_of(request, favorites.SORTS, sort="newest")
    entries = await favorites.list_by_account(context, account.id, sort=view.sort, page=view.page, gallery_only=True)
    return list_navigation.of_posts(base_urls(request), ["user", account.name, "favorites"], view, entries)


async def comments_listing(request: Request, context: ServerContext, account: Account) -> Listing:
    """Return a page of a user's comments."""
    view = list_navigation.view_of(request, comments.ACCOUNT_SORTS, sort="newest")
    rows = await comments.list_by_account(context, account.id, sort=view.sort, page=view.page)
    path = list_navigation.page_url("user", account.name, "comments")
    return list_navigation.Listing(
        path, view, [view_models.comment_view(row) for row in rows], full=len(rows) >= comments.PAGE
    )


def show(tab: str, load: LoadListing) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a user page with one of the tabs open."""

    async def endpoint(request: Request) -> Response:
        """Show a user's page."""
        context: ServerContext = request.app.state.context
        account = await accounts.find_by_name(context, request.path_params["name"])
        if account is None:
            return not_found(request)
        profile = await profiles.get(context, account.id, None)
        return render(
            request,
            "user.html",
            headers=CACHEABLE,
            profile=profile,
            bio=view_models.linkify(profile.bio or ""),
            joined=view_models.format_date(profile.created),
            reputation_name=profiles.reputation_name(profile.reputation),
            tab=tab,
            tabs=TABS,
            listing=await load(request, context, account),
            sorts=BY_AGE if tab == "favorites" else SORTS,
        )

    return endpoint


async def settings(request: Request) -> Response:
    """Show links to the pages for an account."""
    return render(request, "settings.html", headers=CACHEABLE)


async def setting(request: Request) -> Response:
    """Redirect from a settings page of Imgur's to the page of this server."""
    path = SETTINGS.get(request.path_params["page"])
    return RedirectResponse(path, 302) if path else not_found(request)


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
