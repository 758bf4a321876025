"""What Imgur's pages once told their own scripts of an album, and scrapers look for to this day.

`/ajaxalbums/getimages/{id}/hit.json` is the list of its pictures, each a `hash` and an `ext`; on the page of the album,
also under its old address `/a/{id}/layout/{layout}`, the same stands as `image : {...},`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pyimgur.server.errors import Missing
from pyimgur.server.http.api import spool_of
from pyimgur.server.http.errors import Refusal, refuse
from pyimgur.server.http.responses import MARK, answer
from pyimgur.server.http.urls import links
from pyimgur.server.pages import view_models
from pyimgur.server.pages.image_pages import album_of, show_album
from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.http.responses import Json
    from pyimgur.server.http.urls import Links
    from pyimgur.server.services.context import Library


async def images_of(request: Request) -> Response:
    """GET /ajaxalbums/getimages/{id}/hit.json."""
    library: Library = request.app.state.library
    try:
        album = await album_of(request)
    except Missing as error:
        return refuse(request, Refusal(404, str(error)))
    if album.part.pages == 1:
        return answer(request, album.scraped["album_images"])
    made = answer(request, {"count": album.part.total, "images": MARK})
    return await spool_of(request).respond(made, _slices(links(request), library, album.id))


async def _slices(here: Links, library: Library, album: str) -> AsyncIterator[Sequence[Json]]:
    async for each in images.slices_of_album(library, album):
        yield [view_models.picture(here, one).scraped for one in each]


routes = [
    Route("/ajaxalbums/getimages/{id}/hit.json", images_of, methods=["GET"]),
    Route("/a/{id}/layout/{layout}", show_album, methods=["GET"]),
]
