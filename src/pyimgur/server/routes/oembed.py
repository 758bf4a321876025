"""oEmbed: `/oembed?url=` returns how other sites embed an image, an album or a post, as JSON or XML.

It needs no credentials and shows public content only. Text of users is escaped in the HTML.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.declared_parameters import ExactQueryParameters, takes
from pyimgur.server.http.parameter_kinds import number, text, word
from pyimgur.server.http.responses import JSON, NOSNIFF, XML, APIResponse, encode, to_xml
from pyimgur.server.http.urls import HEADER, album_url, base_urls, image_url
from pyimgur.server.services import albums, images

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.context import ServerContext

WIDTH, HEIGHT = 540, 500
MIN_SIZE = 100
PROVIDER = "pyimgur"
THUMBNAIL, THUMBNAIL_SIZE = "m", 320
PUBLIC = (
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"public, max-age=300"),
    (b"vary", HEADER.encode()),
)
_ALBUM = re.compile(r"/a/(?:[^/]*-)?([A-Za-z0-9]{5,8})/?")
_POST = re.compile(r"/(?:(?:gallery|t/[^/]+|r/[^/]+)/)(?:[^/]*-)?([A-Za-z0-9]{5,8})/?")
_IMAGE = re.compile(r"/([A-Za-z0-9]{5,8})(?:\.\w{3,5})?/?")


class EmbedQuery(ExactQueryParameters):
    """What to embed, and how."""

    url = word("The URL of an image, an album or a post.")
    format = text("The format of the document, if the path does not end with it.", choices=("json", "xml"))
    maxwidth = number("The most pixels from left to right.", digits=5)
    maxheight = number("The most pixels from top to bottom.", digits=5)


class EmbedTarget(NamedTuple):
    """What a URL shows."""

    page: str
    title: str
    author: str | None
    image_id: str | None
    """The id of its image; an album's is its cover."""


@takes(EmbedQuery)
async def show(request: Request) -> Response:
    """Return the oEmbed document of a URL."""
    context: ServerContext = request.app.state.context
    links, query = base_urls(request), EmbedQuery.read(request)
    format = request.url.path.rpartition(".")[2] if "." in request.url.path else query.format
    if format not in {None, "", "json", "xml"}:
        return respond("json", {"error": "Formats are json and xml"}, 501)
    try:
        target = await find(context, links, query.url)
    except NotFoundError:
        return respond(format, {"error": "No image, album or post has this URL"}, 404)
    width, height = limit_size(query.maxwidth, WIDTH), limit_size(query.maxheight, HEIGHT)
    return respond(format, embed_document(links, target, width, height), 200)


async def find(context: ServerContext, links: BaseURLs, url: str) -> EmbedTarget:
    """Return what a URL shows. Its host is ignored, because programs also send URLs of Imgur itself.

    Raises:
        NotFoundError: the URL shows nothing that is public.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        raise NotFoundError("page", url) from None
    if match := _ALBUM.fullmatch(path):
        return await album(context, links, match[1])
    if match := _POST.fullmatch(path):
        try:
            return await album(context, links, match[1])
        except NotFoundError:
            return await image(context, links, match[1])
    if match := _IMAGE.fullmatch(path):
        return await image(context, links, match[1])
    raise NotFoundError("page", url)


async def album(context: ServerContext, links: BaseURLs, id: str) -> EmbedTarget:
    """Return an album that is not secret."""
    row = await albums.get(context, id, None)
    return EmbedTarget(album_url(links, row.id), row.title or "", row.account_name, row.cover_id)


async def image(context: ServerContext, links: BaseURLs, id: str) -> EmbedTarget:
    """Return an image."""
    row = await images.get(context, id)
    author = row.account_name if row.in_gallery else None
    return EmbedTarget(f"{links.pages}/{row.id}", row.title or "", author, row.id)


def embed_document(links: BaseURLs, target: EmbedTarget, width: int, height: int) -> JSONObject:
    """Return the document. Its HTML is a quotation with a thumbnail that links to the page, without a script."""
    document: JSONObject = {
        "version": "1.0",
        "type": "rich",
        "provider_name": PROVIDER,
        "provider_url": links.pages,
        "width": width,
        "height": height,
    }
    if target.title:
        document["title"] = target.title
    if target.author:
        document["author_name"] = target.author
    content = escape(target.title or target.page)
    if target.image_id:
        thumbnail = image_url(links, f"{target.image_id}{THUMBNAIL}", "jpg")
        document |= {
            "thumbnail_url": thumbnail,
            "thumbnail_width": THUMBNAIL_SIZE,
            "thumbnail_height": THUMBNAIL_SIZE,
        }
        content = f'<img src="{escape(thumbnail)}" alt="{content}" style="max-width:100%">'
    return {**document, "html": f'<blockquote><a href="{escape(target.page)}">{content}</a></blockquote>'}


def limit_size(limit: int | None, default: int) -> int:
    """Return a width or height: the default, or the smaller one in the query."""
    return max(default if limit is None else min(limit, default), MIN_SIZE)


def respond(format: str | None, document: dict[str, Json], status: int) -> Response:
    """Return the document as JSON or XML."""
    if format == "xml":
        return APIResponse(to_xml(document, {}, root="oembed"), status, [XML, NOSNIFF, *PUBLIC])
    return APIResponse(encode(document), status, [JSON, NOSNIFF, *PUBLIC])


routes = [Route(f"/oembed{ending}", show, methods=["GET"]) for ending in ("", ".json", ".xml")]
