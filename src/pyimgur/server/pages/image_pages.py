"""Pages of images, for anybody who knows the URL: `/{id}` an image, `/{id}.gifv` a video, `/a/{id}` an album.

A slug may precede the id, as in `/a/our-holiday-AbCdEfG`. A page with `/embed` at the end may be framed by any site: it
holds images and a link, so clickjacking can do no harm.

Pages have no viewer, so a secret album gets the same 404 as one that does not exist.
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


INLINE_IMAGES = 50
"""A page with more images is rendered in a thread, so that it does not block the event loop."""


async def show_image(request: Request) -> Response:
    """Show an image."""
    context: ServerContext = request.app.state.context
    row = await images.get(context, id_from_slug(request))
    return render(request, "image.html", headers=CACHEABLE, image=view_models.image_view(base_urls(request), row))


async def show_video(request: Request) -> Response:
    """Show the video of an animation; a still image redirects to its file."""
    context: ServerContext = request.app.state.context
    try:
        row = await images.get(context, request.path_params["name"])
    except NotFoundError:
        return not_found(request)
    image = view_models.image_view(base_urls(request), row)
    if row.mp4_size is None:
        return RedirectResponse(image.link, 302)
    size = (row.width, row.height)
    width, height = size if row.ext == "mp4" else mp4_dimensions(size)
    video = view_models.VideoView(image_url(base_urls(request), row.id, "mp4"), width, height)
    return render(request, "video.html", headers=CACHEABLE, image=image, video=video, size=row.size)


async def show_album(request: Request) -> Response:
    """Show an album."""
    try:
        album = await album_of(request)
    except NotFoundError:
        return not_found(request)
    if len(album.images) <= INLINE_IMAGES:
        return render(request, "album.html", headers=CACHEABLE, album=album)
    return await to_thread(render, request, "album.html", headers=CACHEABLE, album=album)


async def embed_album(request: Request) -> Response:
    """Show an album inside another site's page."""
    try:
        album = await album_of(request)
    except NotFoundError:
        return not_found(request)
    if len(album.images) <= INLINE_IMAGES:
        return _embed_page(request, album.title, album.images, album.page, album.part)
    return await to_thread(_embed_page, request, album.title, album.images, album.page, album.part)


async def embed_image(request: Request) -> Response:
    """Show an image inside another site's page."""
    context: ServerContext = request.app.state.context
    try:
        image = view_models.image_view(base_urls(request), await images.get(context, id_from_slug(request)))
    except NotFoundError:
        return not_found(request)
    return _embed_page(request, image.title, [image], image.page)


def _embed_page(
    request: Request,
    title: str | None,
    images: Sequence[view_models.ImageView],
    page: str,
    part: view_models.AlbumPart | None = None,
) -> Response:
    policy = secure_headers(request)["Content-Security-Policy"]
    framing = {"Content-Security-Policy": policy.replace("frame-ancestors 'none'", "frame-ancestors *")}
    context = request.query_params.get("context") != "false"
    return render(
        request,
        "embed.html",
        headers={**CACHEABLE, **framing},
        title=title,
        images=images,
        page=page,
        part=part,
        context=context,
    )


async def album_of(request: Request) -> view_models.AlbumView:
    """Return the view of the album whose id is in the URL, with the part that the query selects.

    Raises:
        NotFoundError: it does not exist or is secret, or the URL has a delete hash instead of the id.
    """
    context: ServerContext = request.app.state.context
    id = id_from_slug(request)
    row = await albums.get(context, id, None)
    if row.id != id:
        raise NotFoundError("album", id)
    if request.method == "GET":
        context.view_counter.count_album(row.id)
    part = view_models.album_part(row, request.query_params.get("page"), request.url.path)
    items = await images.list_album_page(context, row.id, part.page)
    cover = next((item for item in items if item.id == row.cover_id), None)
    if cover is None and row.cover_id:
        cover = await images.find(context, row.cover_id)
    return view_models.album_view(base_urls(request), row, items, part, cover)


def id_from_slug(request: Request) -> str:
    """Return the id in the URL, without the slug before it."""
    id: str = request.path_params["id"]
    return id.rpartition("-")[2]


routes = [
    Route("/a/{id}", show_album, methods=["GET"]),
    Route("/a/{id}/embed", embed_album, methods=["GET"]),
    Route("/{id}", show_image, methods=["GET"]),
    Route("/{id}/embed", embed_image, methods=["GET"]),
]
