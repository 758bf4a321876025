"""The server as one ASGI application: its middleware and its list of routes.

Middleware, from the outside in; the names end in `Middleware`, and the first two depend on the settings:

    AccessLog -> StrictTransportSecurity -> NormalizePath -> TrustedHost -> ImageCache -> Error -> routes

Routes are grouped by their first path segment. The lifespan of the application opens and closes the server's context
and flushes counters, so any ASGI server can run `create_app(settings)`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from pyimgur.server.http import errors
from pyimgur.server.http.long_response import Spool
from pyimgur.server.http.middleware.access_log import AccessLogMiddleware
from pyimgur.server.http.middleware.error_handler import ErrorMiddleware
from pyimgur.server.http.middleware.image_cache import ImageCache, ImageCacheMiddleware
from pyimgur.server.http.middleware.normalize_path import NormalizePathMiddleware
from pyimgur.server.http.middleware.strict_transport_security import StrictTransportSecurityMiddleware
from pyimgur.server.http.middleware.trusted_host import TrustedHostMiddleware, requested_site
from pyimgur.server.http.rate_limit import RateLimiter
from pyimgur.server.http.request_target import target_of
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.jobs.periodic_flush import periodic_flush
from pyimgur.server.lifespan import open_context
from pyimgur.server.oauth import route_table as oauth
from pyimgur.server.pages import delete_link, image_pages, scraper_compat, static_files, status_pages, upload, user
from pyimgur.server.pages import gallery as gallery_pages
from pyimgur.server.routes import (
    account,
    account_gallery,
    account_settings,
    account_v1,
    album,
    avatar,
    block,
    comment,
    comment_v1,
    conversation,
    credits,
    feed,
    folder,
    gallery,
    image,
    image_files,
    notification,
    oembed,
    openapi,
    post_v1,
    removed_endpoints,
    tag,
)
from pyimgur.server.services import accounts, view_counter
from pyimgur.server.services.row_limits import Trimmer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from pyimgur.server.settings import Settings

API = (*image.routes, *album.routes, *account.routes, *credits.routes)
GALLERY = (*tag.routes, *comment.routes, *gallery.routes, *account_gallery.routes, *folder.routes)
PEOPLE = (
    *block.routes,
    *account_settings.routes,
    *avatar.routes,
    *conversation.routes,
    *notification.routes,
    *feed.routes,
)
V1 = (
    *post_v1.routes,
    *account_v1.routes,
    *comment_v1.routes,
    *block.v1_routes,
    *removed_endpoints.v1_routes,
)
OTHERS = (
    *image_files.routes,
    *oembed.routes,
    *openapi.routes,
    *V1,
    Mount("/oauth2", Router(oauth.routes, redirect_slashes=False)),
    *static_files.routes,
    *avatar.png_routes,
)
PAGES = (
    *delete_link.routes,
    *upload.routes,
    *gallery_pages.routes,
    *user.routes,
    *image_pages.routes,
    *scraper_compat.routes,
)


class Application(Starlette):
    """Starlette without its own two error middlewares, whose work `ErrorMiddleware` does."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the router inside the middleware of `create_app`, and no other."""
        app: ASGIApp = self.router
        for middleware in reversed(self.user_middleware):
            app = middleware.cls(app, *middleware.args, **middleware.kwargs)
        return app


def create_app(settings: Settings) -> Starlette:
    """Return the application; its lifespan opens and closes the data folder of the settings."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_context(settings, sweep=True) as context:
            app.state.context, app.state.rate_limiter = context, RateLimiter(context)
            app.state.spool = Spool(settings.data)
            app.state.image_cache = image_cache = ImageCache(context)
            try:
                async with periodic_flush(
                    app.state.rate_limiter.save,
                    partial(view_counter.save, context.view_counter, context.db),
                    Trimmer(context).trim_if_due,
                    image_cache.drop_outdated,
                ):
                    yield
            finally:
                await image_cache.clear()

    app = Application(
        routes=routes(),
        lifespan=lifespan,
        middleware=[
            *([Middleware(AccessLogMiddleware)] if settings.access_log else []),
            *([Middleware(StrictTransportSecurityMiddleware, settings.public_host)] if settings.uses_https else []),
            Middleware(NormalizePathMiddleware),
            Middleware(TrustedHostMiddleware, settings.hosts),
            Middleware(ImageCacheMiddleware),
            Middleware(ErrorMiddleware, error_response_for_host),
        ],
    )
    app.router.redirect_slashes = False  # it would build the URL from the Host header
    return app


def routes() -> Sequence[BaseRoute]:
    """Return all routes; a literal path segment comes before a parameter in the same place."""
    return [
        PrefixRouter("/3", (*API, *GALLERY, *PEOPLE, *removed_endpoints.routes)),
        PrefixRouter("", (*OTHERS, HEALTH, *PAGES)),
    ]


async def healthz(request: Request) -> Response:
    """Respond 200 if the database can be read."""
    await accounts.any_account(request.app.state.context)
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


HEALTH = Route("/healthz", healthz, methods=["GET"])


async def error_response_for_host(request: Request, error: Exception) -> Response:
    """Return an error response as API clients, browsers or image requests expect it, by the requested host and path."""
    api_error, site = errors.to_api_error(error), requested_site(request)
    if target_of(request).api or request.scope["path"].startswith("/oauth2/") or site == "api":
        return errors.error_response(request, api_error)
    if site == "images" and api_error.status == 404:
        return image_files.redirect_to_removed(request)
    return status_pages.error_page(request, api_error)
