"""The JSON of albums that Imgur's own scripts used years ago, and that scrapers still look for.

`/ajaxalbums/getimages/{id}/hit.json` lists an album's images, each with a `hash` and an `ext`. The album's page, also
at its old URL `/a/{id}/layout/{layout}`, holds the same as `image : {...},`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import spool_of
from pyimgur.server.http.errors import APIError, error_response
from pyimgur.server.http.responses import LIST_PLACEHOLDER, envelope
from pyimgur.server.http.urls import base_urls
from pyimgur.server.pages import view_models
from pyimgur.server.pages.image_pages import album_of, show_album
from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.responses import Json
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.context import ServerContext


async def hit_json(request: Request) -> Response:
    """Return the images of an album as Imgur's own scripts got them."""
    context: ServerContext = request.app.state.context
    try:
        album = await album_of(request)
    except NotFoundError as error:
        return error_response(request, APIError(404, str(error)))
    if album.part.pages == 1:
        return envelope(request, album.scraper_json["album_images"])
    frame = envelope(request, {"count": album.part.total, "images": LIST_PLACEHOLDER})
    return await spool_of(request).respond(frame, _slices(base_urls(request), context, album.id))


async def _slices(links: BaseURLs, context: ServerContext, album: str) -> AsyncIterator[Sequence[Json]]:
    async for rows in images.iter_album(context, album):
        yield [view_models.image_view(links, row).scraper_json for row in rows]


routes = [
    Route("/ajaxalbums/getimages/{id}/hit.json", hit_json, methods=["GET"]),
    Route("/a/{id}/layout/{layout}", show_album, methods=["GET"]),
]
