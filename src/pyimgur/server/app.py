"""The server as one ASGI application: its layers from the outside in, and the one list of its routes.

    Paths -> Hosts -> Faults -> routes

Routes are grouped under their first segment, the hot ones first. Opening the library and saving the credits belong to
the application's life, so whatever serves it needs nothing but `create_app(settings)`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from pyimgur.server.library import accounts, open_library
from pyimgur.server.oauth import routes as oauth
from pyimgur.server.pages import assets, delete, view
from pyimgur.server.routes import (
    account,
    account_v1,
    album,
    comment,
    comment_v1,
    contribution,
    conversation,
    credits,
    feed,
    gallery,
    image,
    notification,
    oembed,
    openapi,
    person,
    pictures,
    post_v1,
    switched_off,
    tag,
)
from pyimgur.server.wire import errors
from pyimgur.server.wire.calls import Grouped
from pyimgur.server.wire.hosts import Hosts
from pyimgur.server.wire.limits import Meter, save_often
from pyimgur.server.wire.paths import Paths, asked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from pyimgur.server.settings import Settings

API = (*image.routes, *album.routes, *account.routes, *credits.routes)
GALLERY = (*tag.routes, *comment.routes, *gallery.routes, *contribution.routes)
PEOPLE = (*person.routes, *conversation.routes, *notification.routes, *feed.routes)
SECOND_GENERATION = (
    *post_v1.routes,
    *account_v1.routes,
    *comment_v1.routes,
    *person.second_generation,
    *switched_off.second_generation,
)


def create_app(settings: Settings) -> Starlette:
    """The application; its library opens and closes with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_library(settings, sweep=True) as library:
            app.state.library, app.state.meter = library, Meter(library)
            saving = asyncio.create_task(save_often(app.state.meter))
            try:
                yield
            finally:
                saving.cancel()
                with suppress(asyncio.CancelledError):
                    await saving
                await app.state.meter.save()

    app = Starlette(
        routes=routes(),
        lifespan=lifespan,
        middleware=[Middleware(Paths), Middleware(Hosts, settings.hosts), Middleware(errors.Faults, refuse)],
        exception_handlers=dict.fromkeys(errors.REFUSALS, refuse),
    )
    app.router.redirect_slashes = False  # it would make the address from the Host header
    return app


def routes() -> Sequence[BaseRoute]:
    """Everything that is answered, in the order in which it is looked for."""
    return [
        Grouped("/3", (*API, *GALLERY, *PEOPLE, *switched_off.routes)),
        *SECOND_GENERATION,
        *oembed.routes,
        *openapi.routes,
        *pictures.routes,
        Mount("/oauth2", Router(oauth.routes, redirect_slashes=False)),
        *assets.routes,
        *delete.routes,
        *person.pictures,
        Route("/healthz", healthz, methods=["GET"]),
        *view.routes,
    ]


async def healthz(request: Request) -> Response:
    """GET /healthz: the server answers, and so does its database."""
    await accounts.exist(request.app.state.library)
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def refuse(request: Request, error: Exception) -> Response:
    """Imgur's body for programs, a page for people."""
    refusal = errors.refusal_of(error)
    if asked(request).api or request.scope["path"].startswith("/oauth2/"):
        return errors.refuse(request, refusal)
    return view.refuse(request, refusal)
