"""What Imgur's pages once told their own scripts of an album, and scrapers look for to this day.

`/ajaxalbums/getimages/{id}/hit.json` is the list of its pictures, each a `hash` and an `ext`; on the page of the album,
also under its old address `/a/{id}/layout/{layout}`, the same stands as `image : {...},`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pyimgur.server.library.errors import Missing
from pyimgur.server.pages.view import album_of, show_album
from pyimgur.server.wire.envelope import answer
from pyimgur.server.wire.errors import Refusal, refuse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def images_of(request: Request) -> Response:
    """GET /ajaxalbums/getimages/{id}/hit.json."""
    try:
        album = await album_of(request)
    except Missing as error:
        return refuse(request, Refusal(404, str(error)))
    return answer(request, album.scraped["album_images"])


routes = [
    Route("/ajaxalbums/getimages/{id}/hit.json", images_of, methods=["GET"]),
    Route("/a/{id}/layout/{layout}", show_album, methods=["GET"]),
]
