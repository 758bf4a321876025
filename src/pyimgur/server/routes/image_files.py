"""The pictures themselves: `/{id}.{ext}`, six thumbnails by a letter after the id, `/{id}_d.{ext}` in other sizes.

As at Imgur the ending is not checked on stills that browsers show, a thumbnail is a JPEG whatever its ending says, and
who asks for a picture that is not there is sent to one that says so, with a redirect instead of 404. `.mp4` is a film,
`.webp` of a still is one, `.gifv` is a page. `/download/{id}` is the file as it came, to be saved.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.file_response import INERT, StoredFileResponse
from pyimgur.server.http.parameters import parse_int
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
    from pyimgur.server.services.images import Image, Stored

REMOVED = Path(__file__).with_name("removed.png")
STILL = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
ENDINGS = STILL | frozenset(TYPES.values()) | {"gifv"}
PREVIEW = "h"
"""What stands for a video where its address ends like a picture's."""
SCALED = "_d"
SCALED_AS = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "webp": "webp"}
MIME = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


async def serve_file(request: Request) -> Response:
    """GET /{id}.{ext}, /{id}{s,b,t,m,l,h}.{ext}, /{id}_d.{ext}?maxwidth=."""
    if request.method == "OPTIONS":
        return APIResponse(b"", 200, INERT)
    library: ServerContext = request.app.state.library
    name, ext = request.path_params["name"], request.path_params["ext"].lower()
    if ext == "gifv":
        return await image_pages.show_video(request)
    try:
        found, suffix = await named(library, name)
        address = request.client.host if request.client else ""
        if suffix == SCALED:
            return await scaled(library, found, ext, request.query_params.get("maxwidth", ""), address=address)
        return await (thumbnail if suffix else serve_original)(library, found, suffix or ext, address=address)
    except (NotFoundError, FileNotFoundError):
        return redirect_to_removed(request)


async def named(library: ServerContext, name: str) -> tuple[Stored, str]:
    """The image that is meant, and what follows its id in the name."""
    try:
        return await images.stored(library, name), ""
    except NotFoundError:
        suffix = SCALED if name.endswith(SCALED) else name[-1:]
        if suffix != SCALED and suffix not in THUMBNAILS:
            raise
    return await images.stored(library, name[: -len(suffix)]), suffix


async def serve_original(library: ServerContext, found: Stored, ext: str, *, address: str) -> Response:
    """The stored file, unless the ending asks for another form of it."""
    if ext == "mp4" and (ext != found.ext or images.has_made_mp4(found)):
        return await video(library, found, address=address)
    if ext != found.ext:
        if found.type.startswith("video/") and ext in STILL:
            return await thumbnail(library, found, PREVIEW, address=address)
        if ext in STILL and not found.animated and (ext == "webp" or found.type in SHOWN_AS):
            return await scaled(library, found, ext, "", address=address, view=True)
    return StoredFileResponse(library.blobs.name(found.id), found.type, found.sha256, told=count_views(library, found))


async def video(library: ServerContext, found: Stored, *, address: str) -> Response:
    """Serve the MP4 that is made of it; of an MP4 of which none can be made, the file as it came."""
    told = count_views(library, found)
    try:
        made = await renditions.mp4(library, await images.get(library, found.id), address=address)
    except NotFoundError:
        if found.type != images.MP4:
            raise
        return StoredFileResponse(library.blobs.name(found.id), found.type, found.sha256, cache=b"no-cache", told=told)
    return StoredFileResponse(made, images.MP4, f"{found.sha256}-mp4", told=told)


async def thumbnail(library: ServerContext, found: Stored, letter: str, *, address: str) -> Response:
    """One of the six small JPEGs."""
    file = await renditions.thumbnail(library, found.id, letter, address=address)
    return StoredFileResponse(
        file, "image/jpeg", f"{found.sha256}-{letter}", told=count_views(library, found, view=False)
    )


async def scaled(
    library: ServerContext, found: Stored, ext: str, maxwidth: str, *, address: str, view: bool = False
) -> Response:
    """The picture as another type, no wider than that; nonsense is no limit."""
    ext = SCALED_AS.get(ext, "jpg")
    file = await renditions.scaled(library, found.id, ext, parse_int(maxwidth, 6), address=address)
    return StoredFileResponse(
        file, MIME[ext], f"{found.sha256}-{file.name}", told=count_views(library, found, view=view)
    )


def count_views(library: ServerContext, found: Image | Stored, *, view: bool = True) -> Callable[[int, bool], None]:
    """What counts the bytes that go out, and whoever gets all of what they came to look at."""
    return lambda length, first: library.traffic.image(found.id, length, view=view and first)


def redirect_to_removed(request: Request) -> Response:
    """Sent to the picture that says that there is none."""
    location = f"{base_urls(request).pictures}/{REMOVED.name}".encode("ascii")
    return APIResponse(b"", 302, [(b"location", location), (b"cache-control", b"no-cache"), *INERT])


async def download(request: Request) -> Response:
    """GET /download/{id}, also with a name behind it: the file as it came, for saving."""
    library: ServerContext = request.app.state.library
    found = await images.get(library, request.path_params["id"])
    file, told = library.blobs.path(found.id), count_views(library, found)
    return StoredFileResponse(file, found.type, found.sha256, headers=[saved_as(found)], told=told)


def saved_as(found: Image) -> Header:
    """The header that gives the file its own name, but the ending of what it is."""
    stem = PurePosixPath(found.name.replace("\\", "/")).stem.strip(". ") or found.id
    plain, full = f"{found.id}.{found.ext}", quote(f"{stem}.{found.ext}", safe="")
    return b"content-disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}".encode()


async def removed(request: Request) -> Response:
    """GET /removed.png: says that there is no such picture."""
    return StoredFileResponse(REMOVED, "image/png", "removed-1")


class SuffixConvertor(StringConvertor):
    """What a picture's address may end with."""

    regex = "(?i:" + "|".join(sorted(ENDINGS)) + ")"


register_url_convertor("ending", SuffixConvertor())


class PlainASGIHandler:
    """A handler as an ASGI application: what Starlette puts around one costs as much as reading the file."""

    def __init__(self, handler: Callable[[Request], Awaitable[Response]]) -> None:
        self.handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        response = await self.handler(Request(scope, receive))
        await response(scope, receive, send)


routes = [
    Route("/removed.png", removed, methods=["GET"]),
    Route("/{name}.{ext:ending}", PlainASGIHandler(serve_file), methods=["GET", "OPTIONS"]),
    Route("/download/{id}", download, methods=["GET"]),
    Route("/download/{id}/{name}", download, methods=["GET"]),
]
