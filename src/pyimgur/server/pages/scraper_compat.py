"""What Imgur's pages once told their own scripts of an album, and scrapers look for to this day.

`/ajaxalbums/getimages/{id}/hit.json` is the list of its pictures, each a `hash` and an `ext`; on the page of the album,
also under its old address `/a/{id}/layout/{layout}`, the same stands as `image : {...},`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import spool_of
from pyimgur.server.http.errors import APIError, error_response
from pyimgur.server.http.responses import MARK, envelope
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
    """GET /ajaxalbums/getimages/{id}/hit.json."""
    library: ServerContext = request.app.state.library
    try:
        album = await album_of(request)
    except NotFoundError as error:
        return error_response(request, APIError(404, str(error)))
    if album.part.pages == 1:
        return envelope(request, album.scraped["album_images"])
    made = envelope(request, {"count": album.part.total, "images": MARK})
    return await spool_of(request).respond(made, _slices(base_urls(request), library, album.id))


async def _slices(here: BaseURLs, library: ServerContext, album: str) -> AsyncIterator[Sequence[Json]]:
    async for each in images.slices_of_album(library, album):
        yield [view_models.picture(here, one).scraped for one in each]


routes = [
    Route("/ajaxalbums/getimages/{id}/hit.json", hit_json, methods=["GET"]),
    Route("/a/{id}/layout/{layout}", show_album, methods=["GET"]),
]
