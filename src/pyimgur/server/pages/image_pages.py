"""Pages that show pictures: `/{id}` one, `/{id}.gifv` a film, `/a/{id}` an album; for anybody who knows the address.

Words may stand before an id, as in `/a/our-holiday-AbCdEfG`. With `/embed` behind it a page may stand in a frame of any
site: it holds pictures and a link, nothing that a click could do harm with.

A secret album is nobody's to see here, for a page knows no one: it is told apart from one that is not there in nothing.
"""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.errors import Missing
from pyimgur.server.http.urls import links, picture_link
from pyimgur.server.media.mp4_size import even
from pyimgur.server.pages import view_models
from pyimgur.server.pages.rendering import FOR_ALL, page, secure_headers
from pyimgur.server.pages.status_pages import missing
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import Library


AT_ONCE = 50
"""Pictures that a page shows without being made in a thread, where it holds up nobody else."""


async def show_image(request: Request) -> Response:
    """GET /{id}."""
    library: Library = request.app.state.library
    found = await images.get(library, id_in(request))
    return page(request, "image.html", headers=FOR_ALL, image=view_models.picture(links(request), found))


async def show_film(request: Request) -> Response:
    """GET /{id}.gifv: what moves, as a film; what does not is elsewhere."""
    library: Library = request.app.state.library
    try:
        found = await images.get(library, request.path_params["name"])
    except Missing:
        return missing(request)
    picture = view_models.picture(links(request), found)
    if found.mp4_size is None:
        return RedirectResponse(picture.link, 302)
    size = (found.width, found.height)
    film = view_models.Film(
        picture_link(links(request), found.id, "mp4"), *(size if found.ext == "mp4" else even(size))
    )
    return page(request, "film.html", headers=FOR_ALL, image=picture, film=film, size=found.size)


async def show_album(request: Request) -> Response:
    """GET /a/{id}."""
    try:
        album = await album_of(request)
    except Missing:
        return missing(request)
    if len(album.images) <= AT_ONCE:
        return page(request, "album.html", headers=FOR_ALL, album=album)
    return await to_thread(page, request, "album.html", headers=FOR_ALL, album=album)


async def embed_album(request: Request) -> Response:
    """GET /a/{id}/embed."""
    try:
        album = await album_of(request)
    except Missing:
        return missing(request)
    if len(album.images) <= AT_ONCE:
        return _framed(request, album.title, album.images, album.page, album.part)
    return await to_thread(_framed, request, album.title, album.images, album.page, album.part)


async def embed_image(request: Request) -> Response:
    """GET /{id}/embed."""
    library: Library = request.app.state.library
    try:
        picture = view_models.picture(links(request), await images.get(library, id_in(request)))
    except Missing:
        return missing(request)
    return _framed(request, picture.title, [picture], picture.page)


def _framed(
    request: Request,
    title: str | None,
    pictures: Sequence[view_models.Picture],
    address: str,
    part: view_models.Part | None = None,
) -> Response:
    policy = secure_headers(request)["Content-Security-Policy"]
    anywhere = {"Content-Security-Policy": policy.replace("frame-ancestors 'none'", "frame-ancestors *")}
    context = request.query_params.get("context") != "false"
    return page(
        request,
        "embed.html",
        headers={**FOR_ALL, **anywhere},
        title=title,
        pictures=pictures,
        address=address,
        part=part,
        context=context,
    )


async def album_of(request: Request) -> view_models.Album:
    """The album that the address names by its id, with the part that the query names; no page shows delete hashes."""
    library: Library = request.app.state.library
    id = id_in(request)
    found = await albums.get(library, id, None)
    if found.id != id:
        raise Missing("album", id)
    if request.method == "GET":
        library.traffic.album(found.id)
    part = view_models.part(found, request.query_params.get("page"), request.url.path)
    held = await images.page_of_album(library, found.id, part.page)
    cover = next((each for each in held if each.id == found.cover_id), None)
    if cover is None and found.cover_id:
        cover = await images.find(library, found.cover_id)
    return view_models.album(links(request), found, held, part, cover)


def id_in(request: Request) -> str:
    """The id in the address, without the words before it."""
    id: str = request.path_params["id"]
    return id.rpartition("-")[2]


routes = [
    Route("/a/{id}", show_album, methods=["GET"]),
    Route("/a/{id}/embed", embed_album, methods=["GET"]),
    Route("/{id}", show_image, methods=["GET"]),
    Route("/{id}/embed", embed_image, methods=["GET"]),
]
