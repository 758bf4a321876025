"""The pictures themselves: `/{id}.{ext}`, and six thumbnails by a letter after the id.

As at Imgur the ending is not checked on stills, a thumbnail is a JPEG whatever its ending says, and who asks for a
picture that is not there is sent to one that says so, with a redirect instead of 404.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.library import images
from pyimgur.server.library.errors import Missing
from pyimgur.server.media import THUMBNAILS, TYPES
from pyimgur.server.wire.envelope import Answer
from pyimgur.server.wire.errors import Refusal
from pyimgur.server.wire.files import INERT, StoredFile

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.library import Library
    from pyimgur.server.library.images import Image

REMOVED = Path(__file__).with_name("removed.png")
STILL = frozenset({"jpg", "jpeg", "png", "gif", "webp"})
ENDINGS = STILL | frozenset(TYPES.values()) | {"gifv"}
PREVIEW = "h"
"""What stands for a video where its address ends like a picture's."""


async def picture(request: Request) -> Response:
    """GET /{id}.{ext}, /{id}{s,b,t,m,l,h}.{ext}."""
    if request.method == "OPTIONS":
        return Answer(b"", 200, INERT)
    library: Library = request.app.state.library
    name, ext = request.path_params["name"], request.path_params["ext"].lower()
    if ext not in ENDINGS:
        raise Refusal(404, "Not Found")
    try:
        found, suffix = await named(library, name, ext)
        if suffix is None:
            return StoredFile(library.blobs.path(found.id), found.type, found.sha256)
        return StoredFile(await images.thumbnail(library, found.id, suffix), "image/jpeg", f"{found.sha256}-{suffix}")
    except (Missing, FileNotFoundError):
        location = f"{library.settings.public_url}/{REMOVED.name}".encode("ascii")
        return Answer(b"", 302, [(b"location", location), (b"cache-control", b"no-cache"), *INERT])


async def named(library: Library, name: str, ext: str) -> tuple[Image, str | None]:
    """The image that is meant, and the letter of a thumbnail where one is asked for."""
    try:
        found = await images.get(library, name)
    except Missing:
        if name[-1:] not in THUMBNAILS:
            raise
        return await images.get(library, name[:-1]), name[-1]
    return found, PREVIEW if found.type.startswith("video/") and ext in STILL else None


async def removed(request: Request) -> Response:
    """GET /removed.png: says that there is no such picture."""
    return StoredFile(REMOVED, "image/png", "removed-1")


routes = [
    Route("/removed.png", removed, methods=["GET"]),
    Route("/{name}.{ext}", picture, methods=["GET", "OPTIONS"]),
]
