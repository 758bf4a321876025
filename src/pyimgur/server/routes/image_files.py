"""Serve image files: `/{id}.{ext}`, six thumbnails by a letter after the id, `/{id}_d.{ext}` in other sizes.

As at Imgur, the extension of a still image is not checked if browsers display its type, a thumbnail is always a JPEG,
and a missing image redirects to `removed.png` instead of answering 404. `.mp4` is the video, `.webp` converts a still
image, `.gifv` is a page. `/download/{id}` sends the stored file as an attachment.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.blobs import DiskBlob
from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.client_address import address_of
from pyimgur.server.http.declared_parameters import ExactQueryParameters, taken_by, takes
from pyimgur.server.http.file_response import INERT, StoredFileResponse
from pyimgur.server.http.parameter_kinds import number
from pyimgur.server.http.responses import APIResponse
from pyimgur.server.http.urls import base_urls
from pyimgur.server.media import THUMBNAILS, TYPES
from pyimgur.server.pages import image_pages
from pyimgur.server.pages.view_models import SHOWN_AS
from pyimgur.server.services import images, renditions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from pyimgur.server.http.responses import Header
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image, ImageFile

REMOVED = Path(__file__).with_name("removed.png")
STILL = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
EXTENSIONS = STILL | frozenset(TYPES.values()) | {"gifv"}
PREVIEW = "h"
"""The thumbnail that is served for a video whose URL has an image's extension."""
SCALED = "_d"
SCALED_AS = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "webp": "webp"}
MIME = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


class ScaledQuery(ExactQueryParameters):
    """The size of a scaled image."""

    maxwidth = number("The most pixels from left to right of an image whose name ends in `_d`.", digits=6)


@takes(ScaledQuery)
async def serve_file(request: Request) -> Response:
    """Serve an image, a thumbnail or a scaled image. A missing one redirects to `removed.png`."""
    if request.method == "OPTIONS":
        return APIResponse(b"", 200, INERT)
    context: ServerContext = request.app.state.context
    name, ext = request.path_params["name"], request.path_params["ext"].lower()
    if ext == "gifv":
        return await image_pages.show_video(request)
    try:
        image, suffix = await find_image(context, name)
        address = address_of(request)
        if suffix == SCALED:
            return await scaled(context, image, ext, ScaledQuery.read(request).maxwidth, address=address)
        return await (thumbnail if suffix else serve_original)(context, image, suffix or ext, address=address)
    except (NotFoundError, FileNotFoundError):
        return redirect_to_removed(request)


async def find_image(context: ServerContext, name: str) -> tuple[ImageFile, str]:
    """Return the image that the file name means, and what follows its id: a thumbnail's letter, `_d` or nothing."""
    try:
        return await images.get_file(context, name), ""
    except NotFoundError:
        suffix = SCALED if name.endswith(SCALED) else name[-1:]
        if suffix != SCALED and suffix not in THUMBNAILS:
            raise
    return await images.get_file(context, name[: -len(suffix)]), suffix


async def serve_original(context: ServerContext, image: ImageFile, ext: str, *, address: str) -> Response:
    """Serve the stored file, or the form of it that the extension asks for."""
    if ext == "mp4" and (ext != image.ext or images.has_made_mp4(image)):
        return await video(context, image, address=address)
    if ext != image.ext:
        if image.type.startswith("video/") and ext in STILL:
            return await thumbnail(context, image, PREVIEW, address=address)
        if ext in STILL and not image.animated and (ext == "webp" or image.type in SHOWN_AS):
            return await scaled(context, image, ext, None, address=address, view=True)
    blob = await context.blobs.open(image.id)
    return StoredFileResponse(blob, image.type, image.sha256, on_sent=count_views(context, image))


