"""`/delete/{delete hash}`: the link that an upload's answer holds. GET only asks, POST deletes.

Whoever has the link may delete, so the page asks for no account; but only a form that this page has shown does it, in
the same browser. The address is a secret: it is not stored by caches, and told to no other site.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from starlette.routing import Route

from pyimgur.server.errors import Missing
from pyimgur.server.http.urls import links, picture_link
from pyimgur.server.pages import forms
from pyimgur.server.pages.rendering import page
from pyimgur.server.pages.status_pages import message, missing
from pyimgur.server.services import albums, csrf_tokens, ids, images

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pyimgur.server.services.context import Library

STALE = "This page was open for too long. Nothing was deleted: please try again."


class Doomed(NamedTuple):
    """What the hash deletes, as the page shows it."""

    what: str
    id: str
    title: str | None
    preview: str


async def ask(request: Request) -> Response:
    """GET /delete/{delete hash}."""
    try:
        doomed = await _doomed(request)
    except Missing:
        return missing(request)
    return await _form(request, doomed, 200, "")


@forms.for_people
async def delete(request: Request) -> Response:
    """POST /delete/{delete hash}."""
    library: Library = request.app.state.library
    fields = await forms.read(request)
    try:
        doomed = await _doomed(request)
        ticket = await forms.ticket_of(request, fields, _purpose(request))
        if not ticket or not await csrf_tokens.spend(library, ticket, address=forms.address_of(request)):
            return await _form(request, doomed, 403, STALE)
        remove = images.remove if doomed.what == "picture" else albums.remove
        await remove(library, request.path_params["deletehash"], None)
    except Missing:
        return missing(request)
    return message(request, f"The {doomed.what} is deleted", "There is nothing left to do.")


async def _form(request: Request, doomed: Doomed, status: int, wrong: str) -> Response:
    make = partial(_page, request, doomed, status, wrong)
    return await forms.ticketed(request, _purpose(request), make, path="/delete")


def _page(request: Request, doomed: Doomed, status: int, wrong: str, ticket: str) -> Response:
    return page(request, "delete.html", status=status, wrong=wrong, ticket=ticket, **doomed._asdict())


async def _doomed(request: Request) -> Doomed:
    library: Library = request.app.state.library
    key = request.path_params["deletehash"]
    if not ids.is_deletehash(key):  # an id deletes nothing
        raise Missing("image", key)
    try:
        found = await images.by_deletehash(library, key)
    except Missing:
        album = await albums.get(library, key, None)
        return Doomed("album", album.id, album.title, "")
    return Doomed("picture", found.id, found.title, picture_link(links(request), f"{found.id}m", "jpg"))


def _purpose(request: Request) -> str:
    return f"delete {request.path_params['deletehash']}"


routes = [
    Route("/delete/{deletehash}", ask, methods=["GET"]),
    Route("/delete/{deletehash}", delete, methods=["POST"]),
]
