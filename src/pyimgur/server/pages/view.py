"""Pages that show pictures: `/{id}` one, `/{id}.gifv` a film, `/a/{id}` an album; for anybody who knows the address.

A secret album is nobody's to see here, for a page knows no one: it is told apart from one that is not there in nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pyimgur.server.library import albums, images
from pyimgur.server.library.errors import Missing
from pyimgur.server.pages import page
from pyimgur.server.wire.shapes import album_link, picture_link

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.library import Library
    from pyimgur.server.library.images import Image
    from pyimgur.server.settings import Settings
    from pyimgur.server.wire.errors import Refusal

FOR_ALL = {"Cache-Control": "no-cache", "Referrer-Policy": "strict-origin-when-cross-origin"}


class Picture(NamedTuple):
    """One picture as a page shows it."""

    id: str
    title: str | None
    description: str | None
    type: str
    width: int
    height: int
    has_sound: bool
    uploaded: datetime
    link: str
    preview: str
    page: str

    @property
    def video(self) -> bool:
        """Whether it needs a player."""
        return self.type.startswith("video/")


class Film(NamedTuple):
    """An MP4 as a page shows it."""

    link: str
    width: int
    height: int


class Album(NamedTuple):
    """One album as a page shows it."""

    id: str
    title: str | None
    description: str | None
    author: str | None
    made: datetime
    images: list[Picture]
    cover: Picture | None
    page: str


async def show_image(request: Request) -> Response:
    """GET /{id}."""
    library: Library = request.app.state.library
    try:
        found = await images.get(library, request.path_params["id"])
    except Missing:
        return missing(request)
    return page(request, "image.html", headers=FOR_ALL, image=_picture(library.settings, found))


async def show_film(request: Request) -> Response:
    """GET /{id}.gifv: what moves, as a film; what does not is elsewhere."""
    library: Library = request.app.state.library
    try:
        found = await images.get(library, request.path_params["name"])
    except Missing:
        return missing(request)
    shown = _picture(library.settings, found)
    if found.mp4_size is None:
        return RedirectResponse(shown.link, 302)
    film = Film(picture_link(library.settings, found.id, "mp4"), *even(found.width, found.height))
    return page(request, "film.html", headers=FOR_ALL, image=shown, film=film, size=found.size)


def even(width: int, height: int) -> tuple[int, int]:
    """The size of the film that is made of such a picture."""
    return width - width % 2 or 2, height - height % 2 or 2


async def show_album(request: Request) -> Response:
    """GET /a/{id}, also with words before the id: `/a/our-holiday-AbCdEfG`."""
    library: Library = request.app.state.library
    id = request.path_params["id"].rpartition("-")[2]
    try:
        found = await albums.get(library, id, None)
    except Missing:
        return missing(request)
    if found.id != id:  # named by its delete hash, which no page shall show
        return missing(request)
    pictures = [_picture(library.settings, each) for each in await images.in_album(library, found.id)]
    shown = Album(
        id=found.id,
        title=found.title,
        description=found.description,
        author=found.account_name,
        made=_moment(found.created),
        images=pictures,
        cover=next((each for each in pictures if each.id == found.cover_id), None),
        page=album_link(library.settings, found.id),
    )
    return page(request, "album.html", headers=FOR_ALL, album=shown)


async def home(request: Request) -> Response:
    """GET /: what this is."""
    return message(request, 200, "A picture server", "Programs that speak Imgur's API keep their pictures here.")


def missing(request: Request) -> Response:
    """A page that says that there is none."""
    return message(request, 404, "There is nothing here", "Either it was removed, or the address is wrong.")


def refuse(request: Request, refusal: Refusal) -> Response:
    """A page that says no, for whoever came with a browser."""
    if refusal.status == 404:
        return missing(request)
    title = HTTPStatus(refusal.status).phrase
    text = refusal.error if isinstance(refusal.error, str) and refusal.error != title else "Go back and try again."
    response = message(request, refusal.status, title, text)
    response.raw_headers.extend(refusal.headers)
    return response


def message(request: Request, status: int, title: str, text: str) -> Response:
    """A page with a sentence on it."""
    return page(request, "message.html", status=status, title=title, text=text, what_now="")


def _picture(settings: Settings, row: Image) -> Picture:
    return Picture(
        id=row.id,
        title=row.title,
        description=row.description,
        type=row.type,
        width=row.width,
        height=row.height,
        has_sound=bool(row.has_sound),
        uploaded=_moment(row.created),
        link=picture_link(settings, row.id, row.ext),
        preview=picture_link(settings, f"{row.id}h", "jpg"),
        page=f"{settings.public_url}/{row.id}",
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


routes = [
    Route("/a/{id}", show_album, methods=["GET"]),
    Route("/", home, methods=["GET"]),
    Route("/{id}", show_image, methods=["GET"]),
]