async def video(context: ServerContext, image: ImageFile, *, address: str) -> Response:
    """Serve the image's MP4. An original MP4 that could not be converted is served as it is."""
    on_sent = count_views(context, image)
    try:
        blob = await renditions.mp4(context, await images.get(context, image.id), address=address)
    except NotFoundError:
        if image.type != images.MP4:
            raise
        blob = await context.blobs.open(image.id)
        return StoredFileResponse(blob, image.type, image.sha256, cache=b"no-cache", on_sent=on_sent)
    return StoredFileResponse(blob, images.MP4, f"{image.sha256}-mp4", on_sent=on_sent)


async def thumbnail(context: ServerContext, image: ImageFile, letter: str, *, address: str) -> Response:
    """Serve one of the six thumbnails, which are JPEGs."""
    blob = await renditions.thumbnail(context, image.id, letter, address=address)
    return StoredFileResponse(
        blob, "image/jpeg", f"{image.sha256}-{letter}", on_sent=count_views(context, image, view=False)
    )


async def scaled(
    context: ServerContext, image: ImageFile, ext: str, maxwidth: int | None, *, address: str, view: bool = False
) -> Response:
    """Serve the image converted to another type, at most `maxwidth` wide."""
    ext = SCALED_AS.get(ext, "jpg")
    blob = await renditions.scaled(context, image.id, ext, maxwidth, address=address)
    return StoredFileResponse(
        blob, MIME[ext], f"{image.sha256}-{blob.name}", on_sent=count_views(context, image, view=view)
    )


def count_views(context: ServerContext, image: Image | ImageFile, *, view: bool = True) -> Callable[[int, bool], None]:
    """Return the callback that counts bytes sent and, for a whole file, a view."""
    return lambda length, first: context.view_counter.count_image(image.id, length, view=view and first)


def redirect_to_removed(request: Request) -> Response:
    """Redirect to the picture that says that the image does not exist."""
    location = f"{base_urls(request).images}/{REMOVED.name}".encode("ascii")
    return APIResponse(b"", 302, [(b"location", location), (b"cache-control", b"no-cache"), *INERT])


async def download(request: Request) -> Response:
    """Serve the stored file as an attachment."""
    context: ServerContext = request.app.state.context
    image = await images.get(context, request.path_params["id"])
    blob, on_sent = await context.blobs.open(image.id), count_views(context, image)
    return StoredFileResponse(blob, image.type, image.sha256, headers=[content_disposition(image)], on_sent=on_sent)


def content_disposition(image: Image) -> Header:
    """Return the Content-Disposition header: the uploaded file's name with the extension of the actual type."""
    stem = PurePosixPath(image.name.replace("\\", "/")).stem.strip(". ") or image.id
    plain, full = f"{image.id}.{image.ext}", quote(f"{stem}.{image.ext}", safe="")
    return b"content-disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}".encode()


async def removed(request: Request) -> Response:
    """Serve the picture that says that an image does not exist."""
    return StoredFileResponse(DiskBlob(REMOVED, REMOVED.name), "image/png", "removed-1")


class SuffixConvertor(StringConvertor):
    """Matches the extensions that image URLs may have."""

    regex = "(?i:" + "|".join(sorted(EXTENSIONS)) + ")"


register_url_convertor("ending", SuffixConvertor())


class PlainASGIHandler:
    """A request handler as an ASGI application. Starlette's own wrapper costs as much as reading the file."""

    def __init__(self, handler: Callable[[Request], Awaitable[Response]]) -> None:
        self.handler = handler
        self.__doc__, self.takes = handler.__doc__, taken_by(handler)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the handler and send its response."""
        response = await self.handler(Request(scope, receive))
        await response(scope, receive, send)


routes = [
    Route("/removed.png", removed, methods=["GET"]),
    Route("/{name}.{ext:ending}", PlainASGIHandler(serve_file), methods=["GET", "OPTIONS"]),
    Route("/download/{id}", download, methods=["GET"]),
    Route("/download/{id}/{name}", download, methods=["GET"]),
]
