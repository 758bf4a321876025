"""How other sites show what is here: `/oembed?url=` for the address of an image, an album or a post; JSON or XML.

It asks nobody who they are and shows only what anybody may see. What people wrote is escaped in the HTML it gives.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.responses import JSON, NOSNIFF, XML, APIResponse, encode, to_xml
from pyimgur.server.http.urls import HEADER, album_url, base_urls, image_url
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.context import ServerContext

WIDTH, HEIGHT = 540, 500
SMALLEST = 100
PROVIDER = "pyimgur"
THUMBNAIL, THUMBNAIL_SIZE = "m", 320
FOR_ALL = (
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"public, max-age=300"),
    (b"vary", HEADER.encode()),
)
_ALBUM = re.compile(r"/a/(?:[^/]*-)?([A-Za-z0-9]{5,8})/?")
_POST = re.compile(r"/(?:(?:gallery|t/[^/]+|r/[^/]+)/)(?:[^/]*-)?([A-Za-z0-9]{5,8})/?")
_IMAGE = re.compile(r"/([A-Za-z0-9]{5,8})(?:\.\w{3,5})?/?")


class EmbedTarget(NamedTuple):
    """What an address shows."""

    page: str
    title: str
    author: str | None
    picture: str | None
    """The id of the image that stands for it."""


async def show(request: Request) -> Response:
    """GET /oembed, /oembed.json, /oembed.xml."""
    library: ServerContext = request.app.state.library
    here = base_urls(request)
    wanted = request.url.path.rpartition(".")[2] if "." in request.url.path else request.query_params.get("format")
    if wanted not in {None, "", "json", "xml"}:
        return written("json", {"error": "Formats are json and xml"}, 501)
    try:
        found = await find(library, here, request.query_params.get("url", ""))
    except NotFoundError:
        return written(wanted, {"error": "Nothing here has this address"}, 404)
    width, height = limit_size(request, "maxwidth", WIDTH), limit_size(request, "maxheight", HEIGHT)
    return written(wanted, embedded(here, found, width, height), 200)


async def find(library: ServerContext, here: BaseURLs, url: str) -> EmbedTarget:
    """What this address shows, wherever it says that it is: programs know the pages of Imgur itself.

    Raises:
        NotFoundError: nothing, or nothing that anybody may see.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        raise NotFoundError("page", url) from None
    if match := _ALBUM.fullmatch(path):
        return await album(library, here, match[1])
    if match := _POST.fullmatch(path):
        try:
            return await album(library, here, match[1])
        except NotFoundError:
            return await image(library, here, match[1])
    if match := _IMAGE.fullmatch(path):
        return await image(library, here, match[1])
    raise NotFoundError("page", url)


async def album(library: ServerContext, here: BaseURLs, id: str) -> EmbedTarget:
    """An album that is not secret."""
    found = await albums.get(library, id, None)
    return EmbedTarget(album_url(here, found.id), found.title or "", found.account_name, found.cover_id)


async def image(library: ServerContext, here: BaseURLs, id: str) -> EmbedTarget:
    """An image."""
    found = await images.get(library, id)
    author = found.account_name if found.in_gallery else None
    return EmbedTarget(f"{here.pages}/{found.id}", found.title or "", author, found.id)


def embedded(here: BaseURLs, shown: EmbedTarget, width: int, height: int) -> JSONObject:
    """The document: a quotation with the picture in it, which links to the page. No script comes with it."""
    document: JSONObject = {
        "version": "1.0",
        "type": "rich",
        "provider_name": PROVIDER,
        "provider_url": here.pages,
        "width": width,
        "height": height,
    }
    if shown.title:
        document["title"] = shown.title
    if shown.author:
        document["author_name"] = shown.author
    inside = escape(shown.title or shown.page)
    if shown.picture:
        thumbnail = image_url(here, f"{shown.picture}{THUMBNAIL}", "jpg")
        document |= {
            "thumbnail_url": thumbnail,
            "thumbnail_width": THUMBNAIL_SIZE,
            "thumbnail_height": THUMBNAIL_SIZE,
        }
        inside = f'<img src="{escape(thumbnail)}" alt="{inside}" style="max-width:100%">'
    return {**document, "html": f'<blockquote><a href="{escape(shown.page)}">{inside}</a></blockquote>'}


def limit_size(request: Request, name: str, usual: int) -> int:
    """A size, no larger than what was asked for."""
    asked = parse_int(request.query_params.get(name), 5)
    return max(usual if asked is None else min(asked, usual), SMALLEST)


def written(wanted: str | None, document: dict[str, Json], status: int) -> Response:
    """The document in the format that was asked for."""
    if wanted == "xml":
        return APIResponse(to_xml(document, {}, root="oembed"), status, [XML, NOSNIFF, *FOR_ALL])
    return APIResponse(encode(document), status, [JSON, NOSNIFF, *FOR_ALL])


routes = [Route(f"/oembed{ending}", show, methods=["GET"]) for ending in ("", ".json", ".xml")]
