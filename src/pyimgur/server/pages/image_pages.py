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

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.urls import base_urls, image_url
from pyimgur.server.media.mp4_size import mp4_dimensions
from pyimgur.server.pages import view_models
from pyimgur.server.pages.rendering import CACHEABLE, render, secure_headers
from pyimgur.server.pages.status_pages import not_found
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import ServerContext


AT_ONCE = 50
"""Pictures that a page shows without being made in a thread, where it holds up nobody else."""


async def show_image(request: Request) -> Response:
    """GET /{id}."""
    library: ServerContext = request.app.state.library
    found = await images.get(library, id_from_slug(request))
    return render(request, "image.html", headers=CACHEABLE, image=view_models.picture(base_urls(request), found))


async def show_video(request: Request) -> Response:
    """GET /{id}.gifv: what moves, as a film; what does not is elsewhere."""
    library: ServerContext = request.app.state.library
    try:
        found = await images.get(library, request.path_params["name"])
    except NotFoundError:
        return not_found(request)
    picture = view_models.picture(base_urls(request), found)
    if found.mp4_size is None:
        return RedirectResponse(picture.link, 302)
    size = (found.width, found.height)
    film = view_models.VideoView(
        image_url(base_urls(request), found.id, "mp4"), *(size if found.ext == "mp4" else mp4_dimensions(size))
    )
    return render(request, "film.html", headers=CACHEABLE, image=picture, film=film, size=found.size)


async def show_album(request: Request) -> Response:
    """GET /a/{id}."""
    try:
        album = await album_of(request)
    except NotFoundError:
        return not_found(request)
    if len(album.images) <= AT_ONCE:
        return render(request, "album.html", headers=CACHEABLE, album=album)
    return await to_thread(render, request, "album.html", headers=CACHEABLE, album=album)


async def embed_album(request: Request) -> Response:
    """GET /a/{id}/embed."""
    try:
        album = await album_of(request)
    except NotFoundError:
        return not_found(request)
    if len(album.images) <= AT_ONCE:
        return _framed(request, album.title, album.images, album.page, album.part)
    return await to_thread(_framed, request, album.title, album.images, album.page, album.part)


async def embed_image(request: Request) -> Response:
    """GET /{id}/embed."""
    library: ServerContext = request.app.state.library
    try:
        picture = view_models.picture(base_urls(request), await images.get(library, id_from_slug(request)))
    except NotFoundError:
        return not_found(request)
    return _framed(request, picture.title, [picture], picture.page)


def _framed(
    request: Request,
    title: str | None,
    pictures: Sequence[view_models.ImageView],
    address: str,
    part: view_models.Part | None = None,
) -> Response:
    policy = secure_headers(request)["Content-Security-Policy"]
    anywhere = {"Content-Security-Policy": policy.replace("frame-ancestors 'none'", "frame-ancestors *")}
    context = request.query_params.get("context") != "false"
    return render(
        request,
        "embed.html",
        headers={**CACHEABLE, **anywhere},
        title=title,
        pictures=pictures,
        address=address,
        part=part,
        context=context,
    )


async def album_of(request: Request) -> view_models.AlbumView:
    """The album that the address names by its id, with the part that the query names; no page shows delete hashes."""
    library: ServerContext = request.app.state.library
    id = id_from_slug(request)
    found = await albums.get(library, id, None)
    if found.id != id:
        raise NotFoundError("album", id)
    if request.method == "GET":
        library.traffic.album(found.id)
    part = view_models.part(found, request.query_params.get("page"), request.url.path)
    held = await images.page_of_album(library, found.id, part.page)
    cover = next((each for each in held if each.id == found.cover_id), None)
    if cover is None and found.cover_id:
        cover = await images.find(library, found.cover_id)
    return view_models.album(base_urls(request), found, held, part, cover)


def id_from_slug(request: Request) -> str:
    """The id in the address, without the words before it."""
    id: str = request.path_params["id"]
    return id.rpartition("-")[2]


routes = [
    Route("/a/{id}", show_album, methods=["GET"]),
    Route("/a/{id}/embed", embed_album, methods=["GET"]),
    Route("/{id}", show_image, methods=["GET"]),
    Route("/{id}/embed", embed_image, methods=["GET"]),
]
